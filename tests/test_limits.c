#include <stdio.h>

#include "ehlo.h"
#include "group.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* --- what the server says of its limits ---------------------------------- */

static void read_offer(struct ehlo *ehlo, const char *lines, unsigned ignored)
{
	struct text rest = text_of(lines);
	struct reply reply = {0};
	struct text line;

	while (text_split(&rest, '\n', &line))
		(void)reply_add(&reply, line);
	ehlo_read(ehlo, &reply, ignored);
	reply_free(&reply);
}

static const struct {
	const char *words;
	uint64_t mails;
	uint64_t recipients;
	uint64_t domains;
} limit_cases[] = {
    {"", 0, 0, 0},
    {" MAILMAX=5", 5, 0, 0},
    {" RCPTMAX=1000 MAILMAX=1 RCPTDOMAINMAX=2", 1, 1000, 2},
    {" rcptmax=7  RcptDomainMax=1", 0, 7, 1},
    {" RCPTMAX=999999", 0, 999999, 0},
    /* limit-value = %x31-39 0*5DIGIT; what is not understood is no limit */
    {" RCPTMAX=1000000", 0, 0, 0},
    {" RCPTMAX=0 MAILMAX= RCPTDOMAINMAX", 0, 0, 0},
    {" RCPTMAX=-1 MAILMAX=1k RCPTDOMAINMAX=x", 0, 0, 0},
    {" XRCPTMAX=1 RCPTMAXX=2 RCPT=3 MAILMAX2=4", 0, 0, 0},
};

START_TEST(limits_are_read)
{
	struct buf lines = {0};
	struct ehlo ehlo = {0};

	buf_addf(&lines, "250-mx\n250 LIMITS%s", limit_cases[_i].words);
	read_offer(&ehlo, buf_string(&lines), 0);
	ck_assert(ehlo_offers(&ehlo, EHLO_LIMITS));
	ck_assert_uint_eq(ehlo.max_mails, limit_cases[_i].mails);
	ck_assert_uint_eq(ehlo.max_recipients, limit_cases[_i].recipients);
	ck_assert_uint_eq(ehlo.max_domains, limit_cases[_i].domains);
	ehlo_free(&ehlo);
	buf_free(&lines);
}
END_TEST

START_TEST(a_second_offer_has_limits_of_its_own)
{
	struct ehlo ehlo = {0};

	read_offer(&ehlo, "250-mx\n250 LIMITS RCPTMAX=1", 0);
	read_offer(&ehlo, "250-mx\n250 LIMITS MAILMAX=2", 0);
	ck_assert_uint_eq(ehlo.max_recipients, 0);
	ck_assert_uint_eq(ehlo.max_mails, 2);
	ehlo_free(&ehlo);
}
END_TEST

START_TEST(what_is_ignored_has_not_been_said)
{
	static const char lines[] = "250-mx\n250-SIZE 5\n250-LIMITS RCPTMAX=1\n"
				    "250-DSN\n250 PIPELINING";
	struct ehlo ehlo = {0};

	read_offer(&ehlo, lines, EHLO_SIZE | EHLO_LIMITS | EHLO_PIPELINING);
	ck_assert_uint_eq(ehlo.extensions, EHLO_DSN);
	ck_assert_uint_eq(ehlo.max_size, 0);
	ck_assert_uint_eq(ehlo.max_recipients, 0);
	ehlo_free(&ehlo);
}
END_TEST

START_TEST(an_extension_is_found_by_its_keyword)
{
	ck_assert_uint_eq(ehlo_find(text_of("8bitMIME")), EHLO_8BITMIME);
	ck_assert_uint_eq(ehlo_find(text_of("CHUNKING")), EHLO_CHUNKING);
	ck_assert_uint_eq(ehlo_find(text_of("STARTTLS")), EHLO_STARTTLS);
	ck_assert_uint_eq(ehlo_find(text_of("PIPELININ")), 0);
	ck_assert_uint_eq(ehlo_find(text_of("")), 0);
}
END_TEST

/* --- the recipients of a transaction -------------------------------------- */

enum { MEMBERS = 3 };

struct sample {
	struct recipient recipients[MEMBERS];
	struct recipient *members[MEMBERS];
	struct group group;
};

/* Everybody is admitted. */
static void begin(struct sample *sample)
{
	*sample = (struct sample){.group = {sample->members, MEMBERS}};
	for (size_t i = 0; i < MEMBERS; i++) {
		sample->recipients[i].reply = 250;
		sample->members[i] = &sample->recipients[i];
	}
}

static void refuse(struct recipient *recipient, enum error_kind kind, int reply,
    const char *status)
{
	(void)(fail)(&recipient->error, kind, "no");
	recipient->reply = reply;
	recipient->error.reply = reply;
	(void)snprintf(recipient->error.status, sizeof recipient->error.status,
	    "%s", status);
}

static const struct {
	int reply;
	const char *status;
	bool is_one_too_many;
} many_cases[] = {
    {452, "4.5.3", true},
    {452, "4.0.0", true},
    {552, "5.5.3", true},
    {552, "5.0.0", true},
    {451, "4.5.3", true},
    {550, "5.5.3", true},
    {452, "4.2.2", false},
    {452, "4.3.1", false},
    {452, "4.5.0", false},
    {552, "5.2.2", false},
    {451, "4.0.0", false},
    {550, "5.0.0", false},
    {550, "5.5.31", false},
};

START_TEST(who_was_one_too_many_is_open_again)
{
	bool is_open = many_cases[_i].is_one_too_many;
	struct sample sample;

	begin(&sample);
	refuse(&sample.recipients[1], ERROR_DEFERRED, many_cases[_i].reply,
	    many_cases[_i].status);
	ck_assert_int_eq(group_reopen(&sample.group), is_open);
	ck_assert_int_eq(recipient_is_open(&sample.recipients[1]), is_open);
	ck_assert_int_eq(sample.recipients[1].reply,
	    is_open ? 0 : many_cases[_i].reply);
	ck_assert(!group_admits(&sample.recipients[1]));
	ck_assert(group_admits(&sample.recipients[0]));
}
END_TEST

START_TEST(an_address_that_was_not_asked_stays_refused)
{
	struct sample sample;

	begin(&sample);
	(void)(fail)(&sample.recipients[0].error, ERROR_ADDRESS, "no");
	sample.recipients[0].reply = 0;
	ck_assert(!group_reopen(&sample.group));
	ck_assert_int_eq(sample.recipients[0].error.kind, ERROR_ADDRESS);
}
END_TEST

START_TEST(the_worst_refusal_is_that_of_all)
{
	struct sample sample;

	begin(&sample);
	refuse(&sample.recipients[0], ERROR_DEFERRED, 450, "4.2.1");
	refuse(&sample.recipients[2], ERROR_NO_USER, 550, "5.1.1");
	group_refuse_all(&sample.group);
	ck_assert_int_eq(sample.recipients[0].error.kind, ERROR_DEFERRED);
	ck_assert_int_eq(sample.recipients[1].error.kind, ERROR_NO_USER);
	ck_assert_str_eq(sample.recipients[1].error.status, "5.1.1");
	ck_assert_str_eq(sample.recipients[1].error.text,
	    "nobody got the message, because on_partial = abort: no");
	ck_assert_str_eq(sample.recipients[2].error.text, "no");
	ck_assert(!group_has_admitted(&sample.group));
}
END_TEST

START_TEST(nothing_is_refused_when_nobody_is)
{
	struct sample sample;

	begin(&sample);
	group_refuse_all(&sample.group);
	for (size_t i = 0; i < MEMBERS; i++)
		ck_assert(group_admits(&sample.recipients[i]));
}
END_TEST

START_TEST(only_who_may_have_it_is_told_twice)
{
	struct sample sample;
	struct error lost = {0};

	(void)(fail)(&lost, ERROR_NETWORK, "gone");
	begin(&sample);
	sample.recipients[0].is_accepted = true;
	sample.recipients[1].reply = 0; /* open: for another transaction */
	group_be_unsure(&sample.group, &lost);
	ck_assert_int_eq(sample.recipients[0].error.kind, ERROR_NONE);
	ck_assert(recipient_is_open(&sample.recipients[1]));
	ck_assert_int_eq(sample.recipients[2].error.kind, ERROR_UNSURE);
	ck_assert_str_eq(sample.recipients[2].error.text,
	    "the message may arrive twice, its end was not confirmed: gone");
}
END_TEST

static TCase *offer_tests(void)
{
	TCase *tests = tcase_create("offer");

	tcase_add_loop_test(tests, limits_are_read, 0, COUNT(limit_cases));
	tcase_add_test(tests, a_second_offer_has_limits_of_its_own);
	tcase_add_test(tests, what_is_ignored_has_not_been_said);
	tcase_add_test(tests, an_extension_is_found_by_its_keyword);
	return tests;
}

static TCase *group_tests(void)
{
	TCase *tests = tcase_create("group");

	tcase_add_loop_test(tests, who_was_one_too_many_is_open_again, 0,
	    COUNT(many_cases));
	tcase_add_test(tests, an_address_that_was_not_asked_stays_refused);
	tcase_add_test(tests, the_worst_refusal_is_that_of_all);
	tcase_add_test(tests, nothing_is_refused_when_nobody_is);
	tcase_add_test(tests, only_who_may_have_it_is_told_twice);
	return tests;
}

Suite *suite_limits(void)
{
	Suite *suite = suite_create("limits");

	suite_add_tcase(suite, offer_tests());
	suite_add_tcase(suite, group_tests());
	return suite;
}
