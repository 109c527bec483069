#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "permit.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct site site = {"example.com", "web1.example.com"};
static const struct origin origin = {"/etc/sendmail.conf", 12};

static void add(struct permits *permits, const char *value)
{
	struct error err;

	ck_assert_msg(permits_add(permits, text_of(value), origin, &err) == 0,
	    "%s: %s", value, err.text);
}

static const struct {
	const char *value;
	const char *sentence; /* a part of it */
} bad_values[] = {
    {"", "takes a user"},
    {"anna", "takes a user"},
    {"anna@example.com", "takes a user"},
    {": *", "takes USER"},
    {"@: *", "takes USER"},
    {"an na: *", "takes USER"},
    {"an:na: *@example.com, b", "has a character"},
    {"**: *", "takes USER"},
    {"anna:", "has no pattern"},
    {"anna: ", "has no pattern"},
    {"anna: a@example.com,", "has no pattern"},
    {"anna: a@example.com,,b@example.com", "has no pattern"},
    {"anna: <a@example.com>", "has a character"},
    {"anna: /(/", ""},
};

START_TEST(what_is_no_permit_is_refused)
{
	struct permits permits = {0};
	struct error err;

	ck_assert_int_eq(permits_add(&permits, text_of(bad_values[_i].value),
			     origin, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_uint_eq(permits.count, 0);
	ck_assert_msg(strstr(err.text, bad_values[_i].sentence) != NULL, "%s",
	    err.text);
}
END_TEST

static const struct {
	const char *permits[4];
	const char *login;
	const char *groups[3];
	const char *address;
	bool is_free;
} cases[] = {
    /* nobody is named */
    {.login = "anna", .address = "boss@example.com", .is_free = true},
    {{"berta: *@b.example"}, "anna", {0}, "boss@example.com", true},
    {{"@staff: *@b.example"}, "anna", {"web"}, "boss@example.com", true},
    /* by name */
    {{"anna: a@example.com"}, "anna", {0}, "a@example.com", true},
    {{"anna: a@example.com"}, "anna", {0}, "A@Example.COM", true},
    {{"anna: a@example.com"}, "anna", {0}, "boss@example.com", false},
    {{"anna: a@example.com"}, "ann", {0}, "boss@example.com", true},
    {{"anna: a@example.com"}, "Anna", {0}, "boss@example.com", true},
    {{"anna: x@y.example, *@example.com"}, "anna", {0}, "a@example.com", true},
    {{"anna:x@y.example,*@example.com"}, "anna", {0}, "a@example.com", true},
    {{"anna: *@example.com"}, "anna", {0}, "a@example.com.evil", false},
    {{"anna: *@example.com"}, "anna", {0}, "a@sub.example.com", false},
    {{"anna: *"}, "anna", {0}, "boss@elsewhere.example", true},
    {{"uid4711: a@example.com"}, "uid4711", {0}, "b@example.com", false},
    {{"a.b-c_d$: a@example.com"}, "a.b-c_d$", {0}, "b@example.com", false},
    /* a bare name is the local part of who is local */
    {{"anna: anna"}, "anna", {0}, "anna@example.com", true},
    {{"anna: anna"}, "anna", {0}, "anna@web1.example.com", true},
    {{"anna: anna"}, "anna", {0}, "anna@elsewhere.example", false},
    {{"anna: anna"}, "anna", {0}, "boss@example.com", false},
    /* expressions, with a comma and a colon in them */
    {{"anna: /^a{1,2}@example\\.com$/"}, "anna", {0}, "aa@example.com", true},
    {{"anna: /^a{1,2}@example\\.com$/"}, "anna", {0}, "aaa@example.com", false},
    {{"anna: /:/, b@example.com"}, "anna", {0}, "b@example.com", true},
    /* by group */
    {{"@web: *@w.example"}, "anna", {"staff", "web"}, "a@w.example", true},
    {{"@web: *@w.example"}, "anna", {"staff", "web"}, "a@example.com", false},
    {{"web: *@w.example"}, "anna", {"web"}, "a@example.com", true},
    {{"@anna: *@w.example"}, "anna", {0}, "a@example.com", true},
    /* all that name somebody count together */
    {{"anna: a@example.com", "@web: *@w.example", "*: z@example.com"}, "anna",
	{"web"}, "x@w.example", true},
    {{"anna: a@example.com", "@web: *@w.example", "*: z@example.com"}, "anna",
	{"web"}, "z@example.com", true},
    {{"anna: a@example.com", "@web: *@w.example", "*: z@example.com"}, "anna",
	{"web"}, "boss@example.com", false},
    {{"anna: a@example.com", "anna: b@example.com"}, "anna", {0},
	"b@example.com", true},
    {{"*: *@example.com"}, "anna", {0}, "a@example.com", true},
    {{"*: *@example.com"}, "anna", {0}, "a@elsewhere.example", false},
    /* a stranger */
    {{"*: *@example.com"}, NULL, {0}, "a@elsewhere.example", false},
    {{"anna: *@example.com"}, NULL, {0}, "a@elsewhere.example", true},
    /* reports */
    {{"*: *@example.com"}, "anna", {0}, "", true},
};

START_TEST(who_is_named_must_match_one_pattern)
{
	struct permits permits = {0};
	struct permit_holder holder = {.login = cases[_i].login};
	struct error err = {0};
	int result;

	for (size_t i = 0; cases[_i].permits[i] != NULL; i++)
		add(&permits, cases[_i].permits[i]);
	for (size_t i = 0; cases[_i].groups[i] != NULL; i++)
		strlist_add(&holder.groups, text_of(cases[_i].groups[i]));
	result =
	    permits_check(&permits, &site, &holder, cases[_i].address, &err);
	ck_assert_int_eq(result, cases[_i].is_free ? 0 : -1);
	permits_free(&permits);
	strlist_free(&holder.groups);
}
END_TEST

START_TEST(a_refusal_names_the_address_the_user_and_the_line)
{
	struct permits permits = {0};
	struct permit_holder holder = {.login = "anna"};
	struct error err;

	add(&permits, "anna: a@example.com");
	ck_assert_int_eq(permits_check(&permits, &site, &holder,
			     "boss@example.com", &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_LOGIN);
	ck_assert_int_eq(err.reply, 550);
	ck_assert_str_eq(err.status, "5.7.1");
	ck_assert_str_eq(err.text,
	    "anna may not send as boss@example.com; see allow_from in "
	    "/etc/sendmail.conf:12");
	permits_free(&permits);
}
END_TEST

static const struct {
	const char *header;
	bool is_free;
} author_cases[] = {
    {"Subject: x\n", true},
    {"From: anna@example.com\n", true},
    {"From: Anna <anna@example.com>\n", true},
    {"From: \"boss@example.com\" <anna@example.com>\n", true},
    {"From: anna\n", true},
    {"From: anna@example.com, anna\n", true},
    {"Sender: boss@example.com\n", true},
    {"From: boss@example.com\n", false},
    {"from : boss@example.com\n", false},
    {"From:\n boss@example.com\n", false},
    {"From: anna@example.com, boss@example.com\n", false},
    {"From: staff: anna@example.com, boss@example.com;\n", false},
    {"From: anna@example.com\nFrom: boss@example.com\n", false},
    {"From: \"anna@example.com\" <boss@example.com>\n", false},
    {"From: (anna@example.com) boss@example.com\n", false},
    {"From: <@a.example:boss@example.com>\n", false},
    {"From: boss\n", false},
    /* what others may read in another way than we do */
    {"From: boss@example.com <anna@example.com\n", false},
    {"From: <anna@example.com> boss@example.com\n", false},
    {"From: a b@example.com\n", false},
};

START_TEST(every_author_counts)
{
	struct permits permits = {0};
	struct permit_holder holder = {.login = "anna"};
	struct message message = {.body.fd = -1};
	struct text rest = text_of(author_cases[_i].header);
	struct text line;
	struct error err;

	add(&permits, "anna: anna");
	while (text_split(&rest, '\n', &line))
		if (line.length > 0)
			(void)message_add_line(&message, line, &err);
	ck_assert_int_eq(permits_check_authors(&permits, &site, &holder,
			     &message, &err),
	    author_cases[_i].is_free ? 0 : -1);
	permits_free(&permits);
	ck_assert_int_eq(permits_check_authors(&permits, &site, &holder,
			     &message, &err),
	    0);
	message_free(&message);
}
END_TEST

START_TEST(the_configuration_keeps_each_one_with_its_line)
{
	static const char text[] = "[sendmail]\n"
				   "allow_from = anna: a@example.com\n"
				   "allow_from = @web: *@w.example,\n"
				   "  *@v.example\n"
				   "[profile p]\nhost = h.example\n";
	struct config *config = config_new();
	struct strlist problems = {0};
	struct permit_holder holder = {.login = "anna"};
	const struct permits *permits = &config_settings(config)->permits;
	struct error err;

	strlist_add(&holder.groups, text_of("web"));
	ck_assert_int_eq(config_read(config, "c", text_of(text), NULL,
			     &problems, &err),
	    0);
	ck_assert_int_eq(config_check(config, &problems, &err), 0);
	ck_assert_uint_eq(permits->count, 2);
	ck_assert_int_eq(permits_check(permits, &site, &holder, "x@v.example",
			     &err),
	    0);
	strlist_free(&holder.groups);
	ck_assert_int_eq(permits_check(permits, &site, &holder, "x@v.example",
			     &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, " c:2"));
	config_free(config);
	strlist_free(&problems);
}
END_TEST

START_TEST(a_mistake_in_the_configuration_has_a_line)
{
	static const char text[] = "[sendmail]\nallow_from = an na: *\n";
	struct config *config = config_new();
	struct strlist problems = {0};
	struct error err;

	ck_assert_int_eq(config_read(config, "c", text_of(text), NULL,
			     &problems, &err),
	    -1);
	ck_assert_uint_ge(problems.count, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0], "c:2: allow_from "));
	config_free(config);
	strlist_free(&problems);
}
END_TEST

Suite *suite_permit(void)
{
	Suite *suite = suite_create("permit");
	TCase *tests = tcase_create("permits");

	tcase_add_loop_test(tests, what_is_no_permit_is_refused, 0,
	    COUNT(bad_values));
	tcase_add_loop_test(tests, who_is_named_must_match_one_pattern, 0,
	    COUNT(cases));
	tcase_add_test(tests,
	    a_refusal_names_the_address_the_user_and_the_line);
	tcase_add_loop_test(tests, every_author_counts, 0, COUNT(author_cases));
	tcase_add_test(tests, the_configuration_keeps_each_one_with_its_line);
	tcase_add_test(tests, a_mistake_in_the_configuration_has_a_line);
	suite_add_tcase(suite, tests);
	return suite;
}
