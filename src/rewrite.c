#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mem.h"

const struct rule *rewrite_find(const struct rewriting *rewriting,
    const struct ruleset *ruleset, enum scope scope, const char *address,
    struct captures *captures)
{
	for (size_t i = 0; i < ruleset->rule_count; i++) {
		const struct rule *rule = &ruleset->rules[i];

		if ((rule->scopes & (unsigned)scope) != 0 &&
		    pattern_matches(&rule->pattern, rewriting->site, address,
			captures))
			return rule;
	}
	return NULL;
}

struct variables rewrite_variables(const struct rewriting *rewriting,
    const char *address, struct text name, const struct captures *captures)
{
	struct text whole = text_of(address);
	struct text domain = address_domain(whole);

	return (struct variables){
	    .captures = *captures,
	    .local = text_part(whole, 0, whole.length - domain.length - 1),
	    .domain = domain,
	    .name = name,
	    .user = text_of(rewriting->user),
	    .host = text_of(rewriting->site->hostname),
	};
}

void rewrite_note(const struct rewriting *rewriting, const char *stage,
    enum scope scope, const struct rule *rule, const char *before,
    const char *after)
{
	if (rewriting->trace == NULL || strcmp(before, after) == 0)
		return;
	trace_add(rewriting->trace,
	    &(struct step){
		.stage = stage,
		.scope = scope_name(scope),
		.before = before,
		.after = after,
		.cause = rule->text,
		.origin = rule->origin,
	    });
}

/* --- the sender ---------------------------------------------------------- */

/* One ruleset's turn; *address is replaced. */
static int change_sender(const struct rewriting *rewriting,
    const struct ruleset *ruleset, char **address, struct error *err)
{
	struct captures captures;
	const struct rule *rule = rewrite_find(rewriting, ruleset,
	    SCOPE_ENVELOPE_FROM, *address, &captures);
	struct buf new = {0};
	struct variables variables;

	if (rule == NULL)
		return 0;
	variables =
	    rewrite_variables(rewriting, *address, text_of(""), &captures);
	if (rule_add_address(&new, rule, &rule->targets[0], &variables,
		rewriting->site->domain, err) < 0)
		return -1;
	rewrite_note(rewriting, "rewrite", SCOPE_ENVELOPE_FROM, rule, *address,
	    new.data);
	free(*address);
	*address = text_dup(buf_text(&new));
	buf_free(&new);
	return 0;
}

int rewrite_sender(const struct rewriting *rewriting, const char *address,
    struct buf *buf, struct error *err)
{
	char *now = text_dup(text_of(address));
	int result = 0;

	for (size_t i = 0; result == 0 && i < rewriting->count; i++)
		result =
		    change_sender(rewriting, rewriting->rulesets[i], &now, err);
	if (result == 0)
		buf_add_string(buf, now);
	free(now);
	return result;
}

/* --- a recipient --------------------------------------------------------- */

/* What one half of a ruleset's turn does to a recipient. */
struct change {
	const char *stage;
	const struct rule *rule; /* NULL: it stays as it is */
	struct captures captures;
	struct rewritten like; /* the results, but for their addresses */
};

static void add(struct rewritten_list *list, struct text address,
    const struct rewritten *like)
{
	list->items = mem_grow(list->items, list->count, sizeof *list->items);
	list->items[list->count++] = (struct rewritten){
	    .address = text_dup(address),
	    .original = like->original != NULL ? mem_dup(like->original) : NULL,
	    .redirect = like->redirect,
	};
}

static struct change find_rule(const struct rewriting *rewriting,
    const struct ruleset *ruleset, const struct rewritten *item)
{
	struct change change = {
	    .stage = "rewrite",
	    .like = *item,
	};

	change.rule = rewrite_find(rewriting, ruleset, SCOPE_ENVELOPE_TO,
	    item->address, &change.captures);
	return change;
}

static bool is_exception(const struct rewriting *rewriting,
    const struct ruleset *ruleset, const char *address)
{
	struct captures ignored;

	for (size_t i = 0; i < ruleset->exception_count; i++)
		if (pattern_matches(&ruleset->exceptions[i].pattern,
			rewriting->site, address, &ignored))
			return true;
	return false;
}

static struct change find_redirect(const struct rewriting *rewriting,
    const struct ruleset *ruleset, const struct rewritten *item)
{
	struct change change = {
	    .stage = "redirect",
	    .like = *item,
	};

	if (ruleset->redirect == NULL ||
	    is_exception(rewriting, ruleset, item->address))
		return change;
	change.rule = ruleset->redirect;
	change.like.redirect = ruleset->redirect;
	if (change.like.original == NULL)
		change.like.original = item->address;
	return change;
}

static void note_results(const struct rewriting *rewriting,
    const struct change *change, const char *before,
    const struct rewritten_list *list, size_t first)
{
	struct buf after = {0};

	if (rewriting->trace == NULL || first == list->count)
		return;
	for (size_t i = first; i < list->count; i++)
		buf_addf(&after, "%s%s", i > first ? ", " : "",
		    list->items[i].address);
	rewrite_note(rewriting, change->stage, SCOPE_ENVELOPE_TO, change->rule,
	    before, after.data);
	buf_free(&after);
}

/* Each result, and -1 with the first one that is no address. */
static int add_results(const struct rewriting *rewriting,
    const struct change *change, const char *address,
    struct rewritten_list *list, struct error *err)
{
	const struct rule *rule = change->rule;
	struct variables variables = rewrite_variables(rewriting, address,
	    text_of(""), &change->captures);
	struct error ignored;
	int result = 0;

	if (list->count + rule->target_count > REWRITE_MAX_RESULTS)
		return fail(err, ERROR_CONFIG,
		    "%s:%u: one recipient becomes more than %d; shorten the "
		    "lists of the rules",
		    rule->origin.file, rule->origin.line, REWRITE_MAX_RESULTS);
	for (size_t i = 0; i < rule->target_count; i++) {
		struct buf new = {0};

		if (rule_add_address(&new, rule, &rule->targets[i], &variables,
			rewriting->site->domain,
			result == 0 ? err : &ignored) == 0)
			add(list, buf_text(&new), &change->like);
		else
			result = -1;
		buf_free(&new);
	}
	return result;
}

typedef struct change find_change(const struct rewriting *,
    const struct ruleset *, const struct rewritten *);

/* Put in the list's place what the ruleset's rules, or redirect, make of it. */
static int change_list(const struct rewriting *rewriting,
    const struct ruleset *ruleset, find_change *find,
    struct rewritten_list *list, struct error *err)
{
	struct rewritten_list new = {0};
	struct error ignored;
	int result = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct rewritten *item = &list->items[i];
		struct change change = find(rewriting, ruleset, item);
		size_t first = new.count;

		if (change.rule == NULL) {
			add(&new, text_of(item->address), item);
			continue;
		}
		if (add_results(rewriting, &change, item->address, &new,
			result == 0 ? err : &ignored) < 0)
			result = -1;
		note_results(rewriting, &change, item->address, &new, first);
	}
	rewritten_free(list);
	*list = new;
	return result;
}

int rewrite_recipient(const struct rewriting *rewriting, const char *address,
    struct rewritten_list *list, struct error *err)
{
	static const struct rewritten fresh = {0};
	struct rewritten_list now = {0};
	struct error ignored;
	int result = 0;

	add(&now, text_of(address), &fresh);
	for (size_t i = 0; i < rewriting->count; i++) {
		const struct ruleset *ruleset = rewriting->rulesets[i];

		if (change_list(rewriting, ruleset, find_rule, &now,
			result == 0 ? err : &ignored) < 0)
			result = -1;
		if (change_list(rewriting, ruleset, find_redirect, &now,
			result == 0 ? err : &ignored) < 0)
			result = -1;
	}
	for (size_t i = 0; i < now.count; i++)
		add(list, text_of(now.items[i].address), &now.items[i]);
	rewritten_free(&now);
	return result;
}

void rewritten_free(struct rewritten_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].address);
		free(list->items[i].original);
	}
	free(list->items);
	*list = (struct rewritten_list){0};
}
