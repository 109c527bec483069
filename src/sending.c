#include "sending.h"

#include <stdlib.h>
#include <unistd.h>

#include "attempt.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include "mem.h"
#include "postpone.h"
#include "rate.h"
#include "relay.h"
#include "schedule.h"

enum { USUAL_LIMIT = 30 * 1000 }; /* milliseconds, where mail can be kept */

/* The file of -X, or -1; without it the mail goes all the same. */
static int open_extra_transcript(const struct sending *sending)
{
	const struct submission *submission = &sending->submission;
	const char *path = submission->posting.options->transcript_file;
	int *fd = sending->extra_transcript;
	struct error err;

	if (*fd >= 0 || path == NULL ||
	    !config_settings(submission->config)->allow_X)
		return *fd;
	*fd = file_open_new(path, &err);
	if (*fd < 0)
		log_sentence(LEVEL_WARNING, submission->posting.identity->id,
		    err.text);
	return *fd;
}

/* Whoever cannot keep a message gives the server all the time it takes. */
static int64_t find_deadline(const struct sending *sending)
{
	int64_t limit =
	    config_settings(sending->submission.config)->submit_timeout;

	if (limit == 0 && keep_is_possible(&sending->keeping))
		limit = USUAL_LIMIT;
	return limit > 0 ? clock_ticks() + limit : 0;
}

/* Seconds until the profile's rate allows a message; queue = never or not. */
static time_t find_wait(const struct sending *sending,
    const struct profile *profile, time_t now)
{
	struct spool spool;
	struct error ignored; /* mail goes out too fast rather than never */
	time_t wait;

	if (profile->rate.count == 0 ||
	    spool_open(&spool, buf_string(&sending->keeping.places.spool),
		&ignored) < 0)
		return 0;
	wait = rate_take(&spool, profile, (struct moment){.seconds = now});
	spool_close(&spool);
	return wait;
}

/* Both reasons; the second decides, because the first alone would not fail. */
static void add_reason(struct envelope *envelope, const struct error *why)
{
	for (size_t i = 0; i < envelope->count; i++) {
		struct error *error = &envelope->recipients[i].error;

		if (!keep_is_wanted(&envelope->recipients[i]))
			continue;
		(void)fail_within(error,
		    "it cannot be kept in the queue (%s), and was not sent: ",
		    why->text);
		error->kind = why->kind;
	}
}

static void keep_rest(struct sending *sending, size_t number, unsigned attempts,
    time_t turn)
{
	struct delivery *delivery =
	    &sending->submission.plan.deliveries[number];
	struct envelope *envelope = &delivery->envelope;
	struct error err;
	bool is_wanted = false;

	for (size_t i = 0; i < envelope->count; i++)
		if (keep_is_wanted(&envelope->recipients[i]))
			is_wanted = true;
	if (is_wanted &&
	    keep_delivery(&sending->keeping, delivery, attempts, turn,
		&sending->claims[number], &err) < 0)
		add_reason(envelope, &err);
}

/* "250 2.0.0 queued as X": without the code. */
static void note_words(struct sending *sending, const struct relay *relay)
{
	struct text words = buf_text(&relay->words);

	if (!text_begins(words, "2"))
		return;
	buf_clear(&sending->words);
	buf_add(&sending->words, text_part(words, 4, words.length));
}

/* What became of it is in its envelope. */
static void deliver_one(struct sending *sending, struct relay *relay,
    size_t number)
{
	const struct settings *settings =
	    config_settings(sending->submission.config);
	struct delivery *delivery =
	    &sending->submission.plan.deliveries[number];
	time_t now = clock_now().seconds;
	time_t wait = find_wait(sending, delivery->profile, now);
	time_t turn = now + wait;
	unsigned attempts = 0;
	struct error err;

	relay->profile = delivery->profile;
	relay->number++;
	if (wait > 0) {
		(void)fail(&err, ERROR_DEFERRED,
		    "the rate of profile %s is used up for %lld s",
		    delivery->profile->name, (long long)wait);
		envelope_fail_rest(&delivery->envelope, &err);
	} else {
		relay_message(relay, &delivery->envelope, &delivery->message);
		note_words(sending, relay);
		attempts = 1;
		turn = schedule_next(&settings->retry, attempts,
		    clock_now().seconds);
	}
	if (settings->queue != QUEUE_NEVER)
		keep_rest(sending, number, attempts, turn);
}

/* One delivery after the other. */
static void deliver_now(struct sending *sending)
{
	const struct submission *submission = &sending->submission;
	const struct places *places = &sending->keeping.places;
	struct relay relay = {
	    .config = submission->config,
	    .identity = submission->posting.identity,
	    .hostname = submission->posting.site.hostname,
	    .outages = buf_string(&places->outages),
	    .is_verbose = submission->posting.options->is_verbose,
	    .extra_transcript = open_extra_transcript(sending),
	    .deadline = find_deadline(sending),
	};

	if (places->transcript.length > 0)
		relay.transcript = buf_string(&places->transcript);
	for (size_t i = 0; i < submission->plan.count; i++)
		deliver_one(sending, &relay, i);
	relay_end(&relay);
}

enum delivery_mode sending_mode(const struct sending *sending)
{
	const struct submission *submission = &sending->submission;
	enum delivery_mode mode = submission->posting.options->delivery;
	enum queue_use queue = config_settings(submission->config)->queue;

	if (queue == QUEUE_NEVER)
		return DELIVERY_NOW;
	if (queue == QUEUE_ALWAYS && mode == DELIVERY_NOW)
		return DELIVERY_BACKGROUND;
	return mode;
}

static void add_problem(const struct error *problem, struct strlist *sentences,
    struct error *worst)
{
	strlist_addf(sentences, "%s", problem->text);
	if (problem->kind > worst->kind)
		*worst = *problem;
}

/* Where a message goes several ways, it is said which of them it was. */
static void report_delivery(const struct delivery *delivery, bool is_only,
    struct strlist *sentences, struct error *worst)
{
	const struct envelope *envelope = &delivery->envelope;

	for (size_t i = 0; i < envelope->count; i++) {
		struct error problem = envelope->recipients[i].error;

		if (envelope->recipients[i].is_accepted ||
		    envelope->recipients[i].is_kept)
			continue;
		if (!is_only)
			(void)fail_within(&problem,
			    "profile %s: ", delivery->profile->name);
		add_problem(&problem, sentences, worst);
	}
}

/* The log has heard of the envelopes, not of who never got into one. */
static void report_failure(const struct submission *submission,
    const struct failure *failure, struct strlist *sentences,
    struct error *worst)
{
	const struct log_value values[] = {
	    {.key = "id", .value = submission->posting.identity->id},
	    {.key = "status", .value = attempt_status(&failure->error)},
	    {.key = "to", .value = failure->address},
	    {.key = "reply", .value = failure->error.text},
	};

	log_entry(LEVEL_ERROR, values, sizeof values / sizeof *values);
	add_problem(&failure->error, sentences, worst);
}

int sending_check(const struct sending *sending, struct error *err)
{
	const struct submission *submission = &sending->submission;
	const struct plan *plan = &submission->plan;
	struct strlist sentences = {0};

	*err = (struct error){.kind = ERROR_NONE};
	for (size_t i = 0; i < plan->failure_count; i++)
		report_failure(submission, &plan->failures[i], &sentences, err);
	strlist_free(&sentences);
	return err->kind == ERROR_NONE ? 0 : -1;
}

int sending_report(const struct sending *sending, struct strlist *sentences,
    struct error *err)
{
	const struct submission *submission = &sending->submission;
	const struct plan *plan = &submission->plan;
	const struct strlist *warnings = &submission->policy.warnings;
	const struct strlist *waits = &sending->keeping.waits;

	*err = (struct error){.kind = ERROR_NONE};
	for (size_t i = 0; i < warnings->count; i++)
		log_sentence(LEVEL_WARNING, submission->posting.identity->id,
		    warnings->items[i]);
	for (size_t i = 0; i < plan->failure_count; i++)
		report_failure(submission, &plan->failures[i], sentences, err);
	for (size_t i = 0; i < plan->count; i++)
		report_delivery(&plan->deliveries[i], plan->count == 1,
		    sentences, err);
	/* A program takes any word for a failure; it has the log. */
	for (size_t i = 0; i < waits->count && isatty(STDERR_FILENO); i++)
		strlist_add(sentences, text_of(waits->items[i]));
	strlist_drop_repeats(sentences);
	return err->kind == ERROR_NONE ? 0 : -1;
}

void sending_run(struct sending *sending, enum delivery_mode mode)
{
	struct submission *submission = &sending->submission;
	size_t count = submission->plan.count;

	if (count == 0)
		return;
	sending->claims = mem_alloc(2 * count, sizeof *sending->claims);
	for (size_t i = 0; i < 2 * count; i++)
		sending->claims[i].fd = -1;
	if (mode == DELIVERY_NOW)
		deliver_now(sending);
	else if (postpone_plan(&sending->keeping, &submission->plan,
		     sending->claims) == 0 &&
	    mode == DELIVERY_BACKGROUND)
		postpone_begin(&sending->keeping, sending->claims, count,
		    submission->posting.site.hostname);
}

void sending_let_go(struct sending *sending)
{
	size_t count =
	    sending->claims != NULL ? 2 * sending->submission.plan.count : 0;

	for (size_t i = 0; i < count; i++)
		claim_free(&sending->claims[i]);
	free(sending->claims);
	sending->claims = NULL;
	claim_free(&sending->keeping.input);
}

int sending_begin(struct sending *sending, const struct options *options,
    const struct config *config, const struct identity *identity,
    struct error *err)
{
	struct keeping *keeping = &sending->keeping;
	struct input *input = &sending->submission.posting.input;

	keep_begin(keeping, config, identity);
	input->make_file = keep_make_file;
	input->context = keeping;
	if (submission_make(&sending->submission, options, config, identity,
		err) == 0)
		return 0;
	log_sentence(LEVEL_ERROR, identity->id, err->text);
	return -1;
}

void sending_end(struct sending *sending)
{
	sending_let_go(sending);
	keep_end(&sending->keeping);
	submission_free(&sending->submission);
	buf_free(&sending->words);
}
