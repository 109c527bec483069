#include "settle.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bury.h"
#include "clock.h"
#include "input.h"
#include "log.h"
#include "mem.h"
#include "notice.h"
#include "owed.h"
#include "posting.h"

/* What becomes of one entry. */
struct fate {
	const struct settling *settling;
	const struct settings *settings;
	struct claim *claim;
	const struct message *message; /* NULL: not read yet */
	struct message own;            /* if it was read here */
	struct moment now;
	bool is_tried;
	bool is_expired;
	bool is_dirty; /* the entry on disk is not as it should be */
	char report[SPOOL_NAME_SIZE]; /* notice or dead letter; or empty */
	/* Who will not be tried again, and is not in the entry any more. */
	struct envelope failed;
};

/* A pointer to each recipient that has something to be told. */
struct list {
	const struct recipient **items;
	size_t count;
};

/* A clock that was set back makes nothing old. */
static bool is_older(const struct fate *fate, int64_t milliseconds)
{
	return fate->now.seconds - fate->claim->entry.arrived.seconds >=
	    milliseconds / 1000;
}

static bool is_refused(const struct recipient *recipient)
{
	return recipient->error.kind != ERROR_NONE &&
	    !error_is_worth_retrying(recipient->error.kind);
}

static bool has_failed(const struct fate *fate,
    const struct recipient *recipient)
{
	return is_refused(recipient) ||
	    (fate->is_expired && recipient->error.kind != ERROR_NONE);
}

/* Leave in the entry only who is tried again. */
static void part_recipients(struct fate *fate)
{
	struct envelope *envelope = &fate->claim->entry.envelope;
	struct envelope *failed = &fate->failed;
	size_t kept = 0;

	failed->recipients =
	    mem_alloc(envelope->count, sizeof *failed->recipients);
	for (size_t i = 0; i < envelope->count; i++) {
		struct recipient *recipient = &envelope->recipients[i];

		if (recipient->is_accepted)
			recipient_free(recipient);
		else if (has_failed(fate, recipient))
			failed->recipients[failed->count++] = *recipient;
		else
			envelope->recipients[kept++] = *recipient;
	}
	envelope->count = kept;
}

/* Why the others wait. */
static void note_attempt(struct entry *entry)
{
	const struct error *worst = envelope_worst(&entry->envelope);

	entry->attempts++;
	for (size_t i = 0; i < entry->envelope.count; i++)
		if (entry->envelope.recipients[i].error.kind == ERROR_UNSURE)
			entry->is_unsure = true;
	if (worst == NULL || worst->kind == ERROR_NONE)
		return;
	free(entry->reason);
	entry->reason = mem_dup(worst->text);
}

/* --- the log ------------------------------------------------------------- */

static void log_outcome(const struct fate *fate, const char *status,
    const char *to, const char *next, const char *reply)
{
	const struct entry *entry = &fate->claim->entry;
	char attempts[24];
	char uid[24];

	(void)snprintf(attempts, sizeof attempts, "%u", entry->attempts);
	(void)snprintf(uid, sizeof uid, "%lu", (unsigned long)entry->uid);
	const struct log_value values[] = {
	    {"id", entry->id, false},
	    {"status", status, false},
	    {"from", entry->envelope.sender, false},
	    {"to", to, false},
	    {"profile", entry->profile, false},
	    {"attempts", attempts, true},
	    {"next", next, false},
	    {"report", *fate->report != '\0' ? fate->report : NULL, false},
	    {"note", entry->is_unsure ? "may arrive twice" : NULL, false},
	    {"reply", reply, false},
	    {"uid", uid, true},
	    {"caller", entry->caller, false},
	};
	log_entry(next != NULL ? LEVEL_WARNING : LEVEL_ERROR, values,
	    sizeof values / sizeof *values);
}

static void log_failed(const struct fate *fate)
{
	for (size_t i = 0; i < fate->failed.count; i++) {
		const struct recipient *recipient = &fate->failed.recipients[i];

		log_outcome(fate, is_refused(recipient) ? "refused" : "expired",
		    recipient->address, NULL, recipient->error.text);
	}
}

static void log_waiting(const struct fate *fate, time_t turn)
{
	const struct envelope *envelope = &fate->claim->entry.envelope;
	struct buf to = {.ceiling = SIZE_MAX};
	struct buf next = {0};

	for (size_t i = 0; i < envelope->count; i++)
		buf_addf(&to, "%s%s", i > 0 ? "," : "",
		    envelope->recipients[i].address);
	date_add_log(&next, (struct moment){.seconds = turn});
	log_outcome(fate, "queued", buf_string(&to), buf_string(&next),
	    fate->claim->entry.reason);
	buf_free(&next);
	buf_free(&to);
}

/* --- reports ------------------------------------------------------------- */

static struct list list_all(const struct envelope *envelope)
{
	struct list list = {0};

	list.items = mem_alloc(envelope->count, sizeof(struct recipient *));
	for (size_t i = 0; i < envelope->count; i++)
		if (envelope->recipients[i].error.kind != ERROR_NONE)
			list.items[list.count++] = &envelope->recipients[i];
	return list;
}

/* Those whose fate the sender wants to know. */
static struct list list_told(const struct fate *fate,
    const struct envelope *part, enum notice_kind kind)
{
	const struct envelope *envelope = &fate->claim->entry.envelope;
	struct list list = list_all(part);
	size_t told = 0;

	for (size_t i = 0; i < list.count; i++)
		if (notice_is_wanted(envelope, list.items[i], kind))
			list.items[told++] = list.items[i];
	list.count = told;
	return list;
}

/* Whom to tell, or NULL. */
static const char *find_reader(const struct fate *fate, const struct list *told)
{
	const struct envelope *envelope = &fate->claim->entry.envelope;
	const char *bounce_to = fate->settings->bounce_to;

	if (told->count == 0 || strcmp(bounce_to, "none") == 0)
		return NULL;
	return strcmp(bounce_to, "sender") == 0 ? envelope->sender : bounce_to;
}

static int need_message(struct fate *fate, struct error *err)
{
	if (fate->message != NULL)
		return 0;
	if (claim_read_message(fate->claim, &fate->own, err) != 1)
		return -1;
	fate->message = &fate->own;
	return 0;
}

static int take_block(void *context, struct text bytes, struct error *err)
{
	struct buf *body = context;

	(void)err;
	buf_add(body, bytes);
	return 0;
}

/* RFC 3461 4.3: RET speaks of failures alone. */
static int read_body(const struct fate *fate, enum notice_kind kind,
    struct buf *body, struct text *returned, struct error *err)
{
	const struct request *request = &fate->claim->entry.envelope.request;

	if (kind != NOTICE_FAILED || request->returns != RETURN_FULL ||
	    fate->message->body.length > NOTICE_MAX_RETURNED)
		return 0;
	if (input_each_block(&fate->message->body, take_block, body, err) < 0)
		return -1;
	*returned = buf_text(body);
	return 0;
}

static int make_notice(const struct fate *fate, enum notice_kind kind,
    const struct list *list, const char *reader, struct error *err)
{
	const struct settling *settling = fate->settling;
	const struct entry *entry = &fate->claim->entry;
	const struct policy policy = {
	    .config = settling->config,
	    .user = settling->identity->login,
	    .site = posting_site(fate->settings, settling->identity),
	};
	struct notice notice = {
	    .kind = kind,
	    .to = reader,
	    .at = fate->now,
	    .arrived = entry->arrived,
	    .until = entry->arrived,
	    .envelope = &entry->envelope,
	    .recipients = list->items,
	    .count = list->count,
	    .message = fate->message,
	};
	struct buf body = {0};
	int result;

	notice.until.seconds += (time_t)(fate->settings->queue_lifetime / 1000);
	result = read_body(fate, kind, &body, &notice.body, err);
	if (result == 0)
		result =
		    owed_make(&policy, settling->spool, entry, &notice, err);
	buf_free(&body);
	return result;
}

/*
 * Exactly one, see owed.h; what else has changed is saved with it.  1 when the
 * rules leave nobody to send it to.
 */
static int send_notice(struct fate *fate, enum notice_kind kind,
    const struct list *list, const char *reader, struct error *err)
{
	struct entry *entry = &fate->claim->entry;
	int result;

	if (need_message(fate, err) < 0)
		return -1;
	result = make_notice(fate, kind, list, reader, err);
	if (result != 0)
		return result;
	entry->notices++;
	entry->owes_notice = true;
	if (kind == NOTICE_DELAYED)
		entry->is_warned = true;
	(void)snprintf(fate->report, sizeof fate->report, "%s.%u", entry->id,
	    entry->notices);
	if (claim_save(fate->claim, err) < 0)
		return -1;
	fate->is_dirty = false;
	return owed_pay(fate->settling->spool, entry, fate->now.seconds, err);
}

/* A letter of the same name is of an attempt that could not be recorded. */
static int bury(struct fate *fate, const struct list *list, struct error *err)
{
	struct entry *entry = &fate->claim->entry;
	struct burial burial = {
	    .directory = fate->settling->dead_letters,
	    .name = fate->report,
	    .entry = entry,
	    .recipients = list->items,
	    .count = list->count,
	};

	if (need_message(fate, err) < 0)
		return -1;
	burial.message = fate->message;
	fate->is_dirty = true;
	entry->notices++;
	(void)snprintf(fate->report, sizeof fate->report,
	    entry->notices > 1 ? "%s-%u" : "%s", entry->id, entry->notices);
	return bury_message(&burial, err);
}

static int report_failed(struct fate *fate, struct error *err)
{
	struct list told = list_told(fate, &fate->failed, NOTICE_FAILED);
	struct list all = list_all(&fate->failed);
	const char *reader = find_reader(fate, &told);
	int result = 1;

	if (reader != NULL)
		result = send_notice(fate, NOTICE_FAILED, &told, reader, err);
	if (result == 1)
		result = bury(fate, &all, err);
	if (result == 0)
		log_failed(fate);
	fate->report[0] = '\0';
	free(all.items);
	free(told.items);
	return result;
}

static int report_delay(struct fate *fate, struct error *err)
{
	const struct entry *entry = &fate->claim->entry;
	struct list list = list_told(fate, &entry->envelope, NOTICE_DELAYED);
	const char *reader = find_reader(fate, &list);
	int result = 0;

	if (reader != NULL)
		result = send_notice(fate, NOTICE_DELAYED, &list, reader, err);
	free(list.items);
	return result < 0 ? -1 : 0;
}

static bool is_late(const struct fate *fate)
{
	int64_t limit = fate->settings->delay_warning;

	return limit > 0 && !fate->claim->entry.is_warned &&
	    is_older(fate, limit);
}

/* --- the whole ----------------------------------------------------------- */

static int put_off(struct fate *fate, struct error *err)
{
	struct claim *claim = fate->claim;
	time_t turn = schedule_next(&fate->settings->retry,
	    claim->entry.attempts, fate->now.seconds);

	if (fate->is_dirty && claim_save(claim, err) < 0)
		return -1;
	if (claim_move(claim, turn, err) < 0)
		return -1;
	if (fate->is_tried || *fate->report != '\0')
		log_waiting(fate, turn);
	return 0;
}

static int settle(struct fate *fate, struct error *err)
{
	struct entry *entry = &fate->claim->entry;

	if (entry->owes_notice &&
	    owed_pay(fate->settling->spool, entry, fate->now.seconds, err) < 0)
		return -1;
	owed_drop(fate->settling->spool, entry);
	fate->is_expired = is_older(fate, fate->settings->queue_lifetime);
	part_recipients(fate);
	if (fate->is_tried)
		note_attempt(entry);
	if (fate->failed.count > 0 && report_failed(fate, err) < 0)
		return -1;
	if (is_late(fate) && report_delay(fate, err) < 0)
		return -1;
	if (entry->envelope.count > 0)
		return put_off(fate, err);
	return claim_remove(fate->claim, err);
}

static int begin(const struct settling *settling, struct claim *claim,
    const struct message *message, bool is_tried, struct error *err)
{
	struct fate fate = {
	    .settling = settling,
	    .settings = config_settings(settling->config),
	    .claim = claim,
	    .message = message,
	    .own.body.fd = -1,
	    .now = clock_now(),
	    .is_tried = is_tried,
	    .is_dirty = is_tried,
	};
	int result = settle(&fate, err);

	envelope_free(&fate.failed);
	message_free(&fate.own);
	return result;
}

int settle_strike(void *context, struct error *err)
{
	struct claim *claim = context;
	const struct envelope *envelope = &claim->entry.envelope;
	size_t accepted = 0;

	for (size_t i = 0; i < envelope->count; i++)
		accepted += envelope->recipients[i].is_accepted;
	if (accepted == 0)
		return 0;
	if (accepted < envelope->count)
		return claim_save(claim, err);
	return claim_remove(claim, err);
}

int settle_claim(const struct settling *settling, struct claim *claim,
    const struct message *message, struct error *err)
{
	return begin(settling, claim, message, true, err);
}

int settle_untried(const struct settling *settling, struct claim *claim,
    const struct message *message, const struct error *reason,
    struct error *err)
{
	envelope_fail_rest(&claim->entry.envelope, reason);
	return begin(settling, claim, message, false, err);
}

int settle_owed(const struct settling *settling, struct claim *claim,
    struct error *err)
{
	return owed_pay(settling->spool, &claim->entry, clock_now().seconds,
	    err);
}
