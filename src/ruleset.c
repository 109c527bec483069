#include "ruleset.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "template.h"

int ruleset_add_rule(struct ruleset *set, unsigned scopes, struct text value,
    struct origin origin, const char **spot, struct error *err)
{
	struct rule rule = {.scopes = scopes, .origin = origin};

	if (rule_parse(&rule, value, spot, err) < 0)
		return -1;
	set->rules = mem_grow(set->rules, set->rule_count, sizeof *set->rules);
	set->rules[set->rule_count++] = rule;
	return 0;
}

/* --- edits --------------------------------------------------------------- */

/* A part of *rest up to a blank or comma; false at the end. */
static bool next_name(struct text *rest, struct text *name)
{
	size_t n = 0;

	while (n < rest->length &&
	    (rest->data[n] == ',' || byte_is_space(rest->data[n])))
		n++;
	*rest = text_part(*rest, n, rest->length);
	for (n = 0; n < rest->length; n++)
		if (rest->data[n] == ',' || byte_is_space(rest->data[n]))
			break;
	*name = text_part(*rest, 0, n);
	*rest = text_part(*rest, n, rest->length);
	return n > 0;
}

/* RFC 5322 3.6.8: ftext. */
static int check_name(struct text name, const char **spot, struct error *err)
{
	for (size_t i = 0; i < name.length; i++)
		if (byte_is_control(name.data[i]) || name.data[i] == ' ' ||
		    name.data[i] == ':' || byte_is_8bit(name.data[i])) {
			*spot = name.data + i;
			return fail(err, ERROR_CONFIG,
			    "has a character in a field's name that none may "
			    "have");
		}
	*spot = name.data;
	return name.length > 0 ?
	    0 :
	    fail(err, ERROR_CONFIG, "has no name of a field");
}

/* Names of fields that no rule may touch, and why. */
struct refusal {
	const char *name;
	const char *sentence;
};

static int refuse_name(struct text name, const struct refusal *refusals,
    size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (text_is_nocase(name, refusals[i].name))
			return fail(err, ERROR_CONFIG, "%s",
			    refusals[i].sentence);
	return 0;
}

static int parse_field(struct edit *edit, const char **spot, struct error *err)
{
	static const struct refusal refusals[] = {
	    {"Bcc", "cannot make a Bcc field, which others would see"},
	    {"Resent-Bcc",
		"cannot make a Resent-Bcc field, which others would see"},
	    {"Return-Path",
		"cannot make a Return-Path field, which the last server does "
		"(RFC 5321 4.4)"},
	};
	static const struct refusal singles[] = {
	    {"From", "cannot add a second From; set_header replaces it"},
	    {"Date", "cannot add a second Date; set_header replaces it"},
	    {"Message-ID",
		"cannot add a second Message-ID; set_header replaces it"},
	};
	struct text text = text_of(edit->text);
	size_t colon = text_find(text, ':');

	edit->name = text_trim(text_part(text, 0, colon));
	edit->value = text_trim(text_part(text, colon + 1, text.length));
	*spot = text.data + text.length;
	if (colon == text.length)
		return fail(err, ERROR_CONFIG,
		    "has no \":\" between name and value of a field");
	if (edit->value.length == 0)
		return fail(err, ERROR_CONFIG, "has nothing behind the \":\"");
	if (check_name(edit->name, spot, err) < 0 ||
	    refuse_name(edit->name, refusals,
		sizeof refusals / sizeof *refusals, err) < 0)
		return -1;
	/* Each message has one of these already, and only one (RFC 5322 3.6). */
	if (edit->kind == EDIT_ADD &&
	    refuse_name(edit->name, singles, sizeof singles / sizeof *singles,
		err) < 0)
		return -1;
	return template_check(edit->value, TEMPLATE_NO_ADDRESS, spot, err);
}

static int parse_removal(struct edit *edit, const char **spot,
    struct error *err)
{
	static const struct refusal refusals[] = {
	    {"From",
		"cannot remove From, which each message needs (RFC 5322 3.6)"},
	    {"Date",
		"cannot remove Date, which each message needs (RFC 5322 3.6)"},
	};

	edit->name = text_of(edit->text);
	if (check_name(edit->name, spot, err) < 0 ||
	    refuse_name(edit->name, refusals,
		sizeof refusals / sizeof *refusals, err) < 0)
		return -1;
	if (text_begins(edit->name, "/"))
		return fail(err, ERROR_CONFIG,
		    "takes names of fields, where \"*\" is for anything, but "
		    "no regular expression");
	return pattern_parse(&edit->removed, edit->name, spot, err);
}

static void edit_free(struct edit *edit)
{
	pattern_free(&edit->removed);
	free(edit->text);
}

static int add_edit(struct ruleset *set, struct edit edit, struct text text,
    const char **spot, struct error *err)
{
	int result;

	edit.text = text_dup(text);
	result = edit.kind == EDIT_REMOVE ? parse_removal(&edit, spot, err) :
					    parse_field(&edit, spot, err);
	if (result < 0) {
		*spot = text.data + (*spot - edit.text);
		edit_free(&edit);
		return -1;
	}
	set->edits = mem_grow(set->edits, set->edit_count, sizeof *set->edits);
	set->edits[set->edit_count++] = edit;
	return 0;
}

int ruleset_add_edit(struct ruleset *set, enum edit_kind kind,
    struct text value, struct origin origin, const char **spot,
    struct error *err)
{
	const struct edit edit = {.kind = kind, .origin = origin};
	size_t count = set->edit_count;
	struct text name;

	if (kind != EDIT_REMOVE)
		return add_edit(set, edit, value, spot, err);
	while (next_name(&value, &name))
		if (add_edit(set, edit, name, spot, err) < 0)
			return -1;
	if (set->edit_count > count)
		return 0;
	*spot = value.data;
	return fail(err, ERROR_CONFIG, "has no name of a field");
}

/* --- the redirect -------------------------------------------------------- */

int ruleset_set_redirect(struct ruleset *set, struct text value,
    struct origin origin, const char **spot, struct error *err)
{
	struct rule *rule = mem_alloc(1, sizeof *rule);
	const char *ignored;

	*spot = value.data;
	*rule = (struct rule){
	    .text = text_dup(value),
	    .origin = origin,
	    .scopes = SCOPE_ENVELOPE_TO,
	};
	if (set->redirect != NULL) {
		(void)fail(err, ERROR_CONFIG,
		    "is there twice in this section; one list of addresses "
		    "will do");
	} else if (rule_parse_targets(text_of(rule->text), TEMPLATE_NO_ADDRESS,
		       &rule->targets, &rule->target_count, spot, err) < 0) {
		*spot = value.data + (*spot - rule->text);
	} else {
		(void)pattern_parse(&rule->pattern, text_of("*"), &ignored,
		    err);
		set->redirect = rule;
		return 0;
	}
	rule_free(rule);
	free(rule);
	return -1;
}

int ruleset_add_exceptions(struct ruleset *set, struct text value,
    const char **spot, struct error *err)
{
	struct text rest = text_trim(value);
	bool is_last = false;

	while (!is_last) {
		size_t end = pattern_find_end(rest, ",");
		struct text text = text_trim(text_part(rest, 0, end));
		struct exception exception = {0};

		if (pattern_parse(&exception.pattern, text, spot, err) < 0)
			return -1;
		exception.text = text_dup(text);
		set->exceptions = mem_grow(set->exceptions,
		    set->exception_count, sizeof *set->exceptions);
		set->exceptions[set->exception_count++] = exception;
		is_last = end == rest.length;
		rest = text_trim(text_part(rest, end + 1, rest.length));
	}
	return 0;
}

void ruleset_free(struct ruleset *set)
{
	for (size_t i = 0; i < set->rule_count; i++)
		rule_free(&set->rules[i]);
	for (size_t i = 0; i < set->edit_count; i++)
		edit_free(&set->edits[i]);
	for (size_t i = 0; i < set->exception_count; i++) {
		pattern_free(&set->exceptions[i].pattern);
		free(set->exceptions[i].text);
	}
	if (set->redirect != NULL)
		rule_free(set->redirect);
	free(set->redirect);
	free(set->exceptions);
	free(set->edits);
	free(set->rules);
	*set = (struct ruleset){0};
}
