#include "option_value.h"

#include <string.h>

#include "buf.h"
#include "envelope.h"
#include "utf8.h"

enum {
	SHOWN_MAX = 80,        /* bytes of an argument in a sentence */
	ENVELOPE_ID_MAX = 100, /* bytes, RFC 3461 4.4 */
	HOPS_MAX = 1000000,
	INTERVAL_MAX = 366 * 86400 /* seconds */
};

int option_refuse(struct error *err, const char *why, struct text argument)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, text_part(argument, 0, SHOWN_MAX));
	(void)fail(err, ERROR_USAGE, "%s \"%s\"; see sendmail --help", why,
	    buf_string(&shown));
	buf_free(&shown);
	return -1;
}

int take_string(void *member, const char *value, struct error *err)
{
	const char **string = member;

	(void)err;
	*string = value;
	return 0;
}

/* True unless it is spelled out as no, false or 0. */
int take_boolean(void *member, const char *value, struct error *err)
{
	bool *is_set = member;

	(void)err;
	*is_set = value[0] == '\0' || strchr("fFnN0", value[0]) == NULL;
	return 0;
}

int take_quiet(void *member, const char *value, struct error *err)
{
	bool *is_quiet = member;

	(void)err;
	*is_quiet = value[0] == 'q';
	return 0;
}

int take_body(void *member, const char *value, struct error *err)
{
	enum envelope_body *body = member;

	(void)err;
	if (text_is_nocase(text_of(value), "7BIT"))
		*body = BODY_7BIT;
	else if (text_is_nocase(text_of(value), "8BITMIME"))
		*body = BODY_8BITMIME;
	return 0;
}

int take_notify(void *member, const char *value, struct error *err)
{
	unsigned *notify = member;

	*notify = notify_read(text_of(value));
	if (*notify != 0)
		return 0;
	return option_refuse(err,
	    "-N takes never, or a list of success, failure and delay, not",
	    text_of(value));
}

int take_returns(void *member, const char *value, struct error *err)
{
	enum envelope_return *returns = member;

	if (text_is_nocase(text_of(value), "full"))
		*returns = RETURN_FULL;
	else if (text_is_nocase(text_of(value), "hdrs"))
		*returns = RETURN_HEADERS;
	else
		return option_refuse(err, "-R takes full or hdrs, not",
		    text_of(value));
	return 0;
}

static bool is_envelope_id(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (byte_is_control(value.data[i]) ||
		    byte_is_8bit(value.data[i]))
			return false;
	return value.length > 0 && value.length <= ENVELOPE_ID_MAX;
}

int take_envelope_id(void *member, const char *value, struct error *err)
{
	if (!is_envelope_id(text_of(value)))
		return option_refuse(err,
		    "-V takes 1 to 100 printable ASCII characters, not",
		    text_of(value));
	return take_string(member, value, err);
}

int take_hops(void *member, const char *value, struct error *err)
{
	unsigned long long hops;

	(void)member;
	if (text_number(text_of(value), HOPS_MAX, &hops) < 0)
		return option_refuse(err, "-h takes a number of hops, not",
		    text_of(value));
	return 0;
}

/* Other sendmails have other things behind this letter. */
int take_socket(void *member, const char *value, struct error *err)
{
	if (value[0] != '=')
		return 0;
	if (value[1] != '/')
		return option_refuse(err,
		    "-oX= takes the path of a socket, which begins with /, not",
		    text_of(value + 1));
	return take_string(member, value + 1, err);
}

/* As Sendmail, which calls i "interactive", d "deferred"; f was "foreground". */
int take_delivery(void *member, const char *value, struct error *err)
{
	enum delivery_mode *delivery = member;

	switch (byte_lower(value[0])) {
	case 'b':
		*delivery = DELIVERY_BACKGROUND;
		return 0;
	case 'd':
	case 'q':
		*delivery = DELIVERY_QUEUED;
		return 0;
	case '\0':
	case 'f':
	case 'i':
		*delivery = DELIVERY_NOW;
		return 0;
	default:
		return option_refuse(err, "-od takes b, d, i or q, not",
		    text_of(value));
	}
}

int take_part(void *member, const char *value, struct error *err)
{
	struct queue_filter *filter = member;

	(void)err; /* any text will do */
	*filter = (struct queue_filter){.part = value};
	return 0;
}

int take_other_part(void *member, const char *value, struct error *err)
{
	struct queue_filter *filter = member;

	(void)err; /* any text will do */
	*filter = (struct queue_filter){.part = value, .is_negated = true};
	return 0;
}

/* Seconds in a unit of time; without one it is minutes, as in Sendmail. */
static unsigned find_unit(struct text *rest)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};

	if (rest->length == 0)
		return 60;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (rest->data[0] != units[i].letter)
			continue;
		*rest = text_part(*rest, 1, rest->length);
		return units[i].seconds;
	}
	return 0;
}

/* interval = 1*( 1*DIGIT [ "s" / "m" / "h" / "d" / "w" ] ) */
static int read_seconds(struct text rest, unsigned long long *seconds)
{
	*seconds = 0;
	while (rest.length > 0) {
		unsigned long long number;
		size_t digits = 0;
		unsigned unit;

		while (digits < rest.length && byte_is_digit(rest.data[digits]))
			digits++;
		if (text_number(text_part(rest, 0, digits), INTERVAL_MAX,
			&number) < 0)
			return -1;
		rest = text_part(rest, digits, rest.length);
		unit = find_unit(&rest);
		*seconds += number * unit;
		if (unit == 0 || *seconds > INTERVAL_MAX)
			return -1;
	}
	return 0;
}

/* f is "foreground" and p "persistent": both are true of every run here. */
int take_interval(void *member, const char *value, struct error *err)
{
	int64_t *milliseconds = member;
	struct text text = text_of(value);
	unsigned long long seconds;

	if (text_is(text, "p"))
		text = text_of("1m");
	else if (text_begins(text, "f") || text_begins(text, "p"))
		text = text_part(text, 1, text.length);
	if (read_seconds(text, &seconds) < 0)
		return option_refuse(err,
		    "-q takes an interval such as 5m or 1h30m, or I, R or S "
		    "with a part to look for, not",
		    text_of(value));
	*milliseconds = (int64_t)seconds * 1000;
	return 0;
}
