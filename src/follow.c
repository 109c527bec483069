#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mailbox.h"
#include "rewrite_header.h"
#include "show.h"
#include "utf8.h"

enum { SHOWN_MAX = 80 }; /* bytes of what is no address, in a sentence */

static int refuse(struct text given, struct error *err)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, utf8_cut(given, SHOWN_MAX));
	(void)fail(err, ERROR_ADDRESS, "\"%s\" is not one mail address",
	    buf_string(&shown));
	buf_free(&shown);
	return -1;
}

int person_read(struct person *person, struct text given, const char *domain,
    struct error *err)
{
	struct text rest = given;
	struct mailbox box;
	struct mailbox other;

	person->given = text_trim(given);
	if (!mailbox_next(&rest, &box) || mailbox_next(&rest, &other))
		return refuse(person->given, err);
	person->spec = box.spec;
	if (box.spec.length == 0)
		return 0;
	return address_write(&person->address, box.spec, domain, err);
}

void person_free(struct person *person)
{
	buf_free(&person->address);
}

bool step_is(const struct step *step, const char *stage)
{
	return strcmp(step->stage, stage) == 0;
}

static void add_sentence(struct policy *policy, const char *stage,
    const char *scope, const char *sentence)
{
	trace_add(policy->trace,
	    &(struct step){.stage = stage, .scope = scope, .after = sentence});
}

void follow_domain(struct policy *policy, const struct person *person)
{
	char *spec = text_dup(person->spec);

	if (strcmp(spec, buf_string(&person->address)) != 0)
		trace_add(policy->trace,
		    &(struct step){.stage = "domain",
			.before = spec,
			.after = buf_string(&person->address)});
	free(spec);
}

/* NULL: there is a step that says why not. */
static const struct profile *find_profile(struct policy *policy,
    const char *sender, const char *recipient)
{
	const char *known = *recipient != '\0' ? recipient : sender;
	const struct route *route;
	struct error err;
	const struct profile *profile =
	    policy_find_profile(policy, sender, recipient, &route, &err);

	if (profile == NULL)
		add_sentence(policy, "error", NULL, err.text);
	else
		policy_note_route(policy, known, profile, route);
	return profile;
}

static void add_result(struct policy *policy, const char *scope,
    const char *after)
{
	trace_add(policy->trace,
	    &(struct step){.stage = "result",
		.scope = scope,
		.after = *after != '\0' ? after : "<>"});
}

/*
 * The address as it stands in a header.  Where a rule fails in To, the address
 * stays as it is (rewrite_header.h).
 */
static bool follow_mailbox(struct policy *policy, const struct person *person,
    enum scope scope, const struct profile *profile)
{
	const struct rewriting rewriting = policy_rewriting(policy, profile);
	const char *name = scope_name(scope);
	struct buf before = {0};
	struct buf after = {0};
	struct error err;
	bool is_good;

	address_qualify(&before, person->given, policy->site.domain);
	is_good = rewrite_mailbox(&rewriting, scope, buf_text(&before), &after,
		      &err) == 0;
	if (is_good) {
		add_result(policy, name, buf_string(&after));
	} else if (scope == SCOPE_TO) {
		add_sentence(policy, "warning", name, err.text);
		add_result(policy, name, buf_string(&before));
		is_good = true;
	} else {
		add_sentence(policy, "error", name, err.text);
	}
	buf_free(&after);
	buf_free(&before);
	return is_good;
}

static bool follow_envelope_to(struct policy *policy, const char *address,
    const struct profile *profile)
{
	const struct rewriting rewriting = policy_rewriting(policy, profile);
	const char *name = scope_name(SCOPE_ENVELOPE_TO);
	struct rewritten_list list = {0};
	struct error err;
	bool is_good = rewrite_recipient(&rewriting, address, &list, &err) == 0;

	if (!is_good)
		add_sentence(policy, "error", name, err.text);
	for (size_t i = 0; i < list.count; i++)
		add_result(policy, name, list.items[i].address);
	rewritten_free(&list);
	return is_good;
}

static bool has_result(const struct trace *trace)
{
	return trace->count > 0 &&
	    step_is(&trace->steps[trace->count - 1], "result");
}

/* The header once for each profile, and only if it goes to somebody. */
static bool follow_address(struct policy *policy, const struct person *person,
    const char *sender, const char *address, const struct profile **last)
{
	const struct profile *profile = find_profile(policy, sender, address);
	bool is_good;

	if (profile == NULL)
		return false;
	is_good = follow_envelope_to(policy, address, profile);
	if (profile == *last || !has_result(policy->trace))
		return is_good;
	(void)follow_mailbox(policy, person, SCOPE_TO, profile);
	*last = profile;
	return is_good;
}

static void add_warnings(struct policy *policy, size_t first)
{
	for (size_t i = first; i < policy->warnings.count; i++)
		add_sentence(policy, "warning", NULL,
		    policy->warnings.items[i]);
}

bool follow_recipient(struct policy *policy, const struct person *person,
    const char *sender)
{
	size_t warnings = policy->warnings.count;
	const struct profile *last = NULL;
	struct strlist addresses = {0};
	struct error err;
	bool is_good;

	if (person->spec.length == 0) {
		add_sentence(policy, "error", NULL,
		    "the null sender is nobody to send to");
		return false;
	}
	follow_domain(policy, person);
	is_good = policy_expand(policy, buf_string(&person->address),
		      &addresses, &err) == 0;
	if (!is_good)
		add_sentence(policy, "error", NULL, err.text);
	add_warnings(policy, warnings);
	for (size_t i = 0; i < addresses.count; i++)
		is_good = follow_address(policy, person, sender,
			      addresses.items[i], &last) &&
		    is_good;
	strlist_free(&addresses);
	return is_good;
}

static bool follow_envelope_from(struct policy *policy,
    const struct person *person, const struct profile *profile)
{
	const struct rewriting rewriting = policy_rewriting(policy, profile);
	const char *name = scope_name(SCOPE_ENVELOPE_FROM);
	struct buf before = {0};
	struct buf after = {0};
	struct error err;
	bool is_good = policy_add_sender(policy, profile,
			   buf_string(&person->address), &before, &err) == 0 &&
	    rewrite_sender(&rewriting, buf_string(&before), &after, &err) == 0;

	if (is_good)
		add_result(policy, name, buf_string(&after));
	else
		add_sentence(policy, "error", name, err.text);
	buf_free(&after);
	buf_free(&before);
	return is_good;
}

bool follow_sender(struct policy *policy, const struct person *person)
{
	const struct profile *profile;
	bool is_good;

	follow_domain(policy, person);
	profile = find_profile(policy, buf_string(&person->address), "");
	if (profile == NULL)
		return false;
	is_good = follow_envelope_from(policy, person, profile);
	if (person->spec.length == 0)
		return is_good;
	return follow_mailbox(policy, person, SCOPE_FROM, profile) && is_good;
}
