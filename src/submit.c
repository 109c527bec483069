#include "submit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt.h"
#include "clock.h"
#include "configure.h"
#include "file.h"
#include "log.h"
#include "relay.h"
#include "submission.h"

/* Where the transcript goes when transcript is not set, see sendmail(8). */
static void add_default_transcript(struct buf *path,
    const struct identity *identity)
{
	if (identity->uid == 0) {
		buf_add_string(path,
		    LOCALSTATEDIR "/log/sendoff/transcript.log");
		return;
	}
	configure_add_path(path, identity, "XDG_STATE_HOME", ".local/state",
	    "sendoff/transcript.log");
	file_make_parents(buf_string(path));
}

/* Where failed smarthosts are remembered, see outage.h. */
static void add_outages(struct buf *path, const struct identity *identity)
{
	if (getenv("XDG_RUNTIME_DIR") == NULL && identity->uid == 0)
		buf_add_string(path, LOCALSTATEDIR "/run/sendoff");
	else if (getenv("XDG_RUNTIME_DIR") == NULL)
		configure_add_path(path, identity, "XDG_STATE_HOME",
		    ".local/state", "sendoff");
	else
		configure_add_path(path, identity, "XDG_RUNTIME_DIR",
		    ".local/state", "sendoff");
}

/* The file of -X, or -1; without it the mail goes all the same. */
static int open_extra_transcript(const struct submission *submission)
{
	const char *path = submission->posting.options->transcript_file;
	struct error err;
	int fd;

	if (path == NULL || !config_settings(submission->config)->allow_X)
		return -1;
	fd = file_open_new(path, &err);
	if (fd < 0)
		log_sentence(LEVEL_WARNING, submission->posting.identity->id,
		    err.text);
	return fd;
}

/* One delivery after the other; what became of it is in its envelope. */
static void relay_all(struct submission *submission)
{
	const char *transcript =
	    config_settings(submission->config)->transcript;
	struct buf path = {0};
	struct buf outages = {0};
	struct relay relay = {
	    .config = submission->config,
	    .identity = submission->posting.identity,
	    .hostname = submission->posting.site.hostname,
	    .is_verbose = submission->posting.options->is_verbose,
	    .extra_transcript = open_extra_transcript(submission),
	};
	int64_t limit = config_settings(submission->config)->submit_timeout;

	if (limit > 0)
		relay.deadline = clock_ticks() + limit;
	if (transcript != NULL)
		buf_add_string(&path, transcript);
	else
		add_default_transcript(&path, submission->posting.identity);
	if (strcmp(buf_string(&path), "none") != 0)
		relay.transcript = buf_string(&path);
	add_outages(&outages, submission->posting.identity);
	relay.outages = buf_string(&outages);
	for (size_t i = 0; i < submission->plan.count; i++) {
		struct delivery *delivery = &submission->plan.deliveries[i];

		relay.profile = delivery->profile;
		relay.number++;
		relay_message(&relay, &delivery->envelope, &delivery->message);
	}
	if (relay.extra_transcript >= 0)
		(void)close(relay.extra_transcript);
	buf_free(&outages);
	buf_free(&path);
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

		if (envelope->recipients[i].is_accepted)
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

static int report(const struct submission *submission,
    struct strlist *sentences, struct error *err)
{
	const struct plan *plan = &submission->plan;
	const struct strlist *warnings = &submission->policy.warnings;

	*err = (struct error){.kind = ERROR_NONE};
	for (size_t i = 0; i < warnings->count; i++)
		log_sentence(LEVEL_WARNING, submission->posting.identity->id,
		    warnings->items[i]);
	for (size_t i = 0; i < plan->failure_count; i++)
		report_failure(submission, &plan->failures[i], sentences, err);
	for (size_t i = 0; i < plan->count; i++)
		report_delivery(&plan->deliveries[i], plan->count == 1,
		    sentences, err);
	strlist_drop_repeats(sentences);
	return err->kind == ERROR_NONE ? 0 : -1;
}

int submit_message(const struct options *options, const struct config *config,
    const struct identity *identity, struct strlist *sentences,
    struct error *err)
{
	struct submission submission;
	int result = -1;

	if (submission_make(&submission, options, config, identity, err) < 0) {
		strlist_addf(sentences, "%s", err->text);
		log_sentence(LEVEL_ERROR, identity->id, err->text);
	} else {
		relay_all(&submission);
		result = report(&submission, sentences, err);
	}
	submission_free(&submission);
	return result;
}
