#include "queue_worker.h"

#include <string.h>

#include "claim.h"
#include "clock.h"
#include "log.h"
#include "rate.h"
#include "relay.h"
#include "settle.h"
#include "signals.h"

struct worker {
	const struct queue_job *job;
	const struct queue_group *group;
	bool is_untried;
	struct settling settling;
	struct relay relay;
	struct identity identity; /* of the entry's message; a view */
	struct claim claim;
};

void queue_note_problem(struct queue_board *board, const struct error *problem)
{
	unsigned n = atomic_fetch_add(&board->problem_count, 1);

	if (n < QUEUE_MAX_PROBLEMS)
		board->problems[n] = *problem;
	/* Behind a submission nobody reads the board. */
	log_sentence(LEVEL_ERROR, NULL, problem->text);
}

static bool may_go_on(const struct worker *worker)
{
	return !atomic_load(&worker->job->board->is_over) &&
	    !signals_ask_to_end();
}

/* NULL when all of them are taken. */
static const char *take_name(const struct queue_group *group)
{
	size_t n = atomic_fetch_add(&group->progress->taken, 1);

	return n < group->entries.count ? group->entries.items[n] : NULL;
}

/*
 * 1 when it may be sent now; 0 when it has got another turn, one behind the
 * other, so that each finds the token that comes back by then.
 */
static int keep_to_rate(struct worker *worker, struct error *err)
{
	const struct profile *profile = worker->group->profile;
	struct moment now = clock_now();
	int64_t others;
	time_t seconds;

	seconds = rate_take(worker->job->spool, profile, now);
	if (seconds == 0)
		return 1;
	others =
	    (int64_t)atomic_fetch_add(&worker->group->progress->put_off, 1);
	seconds += (time_t)(others * profile->rate.period /
	    ((int64_t)profile->rate.count * 1000));
	return claim_move(&worker->claim, now.seconds + seconds, err);
}

/* A report that a crash has left half made comes first; 1, 0 or -1 as above. */
static int finish_owed(struct worker *worker, struct error *err)
{
	struct claim *claim = &worker->claim;

	if (!claim->entry.owes_notice)
		return 1;
	if (settle_owed(&worker->settling, claim, err) < 0)
		return -1;
	if (claim->entry.envelope.count > 0)
		return 1;
	return claim_remove(claim, err);
}

/* Who handed it in, and when; the rest is who sends it now. */
static void assume_identity(struct worker *worker)
{
	const struct entry *entry = &worker->claim.entry;
	struct identity *identity = &worker->identity;

	*identity = *worker->job->identity;
	identity->uid = entry->uid;
	identity->login = entry->login;
	identity->caller = entry->caller;
	identity->start = entry->arrived;
	memcpy(identity->id, entry->id, sizeof identity->id);
}

/* The first one says why; it is the reason of all that are not tried. */
static void note_down(const struct worker *worker)
{
	struct queue_progress *progress = worker->group->progress;
	const struct error *worst =
	    envelope_worst(&worker->claim.entry.envelope);

	if (worst != NULL && !atomic_exchange(&progress->is_down, true))
		progress->reason = *worst;
}

static void fail_without_profile(struct worker *worker)
{
	struct error reason;

	(void)fail(&reason, ERROR_CONFIG,
	    "there is no profile %s in the configuration any more",
	    worker->group->name);
	envelope_fail_rest(&worker->claim.entry.envelope, &reason);
}

static int attempt(struct worker *worker, const struct message *message,
    struct error *err)
{
	const struct queue_group *group = worker->group;
	struct claim *claim = &worker->claim;

	if (group->profile == NULL) {
		fail_without_profile(worker);
	} else {
		assume_identity(worker);
		worker->relay.has_next = may_go_on(worker) &&
		    atomic_load(&group->progress->taken) < group->entries.count;
		relay_message(&worker->relay, &claim->entry.envelope, message);
		if (worker->relay.is_down)
			note_down(worker);
	}
	return settle_claim(&worker->settling, claim, message, err);
}

static int read_and_attempt(struct worker *worker, struct error *err)
{
	struct message message = {0};
	int result = claim_read_message(&worker->claim, &message, err);

	if (result != 1)
		queue_note_problem(worker->job->board, err);
	result = result == 1 ? attempt(worker, &message, err) : 0;
	message_free(&message);
	return result;
}

/* -1 when the spool failed: what is sent could not be struck off. */
static int handle_claim(struct worker *worker, struct error *err)
{
	int result = finish_owed(worker, err);

	if (result == 1 && worker->is_untried)
		return settle_untried(&worker->settling, &worker->claim, NULL,
		    &worker->group->progress->reason, err);
	if (result == 1 && worker->group->profile != NULL)
		result = keep_to_rate(worker, err);
	return result == 1 ? read_and_attempt(worker, err) : result;
}

static void handle_entry(struct worker *worker, const char *name)
{
	struct queue_board *board = worker->job->board;
	struct error err = {0};
	int result = claim_take(&worker->claim, worker->job->spool, name, &err);

	if (result < 0 || (result == 0 && err.kind == ERROR_IO))
		queue_note_problem(board, &err);
	if (result == 1 && handle_claim(worker, &err) < 0) {
		queue_note_problem(board, &err);
		atomic_store(&board->is_over, true);
	}
	claim_free(&worker->claim);
}

static struct relay relay_for(struct worker *worker)
{
	const struct queue_job *job = worker->job;
	const struct places *places = job->places;

	return (struct relay){
	    .config = job->config,
	    .profile = worker->group->profile,
	    .identity = &worker->identity,
	    .hostname = job->hostname,
	    .transcript = places->transcript.length > 0 ?
		buf_string(&places->transcript) :
		NULL,
	    .outages = buf_string(&places->outages),
	    .extra_transcript = -1,
	    .is_verbose = job->is_verbose,
	    .number = 1,
	    .strike = settle_strike,
	    .context = &worker->claim,
	};
}

void queue_work(const struct queue_job *job, const struct queue_group *group,
    bool is_untried)
{
	struct worker worker = {.job = job,
	    .group = group,
	    .is_untried = is_untried,
	    .settling = {
		.config = job->config,
		.identity = job->identity,
		.spool = job->spool,
		.dead_letters = buf_string(&job->places->dead_letters),
	    }};
	const char *name;

	worker.relay = relay_for(&worker);
	while (!worker.relay.is_down && may_go_on(&worker) &&
	    (name = take_name(group)) != NULL)
		handle_entry(&worker, name);
	relay_end(&worker.relay);
}
