#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plan.h"
#include "scratch.h"
#include "suites.h"

#define MAIN                                                                   \
	"[sendmail]\ndomain = example.org\nhostname = web1.example.org\n"      \
	"aliases = none\ndefault_profile = main\n"                             \
	"[profile main]\nhost = mail.example.org\n"
#define OTHER "[profile other]\nhost = other.example.org\n"

static const struct identity identity = {
    .uid = 7,
    .login = (char[]){"anna"},
    .full_name = (char[]){"Anna"},
    .hostname = (char[]){"web1"},
    .domain = (char[]){"web1"},
    .id = "ID",
};

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

/* A configuration, what came in, and the plan that was made of it. */
struct world {
	struct config *config;
	struct options options;
	struct posting posting;
	struct policy policy;
	struct plan plan;
	struct error err;
};

static void begin(struct world *world, const char *config)
{
	struct strlist problems = {0};

	*world = (struct world){.config = config_new()};
	ck_assert_int_eq(config_read(world->config, "f", text_of(config),
			     no_variable, &problems, &world->err),
	    0);
	ck_assert_int_eq(config_check(world->config, &problems, &world->err),
	    0);
	world->policy = (struct policy){
	    .config = world->config,
	    .user = identity.login,
	    .site = posting_site(config_settings(world->config), &identity),
	};
	world->posting = (struct posting){
	    .options = &world->options,
	    .identity = &identity,
	    .site = world->policy.site,
	    .message.body.fd = -1,
	    .input = {.fd = -1, .body_fd = -1},
	};
	strlist_free(&problems);
}

static void add_header(struct world *world, const char *lines)
{
	struct text rest = text_of(lines);
	struct text line;

	while (text_split(&rest, '\n', &line))
		ck_assert_int_eq(message_add_line(&world->posting.message, line,
				     &world->err),
		    MESSAGE_FIELD);
}

static void add_recipients(struct world *world, const char *list)
{
	struct text rest = text_of(list);
	struct text word;

	while (text_word(&rest, &word))
		strlist_add(&world->posting.recipients, word);
}

static void end(struct world *world)
{
	plan_free(&world->plan);
	policy_free(&world->policy);
	posting_free(&world->posting);
	config_free(world->config);
}

/* "profile sender: recipient recipient", one line for each delivery. */
static void show(const struct world *world, struct buf *shown)
{
	const struct plan *plan = &world->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct delivery *delivery = &plan->deliveries[i];

		buf_addf(shown, "%s <%s>:", delivery->profile->name,
		    delivery->envelope.sender);
		for (size_t k = 0; k < delivery->envelope.count; k++)
			buf_addf(shown, " %s",
			    delivery->envelope.recipients[k].address);
		buf_add_byte(shown, '\n');
	}
	for (size_t i = 0; i < plan->failure_count; i++)
		buf_addf(shown, "failed %s %d %s\n", plan->failures[i].address,
		    error_exit_code(plan->failures[i].error.kind),
		    plan->failures[i].error.text);
}

static const struct {
	const char *config;
	const char *sender; /* -f */
	const char *profile;
	const char *header;
	const char *recipients;
	const char *plan;
} cases[] = {
    {.config = MAIN,
	.recipients = "a@b.example c@d.example",
	.plan = "main <anna@example.org>: a@b.example c@d.example\n"},
    {.config = MAIN,
	.sender = "<>",
	.recipients = "a@b.example",
	.plan = "main <>: a@b.example\n"},
    {.config = MAIN "from = f@example.org\n",
	.recipients = "a@b.example",
	.plan = "main <f@example.org>: a@b.example\n"},
    {.config = MAIN "from = f@example.org\noverride_from = yes\n",
	.sender = "x@example.org",
	.recipients = "a@b.example",
	.plan = "main <f@example.org>: a@b.example\n"},
    /* Routes. */
    {.config = MAIN OTHER "[route]\nrecipient = *@d.example -> other\n",
	.recipients = "a@b.example c@d.example e@b.example",
	.plan = "main <anna@example.org>: a@b.example e@b.example\n"
		"other <anna@example.org>: c@d.example\n"},
    {.config = MAIN OTHER "[route]\nsender = *@g.example -> other\n",
	.sender = "me@g.example",
	.recipients = "a@b.example",
	.plan = "other <me@g.example>: a@b.example\n"},
    {.config = MAIN OTHER "[route]\nsender = *@g.example -> other\n",
	.header = "From: Me <me@g.example>",
	.recipients = "a@b.example",
	.plan = "other <anna@example.org>: a@b.example\n"},
    {.config = MAIN OTHER "[route]\nsender = *@g.example -> other\n",
	.sender = "anna",
	.header = "From: Me <me@g.example>",
	.recipients = "a@b.example",
	.plan = "main <anna@example.org>: a@b.example\n"},
    {.config = MAIN OTHER "[route]\nsender = anna -> other\n",
	.recipients = "a@b.example",
	.plan = "other <anna@example.org>: a@b.example\n"},
    {.config = MAIN OTHER "[route]\nrecipient = * -> other\n",
	.profile = "main",
	.recipients = "a@b.example",
	.plan = "main <anna@example.org>: a@b.example\n"},
    {.config = MAIN OTHER "from = o@example.org\n"
			  "[route]\nrecipient = *@d.example -> other\n",
	.recipients = "a@b.example c@d.example",
	.plan = "main <anna@example.org>: a@b.example\n"
		"other <o@example.org>: c@d.example\n"},
    /* Rules, after the route and of its profile only. */
    {.config = MAIN "rewrite = r\n" OTHER
		    "[rewrite r]\nrecipients = *@d.example -> x@e.example\n"
		    "[route]\nrecipient = *@e.example -> other\n",
	.recipients = "c@d.example f@e.example",
	.plan = "main <anna@example.org>: x@e.example\n"
		"other <anna@example.org>: f@e.example\n"},
    {.config = MAIN "rewrite = r\n[rewrite r]\nsenders = anna -> a+$user\n",
	.recipients = "c@d.example",
	.plan = "main <a+anna@example.org>: c@d.example\n"},
    {.config = MAIN "rewrite = r\n[rewrite r]\nsenders = * -> x@y.example\n",
	.sender = "",
	.recipients = "c@d.example",
	.plan = "main <>: c@d.example\n"},
    {.config = MAIN "rewrite = r\n[rewrite r]\n"
		    "recipients = root -> a@b.example, c@d.example\n",
	.recipients = "root@example.org c@d.example",
	.plan = "main <anna@example.org>: a@b.example c@d.example\n"},
    /* What a rule makes of somebody may be no address. */
    {.config = MAIN "rewrite = r\n[rewrite r]\n"
		    "envelope_to = *@d.example -> x@$1\n",
	.recipients = "\"c,d\"@d.example f@e.example",
	.plan = "main <anna@example.org>: f@e.example\n"
		"failed \"c,d\"@d.example 65 f:10: the rule makes no address "
		"of \"c,d\"@d.example: x@\"c,d\" is no usable mail address: "
		"something stands in the domain's place\n"},
};

START_TEST(each_recipient_goes_where_the_configuration_says)
{
	struct world world;
	struct buf shown = {0};

	begin(&world, cases[_i].config);
	world.options.sender = cases[_i].sender;
	world.policy.profile = cases[_i].profile;
	if (cases[_i].header != NULL)
		add_header(&world, cases[_i].header);
	add_recipients(&world, cases[_i].recipients);
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	show(&world, &shown);
	ck_assert_str_eq(buf_string(&shown), cases[_i].plan);
	buf_free(&shown);
	end(&world);
}
END_TEST

START_TEST(a_sender_that_no_address_can_be_made_of_stops_everything)
{
	struct world world;

	begin(&world, MAIN);
	world.options.sender = "a@b@c";
	add_recipients(&world, "a@b.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    -1);
	ck_assert_int_eq(world.err.kind, ERROR_ADDRESS);
	ck_assert_uint_eq(world.plan.count, 0);
	end(&world);
}
END_TEST

/* Who has no profile fails alone, and with the configuration's code. */
START_TEST(a_recipient_without_a_profile_fails_and_the_others_go)
{
	struct world world;
	struct buf shown = {0};

	begin(&world,
	    "[sendmail]\ndomain = example.org\naliases = none\n"
	    "[profile a]\nhost = a.example\n[profile b]\nhost = b.example\n"
	    "[route]\nrecipient = *@a.example -> a\n");
	add_recipients(&world, "x@a.example y@b.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	show(&world, &shown);
	ck_assert_str_eq(buf_string(&shown),
	    "a <anna@example.org>: x@a.example\n"
	    "failed y@b.example 78 no profile is the default; set "
	    "default_profile under [sendmail] or choose one with --profile\n");
	buf_free(&shown);
	end(&world);
}
END_TEST

static const char *field_of(const struct delivery *delivery, const char *name)
{
	const struct field *field =
	    message_field(&delivery->message, name, NULL);

	return field != NULL ? field->text : "";
}

/* In two deliveries: what was meant for whom is not for the others to see. */
START_TEST(originals_are_told_only_to_whom_the_mail_was_redirected)
{
	struct world world;
	struct buf shown = {0};

	begin(&world,
	    MAIN "rewrite = r\n[rewrite r]\nredirect = qa@example.com\n"
		 "redirect_except = *@example.com\n");
	add_header(&world, "To: a@b.example, c@example.com\nFrom: x@y.example");
	add_recipients(&world, "a@b.example c@example.com blind@d.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	show(&world, &shown);
	ck_assert_str_eq(buf_string(&shown),
	    "main <anna@example.org>: qa@example.com\n"
	    "main <anna@example.org>: c@example.com\n");
	ck_assert_str_eq(field_of(&world.plan.deliveries[1], "X-Original-To"),
	    "");
	ck_assert_str_eq(field_of(&world.plan.deliveries[0], "X-Original-To"),
	    "X-Original-To: a@b.example,\n\tblind@d.example");
	ck_assert_str_eq(field_of(&world.plan.deliveries[0], "To"),
	    "To: a@b.example, c@example.com");
	buf_free(&shown);
	end(&world);
}
END_TEST

/* Two sections may redirect different people to different ones. */
START_TEST(a_redirect_tells_nobody_whom_another_one_was_for)
{
	struct world world;
	struct buf shown = {0};

	begin(&world,
	    MAIN "rewrite = one two\n"
		 "[rewrite one]\nredirect = qa@one.example\n"
		 "redirect_except = *@p.example\n"
		 "[rewrite two]\nredirect = boss@p.example\n"
		 "redirect_except = qa@one.example\n");
	add_recipients(&world, "pub@p.example secret@d.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	show(&world, &shown);
	ck_assert_str_eq(buf_string(&shown),
	    "main <anna@example.org>: boss@p.example\n"
	    "main <anna@example.org>: qa@one.example\n");
	ck_assert_str_eq(field_of(&world.plan.deliveries[0], "X-Original-To"),
	    "X-Original-To: pub@p.example");
	ck_assert_str_eq(field_of(&world.plan.deliveries[1], "X-Original-To"),
	    "X-Original-To: secret@d.example");
	buf_free(&shown);
	end(&world);
}
END_TEST

/* Each delivery has a header of its own; what came in stays as it was. */
START_TEST(each_delivery_has_a_header_of_its_own)
{
	struct world world;

	begin(&world,
	    MAIN "rewrite = r\n" OTHER "[rewrite r]\nfrom = * -> x@y.example\n"
		 "[route]\nrecipient = *@d.example -> other\n");
	add_header(&world, "From: Anna <anna@b.example>");
	add_recipients(&world, "a@b.example c@d.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	ck_assert_uint_eq(world.plan.count, 2);
	ck_assert_str_eq(field_of(&world.plan.deliveries[0], "From"),
	    "From: Anna <x@y.example>");
	ck_assert_str_eq(field_of(&world.plan.deliveries[1], "From"),
	    "From: Anna <anna@b.example>");
	ck_assert_uint_eq(world.posting.message.field_count, 1);
	end(&world);
}
END_TEST

static void show_trace(const struct trace *trace, struct buf *shown)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		buf_addf(shown, "%s|%s|%s|%s\n", step->stage, step->before,
		    step->after, step->cause);
	}
}

/* Nobody is said to have taken a route for somebody else. */
START_TEST(each_step_is_told_once_and_of_whom_it_concerns)
{
	struct world world;
	struct trace trace = {0};
	struct buf shown = {0};

	begin(&world,
	    MAIN "from = c@c.example\noverride_from = yes\nrewrite = r\n"
		 "[rewrite r]\nredirect = qa@example.com\n"
		 "redirect_except = *@d.example\n"
		 "from = x@y.example -> z@y.example\n"
		 "[route]\nrecipient = *@d.example -> main\n");
	world.policy.trace = &trace;
	world.options.sender = "anna";
	add_header(&world, "From: x@y.example");
	add_recipients(&world, "a@b.example c@d.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	ck_assert_uint_eq(world.plan.count, 2);
	show_trace(&trace, &shown);
	ck_assert_str_eq(buf_string(&shown),
	    "route|a@b.example|profile main (mail.example.org:587)|"
	    "default_profile in f:5\n"
	    "route|c@d.example|profile main (mail.example.org:587)|"
	    "recipient = *@d.example -> main in f:16\n"
	    "profile|anna|c@c.example|override_from in f:9\n"
	    "redirect|a@b.example|qa@example.com|qa@example.com\n"
	    "rewrite|x@y.example|z@y.example|x@y.example -> z@y.example\n");
	buf_free(&shown);
	trace_free(&trace);
	end(&world);
}
END_TEST

/* A configuration whose aliases are the given text, in a file. */
static void begin_with_aliases(struct world *world, struct scratch *scratch,
    const char *aliases)
{
	struct buf config = {0};

	if (scratch->directory == NULL)
		scratch_make(scratch);
	buf_addf(&config,
	    "[sendmail]\ndomain = example.org\naliases = %s\n"
	    "[profile main]\nhost = mail.example.org\n",
	    aliases != NULL ?
		scratch_write(scratch, "aliases", text_of(aliases)) :
		scratch_path(scratch, "missing"));
	begin(world, buf_string(&config));
	buf_free(&config);
}

static const struct {
	const char *aliases; /* NULL: the file is missing */
	const char *recipients;
	const char *plan;
} alias_cases[] = {
    {"root: a@b.example, c@d.example\n", "root@example.org c@d.example",
	"main <anna@example.org>: a@b.example c@d.example\n"},
    {"root: a@b.example\n", "root@localhost root@web1 root@other.example",
	"main <anna@example.org>: a@b.example root@other.example\n"},
    {"root: a@b.example\n", "bob@localhost bob@example.org",
	"main <anna@example.org>: bob@example.org\n"},
    {"bob: bob@localhost, c@localhost\n", "bob@web1",
	"main <anna@example.org>: bob@example.org c@example.org\n"},
    {"root: a@b.example\n", "bob@example.org",
	"main <anna@example.org>: bob@example.org\n"},
};

START_TEST(aliases_stand_before_everything_else)
{
	struct world world;
	struct scratch scratch = {0};
	struct buf shown = {0};

	begin_with_aliases(&world, &scratch, alias_cases[_i].aliases);
	add_recipients(&world, alias_cases[_i].recipients);
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	show(&world, &shown);
	ck_assert_str_eq(buf_string(&shown), alias_cases[_i].plan);
	buf_free(&shown);
	end(&world);
	scratch_remove(&scratch);
}
END_TEST

/* To guess would send root's mail to somebody else. */
START_TEST(a_missing_aliases_file_fails_the_local_recipients_only)
{
	struct world world;
	struct scratch scratch = {0};

	begin_with_aliases(&world, &scratch, NULL);
	add_recipients(&world, "root@example.org a@b.example");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	ck_assert_uint_eq(world.plan.count, 1);
	ck_assert_uint_eq(world.plan.deliveries[0].envelope.count, 1);
	ck_assert_uint_eq(world.plan.failure_count, 1);
	ck_assert_str_eq(world.plan.failures[0].address, "root@example.org");
	ck_assert_int_eq(world.plan.failures[0].error.kind, ERROR_CONFIG);
	end(&world);
	scratch_remove(&scratch);
}
END_TEST

/* Whoever writes to a pipe may come late, or never. */
START_TEST(a_list_that_is_no_regular_file_is_not_read)
{
	struct world world;
	struct scratch scratch = {0};
	struct buf aliases = {0};
	const char *pipe;

	scratch_make(&scratch);
	pipe = scratch_path(&scratch, "pipe");
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	buf_addf(&aliases, "list: :include:%s, a@b.example\n", pipe);
	begin_with_aliases(&world, &scratch, buf_string(&aliases));
	add_recipients(&world, "list@example.org");
	ck_assert_int_eq(plan_make(&world.plan, &world.policy, &world.posting,
			     &world.err),
	    0);
	ck_assert_uint_eq(world.plan.count, 1);
	ck_assert_uint_eq(world.plan.failure_count, 1);
	ck_assert_int_eq(world.plan.failures[0].error.kind, ERROR_CONFIG);
	ck_assert_ptr_nonnull(strstr(world.plan.failures[0].error.text,
	    "pipe is no regular file"));
	buf_free(&aliases);
	end(&world);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_plan(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_loop_test(tcase,
	    each_recipient_goes_where_the_configuration_says, 0,
	    sizeof cases / sizeof *cases);
	tcase_add_test(tcase,
	    a_sender_that_no_address_can_be_made_of_stops_everything);
	tcase_add_test(tcase,
	    a_recipient_without_a_profile_fails_and_the_others_go);
	tcase_add_test(tcase,
	    originals_are_told_only_to_whom_the_mail_was_redirected);
	tcase_add_test(tcase, a_redirect_tells_nobody_whom_another_one_was_for);
	tcase_add_test(tcase, each_delivery_has_a_header_of_its_own);
	tcase_add_test(tcase, each_step_is_told_once_and_of_whom_it_concerns);
	tcase_add_loop_test(tcase, aliases_stand_before_everything_else, 0,
	    sizeof alias_cases / sizeof *alias_cases);
	tcase_add_test(tcase, a_list_that_is_no_regular_file_is_not_read);
	tcase_add_test(tcase,
	    a_missing_aliases_file_fails_the_local_recipients_only);
	suite_add_tcase(suite, tcase);
	return suite;
}
