#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "dry_run.h"
#include "file.h"
#include "follow.h"
#include "header_diff.h"
#include "input.h"
#include "scratch.h"
#include "show.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { CELLS_MAX = 12 };

/* --- tables -------------------------------------------------------------- */

static const struct {
	const char *cells[CELLS_MAX]; /* of three columns */
	const char *shown;
} tables[] = {
    {{0}, ""},
    {{"a", "bb", "c", "aaa", "b", "cc"},
	"  a    bb  c\n"
	"  aaa  b   cc\n"},
    /* a column of nothing, cells of nothing */
    {{"a", "", "c", "aa", "", "c"},
	"  a   c\n"
	"  aa  c\n"},
    {{"", "b", "", "aa", "", ""},
	"      b\n"
	"  aa\n"},
    {{"", "", ""}, "\n"},
    /* characters, not bytes */
    {{"\xc3\xa4\xc3\xb6", "b", "c", "aaa", "b", "c"},
	"  \xc3\xa4\xc3\xb6   b  c\n"
	"  aaa  b  c\n"},
    /* what could move a cursor */
    {{"\x1b[2J", "\xff", "\r", "a\n\tb", "\xe2\x80\xae", "c"},
	"  \\x1B[2J  \\xFF          \\x0D\n"
	"  a  b     \\xE2\\x80\\xAE  c\n"},
};

START_TEST(a_table_is_aligned)
{
	struct strlist cells = {0};
	struct buf out = {0};

	for (int i = 0; i < CELLS_MAX && tables[_i].cells[i] != NULL; i++)
		show_cell(&cells, tables[_i].cells[i]);
	show_table(&out, &cells, 3, 2);
	ck_assert_str_eq(buf_string(&out), tables[_i].shown);
	buf_free(&out);
	strlist_free(&cells);
}
END_TEST

START_TEST(one_wide_cell_does_not_push_the_others_away)
{
	char wide[SHOW_WIDEST + 2] = {0};
	struct strlist cells = {0};
	struct buf out = {0};

	memset(wide, 'w', SHOW_WIDEST + 1);
	show_cell(&cells, wide);
	show_cell(&cells, "x");
	show_cell(&cells, "aa");
	show_cell(&cells, "x");
	show_table(&out, &cells, 2, 0);
	ck_assert_ptr_nonnull(strstr(buf_string(&out), "w  x\naa  x\n"));
	buf_free(&out);
	strlist_free(&cells);
}
END_TEST

START_TEST(a_line_has_no_control_bytes)
{
	struct buf out = {0};

	show_line(&out, "RCPT TO:<%s>", "\x1b]0;a\x07\ta\r\nb");
	ck_assert_str_eq(buf_string(&out),
	    "RCPT TO:<\\x1B]0;a\\x07 a\\x0D b>\n");
	buf_free(&out);
}
END_TEST

/* --- steps --------------------------------------------------------------- */

static void add_steps(struct trace *trace)
{
	static char root[] = "root@example.com";
	static char admin[] = "admin@example.com";
	static char quoted[] = "\"A\" <a@example.com>";
	static char alias[] = "root: admin";
	static char why[] = "it is the only one";
	static char none[] = "";
	static char work[] = "work";

	trace_add(trace,
	    &(struct step){.stage = "alias",
		.before = root,
		.after = admin,
		.cause = alias,
		.origin = {"/etc/aliases", 3}});
	trace_add(trace,
	    &(struct step){.stage = "rewrite",
		.scope = "from",
		.before = admin,
		.after = quoted});
	trace_add(trace,
	    &(struct step){
		.stage = "route", .before = none, .after = work, .cause = why});
}

START_TEST(steps_tell_before_and_after_and_the_cause)
{
	struct trace trace = {0};
	struct buf out = {0};

	add_steps(&trace);
	show_steps(&out, &trace, 2);
	ck_assert_str_eq(buf_string(&out),
	    "  alias          root@example.com -> admin@example.com\n"
	    "                     /etc/aliases:3: root: admin\n"
	    "  rewrite  from  admin@example.com -> \"A\" <a@example.com>\n"
	    "  route          work\n"
	    "                     it is the only one\n");
	buf_free(&out);
	trace_free(&trace);
}
END_TEST

START_TEST(steps_in_json_have_only_what_there_is)
{
	struct trace trace = {0};
	struct buf out = {0};

	add_steps(&trace);
	show_json_steps(&out, &trace);
	ck_assert_str_eq(buf_string(&out),
	    "[{\"stage\":\"alias\",\"before\":\"root@example.com\","
	    "\"after\":\"admin@example.com\",\"cause\":\"root: admin\","
	    "\"where\":\"/etc/aliases:3\"},"
	    "{\"stage\":\"rewrite\",\"scope\":\"from\","
	    "\"before\":\"admin@example.com\","
	    "\"after\":\"\\\"A\\\" <a@example.com>\"},"
	    "{\"stage\":\"route\",\"after\":\"work\","
	    "\"cause\":\"it is the only one\"}]");
	buf_free(&out);
	trace_free(&trace);
}
END_TEST

/* Half an object would be worse than none. */
START_TEST(what_did_not_fit_is_not_printed)
{
	struct buf buf = {.ceiling = 4};
	struct error err;

	buf_add_string(&buf, "{\"a\":1}\n");
	ck_assert_int_eq(show_print(&buf, -1, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	ck_assert_uint_eq(buf.length, 0);
	buf_free(&buf);
}
END_TEST

START_TEST(a_list_in_json_may_be_empty)
{
	struct strlist list = {0};
	struct buf out = {0};

	show_json_list(&out, &list);
	strlist_add(&list, text_of("a"));
	strlist_add(&list, text_of("\"b\""));
	show_json_list(&out, &list);
	ck_assert_str_eq(buf_string(&out), "[][\"a\",\"\\\"b\\\"\"]");
	buf_free(&out);
	strlist_free(&list);
}
END_TEST

static const struct {
	struct profile profile;
	const char *shown;
} smarthosts[] = {
    {{.smarthosts = {{.name = "smtp.example.com", .port = 587}},
	 .smarthost_count = 1},
	"smtp.example.com:587"},
    {{.smarthosts = {{.name = "192.0.2.1", .port = 25},
	  {.name = "2001:db8::1", .port = 25}},
	 .smarthost_count = 2},
	"192.0.2.1:25, [2001:db8::1]:25"},
    {{.smarthosts = {{SMARTHOST_UNIX, .name = "/run/lmtp"},
	  {SMARTHOST_SRV, .name = "example.com"},
	  {SMARTHOST_COMMAND, .name = "ssh relay nc h 25"}},
	 .smarthost_count = 3},
	"unix:/run/lmtp, srv:example.com, |ssh relay nc h 25"},
};

START_TEST(a_smarthost_is_shown_as_it_is_set)
{
	struct buf out = {0};

	show_smarthost(&out, &smarthosts[_i].profile);
	ck_assert_str_eq(buf_string(&out), smarthosts[_i].shown);
	buf_free(&out);
}
END_TEST

/* --- two headers --------------------------------------------------------- */

static const struct {
	const char *old;
	const char *new;
	const char *differences;
} headers[] = {
    {"", "", ""},
    {"To: a\nFrom: b\n", "From: b\nTo: a\n", ""},
    {"To: a\n", "", "-To: a|"},
    {"", "To: a\n", "+To: a|"},
    {"To: a\nFrom: b\n", "Received: x\nTo: c\nFrom: d\n",
	"-From: b|+From: d|+Received: x|-To: a|+To: c|"},
    /* the old ones of a name first, whatever its case */
    {"to: a\nTO: b\n", "To: c\nto: d\n", "-to: a|-TO: b|+To: c|+to: d|"},
    /* as many as there are more of them */
    {"X: a\nX: a\nX: a\n", "X: a\n", "-X: a|-X: a|"},
    {"X: a\n", "X: a\nX: b\nX: a\n", "+X: b|+X: a|"},
    /* each byte counts */
    {"To: a,\n\tb\n", "To: a, b\n", "-To: a,\n\tb|+To: a, b|"},
    {"To: a\n", "To:  a\n", "-To: a|+To:  a|"},
    {"To: a\n", "To: ab\n", "-To: a|+To: ab|"},
};

static void read_header(struct message *message, const char *header)
{
	struct text rest = text_of(header);
	struct error err;
	struct text line;

	while (text_split(&rest, '\n', &line))
		ck_assert_int_eq((int)message_add_line(message, line, &err),
		    (int)MESSAGE_FIELD);
}

START_TEST(only_what_differs_in_two_headers_is_told)
{
	struct message old = {.body.fd = -1};
	struct message new = {.body.fd = -1};
	struct difference *differences;
	struct buf out = {0};
	size_t count;

	read_header(&old, headers[_i].old);
	read_header(&new, headers[_i].new);
	count = header_diff(&old, &new, &differences);
	for (size_t i = 0; i < count; i++) {
		buf_add_byte(&out, differences[i].is_new ? '+' : '-');
		buf_add(&out, field_text(differences[i].field));
		buf_add_byte(&out, '|');
	}
	ck_assert_str_eq(buf_string(&out), headers[_i].differences);
	free(differences);
	buf_free(&out);
	message_free(&old);
	message_free(&new);
}
END_TEST

/* --- one address --------------------------------------------------------- */

static const char configuration[] =
    "[sendmail]\n"
    "aliases = none\n"
    "default_profile = work\n"
    "[profile work]\n"
    "host = smtp.example.com\n"
    "from = work@example.org\n"
    "user = a\n"
    "password = b\n"
    "rewrite = corp\n"
    "[profile lan]\n"
    "host = unix:/run/lmtp\n"
    "from = lan@example.org\n"
    "override_from = yes\n"
    "[rewrite corp]\n"
    "recipients = root -> admin@example.org, oncall@example.org\n"
    "from = root -> \"root on $host\" <alerts@example.org>\n"
    "envelope_to = *@*bad.example -> $1@$2\n"
    "to = *@*odd.example -> $1@$2\n"
    "[route]\n"
    "recipient = *@lan.example -> lan\n"
    "sender = *@lan.example -> lan\n";

static const char *variable(const char *name)
{
	(void)name;
	return NULL;
}

static struct config *read_config(const char *text)
{
	struct config *config = config_new();
	struct strlist problems = {0};
	struct error err;

	ck_assert_msg(config_read(config, "f", text_of(text), variable,
			  &problems, &err) == 0,
	    "%s", err.text);
	ck_assert_msg(config_check(config, &problems, &err) == 0, "%s",
	    err.text);
	strlist_free(&problems);
	return config;
}

#define WORK "profile work (smtp.example.com:587)"
#define LAN  "profile lan (unix:/run/lmtp)"

static const struct {
	const char *given;
	bool is_sender;
	bool is_bad;
	const char *says[4]; /* stage, scope if any, after and cause */
} ways[] = {
    {"root", false, false,
	{"route|" WORK "|default_profile in f:3",
	    "result|envelope_to|admin@example.org",
	    "result|envelope_to|oncall@example.org",
	    "result|to|admin@example.org, oncall@example.org"}},
    {"Ben <ben>", false, false,
	{"domain|ben@example.com", "result|envelope_to|ben@example.com",
	    "result|to|Ben <ben@example.com>"}},
    {"root (Cron Daemon)", true, false,
	{"domain|root@example.com", "result|envelope_from|root@example.com|",
	    "result|from|root on web1 <alerts@example.org>"}},
    {"Anna <a@lan.example>", false, false,
	{"route|" LAN "|recipient = *@lan.example -> lan in f:20",
	    "result|envelope_to|a@lan.example",
	    "result|to|Anna <a@lan.example>"}},
    {"a@lan.example", true, false,
	{"profile|envelope_from|lan@example.org|override_from in f:13",
	    "result|envelope_from|lan@example.org|",
	    "result|from|a@lan.example|"}},
    {"b@bad.example", false, true, {"error|envelope_to|f:17: "}},
    {"b@odd.example", false, false,
	{"warning|to|f:18: ", "result|to|b@odd.example"}},
    {"<>", true, false, {"result|envelope_from|<>"}},
};

static void add_step(struct buf *buf, const struct step *step)
{
	buf_addf(buf, "%s|", step->stage);
	if (step->scope != NULL)
		buf_addf(buf, "%s|", step->scope);
	buf_addf(buf, "%s|%s\n", step->after,
	    step->cause != NULL ? step->cause : "");
}

START_TEST(an_address_is_followed_to_its_end)
{
	struct config *config = read_config(configuration);
	struct person person = {0};
	struct trace trace = {0};
	struct policy policy = {
	    .config = config,
	    .user = "anna",
	    .site = {"example.com", "web1"},
	    .trace = &trace,
	};
	struct buf out = {0};
	struct error err;

	ck_assert_int_eq(person_read(&person, text_of(ways[_i].given),
			     "example.com", &err),
	    0);
	ck_assert_int_eq(ways[_i].is_sender ?
		follow_sender(&policy, &person) :
		follow_recipient(&policy, &person, "b@example.com"),
	    !ways[_i].is_bad);
	for (size_t i = 0; i < trace.count; i++)
		add_step(&out, &trace.steps[i]);
	for (int i = 0; i < COUNT(ways[_i].says); i++)
		ck_assert_msg(ways[_i].says[i] == NULL ||
			strstr(buf_string(&out), ways[_i].says[i]) != NULL,
		    "%s is not in\n%s", ways[_i].says[i], buf_string(&out));
	buf_free(&out);
	person_free(&person);
	trace_free(&trace);
	policy_free(&policy);
	config_free(config);
}
END_TEST

static const char *const no_mailboxes[] = {
    "", " ", "()", "a@", "@a", "((", "a b", "a, b", "<a", "a@b@c"};

START_TEST(what_is_not_one_address_is_refused_in_a_sentence)
{
	struct person person = {0};
	struct error err = {0};

	ck_assert_int_eq(person_read(&person, text_of(no_mailboxes[_i]),
			     "x.example", &err),
	    -1);
	ck_assert_int_eq((int)err.kind, ERROR_ADDRESS);
	ck_assert_ptr_nonnull(strstr(err.text, "mail address"));
	person_free(&person);
}
END_TEST

/* --- a dry run ----------------------------------------------------------- */

static void dry_run_into(struct scratch *scratch, const char *message,
    const char *out)
{
	static char login[] = "anna";
	static char empty[] = "";
	static char host[] = "web1";
	static char recipient[] = "b@example.com";
	static char *recipients[] = {recipient};
	const struct identity identity = {.login = login,
	    .full_name = empty,
	    .hostname = host,
	    .domain = host,
	    .caller = empty,
	    .id = "ID"};
	const struct options options = {.mode = MODE_DRY_RUN,
	    .message_file = message,
	    .recipients = recipients,
	    .recipient_count = 1};
	struct config *config = read_config(configuration);
	struct strlist sentences = {0};
	struct error err = {0};
	int fd = open(scratch_path(scratch, out), O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(dry_run(&options, config, &identity, fd, &sentences,
			  &err) == 0,
	    "%s", err.text);
	ck_assert_uint_eq(sentences.count, 0);
	(void)close(fd);
	strlist_free(&sentences);
	config_free(config);
}

static void ck_printed_body(struct text body, struct text printed)
{
	static const char header[] = "From: a@example.com\n\n";
	struct scratch scratch = {0};
	struct buf message = {0};
	struct buf out = {0};
	struct text end;

	scratch_make(&scratch);
	buf_add_string(&message, header);
	buf_add(&message, body);
	dry_run_into(&scratch,
	    scratch_write(&scratch, "message", buf_text(&message)), "out");
	ck_assert(scratch_read(&scratch, "out", &out));
	ck_assert_uint_gt(out.length, printed.length + 2);
	end = text_part(buf_text(&out), out.length - printed.length - 2,
	    out.length);
	ck_assert(text_begins(end, "\n\n"));
	ck_assert_mem_eq(end.data + 2, printed.data, printed.length);
	scratch_remove(&scratch);
	buf_free(&message);
	buf_free(&out);
}

static const struct {
	const char *body;
	const char *printed;
} bodies[] = {
    {"a\n", "a\n"},
    {"a", "a\n"},
    {"a\r\nb\r\n", "a\nb\n"},
    {"a\rb\r\r\nc\r", "a\rb\r\nc\r\n"},
    {"\x1b[31m\x80\n.\n", "\x1b[31m\x80\n.\n"},
};

START_TEST(a_dry_run_prints_the_body_with_plain_line_ends)
{
	ck_printed_body(text_of(bodies[_i].body), text_of(bodies[_i].printed));
}
END_TEST

/* The CR is the last byte of the first block. */
START_TEST(a_line_end_may_lie_between_two_blocks)
{
	struct buf body = {0};
	struct buf printed = {0};

	for (int i = 0; i < INPUT_BLOCK - 1; i++) {
		buf_add_byte(&body, 'x');
		buf_add_byte(&printed, 'x');
	}
	buf_add_string(&body, "\r\ny\r");
	buf_add_string(&printed, "\ny\r\n");
	ck_printed_body(buf_text(&body), buf_text(&printed));
	buf_free(&body);
	buf_free(&printed);
}
END_TEST

Suite *suite_show(void)
{
	Suite *suite = suite_create("show");
	TCase *output = tcase_create("output");
	TCase *look = tcase_create("look");

	tcase_add_loop_test(output, a_table_is_aligned, 0, COUNT(tables));
	tcase_add_test(output, one_wide_cell_does_not_push_the_others_away);
	tcase_add_test(output, a_line_has_no_control_bytes);
	tcase_add_test(output, steps_tell_before_and_after_and_the_cause);
	tcase_add_test(output, steps_in_json_have_only_what_there_is);
	tcase_add_test(output, what_did_not_fit_is_not_printed);
	tcase_add_test(output, a_list_in_json_may_be_empty);
	tcase_add_loop_test(output, a_smarthost_is_shown_as_it_is_set, 0,
	    COUNT(smarthosts));
	suite_add_tcase(suite, output);
	tcase_add_loop_test(look, only_what_differs_in_two_headers_is_told, 0,
	    COUNT(headers));
	tcase_add_loop_test(look, an_address_is_followed_to_its_end, 0,
	    COUNT(ways));
	tcase_add_loop_test(look,
	    what_is_not_one_address_is_refused_in_a_sentence, 0,
	    COUNT(no_mailboxes));
	tcase_add_loop_test(look,
	    a_dry_run_prints_the_body_with_plain_line_ends, 0, COUNT(bodies));
	tcase_add_test(look, a_line_end_may_lie_between_two_blocks);
	suite_add_tcase(suite, look);
	return suite;
}
