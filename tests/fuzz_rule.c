/*
 * fuzz_rule.c - rules, edits, redirects and routes, and what they match
 *
 * The first byte says what the rest is; up to the first newline it is the
 * value of a key, behind that an address.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "route.h"
#include "rule.h"
#include "ruleset.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct site site = {"d.example", "web1.d.example"};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void require_fit(int result, struct text value, const char *spot,
    const struct error *err)
{
	if (result == 0)
		return;
	require(result == -1 && err->kind == ERROR_CONFIG);
	require(err->text[0] != '\0' && utf8_is_valid(text_of(err->text)));
	require(spot >= value.data && spot <= value.data + value.length);
}

static void require_inside(struct text part, const char *address)
{
	require(part.length == 0 ||
	    (part.data >= address &&
		part.data + part.length <= address + strlen(address)));
}

/* Whatever it makes of an address is an address, or an error. */
static void apply(const struct rule *rule, const char *address)
{
	struct variables variables = {0};
	struct error err = {0};

	if (!pattern_matches(&rule->pattern, &site, address,
		&variables.captures))
		return;
	require(variables.captures.count == rule->pattern.captures);
	for (size_t i = 0; i < variables.captures.count; i++)
		require_inside(variables.captures.items[i], address);
	variables.domain = address_domain(text_of(address));
	variables.local = text_of(address);
	variables.name = text_of("a\", <b@c>\n");
	variables.user = text_of("anna");
	variables.host = text_of(site.hostname);
	for (size_t i = 0; i < rule->target_count; i++) {
		struct buf made = {0};

		if (rule_add_address(&made, rule, &rule->targets[i], &variables,
			site.domain, &err) == 0) {
			require(made.length > 0);
			require(address_check(buf_text(&made), &err) == 0);
		} else {
			require(err.kind == ERROR_ADDRESS && made.length == 0);
			require(utf8_is_valid(text_of(err.text)));
		}
		rule_add_name(&made, &rule->targets[i], &variables);
		buf_free(&made);
	}
}

static void add_to_ruleset(char what, struct text value, const char *address)
{
	const struct origin origin = {"f", 1};
	const char *spot = NULL;
	struct ruleset set = {0};
	struct error err = {0};
	int result;

	if (what == 's')
		result = ruleset_add_rule(&set, SCOPE_SENDERS, value, origin,
		    &spot, &err);
	else if (what == 'a')
		result = ruleset_add_edit(&set, EDIT_ADD, value, origin, &spot,
		    &err);
	else if (what == 'd')
		result = ruleset_add_edit(&set, EDIT_REMOVE, value, origin,
		    &spot, &err);
	else if (what == 'q')
		result = ruleset_set_redirect(&set, value, origin, &spot, &err);
	else if (what == 'x')
		result = ruleset_add_exceptions(&set, value, &spot, &err);
	else
		result = ruleset_add_rule(&set, SCOPE_RECIPIENTS, value, origin,
		    &spot, &err);
	require_fit(result, value, spot, &err);
	for (size_t i = 0; i < set.rule_count; i++)
		apply(&set.rules[i], address);
	for (size_t i = 0; i < set.edit_count; i++)
		if (set.edits[i].kind == EDIT_REMOVE)
			(void)pattern_matches_name(&set.edits[i].removed,
			    text_of(address));
	if (set.redirect != NULL)
		apply(set.redirect, address);
	ruleset_free(&set);
}

static void add_to_routes(struct text value, const char *address)
{
	struct routes routes = {0};
	const char *spot = NULL;
	struct error err = {0};

	require_fit(routes_add(&routes, ROUTE_RECIPIENT, value,
			(struct origin){"f", 1}, &spot, &err),
	    value, spot, &err);
	require(routes_find(&routes, &site, address, "") == NULL);
	(void)routes_find(&routes, &site, "", address);
	routes_free(&routes);
}

/*
 * regcomp(3) takes exponential time for repeats of repeats.  Whose expression
 * that is waits for it; here it would only measure the system's library.
 */
static bool is_slow(struct text value)
{
	size_t repeats = 0;

	if (text_find(value, '/') == value.length)
		return false;
	for (size_t i = 0; i < value.length; i++)
		repeats += strchr("*+?{", value.data[i]) != NULL;
	return repeats > 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size};
	struct text value;
	struct buf address = {0};
	struct error err = {0};

	/* A value longer than this has nothing new. */
	if (size < 2 || size > 4096)
		return 0;
	rest = text_part(rest, 1, size);
	if (!text_split(&rest, '\n', &value) || is_slow(value))
		return 0;
	if (address_write(&address, rest, site.domain, &err) < 0)
		buf_add_string(&address, "root@localhost");
	if (data[0] == 'r')
		add_to_routes(value, buf_string(&address));
	else
		add_to_ruleset((char)data[0], value, buf_string(&address));
	buf_free(&address);
	return 0;
}
