#include "bounce.h"

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "settle.h"

static bool is_refused(const struct recipient *recipient)
{
	return !recipient->is_accepted && !recipient->is_kept;
}

/* The same message for them alone; it is the queue that will refuse them. */
static void part_refused(const struct delivery *delivery,
    struct delivery *refused)
{
	const struct envelope *envelope = &delivery->envelope;

	*refused = *delivery;
	refused->envelope.sender = mem_dup(envelope->sender);
	refused->envelope.recipients =
	    mem_alloc(envelope->count, sizeof *envelope->recipients);
	refused->envelope.count = 0;
	for (size_t i = 0; i < envelope->count; i++)
		if (is_refused(&envelope->recipients[i]))
			recipient_copy(
			    &refused->envelope
				 .recipients[refused->envelope.count++],
			    &envelope->recipients[i]);
}

static void copy_errors(const struct envelope *from, struct envelope *to)
{
	size_t count = 0;

	for (size_t i = 0; i < from->count; i++)
		if (is_refused(&from->recipients[i]))
			to->recipients[count++].error =
			    from->recipients[i].error;
}

static void mark_refused(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		if (is_refused(&envelope->recipients[i]))
			envelope->recipients[i].is_kept = true;
}

/*
 * First they wait like others, and then the attempt is recorded that has been
 * made: if this process does not come so far, another one makes it again.
 */
int bounce_refused(struct keeping *keeping, struct delivery *delivery,
    struct claim *claim, struct error *err)
{
	const struct settling settling = {
	    .config = keeping->config,
	    .identity = keeping->identity,
	    .spool = &keeping->spool,
	    .dead_letters = buf_string(&keeping->places.dead_letters),
	};
	struct delivery refused;
	int result;

	part_refused(delivery, &refused);
	result =
	    keep_quietly(keeping, &refused, 0, clock_now().seconds, claim, err);
	if (result == 0) {
		copy_errors(&delivery->envelope, &claim->entry.envelope);
		if (settle_claim(&settling, claim, &delivery->message, err) < 0)
			log_sentence(LEVEL_ERROR, claim->entry.id, err->text);
		mark_refused(&delivery->envelope);
	}
	envelope_free(&refused.envelope);
	return result;
}
