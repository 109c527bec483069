#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "pattern.h"
#include "route.h"
#include "rule.h"
#include "ruleset.h"
#include "site.h"
#include "strlist.h"
#include "suites.h"
#include "template.h"
#include "utf8.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct site site = {
    .domain = "d.example",
    .hostname = "web1.h.example",
};

static const struct origin origin = {"f", 3};

/* The spot is where a caret in a string of blanks stands. */
static void check_spot(const char *spot, const char *value, const char *caret)
{
	size_t column = strcspn(caret, "^");

	ck_assert_ptr_nonnull(spot);
	ck_assert_msg(spot == value + column, "%s\n%s\n%*s here instead", value,
	    caret, (int)(spot - value), "");
}

/* A sentence without subject: it goes on where a key stands before it. */
static void check_sentence(const struct error *err, const char *words)
{
	ck_assert_int_eq(err->kind, ERROR_CONFIG);
	ck_assert_msg(strstr(err->text, words) != NULL, "%s\nlacks: %s",
	    err->text, words);
	ck_assert_msg(byte_is_letter(err->text[0]), "%s", err->text);
	ck_assert(utf8_is_valid(text_of(err->text)));
}

/* --- what is at home here ------------------------------------------------ */

static const struct {
	const char *address;
	const char *local; /* NULL: it is not local */
} site_cases[] = {
    {"root@d.example", "root"},
    {"root@D.Example", "root"},
    {"root@web1.h.example", "root"},
    {"Root@WEB1.H.EXAMPLE", "Root"},
    {"root@localhost", "root"},
    {"root@LocalHost", "root"},
    {"\"a b\"@localhost", "\"a b\""},
    {"\"a@b\"@d.example", "\"a@b\""},
    {"j\xc3\xbcrgen@d.example", "j\xc3\xbcrgen"},
    {"root@h.example", NULL},
    {"root@x.d.example", NULL},
    {"root@web1", NULL},
    {"root@localhost.localdomain", NULL},
    {"\"x@localhost\"@y", NULL},
    {"root", NULL},
    {"", NULL},
};

START_TEST(local_is_what_is_at_this_domain_host_or_localhost)
{
	struct text local = {0};
	bool is_local =
	    site_is_local(&site, text_of(site_cases[_i].address), &local);

	ck_assert_int_eq(is_local, site_cases[_i].local != NULL);
	if (is_local)
		ck_assert(text_is(local, site_cases[_i].local));
}
END_TEST

/* --- patterns ------------------------------------------------------------ */

static struct pattern pattern_of(const char *text)
{
	struct pattern pattern = {0};
	struct error err = {0};
	const char *spot = NULL;

	if (pattern_parse(&pattern, text_of(text), &spot, &err) < 0)
		ck_abort_msg("%s %s", text, err.text);
	return pattern;
}

/* The captures, each in brackets, or NULL where nothing matches. */
struct match_case {
	const char *pattern;
	const char *address;
	const char *captures;
};

static void add_captures(struct buf *buf, const struct captures *captures)
{
	for (size_t i = 0; i < captures->count; i++) {
		buf_add_byte(buf, '[');
		buf_add(buf, captures->items[i]);
		buf_add_byte(buf, ']');
	}
}

static void check_match(const struct match_case *c)
{
	struct pattern pattern = pattern_of(c->pattern);
	struct captures captures;
	struct buf found = {0};
	bool matches = pattern_matches(&pattern, &site, c->address, &captures);

	ck_assert_msg(matches == (c->captures != NULL), "%s, %s", c->pattern,
	    c->address);
	if (matches)
		add_captures(&found, &captures);
	ck_assert_uint_eq(matches ? captures.count : 0,
	    matches ? pattern.captures : 0);
	ck_assert_str_eq(buf_string(&found), matches ? c->captures : "");
	buf_free(&found);
	pattern_free(&pattern);
}

static const struct match_case glob_cases[] = {
    {"a@b", "a@b", ""},
    {"a@b", "a@c", NULL},
    {"a@b", "a@bc", NULL},
    {"a@b", "xa@b", NULL},
    {"A@b.Example", "a@B.eXAMPLE", ""},
    /* "*" */
    {"*", "a@b", "[a@b]"},
    {"*", "a@d.example", "[a@d.example]"},
    {"*@*", "a@b", "[a][b]"},
    {"*@*", "\"x@y\"@z", "[\"x][y\"@z]"},
    {"*@b", "a@b", "[a]"},
    {"a@*", "a@b", "[b]"},
    {"a*@b", "a@b", "[]"},
    {"a@b*", "a@b", "[]"},
    {"*a@b", "aaa@b", "[aa]"},
    {"*@*.lan", "a@b.lan", "[a][b]"},
    {"*@*.lan", "a@b.c.lan", "[a][b.c]"},
    {"*@*.lan", "a@b.lan.lan", "[a][b.lan]"},
    {"*@*.lan", "a@lan", NULL},
    {"*@*.lan", "a@b.land", NULL},
    {"*-*@x", "a-b-c@x", "[a][b-c]"},
    {"*-*-*@x", "a-b-c-d@x", "[a][b][c-d]"},
    {"**@x", "ab@x", "[][ab]"},
    {"*.*@x", "first.last@x", "[first][last]"},
    {"*@*", "A@B", "[A][B]"},
    {"*@*", "j\xc3\xbcrgen@m\xc3\xbcnchen.example",
	"[j\xc3\xbcrgen][m\xc3\xbcnchen.example]"},
    {"j\xc3\xbc*@*", "j\xc3\xbcrgen@x", "[rgen][x]"},
    {"\xc3\x84*@x", "\xc3\xa4@x", NULL}, /* case is for ASCII */
    {"*@*", "\"a b\"@x", "[\"a b\"][x]"},
    {"\"a b\"@*", "\"a b\"@x", "[x]"},
    {"\"a, b\\\"\"@*", "\"a, b\\\"\"@x", "[x]"},
    /* more than nine */
    {"*-*-*-*-*-*-*-*-*-*@x", "1-2-3-4-5-6-7-8-9-10@x",
	"[1][2][3][4][5][6][7][8][9]"},
    /* nothing but a star and an at has a meaning */
    {"a.c@x", "abc@x", NULL},
    {"a?c@x", "abc@x", NULL},
    {"[ab]@x", "a@x", NULL},
    {"$1@x", "$1@x", ""},
};

START_TEST(a_glob_is_for_the_whole_address_in_any_case)
{
	check_match(&glob_cases[_i]);
}
END_TEST

static const struct match_case bare_cases[] = {
    {"root", "root@d.example", ""},
    {"root", "root@web1.h.example", ""},
    {"root", "root@localhost", ""},
    {"Root", "rooT@LOCALHOST", ""},
    {"root", "root@elsewhere.example", NULL},
    {"root", "root@h.example", NULL},
    {"root", "roots@localhost", NULL},
    {"www-*", "www-data@d.example", "[data]"},
    {"www-*", "www-data@elsewhere.example", NULL},
    {"*-*", "www-data@localhost", "[www][data]"},
    {"**", "root@localhost", "[][root]"},
    {"**", "root@elsewhere.example", NULL},
    {"\"a b\"", "\"a b\"@localhost", ""},
    {"j\xc3\xbcrgen", "j\xc3\xbcrgen@localhost", ""},
};

START_TEST(a_bare_name_is_for_local_addresses_only)
{
	check_match(&bare_cases[_i]);
}
END_TEST

static const struct match_case regex_cases[] = {
    {"/root/", "xrooty@z", ""},
    {"/^root@/", "root@z", ""},
    {"/^root@/", "xroot@z", NULL},
    {"/^root$/", "root@localhost", NULL},
    {"/^ROOT@/", "root@z", NULL},
    {"/^ROOT@/i", "root@z", ""},
    {"/^root@/i", "ROOT@z", ""},
    {"/^(.+)@old\\.example$/i", "Anna@OLD.example", "[Anna]"},
    {"/^(.+)@old\\.example$/i", "anna@oldxexample", NULL},
    {"/^([a-z]+)([0-9]*)@(x|y)$/", "ab@y", "[ab][][y]"},
    {"/^(a)|(b)@/", "b@x", "[][b]"},
    {"/^a\\/b@/", "a/b@x", ""},
    {"/^[\\/]@/", "/@x", ""},
    {"/^.[\\/]/", "\"\\\\\"@x", NULL},
    {"/^a\\\\/", "a\\@x", ""},
    {"/^\\$\\{/", "${@x", ""},
    {"/(m\xc3\xbcn)/", "a@m\xc3\xbcnchen.example", "[m\xc3\xbcn]"},
    {"/^\"(.*)\"@/", "\"a b\"@x", "[a b]"},
    {"/(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)/", "123456789a@x",
	"[1][2][3][4][5][6][7][8][9]"},
    {"/a,b -> c|(.)@/", "a@x", "[a]"},
    {"/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}@([0-9]{1,3}\\.){3}/",
	"01234567-89ab-0123456789ab@10.20.30.40", "[30.]"},
};

START_TEST(a_regular_expression_is_searched_in_the_address)
{
	check_match(&regex_cases[_i]);
}
END_TEST

static const char *const any_patterns[] = {
    "*", "**", "/.*/", "/^$/", "/(x)?/i", "*@*", "root"};

START_TEST(the_null_sender_matches_nothing)
{
	check_match(&(struct match_case){any_patterns[_i], "", NULL});
}
END_TEST

/* Going back to each star in turn, these would need years. */
static const char *const many_stars[] = {
    "*a*a*a*a*b",
    "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
    "*@*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
    "/^(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*(a*)*b$/",
    "/^(a|aa|a*)*(a|aa|a*)*(a|aa|a*)*(a|aa|a*)*@.*b$/",
};

START_TEST(a_pattern_of_many_stars_takes_no_time)
{
	struct pattern pattern = pattern_of(many_stars[_i]);
	struct captures captures;
	char address[251] = {0};

	for (int times = 0; times < 2000; times++) {
		memset(address, 'a', sizeof address - 1);
		address[64] = '@';
		ck_assert(!pattern_matches(&pattern, &site, address,
		    &captures));
	}
	pattern_free(&pattern);
}
END_TEST

static const struct {
	const char *pattern;
	const char *caret;
	const char *words;
} bad_patterns[] = {
    {"", "^", "has no pattern"},
    {"/foo", "^", "no \"/\" behind"},
    {"/", "^", "no \"/\" behind"},
    {"/a\\/", "^", "no \"/\" behind"},
    {"/a\\", "^", "no \"/\" behind"},
    {"//", " ^", "nothing between the slashes"},
    {"//i", " ^", "nothing between the slashes"},
    {"/a/x", "   ^", "else than an \"i\""},
    {"/a/ii", "   ^", "else than an \"i\""},
    {"/a/I", "   ^", "else than an \"i\""},
    {"/a/b/", "   ^", "else than an \"i\""},
    {"/a(/", " ^", "that is none: "},
    {"/a[/", " ^", "that is none: "},
    {"/(a)\\1/", " ^", "back reference"},
    {"/a{99999}/", " ^", "repeats too much"},
    {"/((a{99}){99}){99}/", " ^", "repeats too much"},
    {"/((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+/", " ^",
	"repeats too much"},
    {"root admin", "    ^", "outside of quotes"},
    {"root,admin", "    ^", "outside of quotes"},
    {"root\tadmin", "    ^", "outside of quotes"},
    {"<a@b>", "^", "outside of quotes"},
    {"a@b (c)", "   ^", "outside of quotes"},
    {"*\"a@b", " ^", "a quote in its pattern that nothing closes"},
    {"\"a\\\"@b", "^", "a quote in its pattern that nothing closes"},
};

START_TEST(a_pattern_that_is_none_is_pointed_at)
{
	const char *text = bad_patterns[_i].pattern;
	struct pattern pattern = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(pattern_parse(&pattern, text_of(text), &spot, &err),
	    -1);
	check_spot(spot, text, bad_patterns[_i].caret);
	check_sentence(&err, bad_patterns[_i].words);
	pattern_free(&pattern);
}
END_TEST

START_TEST(a_pattern_has_a_limit)
{
	char text[PATTERN_MAX + 2] = {0};
	struct pattern pattern;
	struct error err = {0};
	const char *spot = NULL;

	memset(text, 'a', PATTERN_MAX);
	pattern = pattern_of(text);
	pattern_free(&pattern);
	text[PATTERN_MAX] = 'a';
	ck_assert_int_eq(pattern_parse(&pattern, text_of(text), &spot, &err),
	    -1);
	check_sentence(&err, "more than 1024 bytes");
}
END_TEST

START_TEST(a_glob_is_for_names_of_fields_as_well)
{
	struct pattern some = pattern_of("X-PHP-*");
	struct pattern all = pattern_of("*");

	ck_assert(pattern_matches_name(&some, text_of("x-php-script")));
	ck_assert(pattern_matches_name(&some, text_of("X-PHP-")));
	ck_assert(!pattern_matches_name(&some, text_of("X-PHP")));
	ck_assert(!pattern_matches_name(&some, text_of("")));
	ck_assert(pattern_matches_name(&all, text_of("Subject")));
	pattern_free(&some);
	pattern_free(&all);
}
END_TEST

static const struct {
	const char *text;
	const char *separator;
	size_t end;
} end_cases[] = {
    {"a -> b", "->", 2},
    {"a->b", "->", 1},
    {"->", "->", 0},
    {"a", "->", 1},
    {"/a -> b/ -> c", "->", 9},
    {"/a\\/ -> b/ -> c", "->", 11},
    {"/a/->c", "->", 3},
    {"/a -> c", "->", 3},
    {"a/b -> c/d", "->", 4},
    {"\"a->b\"@x -> c", "->", 9},
    {"\"a\\\"->b\"@x -> c", "->", 11},
    {"\"a -> c", "->", 3},
    {"a -> \"b->c\"@x", "->", 2},
    {"/a,b/i,c", ",", 6},
    {"\"a,b\"@x,c", ",", 7},
    {"", ",", 0},
};

START_TEST(a_separator_in_slashes_or_quotes_is_none)
{
	ck_assert_uint_eq(pattern_find_end(text_of(end_cases[_i].text),
			      end_cases[_i].separator),
	    end_cases[_i].end);
}
END_TEST

/* --- templates ----------------------------------------------------------- */

static struct variables variables_of(const struct captures *captures)
{
	return (struct variables){
	    .captures = *captures,
	    .local = text_of("the.local"),
	    .domain = text_of("the.domain"),
	    .name = text_of("The Name"),
	    .user = text_of("anna"),
	    .host = text_of("web1.h.example"),
	};
}

static const struct captures three = {
    .items = {{"one", 3}, {"$1", 2}, {"", 0}},
    .count = 3,
};

static const struct {
	const char *template;
	const char *filled;
} template_cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"$1", "one"},
    {"$1$1", "oneone"},
    {"a$1b", "aoneb"},
    {"$12", "one2"},
    {"$2", "$1"}, /* once is enough */
    {"[$3]", "[]"},
    {"$local@$domain", "the.local@the.domain"},
    {"$name, $user on $host", "The Name, anna on web1.h.example"},
    {"$$1", "$1"},
    {"$$$1", "$one"},
    {"$$local", "$local"},
    {"5$$", "5$"},
    {"$user-$user.$user_", "anna-anna.anna_"},
};

START_TEST(variables_are_filled_in_once)
{
	struct text template = text_of(template_cases[_i].template);
	struct variables variables = variables_of(&three);
	struct buf filled = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(template_check(template, 3, &spot, &err), 0);
	template_add(&filled, template, &variables);
	ck_assert_str_eq(buf_string(&filled), template_cases[_i].filled);
	buf_free(&filled);
}
END_TEST

static const struct {
	const char *template;
	int captures;
	const char *caret;
	const char *words;
} bad_templates[] = {
    {"$", 1, "^", "a $ without a name; $$ is a dollar"},
    {"a$", 1, " ^", "a $ without a name"},
    {"a $ b", 1, "  ^", "a $ without a name"},
    {"$$$", 1, "  ^", "a $ without a name"},
    {"${user}", 1, "^", "a $ without a name"},
    {"$0", 1, "^", "uses $0, which is no variable"},
    {"$4", 1, "^", "uses $4, but the pattern makes only 1 capture"},
    {"$1 $3", 2, "   ^", "uses $3, but the pattern makes only 2 captures"},
    {"a$1", 0, " ^", "uses $1, but the pattern makes no capture"},
    {"x@$nmae", 1, "  ^", "uses $nmae, which is no variable; the variables"},
    {"$localx", 1, "^", "uses $localx, which is no variable"},
    {"$Local", 1, "^", "uses $Local, which is no variable"},
    {"$1", TEMPLATE_NO_ADDRESS, "^", "uses $1; the variables here are"},
    {"$0", TEMPLATE_NO_ADDRESS, "^", "uses $0; the variables here are"},
    {"$local", TEMPLATE_NO_ADDRESS, "^", "the variables here are $user"},
    {"a $name", TEMPLATE_NO_ADDRESS, "  ^", "the variables here are $user"},
    {"$x", TEMPLATE_NO_ADDRESS, "^", "uses $x; the variables here are"},
};

START_TEST(a_variable_that_is_none_is_pointed_at)
{
	const char *text = bad_templates[_i].template;
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(template_check(text_of(text),
			     bad_templates[_i].captures, &spot, &err),
	    -1);
	check_spot(spot, text, bad_templates[_i].caret);
	check_sentence(&err, bad_templates[_i].words);
}
END_TEST

START_TEST(only_user_and_host_are_known_without_an_address)
{
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(template_check(text_of("$user on $host for 5$$"),
			     TEMPLATE_NO_ADDRESS, &spot, &err),
	    0);
}
END_TEST

START_TEST(a_sentence_quotes_a_hundred_bytes_at_most)
{
	char text[1000] = "$";
	struct error err = {0};
	const char *spot = NULL;

	memset(text + 1, 'x', sizeof text - 2);
	ck_assert_int_eq(template_check(text_of(text), 0, &spot, &err), -1);
	ck_assert_uint_eq(strspn(strchr(err.text, '$'), "$x"), 100);
}
END_TEST

/* --- rules --------------------------------------------------------------- */

static struct rule rule_of(const char *text, unsigned scopes)
{
	struct rule rule = {.scopes = scopes, .origin = origin};
	struct error err = {0};
	const char *spot = NULL;

	if (rule_parse(&rule, text_of(text), &spot, &err) < 0)
		ck_abort_msg("%s %s", text, err.text);
	ck_assert_str_eq(rule.text, text);
	ck_assert_uint_eq(rule.origin.line, origin.line);
	return rule;
}

static struct variables variables_for(const char *address,
    const struct captures *captures)
{
	struct variables variables = variables_of(captures);
	struct text text = text_of(address);

	variables.domain = address_domain(text);
	variables.local =
	    text_part(text, 0, text.length - variables.domain.length - 1);
	return variables;
}

/* "address" or "[name] address", with commas between. */
static void add_results(struct buf *buf, const struct rule *rule,
    const struct variables *variables)
{
	struct error err = {0};

	for (size_t i = 0; i < rule->target_count; i++) {
		const struct target *target = &rule->targets[i];

		if (i > 0)
			buf_add_string(buf, ", ");
		if (target->has_name) {
			buf_add_byte(buf, '[');
			rule_add_name(buf, target, variables);
			buf_add_string(buf, "] ");
		}
		if (rule_add_address(buf, rule, target, variables, site.domain,
			&err) < 0)
			ck_abort_msg("%s", err.text);
	}
}

static const struct {
	const char *rule;
	const char *address;
	const char *results; /* NULL: the rule does not match */
} rule_cases[] = {
    {"root -> admin@example.com", "root@localhost", "admin@example.com"},
    {"root->admin@example.com", "root@localhost", "admin@example.com"},
    {"  root   ->   admin@example.com  ", "root@localhost",
	"admin@example.com"},
    {"root -> admin@example.com", "root@elsewhere.example", NULL},
    {"root -> admin", "root@localhost", "admin@d.example"},
    {"root -> a@b, c@d,e", "root@localhost", "a@b, c@d, e@d.example"},
    {"* -> a@b", "x@y", "a@b"},
    {"*@*.lan -> alerts+$1@example.com", "web@h.lan", "alerts+web@example.com"},
    {"*@*.lan -> $1@$2.example", "web@h.lan", "web@h.example"},
    {"*@old -> $1@new", "\"a b\"@old", "\"a b\"@new"},
    {"*@old -> $local@new", "\"a@b\"@old", "\"a@b\"@new"},
    {"*@* -> $1=$2@relay", "j\xc3\xbcrgen@m\xc3\xbcn.example",
	"j\xc3\xbcrgen=m\xc3\xbcn.example@relay"},
    {"/^(.+)@old\\.example$/i -> $1@new.example", "Anna@Old.example",
	"Anna@new.example"},
    {"/a -> b|^(.)/ -> $1@x", "q@y", "q@x"},
    {"* -> $user+$local@$domain", "x@y", "anna+x@y"},
    {"* -> $user", "x@y", "anna@d.example"},
    {"* -> qa@$host", "x@y", "qa@web1.h.example"},
    {"* -> a$$b@c", "x@y", "a$b@c"},
    {"* -> \"a,b;c\"@d", "x@y", "\"a,b;c\"@d"},
    {"* -> \"$user\"@d", "x@y", "anna@d"},
    {"* -> a@[192.0.2.1]", "x@y", "a@[192.0.2.1]"},
    /* names */
    {"* -> <a@b>", "x@y", "a@b"},
    {"* -> < a@b >", "x@y", "a@b"},
    {"root@* -> \"root on $host\" <alerts@example.com>", "root@x",
	"[root on web1.h.example] alerts@example.com"},
    {"* -> root on $host <a@b>", "x@y", "[root on web1.h.example] a@b"},
    {"* -> $name via $domain <a@b>", "x@y", "[The Name via y] a@b"},
    {"*@* -> $1 <a+$2@b>", "x@y", "[x] a+y@b"},
    {"* -> \"N, M\" <a@b>, c@d", "x@y", "[N, M] a@b, c@d"},
    {"* -> \"a \\\"b\\\" \\\\ c\" <a@b>", "x@y", "[a \"b\" \\ c] a@b"},
    {"* -> J. M\xc3\xbcller <a@b>", "x@y", "[J. M\xc3\xbcller] a@b"},
    {"* -> \"\" <a@b>", "x@y", "[] a@b"},
    {"* -> \"5$$\" <a@b>", "x@y", "[5$] a@b"},
};

START_TEST(a_rule_makes_addresses_of_addresses)
{
	const char *address = rule_cases[_i].address;
	struct rule rule = rule_of(rule_cases[_i].rule, SCOPE_RECIPIENTS);
	struct captures captures;
	struct variables variables;
	struct buf results = {0};
	bool matches;

	matches = pattern_matches(&rule.pattern, &site, address, &captures);
	ck_assert_int_eq(matches, rule_cases[_i].results != NULL);
	if (matches) {
		variables = variables_for(address, &captures);
		add_results(&results, &rule, &variables);
		ck_assert_str_eq(buf_string(&results), rule_cases[_i].results);
	}
	buf_free(&results);
	rule_free(&rule);
}
END_TEST

static const struct {
	const char *rule;
	const char *caret;
	const char *words;
} bad_rules[] = {
    {"", "^", "has no \"->\" between pattern and result"},
    {"root admin@x", "            ^", "has no \"->\""},
    {"root@* > x", "          ^", "has no \"->\""},
    {"/a -> b/", "        ^", "has no \"->\""},
    {"\"a -> b\"@x", "          ^", "has no \"->\""},
    {"-> x", "^", "has nothing before the \"->\""},
    {"root ->", "       ^", "has nothing behind the \"->\""},
    {"root ->  ", "       ^", "has nothing behind the \"->\""},
    /* patterns */
    {"  a b -> x", "   ^", "outside of quotes"},
    {"/a -> x", "^", "no \"/\" behind"},
    {"/a/b -> x", "   ^", "else than an \"i\""},
    {"/a(/ -> x", " ^", "that is none: "},
    /* variables */
    {"*@x -> $4@y", "       ^", "makes only 1 capture"},
    {"root -> $1@y", "        ^", "makes no capture"},
    {"/(a)(b)/ -> $3@y", "            ^", "makes only 2 captures"},
    {"* -> \"$nmae\" <a@b>", "      ^", "uses $nmae"},
    {"* -> x@$hostname", "       ^", "uses $hostname"},
    {"* -> $ <a@b>", "     ^", "a $ without a name"},
    /* lists */
    {"a -> b,", "       ^", "has nothing where a result should be"},
    {"a -> b,,c", "       ^", "has nothing where a result should be"},
    {"a -> , c", "     ^", "has nothing where a result should be"},
    /* addresses */
    {"a -> b c@d", "     ^", "no address: blanks must be"},
    {"a -> a@b, c d@e", "          ^", "no address: blanks must be"},
    {"a -> b@", "     ^", "has a result that is no address: "},
    {"a -> @b", "     ^", "has a result that is no address: "},
    {"a -> b@c@d", "     ^", "has a result that is no address: "},
    {"a -> b; c", "     ^", "has a result that is no address: "},
    {"a -> group: b@c", "     ^", "has a result that is no address: "},
    {"a -> |command", "     ^", "commands are not run"},
    {"a -> /var/mail/a", "     ^", "files are not written"},
    {"a -> <>", "      ^", "has a result that is no address: "},
    {"*@* -> $1 @ $2 x", "       ^", "has a result that is no address: "},
    {"*@* -> [$1]@$2", "       ^", "has a result that is no address: "},
    {"a -> \"b@c", "     ^", "a quote is not closed"},
    /* names and brackets */
    {"a -> N <b@c", "       ^", "has no \">\""},
    {"a -> N <b@c> x", "       ^", "has no \">\""},
    {"a -> N <b@c> <d@e>", "        ^", "has a result that is no address: "},
    {"a -> b@c (N)", "         ^", "has a comment in its result"},
    {"a -> N (b@c", "       ^", "has a comment in its result"},
    {"a -> \"N\" M <b@c>", "        ^", "only a part is in quotes"},
    {"a -> N \"M\" <b@c>", "     ^", "only a part is in quotes"},
    {"a -> N\\ <b@c>", "      ^", "has a \"\\\" in a name"},
    {"a -> \"N\\x\" <b@c>", "       ^", "has a \"\\\" in a name"},
};

START_TEST(a_rule_that_is_none_is_pointed_at)
{
	const char *text = bad_rules[_i].rule;
	struct rule rule = {.scopes = SCOPE_RECIPIENTS, .origin = origin};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(rule_parse(&rule, text_of(text), &spot, &err), -1);
	check_spot(spot, text, bad_rules[_i].caret);
	check_sentence(&err, bad_rules[_i].words);
	ck_assert_ptr_null(rule.text);
	ck_assert_ptr_null(rule.targets);
}
END_TEST

static const unsigned sender_scopes[] = {
    SCOPE_ENVELOPE_FROM,
    SCOPE_FROM,
    SCOPE_SENDER,
    SCOPE_REPLY_TO,
    SCOPE_SENDERS,
    SCOPE_ALL,
    SCOPE_FROM | SCOPE_TO,
};

START_TEST(a_sender_becomes_one)
{
	static const char text[] = "a -> b@c, \"N\" <d@e>";
	struct rule rule = {.scopes = sender_scopes[_i]};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(rule_parse(&rule, text_of(text), &spot, &err), -1);
	check_spot(spot, text, "               ^");
	check_sentence(&err, "has 2 results, but a sender can only become one");
	rule = rule_of("a -> \"N\" <d@e>", sender_scopes[_i]);
	rule_free(&rule);
}
END_TEST

static const unsigned recipient_scopes[] = {
    SCOPE_ENVELOPE_TO,
    SCOPE_TO,
    SCOPE_CC,
    SCOPE_RECIPIENTS,
};

START_TEST(a_recipient_becomes_several)
{
	struct rule rule = rule_of("a -> b@c, d@e", recipient_scopes[_i]);

	ck_assert_uint_eq(rule.target_count, 2);
	rule_free(&rule);
}
END_TEST

START_TEST(a_rule_has_a_thousand_results_at_most)
{
	struct buf text = {0};
	struct rule rule = {.scopes = SCOPE_TO};
	struct error err = {0};
	const char *spot = NULL;

	buf_add_string(&text, "a -> b@c");
	for (int i = 1; i < RULE_MAX_TARGETS; i++)
		buf_add_string(&text, ",b@c");
	ck_assert_int_eq(rule_parse(&rule, buf_text(&text), &spot, &err), 0);
	ck_assert_uint_eq(rule.target_count, RULE_MAX_TARGETS);
	rule_free(&rule);
	rule.scopes = SCOPE_TO;
	buf_add_string(&text, ",b@c");
	ck_assert_int_eq(rule_parse(&rule, buf_text(&text), &spot, &err), -1);
	check_sentence(&err, "has more than 1000 results");
	buf_free(&text);
}
END_TEST

/* Whatever a message holds, it is one address or none. */
static const struct {
	const char *rule;
	const char *address;
	const char *words;
} unusable_cases[] = {
    {"*@* -> x$1@y", "\"a\"@b",
	"f:3: the rule makes no address of \"a\"@b: x\"a\"@y"},
    {"/^\"(.*)\"/ -> $1@y", "\"a, b@c\"@d", "f:3: "},
    {"/^\"(.*)\"/ -> $1@y", "\"a@c> X\"@d", "f:3: "},
    {"/^\"(.*)\"/ -> <$1@y>", "\"a>,<b\"@d", "f:3: "},
    {"/^(x)?/ -> $1", "a@b", "f:3: "},
    {"*@* -> $1.$2@y",
	"0123456789012345678901234567890123456789@"
	"0123456789012345678901234567890123456789",
	"longer than 64 bytes"},
    {"/(\xc3)/ -> $1@y", "\xc3\xbc@b", "f:3: "},
};

START_TEST(a_result_that_is_no_address_names_the_rule)
{
	struct rule rule = rule_of(unusable_cases[_i].rule, SCOPE_TO);
	struct captures captures;
	struct variables variables;
	struct buf address = {0};
	struct error err = {0};

	ck_assert(pattern_matches(&rule.pattern, &site,
	    unusable_cases[_i].address, &captures));
	variables = variables_for(unusable_cases[_i].address, &captures);
	ck_assert_int_eq(rule_add_address(&address, &rule, rule.targets,
			     &variables, site.domain, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	ck_assert_uint_eq(address.length, 0);
	ck_assert_msg(strstr(err.text, unusable_cases[_i].words) != NULL, "%s",
	    err.text);
	ck_assert(utf8_is_valid(text_of(err.text)));
	rule_free(&rule);
}
END_TEST

START_TEST(a_scope_has_the_name_of_its_key)
{
	ck_assert_str_eq(scope_name(SCOPE_ENVELOPE_FROM), "envelope_from");
	ck_assert_str_eq(scope_name(SCOPE_ENVELOPE_TO), "envelope_to");
	ck_assert_str_eq(scope_name(SCOPE_FROM), "from");
	ck_assert_str_eq(scope_name(SCOPE_TO), "to");
	ck_assert_str_eq(scope_name(SCOPE_CC), "cc");
	ck_assert_str_eq(scope_name(SCOPE_REPLY_TO), "reply_to");
	ck_assert_str_eq(scope_name(SCOPE_SENDER), "sender");
}
END_TEST

/* --- rulesets ------------------------------------------------------------ */

START_TEST(rules_stay_in_their_order)
{
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	for (unsigned i = 0; i < 100; i++) {
		struct buf text = {0};

		buf_addf(&text, "a%u -> b%u@c", i, i);
		ck_assert_int_eq(ruleset_add_rule(&set, SCOPE_TO,
				     buf_text(&text), (struct origin){"f", i},
				     &spot, &err),
		    0);
		buf_free(&text);
	}
	ck_assert_uint_eq(set.rule_count, 100);
	for (unsigned i = 0; i < 100; i++) {
		struct captures captures;
		struct buf address = {0};

		buf_addf(&address, "a%u@localhost", i);
		ck_assert_uint_eq(set.rules[i].origin.line, i);
		ck_assert_uint_eq(set.rules[i].scopes, SCOPE_TO);
		ck_assert(pattern_matches(&set.rules[i].pattern, &site,
		    buf_string(&address), &captures));
		buf_free(&address);
	}
	ruleset_free(&set);
	ck_assert_uint_eq(set.rule_count, 0);
}
END_TEST

START_TEST(a_bad_rule_is_not_added)
{
	static const char text[] = "a b -> c";
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_add_rule(&set, SCOPE_TO, text_of(text), origin,
			     &spot, &err),
	    -1);
	check_spot(spot, text, " ^");
	ck_assert_uint_eq(set.rule_count, 0);
	ruleset_free(&set);
}
END_TEST

static const struct {
	enum edit_kind kind;
	const char *text;
	const char *name;
	const char *value;
} field_cases[] = {
    {EDIT_ADD, "X-Sent-From: $host", "X-Sent-From", "$host"},
    {EDIT_SET, "Reply-To: support@example.com", "Reply-To",
	"support@example.com"},
    {EDIT_ADD, "X:y", "X", "y"},
    {EDIT_ADD, "X : a: b  c", "X", "a: b  c"},
    {EDIT_SET, "Subject: 5$$ for $user", "Subject", "5$$ for $user"},
    {EDIT_SET, "X-Bcc: a", "X-Bcc", "a"},
    {EDIT_SET, "From: a@b", "From", "a@b"},
    {EDIT_ADD, "X: m\xc3\xbcnchen", "X", "m\xc3\xbcnchen"},
};

START_TEST(a_field_has_a_name_and_a_value)
{
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_add_edit(&set, field_cases[_i].kind,
			     text_of(field_cases[_i].text), origin, &spot,
			     &err),
	    0);
	ck_assert_uint_eq(set.edit_count, 1);
	ck_assert_int_eq(set.edits[0].kind, field_cases[_i].kind);
	ck_assert_uint_eq(set.edits[0].origin.line, origin.line);
	ck_assert(text_is(set.edits[0].name, field_cases[_i].name));
	ck_assert(text_is(set.edits[0].value, field_cases[_i].value));
	ck_assert_str_eq(set.edits[0].text, field_cases[_i].text);
	ruleset_free(&set);
}
END_TEST

static const struct {
	const char *text;
	size_t count;
	const char *last;
} removal_cases[] = {
    {"X-Mailer", 1, "X-Mailer"},
    {"X-PHP-*", 1, "X-PHP-*"},
    {"*", 1, "*"},
    {"A B", 2, "B"},
    {"A,B", 2, "B"},
    {" A ,\tB , , C ", 3, "C"},
    {"F*", 1, "F*"},
    {"Resent-From Bcc", 2, "Bcc"},
};

START_TEST(several_fields_are_removed_at_once)
{
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;
	const struct edit *last;

	ck_assert_int_eq(ruleset_add_edit(&set, EDIT_REMOVE,
			     text_of(removal_cases[_i].text), origin, &spot,
			     &err),
	    0);
	ck_assert_uint_eq(set.edit_count, removal_cases[_i].count);
	last = &set.edits[set.edit_count - 1];
	ck_assert_int_eq(last->kind, EDIT_REMOVE);
	ck_assert_str_eq(last->text, removal_cases[_i].last);
	ck_assert(text_is(last->name, removal_cases[_i].last));
	ck_assert(pattern_matches_name(&last->removed, last->name));
	ruleset_free(&set);
}
END_TEST

static const struct {
	enum edit_kind kind;
	const char *text;
	const char *caret;
	const char *words;
} bad_edits[] = {
    {EDIT_ADD, "X-Foo bar", "         ^", "has no \":\""},
    {EDIT_ADD, "", "^", "has no \":\""},
    {EDIT_SET, ": x", "^", "has no name of a field"},
    {EDIT_SET, "X:", "  ^", "has nothing behind the \":\""},
    {EDIT_SET, "X: ", "   ^", "has nothing behind the \":\""},
    {EDIT_ADD, "X Y: z", " ^", "a character in a field's name"},
    {EDIT_ADD, "M\xc3\xbc: z", " ^", "a character in a field's name"},
    {EDIT_ADD, "X: $local", "   ^", "the variables here are $user and $host"},
    {EDIT_SET, "X: a $1", "     ^", "the variables here are $user and $host"},
    {EDIT_SET, "X: 5 $", "     ^", "a $ without a name"},
    {EDIT_ADD, "Bcc: a@b", "^", "cannot make a Bcc field"},
    {EDIT_SET, "bCC : a@b", "^", "cannot make a Bcc field"},
    {EDIT_ADD, "from: a@b", "^", "cannot add a second From"},
    {EDIT_ADD, "Date: x", "^", "cannot add a second Date"},
    {EDIT_ADD, "Message-Id: x", "^", "cannot add a second Message-ID"},
    {EDIT_SET, "Resent-bcc: a@b", "^", "cannot make a Resent-Bcc field"},
    {EDIT_ADD, " Return-Path: a@b", " ^", "cannot make a Return-Path field"},
    {EDIT_REMOVE, "From", "^", "cannot remove From"},
    {EDIT_REMOVE, "X-A, from", "     ^", "cannot remove From"},
    {EDIT_REMOVE, "X-A DATE", "    ^", "cannot remove Date"},
    {EDIT_REMOVE, "X-A:", "   ^", "a character in a field's name"},
    {EDIT_REMOVE, "X M\xc3\xbc", "   ^", "a character in a field's name"},
    {EDIT_REMOVE, " , ", "   ^", "has no name of a field"},
    {EDIT_REMOVE, "", "^", "has no name of a field"},
    {EDIT_REMOVE, "/^X-/", "^", "no regular expression"},
};

START_TEST(an_edit_that_is_none_is_pointed_at)
{
	const char *text = bad_edits[_i].text;
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_add_edit(&set, bad_edits[_i].kind,
			     text_of(text), origin, &spot, &err),
	    -1);
	check_spot(spot, text, bad_edits[_i].caret);
	check_sentence(&err, bad_edits[_i].words);
	ruleset_free(&set);
}
END_TEST

START_TEST(a_redirect_is_a_rule_for_every_recipient)
{
	struct ruleset set = {0};
	struct error err = {0};
	struct captures captures;
	struct variables variables;
	struct buf results = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_set_redirect(&set,
			     text_of("qa@x, \"Q A\" <$user@$host>"), origin,
			     &spot, &err),
	    0);
	ck_assert_ptr_nonnull(set.redirect);
	ck_assert_uint_eq(set.redirect->scopes, SCOPE_ENVELOPE_TO);
	ck_assert_uint_eq(set.redirect->origin.line, origin.line);
	ck_assert(pattern_matches(&set.redirect->pattern, &site, "a@b",
	    &captures));
	variables = variables_for("a@b", &captures);
	add_results(&results, set.redirect, &variables);
	ck_assert_str_eq(buf_string(&results),
	    "qa@x, [Q A] anna@web1.h.example");
	buf_free(&results);
	ruleset_free(&set);
}
END_TEST

static const struct {
	const char *text;
	const char *caret;
	const char *words;
} bad_redirects[] = {
    {"", "^", "has nothing where a result should be"},
    {" ", " ^", "has nothing where a result should be"},
    {"a@b,", "    ^", "has nothing where a result should be"},
    {"a@b, c d", "     ^", "has a result that is no address: "},
    {"$local@b", "^", "the variables here are $user and $host"},
    {"a@b, $1@c", "     ^", "the variables here are $user and $host"},
};

START_TEST(a_redirect_to_nobody_is_pointed_at)
{
	const char *text = bad_redirects[_i].text;
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_set_redirect(&set, text_of(text), origin,
			     &spot, &err),
	    -1);
	ck_assert_ptr_null(set.redirect);
	check_spot(spot, text, bad_redirects[_i].caret);
	check_sentence(&err, bad_redirects[_i].words);
	ruleset_free(&set);
}
END_TEST

START_TEST(a_second_redirect_is_an_error)
{
	static const char text[] = "b@c";
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_set_redirect(&set, text_of("a@b"), origin,
			     &spot, &err),
	    0);
	ck_assert_int_eq(ruleset_set_redirect(&set, text_of(text), origin,
			     &spot, &err),
	    -1);
	check_spot(spot, text, "^");
	check_sentence(&err, "is there twice");
	ck_assert_str_eq(set.redirect->text, "a@b");
	ruleset_free(&set);
}
END_TEST

START_TEST(exceptions_are_patterns_with_commas_between)
{
	static const char *const texts[] = {
	    "*@example.com", "root", "/^(a,b|c)@/i", "\"a,b\"@x", "d@e"};
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_add_exceptions(&set,
			     text_of("*@example.com,root , /^(a,b|c)@/i,"
				     "\"a,b\"@x"),
			     &spot, &err),
	    0);
	ck_assert_int_eq(ruleset_add_exceptions(&set, text_of("d@e"), &spot,
			     &err),
	    0);
	ck_assert_uint_eq(set.exception_count, COUNT(texts));
	for (size_t i = 0; i < set.exception_count; i++)
		ck_assert_str_eq(set.exceptions[i].text, texts[i]);
	ck_assert(set.exceptions[2].pattern.has_regex);
	ruleset_free(&set);
}
END_TEST

static const struct {
	const char *text;
	const char *caret;
	const char *words;
} bad_exceptions[] = {
    {"", "^", "has no pattern"},
    {"a,,b", "  ^", "has no pattern"},
    {"a,", "  ^", "has no pattern"},
    {" a, ", "   ^", "has no pattern"},
    {"a@b c@d", "   ^", "outside of quotes"},
    {"a, /b", "   ^", "no \"/\" behind"},
};

START_TEST(an_exception_that_is_none_is_pointed_at)
{
	const char *text = bad_exceptions[_i].text;
	struct ruleset set = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(ruleset_add_exceptions(&set, text_of(text), &spot,
			     &err),
	    -1);
	check_spot(spot, text, bad_exceptions[_i].caret);
	check_sentence(&err, bad_exceptions[_i].words);
	ruleset_free(&set);
}
END_TEST

/* --- routes -------------------------------------------------------------- */

static const struct {
	const char *sender;
	const char *recipient;
	const char *profile; /* NULL: no route */
} route_cases[] = {
    {"a@gmail.com", "b@c", "gmail"},
    {"a@gmail.com", "b@lan.example", "gmail"}, /* the first decides */
    {"a@x", "b@lan.example", "lan-1_x.y@z+"},
    {"", "b@lan.example", "lan-1_x.y@z+"},
    {"", "root@localhost", "local"},
    {"root@localhost", "a@x", NULL},
    {"b@lan.example", "a@gmail.com", NULL},
    {"", "a@x", NULL},
    {"nobody@x", "", "other"},
};

static void add_route(struct routes *routes, enum route_side side,
    const char *text)
{
	struct error err = {0};
	const char *spot = NULL;

	if (routes_add(routes, side, text_of(text), origin, &spot, &err) < 0)
		ck_abort_msg("%s", err.text);
}

START_TEST(the_first_route_that_matches_decides)
{
	struct routes routes = {0};
	const struct route *route;

	add_route(&routes, ROUTE_SENDER, "*@gmail.com -> gmail");
	add_route(&routes, ROUTE_RECIPIENT, "*@lan.example->lan-1_x.y@z+");
	add_route(&routes, ROUTE_RECIPIENT, "root -> local");
	add_route(&routes, ROUTE_SENDER, "/^nobody -> |^nobody@/ -> other");
	route = routes_find(&routes, &site, route_cases[_i].sender,
	    route_cases[_i].recipient);
	ck_assert_int_eq(route != NULL, route_cases[_i].profile != NULL);
	if (route != NULL)
		ck_assert(text_is(route->profile, route_cases[_i].profile));
	routes_free(&routes);
	ck_assert_uint_eq(routes.count, 0);
}
END_TEST

START_TEST(there_may_be_many_routes)
{
	struct routes routes = {0};

	for (int i = 0; i < 100; i++)
		add_route(&routes, ROUTE_SENDER,
		    i < 99 ? "/^a.$/ -> b" : "* -> c");
	ck_assert_uint_eq(routes.count, 100);
	ck_assert_ptr_eq(routes_find(&routes, &site, "x@y", "z@z"),
	    &routes.items[99]);
	ck_assert_str_eq(routes.items[99].text, "* -> c");
	ck_assert_uint_eq(routes.items[99].origin.line, origin.line);
	routes_free(&routes);
}
END_TEST

static const struct {
	const char *text;
	const char *caret;
	const char *words;
} bad_routes[] = {
    {"*@x gmail", "         ^", "has no \"->\""},
    {"*@x ->", "      ^", "has nothing behind"},
    {"-> gmail", "^", "has nothing before"},
    {"a b -> gmail", " ^", "outside of quotes"},
    {"a -> gmail work", "          ^", "takes the name of one profile"},
    {"a -> gmail, work", "          ^", "takes the name of one profile"},
    {"a -> \"gmail\"", "     ^", "takes the name of one profile"},
    {"a -> $1", "     ^", "takes the name of one profile"},
};

START_TEST(a_route_that_is_none_is_pointed_at)
{
	const char *text = bad_routes[_i].text;
	struct routes routes = {0};
	struct error err = {0};
	const char *spot = NULL;

	ck_assert_int_eq(routes_add(&routes, ROUTE_SENDER, text_of(text),
			     origin, &spot, &err),
	    -1);
	check_spot(spot, text, bad_routes[_i].caret);
	check_sentence(&err, bad_routes[_i].words);
	ck_assert_uint_eq(routes.count, 0);
	routes_free(&routes);
}
END_TEST

/* ------------------------------------------------------------------------- */

static TCase *pattern_tests(void)
{
	TCase *tests = tcase_create("pattern");

	tcase_add_loop_test(tests,
	    local_is_what_is_at_this_domain_host_or_localhost, 0,
	    COUNT(site_cases));
	tcase_add_loop_test(tests, a_glob_is_for_the_whole_address_in_any_case,
	    0, COUNT(glob_cases));
	tcase_add_loop_test(tests, a_bare_name_is_for_local_addresses_only, 0,
	    COUNT(bare_cases));
	tcase_add_loop_test(tests,
	    a_regular_expression_is_searched_in_the_address, 0,
	    COUNT(regex_cases));
	tcase_add_loop_test(tests, the_null_sender_matches_nothing, 0,
	    COUNT(any_patterns));
	tcase_add_loop_test(tests, a_pattern_of_many_stars_takes_no_time, 0,
	    COUNT(many_stars));
	tcase_add_loop_test(tests, a_pattern_that_is_none_is_pointed_at, 0,
	    COUNT(bad_patterns));
	tcase_add_test(tests, a_pattern_has_a_limit);
	tcase_add_test(tests, a_glob_is_for_names_of_fields_as_well);
	tcase_add_loop_test(tests, a_separator_in_slashes_or_quotes_is_none, 0,
	    COUNT(end_cases));
	return tests;
}

static TCase *template_tests(void)
{
	TCase *tests = tcase_create("template");

	tcase_add_loop_test(tests, variables_are_filled_in_once, 0,
	    COUNT(template_cases));
	tcase_add_loop_test(tests, a_variable_that_is_none_is_pointed_at, 0,
	    COUNT(bad_templates));
	tcase_add_test(tests, only_user_and_host_are_known_without_an_address);
	tcase_add_test(tests, a_sentence_quotes_a_hundred_bytes_at_most);
	return tests;
}

static TCase *rule_tests(void)
{
	TCase *tests = tcase_create("rule");

	tcase_add_loop_test(tests, a_rule_makes_addresses_of_addresses, 0,
	    COUNT(rule_cases));
	tcase_add_loop_test(tests, a_rule_that_is_none_is_pointed_at, 0,
	    COUNT(bad_rules));
	tcase_add_loop_test(tests, a_sender_becomes_one, 0,
	    COUNT(sender_scopes));
	tcase_add_loop_test(tests, a_recipient_becomes_several, 0,
	    COUNT(recipient_scopes));
	tcase_add_test(tests, a_rule_has_a_thousand_results_at_most);
	tcase_add_loop_test(tests, a_result_that_is_no_address_names_the_rule,
	    0, COUNT(unusable_cases));
	tcase_add_test(tests, a_scope_has_the_name_of_its_key);
	return tests;
}

static TCase *ruleset_tests(void)
{
	TCase *tests = tcase_create("ruleset");

	tcase_add_test(tests, rules_stay_in_their_order);
	tcase_add_test(tests, a_bad_rule_is_not_added);
	tcase_add_loop_test(tests, a_field_has_a_name_and_a_value, 0,
	    COUNT(field_cases));
	tcase_add_loop_test(tests, several_fields_are_removed_at_once, 0,
	    COUNT(removal_cases));
	tcase_add_loop_test(tests, an_edit_that_is_none_is_pointed_at, 0,
	    COUNT(bad_edits));
	tcase_add_test(tests, a_redirect_is_a_rule_for_every_recipient);
	tcase_add_loop_test(tests, a_redirect_to_nobody_is_pointed_at, 0,
	    COUNT(bad_redirects));
	tcase_add_test(tests, a_second_redirect_is_an_error);
	tcase_add_test(tests, exceptions_are_patterns_with_commas_between);
	tcase_add_loop_test(tests, an_exception_that_is_none_is_pointed_at, 0,
	    COUNT(bad_exceptions));
	return tests;
}

static TCase *route_tests(void)
{
	TCase *tests = tcase_create("route");

	tcase_add_loop_test(tests, the_first_route_that_matches_decides, 0,
	    COUNT(route_cases));
	tcase_add_test(tests, there_may_be_many_routes);
	tcase_add_loop_test(tests, a_route_that_is_none_is_pointed_at, 0,
	    COUNT(bad_routes));
	return tests;
}

Suite *suite_rule(void)
{
	Suite *suite = suite_create("rule");

	suite_add_tcase(suite, pattern_tests());
	suite_add_tcase(suite, template_tests());
	suite_add_tcase(suite, rule_tests());
	suite_add_tcase(suite, ruleset_tests());
	suite_add_tcase(suite, route_tests());
	return suite;
}
