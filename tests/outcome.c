#include "outcome.h"

#include <check.h>
#include <string.h>

static const char *variable(const char *name)
{
	static const struct {
		const char *name;
		const char *value;
	} environment[] = {{"HOST", "env.example"}, {"EMPTY", ""},
	    {"PASSWORD", SECRET}, {"LINES", "a\nb"}, {"LATIN", "\xe9"},
	    {"DOLLAR", "${HOST}"}};

	for (size_t i = 0; i < sizeof environment / sizeof *environment; i++)
		if (strcmp(environment[i].name, name) == 0)
			return environment[i].value;
	return NULL;
}

struct outcome outcome_begin(void)
{
	return (struct outcome){.config = config_new()};
}

void outcome_add(struct outcome *outcome, const char *file,
    struct text contents)
{
	outcome->read = config_read(outcome->config, file, contents, variable,
	    &outcome->problems, &outcome->error);
}

void outcome_check(struct outcome *outcome)
{
	outcome->check =
	    config_check(outcome->config, &outcome->problems, &outcome->error);
}

void outcome_end(struct outcome *outcome)
{
	config_free(outcome->config);
	strlist_free(&outcome->problems);
}

struct outcome outcome_of(struct text contents)
{
	struct outcome outcome = outcome_begin();

	outcome_add(&outcome, "f", contents);
	outcome_check(&outcome);
	return outcome;
}

struct outcome outcome_good(const char *contents)
{
	struct outcome outcome = outcome_of(text_of(contents));

	if (outcome.problems.count > 0)
		ck_abort_msg("%s\n%s", contents, outcome.problems.items[0]);
	ck_assert_int_eq(outcome.read, 0);
	ck_assert_int_eq(outcome.check, 0);
	return outcome;
}

void outcome_compare(const struct outcome *outcome, const char *contents,
    const char *const *problems)
{
	const struct strlist *found = &outcome->problems;
	size_t i = 0;

	for (; problems[i] != NULL; i++)
		if (i >= found->count ||
		    strcmp(found->items[i], problems[i]) != 0)
			ck_abort_msg("not %s\nbut %s\n%s", problems[i],
			    i < found->count ? found->items[i] : "nothing",
			    contents);
	if (i < found->count)
		ck_abort_msg("besides: %s\n%s", found->items[i], contents);
}

const struct profile *outcome_profile(const struct outcome *outcome,
    const char *name)
{
	struct error err;
	const struct profile *profile =
	    config_profile(outcome->config, name, &err);

	if (profile == NULL)
		ck_abort_msg("%s", err.text);
	return profile;
}
