#include "postpone.h"

#include "background.h"
#include "clock.h"
#include "drain.h"
#include "log.h"
#include "rate.h"
#include "relay.h"
#include "settle.h"

/* Nobody has seen them yet but us, who hold their locks. */
static void take_back(struct delivery *delivery, struct claim *claim)
{
	struct envelope *envelope = &delivery->envelope;
	struct error err;

	if (claim_remove(claim, &err) < 0) {
		log_sentence(LEVEL_ERROR, claim->entry.id, err.text);
		return;
	}
	log_sentence(LEVEL_WARNING, claim->entry.id,
	    "it is out of the queue again: the rest cannot be kept");
	for (size_t i = 0; i < envelope->count; i++)
		envelope->recipients[i].is_kept = false;
}

int postpone_plan(struct keeping *keeping, struct plan *plan,
    struct claim *claims)
{
	time_t now = clock_now().seconds;
	struct error err = {.kind = ERROR_NONE};
	size_t kept = 0;

	while (kept < plan->count &&
	    keep_delivery(keeping, &plan->deliveries[kept], 0, now,
		&claims[kept], &err) == 0)
		kept++;
	if (kept == plan->count)
		return 0;
	for (size_t i = 0; i < kept; i++)
		take_back(&plan->deliveries[i], &claims[i]);
	for (size_t i = 0; i < plan->count; i++)
		envelope_fail_rest(&plan->deliveries[i].envelope, &err);
	return -1;
}

struct errand {
	struct keeping *keeping;
	struct claim *claims;
	size_t count;
	struct relay relay;
	struct settling settling;
};

static void note_problem(const struct claim *claim, const struct error *err)
{
	log_sentence(LEVEL_ERROR, claim->entry.id, err->text);
}

/* -1 when it could not be recorded what became of it. */
static int relay_claim(struct errand *errand, struct claim *claim)
{
	struct message message = {.body.fd = -1};
	struct error err;
	int result = claim_read_message(claim, &message, &err);

	if (result > 0) {
		errand->relay.context = claim;
		relay_message(&errand->relay, &claim->entry.envelope, &message);
		result = settle_claim(&errand->settling, claim, &message, &err);
	}
	if (result < 0)
		note_problem(claim, &err);
	message_free(&message);
	return result < 0 ? -1 : 0;
}

static int try_claim(struct errand *errand, struct claim *claim)
{
	const struct keeping *keeping = errand->keeping;
	struct moment now = clock_now();
	struct error err;
	time_t wait;

	errand->relay.number++;
	errand->relay.profile =
	    config_profile(keeping->config, claim->entry.profile, &err);
	if (errand->relay.profile == NULL)
		return 0; /* a configuration does not change while it is used */
	wait = rate_take(&keeping->spool, errand->relay.profile, now);
	if (wait == 0)
		return relay_claim(errand, claim);
	if (claim_move(claim, now.seconds + wait, &err) == 0)
		return 0;
	note_problem(claim, &err);
	return -1;
}

static void run_errand(void *context)
{
	struct errand *errand = context;
	struct keeping *keeping = errand->keeping;
	bool is_recorded = true;

	for (size_t i = 0; i < errand->count; i++) {
		if (try_claim(errand, &errand->claims[i]) < 0)
			is_recorded = false;
		claim_free(&errand->claims[i]);
	}
	relay_end(&errand->relay);
	/* Else the drain would find it due, and send it again at once. */
	if (is_recorded)
		drain_begin(keeping);
}

void postpone_begin(struct keeping *keeping, struct claim *claims, size_t count,
    const char *hostname)
{
	const struct places *places = &keeping->places;
	struct errand errand = {
	    .keeping = keeping,
	    .claims = claims,
	    .count = count,
	    .relay =
		{
		    .config = keeping->config,
		    .identity = keeping->identity,
		    .hostname = hostname,
		    .transcript = places->transcript.length > 0 ?
			buf_string(&places->transcript) :
			NULL,
		    .outages = buf_string(&places->outages),
		    .extra_transcript = -1,
		    .strike = settle_strike,
		},
	    .settling =
		{
		    .config = keeping->config,
		    .identity = keeping->identity,
		    .spool = &keeping->spool,
		    .dead_letters = buf_string(&places->dead_letters),
		},
	};

	if (!background_run(run_errand, &errand))
		log_sentence(LEVEL_WARNING, keeping->identity->id,
		    "no process can be started; it waits in the queue");
}
