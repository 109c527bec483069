#include "submit.h"

#include <unistd.h>

#include "bounce.h"
#include "drain.h"
#include "log.h"
#include "sending.h"

int submit_message(const struct options *options, const struct config *config,
    const struct identity *identity, struct strlist *sentences,
    struct error *err)
{
	int extra_transcript = -1;
	struct sending sending = {.extra_transcript = &extra_transcript};
	int result = -1;

	if (sending_begin(&sending, options, config, identity, err) < 0) {
		strlist_addf(sentences, "%s", err->text);
	} else {
		enum delivery_mode mode = sending_mode(&sending);

		sending_run(&sending, mode);
		sending_let_go(&sending);
		result = sending_report(&sending, sentences, err);
		if (result == 0 && mode == DELIVERY_NOW)
			drain_begin(&sending.keeping);
	}
	sending_end(&sending);
	if (extra_transcript >= 0)
		(void)close(extra_transcript);
	return result;
}

/* --- for a client --------------------------------------------------------- */

/* Of all recipients: how many have the message, and how many wait for it. */
struct tally {
	size_t count;
	size_t accepted;
	size_t kept;
};

static struct tally count_outcomes(const struct plan *plan)
{
	struct tally tally = {0};

	for (size_t i = 0; i < plan->count; i++) {
		const struct envelope *envelope = &plan->deliveries[i].envelope;

		tally.count += envelope->count;
		for (size_t j = 0; j < envelope->count; j++) {
			tally.accepted += envelope->recipients[j].is_accepted;
			tally.kept += envelope->recipients[j].is_kept;
		}
	}
	return tally;
}

static bool has_refused(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		if (!envelope->recipients[i].is_accepted &&
		    !envelope->recipients[i].is_kept)
			return true;
	return false;
}

/* What cannot be reported so is left as it is. */
static void bounce(struct sending *sending)
{
	struct plan *plan = &sending->submission.plan;

	for (size_t i = 0; i < plan->count; i++) {
		struct delivery *delivery = &plan->deliveries[i];
		struct error err;

		if (has_refused(&delivery->envelope) &&
		    bounce_refused(&sending->keeping, delivery,
			&sending->claims[plan->count + i], &err) < 0)
			log_sentence(LEVEL_ERROR, sending->keeping.identity->id,
			    err.text);
	}
}

/* Who takes that for a reason to send it again must be kept from it. */
static void tell_parted(const struct tally *tally, struct error *err)
{
	if (error_is_worth_retrying(err->kind)) {
		struct error cause = *err;

		(void)fail(err, ERROR_REFUSED, "%s", cause.text);
	}
	(void)fail_within(err,
	    "%zu of %zu recipients have the message, the others not: ",
	    tally->accepted + tally->kept, tally->count);
}

static int answer_client(struct sending *sending, struct buf *reply,
    struct error *err)
{
	const struct tally tally = count_outcomes(&sending->submission.plan);
	struct strlist sentences = {0};
	size_t good = tally.accepted + tally.kept;
	int result;

	if (good > 0 && good < tally.count &&
	    keep_is_possible(&sending->keeping))
		bounce(sending);
	result = sending_report(sending, &sentences, err);
	strlist_free(&sentences);
	if (result < 0 && good > 0)
		tell_parted(&tally, err);
	else if (result == 0 && tally.kept > 0)
		buf_addf(reply, "2.0.0 kept as %s",
		    sending->keeping.identity->id);
	else if (result == 0 && sending->words.length > 0)
		buf_add(reply, buf_text(&sending->words));
	else if (result == 0)
		buf_add_string(reply, "2.0.0 sent");
	return result;
}

static int send_for_client(struct sending *sending,
    struct submit_client *client, struct error *err)
{
	enum delivery_mode mode = sending_mode(sending);
	int result;

	if (sending_check(sending, err) < 0)
		return -1;
	sending_run(sending, mode);
	result = answer_client(sending, client->reply, err);
	sending_let_go(sending);
	client->is_tried = result == 0 && mode == DELIVERY_NOW;
	return result;
}

int submit_for_client(const struct options *options,
    const struct config *config, const struct identity *identity,
    struct submit_client *client, struct error *err)
{
	struct sending sending = {
	    .submission.posting.input =
		{
		    .read = client->read,
		    .source = client->source,
		},
	    .extra_transcript = client->extra_transcript,
	};
	int result = sending_begin(&sending, options, config, identity, err);

	if (result == 0)
		result = send_for_client(&sending, client, err);
	sending_end(&sending);
	return result;
}
