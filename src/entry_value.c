#include "entry_value.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>

#include "address.h"
#include "date.h"
#include "envelope.h"
#include "sha256.h"
#include "utf8.h"

enum {
	MAX_STRING = 64 * 1024, /* bytes, as long as a line of a setting */
	WORDS = 3
};

static const char *const body_words[WORDS] = {
    [BODY_UNKNOWN] = "-", [BODY_7BIT] = "7bit", [BODY_8BITMIME] = "8bitmime"};
static const char *const return_words[WORDS] = {
    [RETURN_UNSET] = "-", [RETURN_FULL] = "full", [RETURN_HEADERS] = "headers"};

/* Whatever it is, it cannot end the line. */
static void write_line(struct buf *buf, const char *string)
{
	if (string != NULL)
		utf8_add_line(buf, utf8_cut(text_of(string), MAX_STRING));
}

static void write_string(struct buf *buf, const void *place)
{
	char *const *string = place;

	write_line(buf, *string);
}

static bool read_string(void *place, struct text value)
{
	char **string = place;

	*string = text_dup(value);
	return true;
}

static void write_envelope_id(struct buf *buf, const void *place)
{
	const char *const *string = place;

	write_line(buf, *string);
}

static bool read_envelope_id(void *place, struct text value)
{
	const char **string = place;

	if (value.length > 0)
		*string = text_dup(value);
	return !text_has_8bit(value);
}

static void write_number(struct buf *buf, const void *place)
{
	const unsigned *number = place;

	buf_addf(buf, "%u", *number);
}

static bool read_number(void *place, struct text value)
{
	unsigned long long number;
	unsigned *to = place;

	if (text_number(value, UINT_MAX, &number) < 0)
		return false;
	*to = (unsigned)number;
	return true;
}

static void write_uid(struct buf *buf, const void *place)
{
	const uid_t *uid = place;

	buf_addf(buf, "%lu", (unsigned long)*uid);
}

static bool read_uid(void *place, struct text value)
{
	unsigned long long number;
	uid_t *to = place;

	if (text_number(value, UINT_MAX, &number) < 0)
		return false;
	*to = (uid_t)number;
	return true;
}

static void write_length(struct buf *buf, const void *place)
{
	const uint64_t *length = place;

	buf_addf(buf, "%llu", (unsigned long long)*length);
}

/* So small that an offset in a file can be made of two of them. */
static bool read_length(void *place, struct text value)
{
	unsigned long long number;
	uint64_t *to = place;

	if (text_number(value, INT64_MAX / 4, &number) < 0)
		return false;
	*to = number;
	return true;
}

static void write_flag(struct buf *buf, const void *place)
{
	const bool *flag = place;

	buf_add_string(buf, *flag ? "yes" : "no");
}

static bool read_flag(void *place, struct text value)
{
	bool *flag = place;

	*flag = text_is(value, "yes");
	return true;
}

static void write_moment(struct buf *buf, const void *place)
{
	const struct moment *moment = place;

	buf_addf(buf, "%lld.%03d",
	    moment->seconds > 0 ? (long long)moment->seconds : 0,
	    moment->milliseconds);
}

static bool read_moment(void *place, struct text value)
{
	struct moment *moment = place;
	size_t point = text_find(value, '.');
	unsigned long long seconds;
	unsigned long long milliseconds;

	if (text_number(text_part(value, 0, point), INT32_MAX * 1000LL,
		&seconds) < 0 ||
	    text_number(text_part(value, point + 1, value.length), 999999999,
		&milliseconds) < 0 ||
	    milliseconds > 999)
		return false;
	moment->seconds = (time_t)seconds;
	moment->milliseconds = (int)milliseconds;
	return true;
}

static void write_digest(struct buf *buf, const void *place)
{
	sha256_write(buf, place);
}

static bool read_digest(void *place, struct text value)
{
	return sha256_read(place, value);
}

/* Which of the words it is; WORDS for none. */
static unsigned find_word(const char *const words[WORDS], struct text value)
{
	unsigned i = 0;

	while (i < WORDS && !text_is(value, words[i]))
		i++;
	return i;
}

static void write_body(struct buf *buf, const void *place)
{
	const enum envelope_body *body = place;

	buf_add_string(buf, body_words[*body]);
}

static bool read_body(void *place, struct text value)
{
	enum envelope_body *body = place;
	unsigned i = find_word(body_words, value);

	*body = i < WORDS ? (enum envelope_body)i : BODY_UNKNOWN;
	return i < WORDS;
}

static void write_return(struct buf *buf, const void *place)
{
	const enum envelope_return *returns = place;

	buf_add_string(buf, return_words[*returns]);
}

static bool read_return(void *place, struct text value)
{
	enum envelope_return *returns = place;
	unsigned i = find_word(return_words, value);

	*returns = i < WORDS ? (enum envelope_return)i : RETURN_UNSET;
	return i < WORDS;
}

static bool read_notify(void *place, struct text value)
{
	const unsigned all =
	    NOTIFY_NEVER | NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY;
	const unsigned *notify = place;

	return read_number(place, value) && *notify <= all;
}

static void write_address(struct buf *buf, const void *place)
{
	char *const *address = place;

	buf_add_byte(buf, '<');
	if (*address != NULL)
		buf_add_string(buf, *address);
	buf_add_byte(buf, '>');
}

/* "<>" is an address only for a sender. */
static bool read_address(void *place, struct text value)
{
	struct error unused;

	if (!text_begins(value, "<") || value.data[value.length - 1] != '>')
		return false;
	value = text_part(value, 1, value.length - 1);
	return address_check(value, &unused) == 0 && read_string(place, value);
}

static const struct {
	void (*write)(struct buf *, const void *place);
	bool (*read)(void *place, struct text);
} forms[] = {
    [VALUE_STRING] = {write_string, read_string},
    [VALUE_ENVELOPE_ID] = {write_envelope_id, read_envelope_id},
    [VALUE_NUMBER] = {write_number, read_number},
    [VALUE_UID] = {write_uid, read_uid},
    [VALUE_LENGTH] = {write_length, read_length},
    [VALUE_FLAG] = {write_flag, read_flag},
    [VALUE_MOMENT] = {write_moment, read_moment},
    [VALUE_DIGEST] = {write_digest, read_digest},
    [VALUE_BODY] = {write_body, read_body},
    [VALUE_RETURN] = {write_return, read_return},
    [VALUE_NOTIFY] = {write_number, read_notify},
    [VALUE_ADDRESS] = {write_address, read_address},
};

void entry_value_write(struct buf *buf, enum entry_value form,
    const void *place)
{
	forms[form].write(buf, place);
}

bool entry_value_read(enum entry_value form, void *place, struct text value)
{
	return forms[form].read(place, value);
}
