#include <string.h>
#include <time.h>

#include "outcome.h"
#include "report.h"
#include "ruleset.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define RULES HOST "[rewrite r]\n"

enum { PROBLEMS_MAX = 7 };

struct problem_case {
	const char *contents;
	const char *problems[PROBLEMS_MAX]; /* the last one is NULL */
};

static const struct problem_case problem_cases[] = {
    /* the spot */
    {RULES "from = root@* > x\n",
	{"f:4: from has no \"->\" between pattern and result", "    root@* > x",
	    "              ^"}},
    {RULES "senders = *@*.lan -> $3@x.example ; comment\n",
	{"f:4: senders uses $3, but the pattern makes only 2 captures",
	    "    *@*.lan -> $3@x.example", "               ^"}},
    {RULES "to =\ta\t->\t$nam\n",
	{"f:4: to uses $nam, which is no variable; the variables are $1 to $9, "
	 "$local, $domain, $name, $user and $host",
	    "    a -> $nam", "         ^"}},
    {RULES "to = * -> \"\xc3\xa9\xe2\x82\xac\" <$x@y.example>\n",
	{"f:4: to uses $x, which is no variable; the variables are $1 to $9, "
	 "$local, $domain, $name, $user and $host",
	    "    * -> \"\xc3\xa9\xe2\x82\xac\" <$x@y.example>",
	    "               ^"}},
    {RULES "to = *\xe2\x80\xae -> $x\n",
	{"f:4: to uses $x, which is no variable; the variables are $1 to $9, "
	 "$local, $domain, $name, $user and $host",
	    "    *\\xE2\\x80\\xAE -> $x", "                     ^"}},
    {RULES "all =\n * -> $x\n",
	{"f:4: all uses $x, which is no variable; the variables are $1 to $9, "
	 "$local, $domain, $name, $user and $host",
	    "    * -> $x", "         ^"}},
    {RULES "set_header = X-From: $1\n",
	{"f:4: set_header uses $1; the variables here are $user and $host, and "
	 "$$ is a dollar",
	    "    X-From: $1", "            ^"}},
    {HOST "[route]\nsender = a -> b c\n",
	{"f:4: sender takes the name of one profile, in letters, digits and "
	 "-_.@+",
	    "    a -> b c", "          ^"}},
    {HOST "[route]\nrecipient = main\n",
	{"f:4: recipient has no \"->\" between pattern and result", "    main",
	    "        ^"}},

    /* no spot: the value does not stand there like that */
    {RULES "from = 'root@* > x'\n",
	{"f:4: from has no \"->\" between pattern and result"}},
    {RULES "from = 'a > x'\nto = b > x\n",
	{"f:4: from has no \"->\" between pattern and result",
	    "f:5: to has no \"->\" between pattern and result", "    b > x",
	    "         ^"}},
    {RULES "from = \"root@* > x\"\n",
	{"f:4: from has no \"->\" between pattern and result"}},
    {RULES "from = ${HOST} > x\n",
	{"f:4: from has no \"->\" between pattern and result"}},
    {RULES "from = root@*\n > x\n",
	{"f:4: from has no \"->\" between pattern and result"}},
    {RULES "from = \"root@*\n", {"f:4: from has no closing quote"}},
    {RULES "from = 'root'@* -> x\n",
	{"f:4: from has something behind the closing quote; quotes go around "
	 "the whole value"}},
    {RULES "from =\n", {"f:4: from has no value"}},
    {RULES "from = ${NOWHERE} -> x\n",
	{"f:4: from takes ${NOWHERE}, which the environment lacks"}},
    {RULES "from = 'a\nto = b -> c\nfrom = 'd\n",
	{"f:4: from has no closing quote", "f:6: from has no closing quote"}},

    /* what stands once, and what needs another */
    {RULES "redirect =\n", {"f:4: redirect has no value"}},
    {RULES "redirect = a@b.example\nredirect = c@d.example\n",
	{"f:5: redirect is set twice, the first time in line 4"}},
    {RULES "redirect = a@b.example\n[sendmail]\n[rewrite r]\n"
	   "redirect = c@d.example\n",
	{"f:7: redirect is set twice, the first time in line 4"}},
    {RULES "redirect_except = a@b.example\n",
	{"f:4: redirect_except needs redirect, where all others go"}},
    {RULES "keep_original = maybe\n", {"f:4: keep_original takes yes or no"}},
    {RULES "keep_original = yes\nkeep_original = no\n",
	{"f:5: keep_original is set twice, the first time in line 4"}},

    /* names */
    {HOST "rewrite = corp\n", {"f:3: rewrite names no [rewrite NAME] section"}},
    {HOST "rewrite = corp, " SECRET "\n[rewrite crop]\n",
	{"f:3: rewrite names no [rewrite NAME] section; did you mean crop?",
	    "f:3: rewrite names no [rewrite NAME] section"}},
    {HOST "rewrite = ,\n",
	{"f:3: rewrite takes names, at most 64, with blanks or commas between"}},
    {HOST "rewrite = corp\n[profile b]\ninherit = main\nhost = b\n",
	{"f:3: rewrite names no [rewrite NAME] section"}},
    {"[route]\nsender = a -> mian\n\nrecipient = b -> " SECRET "\n" HOST,
	{"f:2: sender names no profile; did you mean main?",
	    "f:4: recipient names no profile"}},
    {"[route]\nsender = a -> base\n[profile base]\n" HOST "inherit = base\n",
	{"f:2: sender names [profile base], which has no host"}},
};

START_TEST(each_problem_is_a_sentence_and_maybe_a_spot)
{
	const struct problem_case *c = &problem_cases[_i];
	struct outcome outcome = outcome_of(text_of(c->contents));

	outcome_compare(&outcome, c->contents, c->problems);
	ck_assert_int_eq(outcome.error.kind, ERROR_CONFIG);
	outcome_end(&outcome);
}
END_TEST

START_TEST(of_a_long_rule_what_is_around_the_spot_is_shown)
{
	static const char contents[] =
	    RULES "to = 1234567890123456789012345678901234567890@x.example -> "
		  "a@b.example, $x@c.example, "
		  "1234567890123456789012345678901234567890@x.example\n";
	static const char *const problems[] = {
	    "f:4: to uses $x, which is no variable; the variables are $1 to "
	    "$9, $local, $domain, $name, $user and $host",
	    "    ...8901234567890@x.example -> a@b.example, "
	    "$x@c.example, 1234567890123456...",
	    "                                               ^",
	    NULL,
	};
	struct outcome outcome = outcome_of(text_of(contents));

	outcome_compare(&outcome, contents, problems);
	outcome_end(&outcome);
}
END_TEST

START_TEST(the_first_sentence_is_the_error)
{
	struct outcome outcome = outcome_of(text_of(RULES "from = a\n"));

	ck_assert_str_eq(outcome.error.text, outcome.problems.items[0]);
	outcome_end(&outcome);
}
END_TEST

START_TEST(spots_count_among_the_hundred)
{
	struct buf contents = {0};
	struct outcome outcome;

	buf_add_string(&contents, HOST "x = 1\ny = 1\n[rewrite r]\n");
	for (int i = 0; i < 200; i++)
		buf_add_string(&contents, "from = a\n");
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, REPORT_MAX);
	ck_assert_int_eq(outcome.problems.items[REPORT_MAX - 1][0], 'f');
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

static const struct ruleset *ruleset_of(const struct outcome *outcome, size_t n)
{
	const struct profile *profile = outcome_profile(outcome, "main");

	ck_assert_uint_gt(profile->ruleset_count, n);
	return profile->rulesets[n];
}

START_TEST(rules_and_edits_keep_the_order_of_the_file)
{
	struct outcome outcome = outcome_good(HOST
	    "rewrite = r\n[rewrite r]\nfrom = a -> b\nall = c -> d\n"
	    "set_header = A: 1\nto = e -> f, g\n[sendmail]\n"
	    "[rewrite r]\nadd_header = B: 2\nfrom = h -> i\n"
	    "remove_header = C\nkeep_original = yes\n"
	    "redirect = \"Q A\" <q@a.example>, r@a.example\n"
	    "redirect_except = *@b.example\n"
	    "redirect_except = *@c.example, d@e.example\n");
	const struct ruleset *set = ruleset_of(&outcome, 0);

	ck_assert_str_eq(set->name, "r");
	ck_assert_uint_eq(set->rule_count, 4);
	ck_assert_str_eq(set->rules[0].text, "a -> b");
	ck_assert_uint_eq(set->rules[0].scopes, SCOPE_FROM);
	ck_assert_str_eq(set->rules[1].text, "c -> d");
	ck_assert_uint_eq(set->rules[1].scopes, SCOPE_ALL);
	ck_assert_uint_eq(set->rules[2].target_count, 2);
	ck_assert_str_eq(set->rules[3].text, "h -> i");
	ck_assert_str_eq(set->rules[3].origin.file, "f");
	ck_assert_uint_eq(set->rules[3].origin.line, 12);
	ck_assert_uint_eq(set->edit_count, 3);
	ck_assert_int_eq(set->edits[0].kind, EDIT_SET);
	ck_assert_int_eq(set->edits[1].kind, EDIT_ADD);
	ck_assert_int_eq(set->edits[2].kind, EDIT_REMOVE);
	ck_assert_ptr_nonnull(set->redirect);
	ck_assert_uint_eq(set->redirect->target_count, 2);
	ck_assert_uint_eq(set->redirect->origin.line, 15);
	ck_assert_uint_eq(set->exception_count, 3);
	ck_assert(set->keeps_original);
	outcome_end(&outcome);
}
END_TEST

struct scope_case {
	const char *key;
	unsigned scopes;
};

static const struct scope_case scopes[] = {
    {"envelope_from", SCOPE_ENVELOPE_FROM},
    {"envelope_to", SCOPE_ENVELOPE_TO},
    {"from", SCOPE_FROM},
    {"to", SCOPE_TO},
    {"cc", SCOPE_CC},
    {"reply_to", SCOPE_REPLY_TO},
    {"sender", SCOPE_SENDER},
    {"senders", SCOPE_SENDERS},
    {"recipients", SCOPE_RECIPIENTS},
    {"all", SCOPE_ALL},
};

START_TEST(each_key_has_its_scopes)
{
	const struct scope_case *c = &scopes[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, HOST "rewrite = r\n[rewrite r]\n%s = a -> b\n",
	    c->key);
	outcome = outcome_good(buf_string(&contents));
	ck_assert_uint_eq(ruleset_of(&outcome, 0)->rules[0].scopes, c->scopes);
	ck_assert(!ruleset_of(&outcome, 0)->keeps_original);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

struct quote_case {
	const char *raw;
	const char *text;
};

static const struct quote_case quotes[] = {
    {"\"a b\"@x.example -> c", "\"a b\"@x.example -> c"},
    {"\"a b\"@x.example -> \"C\" <c@d.example> ; comment",
	"\"a b\"@x.example -> \"C\" <c@d.example>"},
    {"'\"a b\"@x.example -> c'", "\"a b\"@x.example -> c"},
    {"\"a -> b\"", "a -> b"},
    {"\"a -> b\" ; comment", "a -> b"},
    {"a@${HOST} -> b", "a@env.example -> b"},
};

START_TEST(quotes_at_the_start_of_a_rule_may_be_part_of_it)
{
	const struct quote_case *c = &quotes[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, HOST "rewrite = r\n[rewrite r]\nfrom = %s\n",
	    c->raw);
	outcome = outcome_good(buf_string(&contents));
	ck_assert_str_eq(ruleset_of(&outcome, 0)->rules[0].text, c->text);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(a_profile_has_its_rulesets_in_its_own_order)
{
	struct outcome outcome =
	    outcome_good("[rewrite a]\n[rewrite b]\n" HOST
			 "rewrite = c,b , \ta\n[rewrite c]\n");

	ck_assert_uint_eq(outcome_profile(&outcome, NULL)->ruleset_count, 3);
	ck_assert_str_eq(ruleset_of(&outcome, 0)->name, "c");
	ck_assert_str_eq(ruleset_of(&outcome, 1)->name, "b");
	ck_assert_str_eq(ruleset_of(&outcome, 2)->name, "a");
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_profile_has_at_most_64_rulesets)
{
	struct buf contents = {0};
	struct outcome outcome;

	buf_add_string(&contents, "[rewrite r]\n" HOST "rewrite =");
	for (int i = 0; i < PROFILE_MAX_RULESETS; i++)
		buf_add_string(&contents, " r");
	outcome = outcome_good(buf_string(&contents));
	(void)ruleset_of(&outcome, PROFILE_MAX_RULESETS - 1);
	outcome_end(&outcome);
	buf_add_string(&contents, ",r");
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, 1);
	ck_assert_uint_eq(outcome_profile(&outcome, NULL)->ruleset_count, 0);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(rewrite_is_inherited_as_a_whole)
{
	struct outcome outcome =
	    outcome_good("[profile c]\ninherit = b\nhost = c\n"
			 "[profile main]\ninherit = b\nhost = m\nrewrite = y\n"
			 "[profile b]\nrewrite = x y\n"
			 "[profile alone]\nhost = a\n"
			 "[rewrite x]\n[rewrite y]\n");
	const struct profile *c = outcome_profile(&outcome, "c");

	ck_assert_uint_eq(c->ruleset_count, 2);
	ck_assert_str_eq(c->rulesets[0]->name, "x");
	ck_assert_uint_eq(outcome_profile(&outcome, "main")->ruleset_count, 1);
	ck_assert_str_eq(ruleset_of(&outcome, 0)->name, "y");
	ck_assert_uint_eq(outcome_profile(&outcome, "alone")->ruleset_count, 0);
	outcome_end(&outcome);
}
END_TEST

static void add_good(struct outcome *outcome, const char *file,
    const char *contents)
{
	outcome_add(outcome, file, text_of(contents));
	if (outcome->read < 0)
		ck_abort_msg("%s", outcome->error.text);
}

START_TEST(a_users_rewrite_section_replaces_the_systems)
{
	struct outcome outcome = outcome_begin();

	add_good(&outcome, "user",
	    "[rewrite r]\nfrom = a -> b\n[rewrite mine]\n"
	    "[rewrite r]\nto = c -> d\n");
	add_good(&outcome, "system",
	    HOST "rewrite = r s\n[rewrite r]\nfrom = e -> f\n"
		 "keep_original = yes\nredirect = g@h.example\n"
		 "[rewrite s]\n[rewrite r]\nto = i -> j\n");
	outcome_check(&outcome);
	ck_assert_int_eq(outcome.check, 0);
	ck_assert_uint_eq(ruleset_of(&outcome, 0)->rule_count, 2);
	ck_assert_str_eq(ruleset_of(&outcome, 0)->rules[0].text, "a -> b");
	ck_assert_str_eq(ruleset_of(&outcome, 0)->rules[1].text, "c -> d");
	ck_assert(!ruleset_of(&outcome, 0)->keeps_original);
	ck_assert_ptr_null(ruleset_of(&outcome, 0)->redirect);
	ck_assert_str_eq(ruleset_of(&outcome, 1)->name, "s");
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_replaced_section_is_looked_at_all_the_same)
{
	static const char *const problems[] = {
	    "system:2: from has no \"->\" between pattern and result",
	    "    a",
	    "     ^",
	    "system:3: redirect_except needs redirect, where all others go",
	    NULL,
	};
	struct outcome outcome = outcome_begin();

	add_good(&outcome, "user", RULES "redirect = a@b.example\n");
	outcome_add(&outcome, "system",
	    text_of("[rewrite r]\nfrom = a\nredirect_except = c\n"));
	outcome_check(&outcome);
	outcome_compare(&outcome, "", problems);
	outcome_end(&outcome);
}
END_TEST

START_TEST(routes_of_the_user_stand_before_those_of_the_system)
{
	struct outcome outcome = outcome_begin();
	const struct routes *routes = config_routes(outcome.config);

	add_good(&outcome, "user",
	    "[route]\nrecipient = a -> main\n[sendmail]\n"
	    "[route]\nsender = b -> main\n");
	add_good(&outcome, "system", HOST "[route]\nrecipient = c -> main\n");
	outcome_check(&outcome);
	ck_assert_int_eq(outcome.check, 0);
	ck_assert_uint_eq(routes->count, 3);
	ck_assert_str_eq(routes->items[0].text, "a -> main");
	ck_assert_int_eq(routes->items[0].side, ROUTE_RECIPIENT);
	ck_assert_str_eq(routes->items[1].text, "b -> main");
	ck_assert_int_eq(routes->items[1].side, ROUTE_SENDER);
	ck_assert_uint_eq(routes->items[1].origin.line, 5);
	ck_assert_str_eq(routes->items[2].text, "c -> main");
	ck_assert_str_eq(routes->items[2].origin.file, "system");
	outcome_end(&outcome);
}
END_TEST

START_TEST(checking_twice_adds_nothing)
{
	struct outcome outcome =
	    outcome_good(HOST "rewrite = r\n[rewrite r]\nfrom = a -> b\n"
			      "[route]\nsender = a -> main\n");

	outcome_check(&outcome);
	ck_assert_int_eq(outcome.check, 0);
	ck_assert_uint_eq(outcome_profile(&outcome, NULL)->ruleset_count, 1);
	ck_assert_uint_eq(ruleset_of(&outcome, 0)->rule_count, 1);
	ck_assert_uint_eq(config_routes(outcome.config)->count, 1);
	outcome_end(&outcome);
}
END_TEST

START_TEST(there_is_a_limit_to_sections)
{
	static const char *const problems[] = {
	    "f:1003: more than 1000 [rewrite NAME] sections", NULL};
	struct buf contents = {0};
	struct outcome outcome;

	buf_add_string(&contents, HOST);
	for (int i = 0; i < 1001; i++)
		buf_addf(&contents, "[rewrite r%d]\n", i);
	outcome = outcome_of(buf_text(&contents));
	outcome_compare(&outcome, "", problems);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

struct choice_case {
	const char *contents;
	const char *name;
	const char *why;
};

static const struct choice_case choices[] = {
    {HOST, "main", "--profile"},
    {HOST, NULL, "the only profile with a host"},
    {HOST "[profile b]\n[profile c]\ninherit = b\nhost = c\n"
	  "[sendmail]\ndefault_profile = c\n",
	NULL, "default_profile in f:8"},
    {HOST "[profile default]\nhost = d\n", NULL, "the profile called default"},
};

START_TEST(it_is_known_why_a_profile_was_chosen)
{
	const struct choice_case *c = &choices[_i];
	struct outcome outcome = outcome_good(c->contents);
	struct buf why = {0};

	(void)outcome_profile(&outcome, c->name);
	config_add_choice(outcome.config, c->name, &why);
	ck_assert_str_eq(buf_string(&why), c->why);
	buf_free(&why);
	outcome_end(&outcome);
}
END_TEST

/* A line for each setting: "key = value (origin)". */
static void add_setting(void *context, const struct config_setting *setting)
{
	struct buf *buf = context;

	buf_addf(buf, "%s = %s", setting->key,
	    setting->value != NULL ? setting->value : "[hidden]");
	if (setting->origin.file != NULL) {
		buf_add_string(buf, " (");
		origin_add(buf, setting->origin);
		buf_add_string(buf, ")");
	}
	buf_add_string(buf, "\n");
}

START_TEST(each_setting_is_shown_with_its_origin)
{
	struct outcome outcome =
	    outcome_good("[profile main]\ninherit = base\nhost = h:465\n"
			 "rewrite = 'a  b'\n"
			 "[profile base]\nuser = u\npassword = " SECRET "\n"
			 "timeout = 60\n[rewrite a]\n[rewrite b]\n"
			 "[sendmail]\nlog = none\n");
	struct buf found = {0};

	config_each_setting(outcome.config, outcome_profile(&outcome, NULL),
	    add_setting, &found);
	ck_assert_str_eq(buf_string(&found),
	    "inherit = base (f:2)\nhost = h:465 (f:3)\n"
	    "host_order = listed\nip = any\nprotocol = smtp\n"
	    "tls_verify = yes\ntls_min = 1.2\nauth = auto\nauth_plaintext = no\n"
	    "user = u (f:6)\npassword = [hidden] (f:7)\noverride_from = no\n"
	    "rewrite = a  b (f:4)\nconnect_timeout = 30s\n"
	    "timeout = 60 (f:8)\nmax_recipients = 100\nmax_messages = 100\n"
	    "max_connections = 4\non_partial = send\n");
	buf_clear(&found);
	config_each_setting(outcome.config, NULL, add_setting, &found);
	ck_assert_str_eq(buf_string(&found),
	    "max_size = 1G\nqueue = fallback\nqueue_lifetime = 5d\n"
	    "retry = 1m 5m 15m 1h 3h\ndelay_warning = 4h\n"
	    "bounce_to = sender\nlog = none (f:12)\n"
	    "log_format = text\ntranscript_keep = all\n"
	    "transcript_body = none\ntranscript_max = 10M 5\nallow_X = no\n");
	buf_free(&found);
	outcome_end(&outcome);
}
END_TEST

/* The shortest of several times to read so many rules, in clock ticks. */
static clock_t time_rules(int count)
{
	struct buf contents = {0};
	clock_t best = 0;

	buf_add_string(&contents, HOST "rewrite = r\n[rewrite r]\n");
	for (int i = 0; i < count; i++)
		buf_addf(&contents, "all = *@h%d.example -> $1@b.example\n", i);
	for (int i = 0; i < 3; i++) {
		clock_t start = clock();
		struct outcome outcome = outcome_good(buf_string(&contents));
		clock_t spent = clock() - start;

		ck_assert_uint_eq(ruleset_of(&outcome, 0)->rule_count,
		    (size_t)count);
		best = i == 0 || spent < best ? spent : best;
		outcome_end(&outcome);
	}
	buf_free(&contents);
	return best;
}

/* Four times as many take four times as long, and not sixteen times. */
START_TEST(many_rules_are_read_in_linear_time)
{
	enum { COUNT_OF_RULES = 5000 };

	ck_assert_int_lt(time_rules(4 * COUNT_OF_RULES),
	    8 * time_rules(COUNT_OF_RULES) + CLOCKS_PER_SEC / 100);
}
END_TEST

static void add_problems(TCase *tests)
{
	tcase_add_loop_test(tests, each_problem_is_a_sentence_and_maybe_a_spot,
	    0, COUNT(problem_cases));
	tcase_add_test(tests, of_a_long_rule_what_is_around_the_spot_is_shown);
	tcase_add_test(tests, the_first_sentence_is_the_error);
	tcase_add_test(tests, spots_count_among_the_hundred);
	tcase_add_test(tests, there_is_a_limit_to_sections);
}

static void add_rules(TCase *tests)
{
	enum { PATIENCE = 60 }; /* seconds, under a sanitizer */

	tcase_set_timeout(tests, PATIENCE);
	tcase_add_test(tests, rules_and_edits_keep_the_order_of_the_file);
	tcase_add_loop_test(tests, each_key_has_its_scopes, 0, COUNT(scopes));
	tcase_add_loop_test(tests,
	    quotes_at_the_start_of_a_rule_may_be_part_of_it, 0, COUNT(quotes));
	tcase_add_test(tests, a_profile_has_its_rulesets_in_its_own_order);
	tcase_add_test(tests, a_profile_has_at_most_64_rulesets);
	tcase_add_test(tests, rewrite_is_inherited_as_a_whole);
	tcase_add_test(tests, a_users_rewrite_section_replaces_the_systems);
	tcase_add_test(tests, a_replaced_section_is_looked_at_all_the_same);
	tcase_add_test(tests,
	    routes_of_the_user_stand_before_those_of_the_system);
	tcase_add_test(tests, checking_twice_adds_nothing);
	tcase_add_test(tests, many_rules_are_read_in_linear_time);
}

static void add_showing(TCase *tests)
{
	tcase_add_loop_test(tests, it_is_known_why_a_profile_was_chosen, 0,
	    COUNT(choices));
	tcase_add_test(tests, each_setting_is_shown_with_its_origin);
}

Suite *suite_config_rules(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *);
	} groups[] = {{"problems", add_problems}, {"rules", add_rules},
	    {"showing", add_showing}};
	Suite *suite = suite_create("config_rules");

	for (int i = 0; i < COUNT(groups); i++) {
		TCase *tests = tcase_create(groups[i].name);

		suite_add_tcase(suite, tests);
		groups[i].add(tests);
	}
	return suite;
}
