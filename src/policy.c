#include "policy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "expand.h"
#include "file.h"
#include "posting.h"
#include "show.h"

static const char usual_aliases[] = SYSCONFDIR "/aliases";

struct policy policy_of(const struct config *config,
    const struct options *options, const struct identity *identity)
{
	const struct settings *settings = config_settings(config);
	struct policy policy = {
	    .config = config,
	    .profile = options->profile,
	    .user = identity->login,
	    .site = posting_site(settings, identity),
	};

	if (settings->permits.count > 0 && !identity->is_stranger) {
		policy.holder.login = identity->login;
		identity_add_groups(identity, &policy.holder.groups);
	}
	return policy;
}

/*
 * What root reads may lie in a directory of somebody else's, who must not be
 * able to point to any file he likes, or to a pipe that nobody writes to.
 */
static int read_list(const char *path, struct buf *contents, struct error *err)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) &&
	    status.st_uid != 0 && status.st_uid != geteuid())
		return fail(err, ERROR_CONFIG,
		    "%s is a link of somebody else's, and is not followed",
		    path);
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return fail(err, ERROR_CONFIG, "%s is no regular file", path);
	return file_add(contents, path, ALIAS_MAX_FILE, NULL, ERROR_CONFIG,
	    err);
}

static int read_aliases(struct policy *policy, struct strlist *problems,
    struct error *err)
{
	const char *set = config_settings(policy->config)->aliases;
	const char *path = set != NULL ? set : usual_aliases;
	struct buf contents = {.ceiling = ALIAS_MAX_FILE};
	int result = 0;

	if (strcmp(path, "none") == 0 ||
	    (set == NULL && access(path, F_OK) != 0))
		return 0;
	result = read_list(path, &contents, err);
	if (result == 0)
		aliases_read(&policy->aliases, path, buf_text(&contents),
		    &policy->site, problems);
	buf_free(&contents);
	return result;
}

static struct expanding expanding_of(struct policy *policy)
{
	return (struct expanding){
	    .aliases = &policy->aliases,
	    .site = &policy->site,
	    .read = read_list,
	    .warnings = &policy->warnings,
	    .trace = policy->trace,
	};
}

int policy_check_aliases(struct policy *policy, struct strlist *problems,
    struct error *err)
{
	struct expanding expanding = expanding_of(policy);

	if (read_aliases(policy, problems, err) < 0)
		return -1;
	expand_all(&expanding, problems);
	return 0;
}

/* At the smarthost "localhost" would be somebody else's. */
static void leave_localhost(const struct policy *policy,
    struct strlist *addresses, size_t first)
{
	for (size_t i = first; i < addresses->count; i++) {
		struct text address = text_of(addresses->items[i]);
		struct text domain = address_domain(address);
		struct buf new = {0};

		if (!text_is_nocase(domain, "localhost"))
			continue;
		buf_add(&new,
		    text_part(address, 0, address.length - domain.length));
		buf_add_string(&new, policy->site.domain);
		free(addresses->items[i]);
		addresses->items[i] = text_dup(buf_text(&new));
		buf_free(&new);
	}
}

int policy_expand(struct policy *policy, const char *address,
    struct strlist *addresses, struct error *err)
{
	struct expanding expanding = expanding_of(policy);
	size_t first = addresses->count;
	struct text local;
	int result;

	if (!site_is_local(&policy->site, text_of(address), &local)) {
		strlist_add(addresses, text_of(address));
		return 0;
	}
	if (!policy->has_read_aliases)
		(void)read_aliases(policy, &policy->warnings, &policy->problem);
	policy->has_read_aliases = true;
	if (policy->problem.kind != ERROR_NONE) {
		*err = policy->problem;
		return -1;
	}
	result = expand_address(&expanding, address, addresses, err);
	leave_localhost(policy, addresses, first);
	return result;
}

const struct profile *policy_find_profile(const struct policy *policy,
    const char *sender, const char *recipient, const struct route **route,
    struct error *err)
{
	const struct profile *profile;
	char *name;

	*route = NULL;
	if (policy->profile == NULL)
		*route = routes_find(config_routes(policy->config),
		    &policy->site, sender, recipient);
	if (*route == NULL)
		return config_profile(policy->config, policy->profile, err);
	name = text_dup((*route)->profile);
	profile = config_profile(policy->config, name, err);
	free(name);
	return profile;
}

static void note_override(const struct policy *policy,
    const struct profile *profile, const char *given, const char *sender)
{
	static const char *const keys[] = {"override_from", NULL};
	struct buf cause = {0};

	if (policy->trace == NULL || strcmp(given, sender) == 0)
		return;
	buf_add_string(&cause, "override_from in ");
	config_add_where(policy->config, profile, keys, &cause);
	trace_add(policy->trace,
	    &(struct step){.stage = "profile",
		.scope = scope_name(SCOPE_ENVELOPE_FROM),
		.before = given,
		.after = sender,
		.cause = buf_string(&cause)});
	buf_free(&cause);
}

int policy_check_authors(const struct policy *policy,
    const struct message *message, struct error *err)
{
	return permits_check_authors(&config_settings(policy->config)->permits,
	    &policy->site, &policy->holder, message, err);
}

static int add_own_sender(const struct policy *policy, const char *given,
    struct buf *sender, struct error *err)
{
	if (posting_add_sender(sender, given, policy->site.domain, err) < 0)
		return -1;
	return permits_check(&config_settings(policy->config)->permits,
	    &policy->site, &policy->holder, buf_string(sender), err);
}

/* What the profile says is not the user's choice, and always permitted. */
int policy_add_sender(const struct policy *policy,
    const struct profile *profile, const char *given, struct buf *sender,
    struct error *err)
{
	bool is_overridden = profile->override_from && profile->from != NULL;
	const char *domain = policy->site.domain;

	if (given != NULL && !is_overridden)
		return add_own_sender(policy, given, sender, err);
	if (profile->from == NULL)
		return add_own_sender(policy, policy->user, sender, err);
	if (posting_add_sender(sender, profile->from, domain, err) < 0)
		return fail_within(err, "from in profile %s: ", profile->name);
	if (given != NULL)
		note_override(policy, profile, given, buf_string(sender));
	return 0;
}

void policy_note_route(const struct policy *policy, const char *address,
    const struct profile *profile, const struct route *route)
{
	struct buf smarthost = {0};
	struct buf after = {0};
	struct buf cause = {0};

	show_smarthost(&smarthost, profile);
	buf_addf(&after, "profile %s (%s)", profile->name,
	    buf_string(&smarthost));
	show_choice(&cause, policy->config, policy->profile, route);
	trace_add(policy->trace,
	    &(struct step){.stage = "route",
		.before = address,
		.after = buf_string(&after),
		.cause = buf_string(&cause)});
	buf_free(&cause);
	buf_free(&after);
	buf_free(&smarthost);
}

struct rewriting policy_rewriting(const struct policy *policy,
    const struct profile *profile)
{
	return (struct rewriting){
	    .rulesets = profile->rulesets,
	    .count = profile->ruleset_count,
	    .site = &policy->site,
	    .user = policy->user,
	    .trace = policy->trace,
	};
}

void policy_free(struct policy *policy)
{
	aliases_free(&policy->aliases);
	strlist_free(&policy->warnings);
	strlist_free(&policy->holder.groups);
}
