#include "entry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "entry_value.h"
#include "mem.h"
#include "sha256.h"

/*
 *	entry     = "sendoff 1" LF "id " id LF *line *recipient end
 *	line      = key SP value LF         ; as the table below has them
 *	recipient = "recipient <" address ">" LF
 *	            ["its-notify " number LF] ["its-original " orcpt LF]
 *	end       = "End" SP length SP digest LF
 */
#define VERSION_LINE "sendoff 1"
#define ID           "id "
#define RECIPIENT    "recipient "
#define ITS_NOTIFY   "its-notify "
#define ITS_ORIGINAL "its-original "
#define END          "End "

bool entry_is_id(struct text id)
{
	if (id.length == 0 || id.length >= ENTRY_ID_SIZE)
		return false;
	for (size_t i = 0; i < id.length; i++) {
		char byte = id.data[i];
		bool is_sign = i > 0 && (byte == '-' || byte == '.');

		if (!is_sign && !byte_is_digit(byte) &&
		    !(byte >= 'A' && byte <= 'Z'))
			return false;
	}
	return true;
}

#define AT(member) offsetof(struct entry, member)

static const struct line {
	const char *key;
	size_t offset;
	enum entry_value form;
} lines[] = {
    {"profile ", AT(profile), VALUE_STRING},
    {"uid ", AT(uid), VALUE_UID},
    {"login ", AT(login), VALUE_STRING},
    {"caller ", AT(caller), VALUE_STRING},
    {"arrived ", AT(arrived), VALUE_MOMENT},
    {"attempts ", AT(attempts), VALUE_NUMBER},
    {"unsure ", AT(is_unsure), VALUE_FLAG},
    {"warned ", AT(is_warned), VALUE_FLAG},
    {"notices ", AT(notices), VALUE_NUMBER},
    {"owes ", AT(owes_notice), VALUE_FLAG},
    {"reason ", AT(reason), VALUE_STRING},
    {"body-length ", AT(body_length), VALUE_LENGTH},
    {"header-length ", AT(header_length), VALUE_LENGTH},
    {"digest ", AT(digest), VALUE_DIGEST},
    {"body ", AT(envelope.request.body), VALUE_BODY},
    {"return ", AT(envelope.request.returns), VALUE_RETURN},
    {"notify ", AT(envelope.request.notify), VALUE_NOTIFY},
    {"envelope-id ", AT(envelope.request.envelope_id), VALUE_ENVELOPE_ID},
    {"require-tls ", AT(envelope.request.requires_tls), VALUE_FLAG},
    {"sender ", AT(envelope.sender), VALUE_ADDRESS},
};

enum { LINES = sizeof lines / sizeof *lines };

static int write_end(struct buf *buf, struct error *err)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 sum;

	sha256_begin(&sum);
	sha256_add(&sum, buf_text(buf));
	if (sha256_end(&sum, digest, err) < 0)
		return -1;
	buf_addf(buf, END "%zu ", buf->length);
	sha256_write(buf, digest);
	buf_add_byte(buf, '\n');
	if (buf->is_full)
		return fail(err, ERROR_TOO_BIG,
		    "the queue does not take so many recipients at once");
	return 0;
}

static void write_line(struct buf *buf, const char *key, enum entry_value form,
    const void *place)
{
	buf_add_string(buf, key);
	entry_value_write(buf, form, place);
	buf_add_byte(buf, '\n');
}

static void write_recipient(struct buf *buf, const struct recipient *recipient)
{
	write_line(buf, RECIPIENT, VALUE_ADDRESS, &recipient->address);
	if (recipient->notify != 0)
		write_line(buf, ITS_NOTIFY, VALUE_NOTIFY, &recipient->notify);
	if (recipient->original != NULL)
		write_line(buf, ITS_ORIGINAL, VALUE_STRING,
		    &recipient->original);
}

int entry_write(const struct entry *entry, struct buf *buf, struct error *err)
{
	const struct envelope *envelope = &entry->envelope;

	buf_addf(buf, VERSION_LINE "\n" ID "%s\n", entry->id);
	for (size_t i = 0; i < LINES; i++)
		write_line(buf, lines[i].key, lines[i].form,
		    (const char *)entry + lines[i].offset);
	for (size_t i = 0; i < envelope->count; i++)
		if (!envelope->recipients[i].is_accepted)
			write_recipient(buf, &envelope->recipients[i]);
	return write_end(buf, err);
}

static bool take_line(struct text *rest, const char *key, struct text *value)
{
	struct text line;

	if (!text_begins(*rest, key) || !text_split(rest, '\n', &line))
		return false;
	*value = text_part(line, strlen(key), line.length);
	return true;
}

static bool add_recipient(struct envelope *envelope, struct text value)
{
	struct recipient recipient = {0};

	if (text_is(value, "<>") ||
	    !entry_value_read(VALUE_ADDRESS, &recipient.address, value))
		return false;
	envelope->recipients = mem_grow(envelope->recipients, envelope->count,
	    sizeof *envelope->recipients);
	envelope->recipients[envelope->count++] = recipient;
	return true;
}

/* What was asked for the last one alone. */
static bool read_wishes(struct envelope *envelope, struct text *rest)
{
	struct recipient *recipient =
	    &envelope->recipients[envelope->count - 1];
	struct text value;

	if (take_line(rest, ITS_NOTIFY, &value) &&
	    !entry_value_read(VALUE_NOTIFY, &recipient->notify, value))
		return false;
	return !take_line(rest, ITS_ORIGINAL, &value) ||
	    entry_value_read(VALUE_STRING, &recipient->original, value);
}

/* What it makes of anything but an entry must still be looked at. */
static bool read_lines(struct entry *entry, struct text rest)
{
	struct text value;

	if (!take_line(&rest, VERSION_LINE, &value) ||
	    !take_line(&rest, ID, &value) || !entry_is_id(value))
		return false;
	memcpy(entry->id, value.data, value.length);
	for (size_t i = 0; i < LINES; i++)
		if (!take_line(&rest, lines[i].key, &value) ||
		    !entry_value_read(lines[i].form,
			(char *)entry + lines[i].offset, value))
			return false;
	while (take_line(&rest, RECIPIENT, &value))
		if (!add_recipient(&entry->envelope, value) ||
		    !read_wishes(&entry->envelope, &rest))
			return false;
	return text_begins(rest, END);
}

static bool is_of_other_version(struct text text)
{
	unsigned long long version;
	struct text value;

	return text_find(text, '\n') < text.length &&
	    take_line(&text, "sendoff ", &value) &&
	    text_number(value, 999999999, &version) == 0 && version != 1;
}

/*
 * Every line has one form only, so what was read is sound if it is what we
 * would have written: order, forms, length and digest in one comparison.
 */
int entry_read(struct entry *entry, struct text text, struct error *err)
{
	struct buf again = {.ceiling = ENTRY_MAX};
	bool is_sound = false;

	*entry = (struct entry){0};
	if (is_of_other_version(text))
		return fail(err, ERROR_NO_MODE,
		    "it was written by another version of sendoff, which must "
		    "deliver it");
	if (text.length <= ENTRY_MAX && read_lines(entry, text)) {
		if (entry_write(entry, &again, err) < 0)
			goto out;
		is_sound = again.length == text.length &&
		    memcmp(again.data, text.data, text.length) == 0;
	}
	if (!is_sound)
		(void)fail(err, ERROR_MESSAGE, "the envelope is damaged");
out:
	if (!is_sound)
		entry_free(entry);
	buf_free(&again);
	return is_sound ? 0 : -1;
}

void entry_free(struct entry *entry)
{
	char *envelope_id;

	/* A request that is not the queue's own does not own it: const. */
	memcpy(&envelope_id, &entry->envelope.request.envelope_id,
	    sizeof envelope_id);
	free(envelope_id);
	free(entry->profile);
	free(entry->login);
	free(entry->caller);
	free(entry->reason);
	envelope_free(&entry->envelope);
	*entry = (struct entry){0};
}
