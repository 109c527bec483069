#include "mailq.h"

#include <string.h>

#include "json.h"
#include "utf8.h"

enum {
	SIZE_END = 19,     /* columns: where the size ends */
	RECIPIENT_AT = 41, /* where a recipient begins */
	REASON_END = 76    /* where a reason ends, if it is not longer */
};

static const char may_repeat[] = "may arrive twice";

uint64_t mailq_size(const struct entry *entry)
{
	return entry->header_length + entry->body_length;
}

/* As Postfix calls it, because programs look for that name. */
static struct text find_sender(const struct entry *entry)
{
	const char *sender = entry->envelope.sender;

	return text_of(sender[0] != '\0' ? sender : "MAILER-DAEMON");
}

/* To an empty buf: why it waits, which may be nothing. */
static void add_reason(struct buf *buf, const struct entry *entry)
{
	buf_add_string(buf, entry->reason);
	if (!entry->is_unsure || strstr(entry->reason, may_repeat) != NULL)
		return;
	if (buf->length > 0)
		buf_add_string(buf, "; ");
	buf_add_string(buf, may_repeat);
}

/* "Sun Nov 22 10:00:00"; the program has no locale but C. */
static void add_time(struct buf *buf, time_t seconds)
{
	struct tm local = {0};
	char shown[32] = "";

	if (localtime_r(&seconds, &local) != NULL)
		(void)strftime(shown, sizeof shown, "%a %b %e %H:%M:%S",
		    &local);
	buf_addf(buf, "%-19s", shown);
}

void mailq_add_header(struct buf *buf)
{
	buf_add_string(buf,
	    "-Queue ID-  --Size-- ----Arrival Time---- "
	    "-Sender/Recipient-------\n");
}

static void add_first_line(struct buf *buf, const struct mailq_item *item)
{
	static const char marks[] = {
	    [MAILQ_WAITS] = ' ',
	    [MAILQ_BUSY] = '*',
	    [MAILQ_HELD] = '!',
	};
	const struct entry *entry = item->entry;
	int used = (int)strlen(entry->id) + 2;

	/* An ID longer than those of Postfix takes of the size's room. */
	buf_addf(buf, "%s%c %*llu ", entry->id, marks[item->state],
	    used < SIZE_END ? SIZE_END - used : 0,
	    (unsigned long long)mailq_size(entry));
	add_time(buf, entry->arrived.seconds);
	buf_add_string(buf, "  ");
	utf8_add_visible(buf, find_sender(entry));
	buf_add_byte(buf, '\n');
}

static void add_reason_line(struct buf *buf, const struct entry *entry)
{
	struct buf reason = {0};
	struct buf shown = {0};
	int indent;

	add_reason(&reason, entry);
	utf8_add_visible(&shown, buf_text(&reason));
	indent = shown.length < REASON_END ? REASON_END - (int)shown.length : 0;
	if (shown.length > 0)
		buf_addf(buf, "%*s(%s)\n", indent, "", buf_string(&shown));
	buf_free(&shown);
	buf_free(&reason);
}

void mailq_add(struct buf *buf, const struct mailq_item *item)
{
	const struct envelope *envelope = &item->entry->envelope;

	add_first_line(buf, item);
	add_reason_line(buf, item->entry);
	for (size_t i = 0; i < envelope->count; i++) {
		buf_addf(buf, "%*s", RECIPIENT_AT, "");
		utf8_add_visible(buf, text_of(envelope->recipients[i].address));
		buf_add_byte(buf, '\n');
	}
	buf_add_byte(buf, '\n');
}

static void add_number(struct buf *buf, const char *key, uint64_t number)
{
	json_add_key(buf, key);
	buf_addf(buf, "%llu", (unsigned long long)number);
}

static void add_recipients(struct buf *buf, const struct entry *entry)
{
	const struct envelope *envelope = &entry->envelope;
	struct buf reason = {0};

	add_reason(&reason, entry);
	json_add_key(buf, "recipients");
	buf_add_byte(buf, '[');
	for (size_t i = 0; i < envelope->count; i++) {
		json_add_comma(buf);
		buf_add_byte(buf, '{');
		json_add_member(buf, "address",
		    envelope->recipients[i].address);
		if (reason.length > 0)
			json_add_member(buf, "delay_reason",
			    buf_string(&reason));
		buf_add_byte(buf, '}');
	}
	buf_add_byte(buf, ']');
	buf_free(&reason);
}

void mailq_add_json(struct buf *buf, const struct mailq_item *item)
{
	static const char *const names[] = {
	    [MAILQ_WAITS] = "deferred",
	    [MAILQ_BUSY] = "active",
	    [MAILQ_HELD] = "hold",
	};
	const struct entry *entry = item->entry;

	buf_add_byte(buf, '{');
	json_add_member(buf, "queue_name", names[item->state]);
	json_add_member(buf, "queue_id", entry->id);
	add_number(buf, "arrival_time", (uint64_t)entry->arrived.seconds);
	add_number(buf, "message_size", mailq_size(entry));
	json_add_key(buf, "sender");
	json_add_string(buf, find_sender(entry));
	add_recipients(buf, entry);
	json_add_member(buf, "profile", entry->profile);
	add_number(buf, "attempts", entry->attempts);
	if (item->state != MAILQ_HELD)
		add_number(buf, "next_attempt", (uint64_t)item->turn);
	add_number(buf, "uid", entry->uid);
	buf_add_string(buf, "}\n");
}

void mailq_add_json_damaged(struct buf *buf, const char *id,
    const char *sentence)
{
	buf_add_byte(buf, '{');
	json_add_member(buf, "queue_name", "corrupt");
	json_add_member(buf, "queue_id", id);
	json_add_member(buf, "reason", sentence);
	buf_add_string(buf, "}\n");
}

void mailq_add_aside(struct buf *buf, const char *line)
{
	utf8_add_visible(buf, text_of(line));
	buf_add_byte(buf, '\n');
}

void mailq_add_empty(struct buf *buf)
{
	buf_add_string(buf, "Mail queue is empty\n");
}

void mailq_add_totals(struct buf *buf, size_t count, uint64_t size)
{
	buf_addf(buf, "-- %llu Kbytes in %zu Request%s.\n",
	    (unsigned long long)(size / 1024), count, count == 1 ? "" : "s");
}
