#include "submission.h"

#include "follow.h"
#include "token.h"

/* posting_read() has completed them; this is for who wonders. */
static void note_domains(struct submission *submission, struct text list)
{
	const char *domain = submission->policy.site.domain;
	struct text part;

	while (token_split(&list, ',', &part)) {
		struct person person = {0};
		struct error ignored; /* posting_read() would have failed */

		if (person_read(&person, part, domain, &ignored) == 0)
			follow_domain(&submission->policy, &person);
		person_free(&person);
	}
}

int submission_make(struct submission *submission,
    const struct options *options, const struct config *config,
    const struct identity *identity, struct error *err)
{
	const struct settings *settings = config_settings(config);
	bool is_explained = options->mode == MODE_EXPLAIN;

	*submission = (struct submission){
	    .config = config,
	    .posting.input = submission->posting.input,
	    .policy = policy_of(config, options, identity),
	};
	submission->policy.trace = is_explained ? &submission->trace : NULL;
	if (posting_read(&submission->posting, options, settings, identity,
		err) < 0)
		return -1;
	for (int i = 0; is_explained && i < options->recipient_count; i++)
		note_domains(submission, text_of(options->recipients[i]));
	return plan_make(&submission->plan, &submission->policy,
	    &submission->posting, err);
}

int submission_report(const struct submission *submission,
    struct strlist *sentences, struct error *err)
{
	const struct plan *plan = &submission->plan;

	*err = (struct error){.kind = ERROR_NONE};
	for (size_t i = 0; i < plan->failure_count; i++) {
		const struct error *problem = &plan->failures[i].error;

		strlist_add(sentences, text_of(problem->text));
		if (problem->kind > err->kind)
			*err = *problem;
	}
	strlist_drop_repeats(sentences);
	return err->kind == ERROR_NONE ? 0 : -1;
}

void submission_free(struct submission *submission)
{
	plan_free(&submission->plan);
	trace_free(&submission->trace);
	policy_free(&submission->policy);
	posting_free(&submission->posting);
}
