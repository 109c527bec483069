#include "rule.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mem.h"
#include "token.h"

const char *scope_name(enum scope scope)
{
	static const char *const names[] = {"envelope_from", "envelope_to",
	    "from", "to", "cc", "reply_to", "sender"};
	size_t n = 0;

	while (n + 1 < sizeof names / sizeof *names && scope >> n != 1)
		n++;
	return names[n];
}

int rule_split(struct text value, struct text *pattern, struct text *result,
    const char **spot, struct error *err)
{
	size_t end;

	value = text_trim(value);
	end = pattern_find_end(value, "->");
	*pattern = text_trim(text_part(value, 0, end));
	*result = text_trim(text_part(value, end + 2, value.length));
	*spot = value.data + value.length;
	if (end == value.length)
		return fail(err, ERROR_CONFIG,
		    "has no \"->\" between pattern and result");
	if (result->length == 0)
		return fail(err, ERROR_CONFIG, "has nothing behind the \"->\"");
	*spot = value.data;
	if (pattern->length == 0)
		return fail(err, ERROR_CONFIG, "has nothing before the \"->\"");
	return 0;
}

/* --- targets ------------------------------------------------------------- */

/* The phrase before a "<": one quoted string, or words as they are. */
static int parse_name(struct text phrase, struct target *target,
    const char **spot, struct error *err)
{
	struct text rest = phrase;
	struct text token;
	bool is_quoted = token_next(&rest, &token) == TOKEN_QUOTED;

	target->has_name = true;
	target->name = is_quoted ? token_inside(token) : phrase;
	*spot = is_quoted ? rest.data : phrase.data;
	if (is_quoted ? rest.length > 0 :
			text_find(phrase, '"') < phrase.length)
		return fail(err, ERROR_CONFIG,
		    "has a name of which only a part is in quotes");
	for (size_t i = 0; i < target->name.length; i++) {
		struct text ahead = text_part(target->name, i + 1, i + 2);

		if (target->name.data[i] != '\\')
			continue;
		*spot = target->name.data + i;
		if (!is_quoted ||
		    !(text_is(ahead, "\"") || text_is(ahead, "\\")))
			return fail(err, ERROR_CONFIG,
			    "has a \"\\\" in a name; in quotes, \\\\ makes one "
			    "and \\\" a quote");
		i++;
	}
	return 0;
}

static int split_target(struct text text, struct target *target,
    const char **spot, struct error *err)
{
	struct text rest = text;
	struct text token = {0};
	struct text phrase;

	*target = (struct target){.address = text};
	while (rest.length > 0 && !text_is(token, "<")) {
		enum token kind = token_next(&rest, &token);

		*spot = token.data;
		if (kind == TOKEN_COMMENT)
			return fail(err, ERROR_CONFIG,
			    "has a comment in its result; a name goes before "
			    "the address: \"N\" <a@b>");
	}
	if (!text_is(token, "<"))
		return 0;
	if (text.data[text.length - 1] != '>')
		return fail(err, ERROR_CONFIG,
		    "has no \">\" at the end of its result");
	phrase =
	    text_trim(text_part(text, 0, (size_t)(token.data - text.data)));
	target->address = text_trim(text_part(rest, 0, rest.length - 1));
	return phrase.length > 0 ? parse_name(phrase, target, spot, err) : 0;
}

/*
 * With an "x" for each variable it must be an address, so that what is wrong
 * with the template itself is found before there is a message.
 */
static int check_address(struct text address, int captures, const char **spot,
    struct error *err)
{
	static const struct text x = {"x", 1};
	const struct variables variables = {
	    .captures = {{x, x, x, x, x, x, x, x, x}, PATTERN_CAPTURES},
	    .local = x,
	    .domain = x,
	    .name = x,
	    .user = x,
	    .host = x,
	};
	struct buf filled = {0};
	struct buf ignored = {0};
	const char *why;
	int result = 0;

	if (template_check(address, captures, spot, err) < 0)
		return -1;
	template_add(&filled, address, &variables);
	*spot = address.data;
	why = address_try(&ignored, buf_text(&filled), "x");
	/* Not quoted: it may come from the environment (config.h). */
	if (why != NULL)
		result = fail(err, ERROR_CONFIG,
		    "has a result that is no address: %s", why);
	buf_free(&ignored);
	buf_free(&filled);
	return result;
}

static int parse_target(struct text text, int captures, struct target *target,
    const char **spot, struct error *err)
{
	*spot = text.data;
	if (text.length == 0)
		return fail(err, ERROR_CONFIG,
		    "has nothing where a result should be");
	if (split_target(text, target, spot, err) < 0 ||
	    template_check(target->name, captures, spot, err) < 0)
		return -1;
	return check_address(target->address, captures, spot, err);
}

int rule_parse_targets(struct text list, int captures, struct target **targets,
    size_t *count, const char **spot, struct error *err)
{
	const char *end;
	struct text part;
	int result = 0;

	list = text_trim(list);
	end = list.data + list.length;
	*targets = NULL;
	*count = 0;
	do {
		/* Behind a comma at the very end there is an empty part. */
		if (!token_split(&list, ',', &part))
			part = list;
		if (*count == RULE_MAX_TARGETS) {
			*spot = part.data;
			result = fail(err, ERROR_CONFIG,
			    "has more than %d results", RULE_MAX_TARGETS);
			break;
		}
		*targets = mem_resize(*targets, *count + 1, sizeof **targets);
		result = parse_target(text_trim(part), captures,
		    &(*targets)[(*count)++], spot, err);
	} while (result == 0 && part.data + part.length != end);
	return result;
}

/* --- rules --------------------------------------------------------------- */

/* The views are into rule->text, and so is the spot. */
static int parse_text(struct rule *rule, const char **spot, struct error *err)
{
	struct text pattern;
	struct text result;

	if (rule_split(text_of(rule->text), &pattern, &result, spot, err) < 0 ||
	    pattern_parse(&rule->pattern, pattern, spot, err) < 0 ||
	    rule_parse_targets(result, (int)rule->pattern.captures,
		&rule->targets, &rule->target_count, spot, err) < 0)
		return -1;
	if (rule->target_count > 1 && (rule->scopes & SCOPE_SENDERS) != 0) {
		*spot = rule->targets[1].address.data;
		return fail(err, ERROR_CONFIG,
		    "has %zu results, but a sender can only become one",
		    rule->target_count);
	}
	return 0;
}

int rule_parse(struct rule *rule, struct text value, const char **spot,
    struct error *err)
{
	rule->text = text_dup(value);
	if (parse_text(rule, spot, err) == 0)
		return 0;
	*spot = value.data + (*spot - rule->text);
	rule_free(rule);
	return -1;
}

void rule_free(struct rule *rule)
{
	pattern_free(&rule->pattern);
	free(rule->targets);
	free(rule->text);
	*rule = (struct rule){0};
}

int rule_add_address(struct buf *buf, const struct rule *rule,
    const struct target *target, const struct variables *variables,
    const char *domain, struct error *err)
{
	struct buf filled = {0};
	struct buf where = {0};
	int result;

	template_add(&filled, target->address, variables);
	result = address_write(buf, buf_text(&filled), domain, err);
	if (result < 0) {
		origin_add(&where, rule->origin);
		buf_add_string(&where, ": the rule makes no address of ");
		buf_add(&where, variables->local);
		buf_add_byte(&where, '@');
		buf_add(&where, variables->domain);
		(void)fail_within(err, "%s: ", buf_string(&where));
	}
	buf_free(&where);
	buf_free(&filled);
	return result;
}

void rule_add_name(struct buf *buf, const struct target *target,
    const struct variables *variables)
{
	struct buf plain = {0};

	token_add_plain(&plain, target->name);
	template_add(buf, buf_text(&plain), variables);
	buf_free(&plain);
}
