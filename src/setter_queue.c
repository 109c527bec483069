#include "setter_queue.h"

#include <string.h>

#include "address.h"
#include "setter.h"
#include "settings.h"
#include "value.h"

int set_schedule(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct schedule *schedule = setter_find_field(key, fields);
	struct text rest = text_of(value);
	struct text word;
	bool is_good = true;

	schedule->count = 0;
	while (is_good && value_next_word(&rest, &word))
		is_good = schedule->count < SCHEDULE_MAX &&
		    setter_read_time(word, key,
			&schedule->waits[schedule->count++]) == 0;
	if (!is_good || schedule->count == 0)
		return fail(err, ERROR_CONFIG,
		    "takes 1 to %d times such as 1m 5m 1h, each from %llus to "
		    "%llud",
		    SCHEDULE_MAX,
		    (unsigned long long)(key->min / SETTER_SECOND),
		    (unsigned long long)(key->max / SETTER_DAY));
	return 0;
}

/* Used as it is: aliases and rules have had their turn by then. */
int set_bounce_to(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct error cause;

	if (strcmp(value, "sender") != 0 && strcmp(value, "none") != 0 &&
	    address_check(text_of(value), &cause) < 0)
		return fail(err, ERROR_CONFIG,
		    "takes sender, none or an address such as "
		    "postmaster@example.com");
	return set_text(key, value, fields, err);
}

/* Whole units only: 100/h is a hundred in any hour. */
static int64_t find_period(struct text unit)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text_is_nocase(unit, units[i].name))
			return units[i].seconds * SETTER_SECOND;
	return 0;
}

int set_rate(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct rate *rate = setter_find_field(key, fields);
	struct text text = text_of(value);
	size_t slash = text_find(text, '/');
	unsigned long long count = 0;
	int64_t period =
	    find_period(text_trim(text_part(text, slash + 1, text.length)));

	if (period == 0 ||
	    text_number(text_trim(text_part(text, 0, slash)), key->max,
		&count) < 0 ||
	    count < key->min)
		return fail(err, ERROR_CONFIG,
		    "takes a number of messages, from %llu to %llu, in an s, "
		    "m, h or d, such as 100/h",
		    (unsigned long long)key->min, (unsigned long long)key->max);
	*rate = (struct rate){.count = (unsigned)count, .period = period};
	return 0;
}
