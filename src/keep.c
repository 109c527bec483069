#include "keep.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "mem.h"

void keep_begin(struct keeping *keeping, const struct config *config,
    const struct identity *identity)
{
	*keeping = (struct keeping){
	    .config = config,
	    .identity = identity,
	    .input.fd = -1,
	};
	places_find(&keeping->places, config_settings(config), identity);
}

void keep_end(struct keeping *keeping)
{
	claim_free(&keeping->input);
	if (keeping->is_open)
		spool_close(&keeping->spool);
	places_free(&keeping->places);
	strlist_free(&keeping->waits);
}

static int open_spool(struct keeping *keeping, struct error *err)
{
	if (config_settings(keeping->config)->queue == QUEUE_NEVER)
		return fail(err, ERROR_CREATE, "queue = never keeps nothing");
	if (!keeping->is_open)
		keeping->is_open =
		    spool_open(&keeping->spool,
			buf_string(&keeping->places.spool), err) == 0;
	return keeping->is_open ? 0 : -1;
}

bool keep_is_possible(const struct keeping *keeping)
{
	return config_settings(keeping->config)->queue != QUEUE_NEVER &&
	    (keeping->is_open || places_have_room(&keeping->places));
}

int keep_make_file(void *context)
{
	struct keeping *keeping = context;
	struct error ignored; /* the body can still be sent */

	if (open_spool(keeping, &ignored) < 0 ||
	    claim_make(&keeping->input, &keeping->spool, keeping->identity->id,
		&ignored) < 0)
		return -1;
	return keeping->input.fd;
}

bool keep_is_wanted(const struct recipient *recipient)
{
	return recipient_is_open(recipient) ||
	    (!recipient->is_accepted &&
		error_is_worth_retrying(recipient->error.kind));
}

/* The first entry of a message has its ID, the others have theirs from it. */
static int begin_claim(struct keeping *keeping, const struct delivery *delivery,
    struct claim *claim, struct error *err)
{
	char id[ENTRY_ID_SIZE];
	bool is_first = keeping->count++ == 0;

	if (is_first && keeping->input.fd >= 0 &&
	    delivery->message.body.fd == keeping->input.fd) {
		*claim = keeping->input;
		keeping->input = (struct claim){.fd = -1};
		return 0;
	}
	/* Its ID is the first one's; there was no room for the body in it. */
	claim_free(&keeping->input);
	(void)snprintf(id, sizeof id, is_first ? "%s" : "%s-%u",
	    keeping->identity->id, keeping->count);
	return claim_make(claim, &keeping->spool, id, err);
}

static void fill_envelope(struct envelope *envelope,
    const struct envelope *whole)
{
	const char *envelope_id = whole->request.envelope_id;

	envelope->sender = mem_dup(whole->sender);
	envelope->recipients =
	    mem_alloc(whole->count, sizeof *envelope->recipients);
	for (size_t i = 0; i < whole->count; i++)
		if (keep_is_wanted(&whole->recipients[i]))
			recipient_copy(&envelope->recipients[envelope->count++],
			    &whole->recipients[i]);
	envelope->request = whole->request;
	envelope->request.envelope_id =
	    envelope_id != NULL ? mem_dup(envelope_id) : NULL;
}

/* Of those that are kept; NULL before a try. */
static const struct error *find_reason(const struct envelope *envelope)
{
	const struct error *reason = NULL;

	for (size_t i = 0; i < envelope->count; i++) {
		const struct recipient *recipient = &envelope->recipients[i];

		if (keep_is_wanted(recipient) &&
		    recipient->error.kind != ERROR_NONE &&
		    (reason == NULL || recipient->error.kind > reason->kind))
			reason = &recipient->error;
	}
	return reason;
}

static bool has_unsure(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		if (envelope->recipients[i].error.kind == ERROR_UNSURE)
			return true;
	return false;
}

static void fill_entry(struct entry *entry, const struct keeping *keeping,
    const struct delivery *delivery, unsigned attempts)
{
	const struct identity *identity = keeping->identity;
	const struct error *reason = find_reason(&delivery->envelope);

	entry->profile = mem_dup(delivery->profile->name);
	entry->uid = identity->uid;
	entry->login = mem_dup(identity->login);
	entry->caller = mem_dup(identity->caller);
	entry->arrived = identity->start;
	entry->attempts = attempts;
	entry->is_unsure = has_unsure(&delivery->envelope);
	entry->reason = mem_dup(reason != NULL ? reason->text : "");
	fill_envelope(&entry->envelope, &delivery->envelope);
}

static void log_kept(const struct entry *entry, uint64_t size, const char *next)
{
	const struct envelope *envelope = &entry->envelope;
	bool is_tried = *entry->reason != '\0';
	struct buf addresses = {0};
	char size_text[24];
	char uid[24];

	(void)snprintf(size_text, sizeof size_text, "%llu",
	    (unsigned long long)size);
	(void)snprintf(uid, sizeof uid, "%lu", (unsigned long)entry->uid);
	for (size_t i = 0; i < envelope->count; i++)
		buf_addf(&addresses, "%s%s", i > 0 ? "," : "",
		    envelope->recipients[i].address);
	const struct log_value values[] = {
	    {"id", entry->id, false},
	    {"status", "queued", false},
	    {"from", envelope->sender, false},
	    {"to", buf_string(&addresses), false},
	    {"profile", entry->profile, false},
	    {"size", size_text, true},
	    {"next", next, false},
	    {"reply", is_tried ? entry->reason : NULL, false},
	    {"uid", uid, true},
	    {"caller", entry->caller, false},
	};
	log_entry(is_tried ? LEVEL_WARNING : LEVEL_INFO, values,
	    sizeof values / sizeof *values);
	buf_free(&addresses);
}

/* Whoever asked for the queue has nothing to be told. */
static void note_kept(struct keeping *keeping, struct delivery *delivery,
    const struct entry *entry, time_t turn)
{
	struct envelope *envelope = &delivery->envelope;
	struct buf next = {0};

	for (size_t i = 0; i < envelope->count; i++)
		envelope->recipients[i].is_kept =
		    keep_is_wanted(&envelope->recipients[i]);
	date_add_log(&next, (struct moment){.seconds = turn});
	log_kept(entry, message_wire_length(&delivery->message),
	    buf_string(&next));
	if (*entry->reason != '\0')
		strlist_addf(&keeping->waits,
		    "the message waits in the queue as %s until %s: %s",
		    entry->id, buf_string(&next), entry->reason);
	buf_free(&next);
}

int keep_quietly(struct keeping *keeping, const struct delivery *delivery,
    unsigned attempts, time_t turn, struct claim *claim, struct error *err)
{
	*claim = (struct claim){.fd = -1};
	if (open_spool(keeping, err) < 0 ||
	    begin_claim(keeping, delivery, claim, err) < 0)
		return -1;
	fill_entry(&claim->entry, keeping, delivery, attempts);
	if (claim_finish(claim, &delivery->message, err) < 0)
		return -1;
	return claim_commit(claim, turn, err);
}

/* The attempt's own line is but a warning, because it may be tried again. */
static void log_lost(const struct keeping *keeping, const struct error *err)
{
	struct error lost = *err;

	(void)fail_within(&lost, "it cannot be kept in the queue: ");
	log_sentence(LEVEL_ERROR, keeping->identity->id, lost.text);
}

int keep_delivery(struct keeping *keeping, struct delivery *delivery,
    unsigned attempts, time_t turn, struct claim *claim, struct error *err)
{
	if (keep_quietly(keeping, delivery, attempts, turn, claim, err) < 0) {
		log_lost(keeping, err);
		return -1;
	}
	note_kept(keeping, delivery, &claim->entry, turn);
	return 0;
}
