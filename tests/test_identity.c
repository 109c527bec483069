#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "harden.h"
#include "identity.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct {
	const char *gecos;
	const char *login;
	const char *name;
} gecos_cases[] = {
    {"Anna Example,Room 1,,", "anna", "Anna Example"},
    {"& Example", "anna", "Anna Example"},
    {"The &,&", "anna", "The Anna"},
    {"&", "Anna", "Anna"},
    {"&", "", ""},
    {"", "anna", ""},
    {",,,", "anna", ""},
    {"J\xc3\xbcrgen", "j", "J\xc3\xbcrgen"},
};

START_TEST(each_message_has_an_id_of_its_own)
{
	struct identity identity = {.uid = 7};
	struct error err = {0};
	char first[IDENTITY_ID_LENGTH + 1];

	ck_assert_int_eq(identity_new_id(&identity, &err), 0);
	memcpy(first, identity.id, sizeof first);
	ck_assert_uint_eq(strlen(first), IDENTITY_ID_LENGTH);
	ck_assert_int_eq(identity_new_id(&identity, &err), 0);
	ck_assert_str_ne(identity.id, first);
	ck_assert_int_eq(identity.uid, 7);
	ck_assert_int_gt(identity.start.seconds, 0);
}
END_TEST

START_TEST(the_full_name_is_the_first_part_of_gecos)
{
	struct buf name = {0};

	identity_add_full_name(&name, text_of(gecos_cases[_i].gecos),
	    gecos_cases[_i].login);
	ck_assert_str_eq(buf_string(&name), gecos_cases[_i].name);
	buf_free(&name);
}
END_TEST

static const struct {
	const char *hosts;
	const char *name;
	const char *full;
} hosts_cases[] = {
    {"127.0.0.1 localhost\n127.0.1.1 web1.example.com web1\n", "web1",
	"web1.example.com"},
    {"10.0.0.1\tWEB1\tweb1.example.com # comment\r\n", "web1",
	"web1.example.com"},
    {"10.0.0.1 web1.example.com web1", "web1", "web1.example.com"},
    {"10.0.0.1 web1\n10.0.0.2 web1.example.com web1\n", "web1",
	"web1.example.com"},
    {"# 10.0.0.1 web1.example.com web1\n", "web1", ""},
    {"10.0.0.1 web1.example.com # web1\n", "web1", ""},
    {"10.0.0.1 web11.example.com web11\n", "web1", ""},
    {"127.0.0.1 localhost.localdomain localhost web1\n", "web1", ""},
    {"web1.example.com web1\n", "web1", ""},
    {"10.0.0.1 web1..example web1\n", "web1", ""},
    {"10.0.0.1 we\x1b.example web1\n", "web1", ""},
    {"10.0.0.1\n\n \n", "web1", ""},
    {"", "web1", ""},
};

START_TEST(the_full_hostname_stands_beside_the_short_one)
{
	struct text full =
	    identity_full_hostname(text_of(hosts_cases[_i].hosts),
		text_of(hosts_cases[_i].name));

	ck_assert_msg(text_is(full, hosts_cases[_i].full), "%.*s",
	    (int)full.length, full.data);
}
END_TEST

#define CMDLINE(string)                                                        \
	{                                                                      \
		string, sizeof(string) - 1                                     \
	}

static const struct {
	struct text cmdline;
	const char *caller;
} caller_cases[] = {
    {CMDLINE("/usr/bin/php\0/srv/app/cron.php\0--password=x\0"),
	"php /srv/app/cron.php"},
    {CMDLINE("php\0-r\0mail('a', 'secret');\0"), "php"},
    {CMDLINE("/bin/sh\0-c\0secret | sendmail\0"), "sh"},
    {CMDLINE("-bash\0"), "-bash"},
    {CMDLINE("php-fpm: master process (/etc/php-fpm.conf)"),
	"php-fpm: master process (/etc/php-fpm.conf)"},
    {CMDLINE("a\0\0"), "a"},
    {CMDLINE("\0"), ""},
    {CMDLINE(""), ""},
    {CMDLINE("/bin/\x1b[2J\0s\n"), "\\x1B[2J s\\x0A"},
    {CMDLINE("no end"), "no end"},
};

START_TEST(the_caller_is_a_program_and_a_script_and_nothing_more)
{
	struct buf caller = {0};

	identity_add_caller(&caller, caller_cases[_i].cmdline);
	ck_assert_str_eq(buf_string(&caller), caller_cases[_i].caller);
	buf_free(&caller);
}
END_TEST

START_TEST(a_long_caller_is_cut_between_characters)
{
	struct buf cmdline = {0};
	struct buf caller = {0};

	buf_add_string(&cmdline, "x");
	for (int i = 0; i < 200; i++)
		buf_add_string(&cmdline, "\xc3\xbc");
	identity_add_caller(&caller, buf_text(&cmdline));
	ck_assert_uint_eq(caller.length, 119);
	ck_assert_int_eq((unsigned char)caller.data[118], 0xbc);
	buf_free(&caller);
	buf_free(&cmdline);
}
END_TEST

START_TEST(every_id_is_another_one_and_easy_to_read)
{
	struct identity one;
	struct identity two;
	struct error err = {0};

	ck_assert_int_eq(identity_find(&one, &err), 0);
	ck_assert_int_eq(identity_find(&two, &err), 0);
	ck_assert_str_ne(one.id, two.id);
	ck_assert_uint_eq(strlen(one.id), IDENTITY_ID_LENGTH);
	ck_assert_uint_eq(strspn(one.id, "0123456789BCDFGHJKLMNPQRSTVWXYZ"),
	    IDENTITY_ID_LENGTH);
	identity_free(&one);
	identity_free(&two);
}
END_TEST

START_TEST(the_login_is_that_of_the_user_id_whatever_the_environment_says)
{
	struct identity identity;
	struct error err = {0};

	(void)setenv("USER", "mallory", 1);
	(void)setenv("LOGNAME", "mallory", 1);
	(void)setenv("NAME", "Anna Example", 1);
	ck_assert_int_eq(identity_find(&identity, &err), 0);
	ck_assert_uint_eq(identity.uid, getuid());
	ck_assert_str_ne(identity.login, "mallory");
	ck_assert_str_eq(identity.full_name, "Anna Example");
	identity_free(&identity);
}
END_TEST

/* The child's side: 0, or which look at it failed. */
static int find_without_anything(void *unused)
{
	struct identity identity;
	struct error err = {0};
	char expected[32];

	(void)unused;
	(void)clearenv();
	if (getuid() == 0 && setuid(3999999) != 0)
		return 1;
	if (identity_find(&identity, &err) != 0)
		return 2;
	(void)snprintf(expected, sizeof expected, "uid%lu",
	    (unsigned long)getuid());
	if (getuid() == 3999999 && strcmp(identity.login, expected) != 0)
		return 3;
	if (identity.login[0] == '\0' || identity.hostname[0] == '\0' ||
	    identity.domain[0] == '\0' || identity.start.seconds == 0)
		return 4;
	identity_free(&identity);
	return 0;
}

START_TEST(an_empty_environment_and_a_user_without_entry_are_no_error)
{
	ck_assert_int_eq(scratch_fork(find_without_anything, NULL), 0);
}
END_TEST

static int harden_without_descriptors(void *unused)
{
	struct error err = {0};
	char byte;

	(void)unused;
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	if (harden_process(&err) != 0)
		return 1;
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 2;
	return read(0, &byte, 1) == 0 && write(2, "x", 1) == 1 ? 0 : 3;
}

START_TEST(closed_descriptors_lead_nowhere)
{
	ck_assert_int_eq(scratch_fork(harden_without_descriptors, NULL), 0);
}
END_TEST

static bool is_handled_as(int number, void (*handler)(int))
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	    action.sa_handler == handler;
}

static int harden_in_bad_company(void *unused)
{
	struct itimerval later = {.it_value = {.tv_sec = 1000}};
	struct error err = {0};
	struct rlimit limit;
	sigset_t signals;

	(void)unused;
	(void)sigfillset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)setitimer(ITIMER_REAL, &later, NULL);
	(void)kill(getpid(), SIGALRM);
	(void)umask(0);
	if (harden_process(&err) != 0)
		return 1;
	(void)sigprocmask(SIG_SETMASK, NULL, &signals);
	if (sigismember(&signals, SIGTERM) != 0 ||
	    !is_handled_as(SIGCHLD, SIG_DFL) ||
	    !is_handled_as(SIGALRM, SIG_DFL))
		return 2;
	if (!is_handled_as(SIGPIPE, SIG_IGN) ||
	    !is_handled_as(SIGXFSZ, SIG_IGN))
		return 3;
	if (!is_handled_as(SIGHUP, SIG_IGN)) /* nohup(1) */
		return 4;
	if (getitimer(ITIMER_REAL, &later) != 0 || later.it_value.tv_sec != 0)
		return 5;
	if (umask(0) != 077)
		return 6;
	return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 :
									    7;
}

START_TEST(inherited_signals_timers_and_masks_are_reset)
{
	ck_assert_int_eq(scratch_fork(harden_in_bad_company, NULL), 0);
}
END_TEST

static int harden_as_an_ordinary_program(void *unused)
{
	struct error err = {0};

	(void)unused;
	(void)setenv("HOME", "/home/anna", 1);
	if (harden_process(&err) != 0)
		return 1;
	return getenv("HOME") != NULL ? 0 : 2;
}

START_TEST(the_environment_stays_without_privilege)
{
	ck_assert_int_eq(scratch_fork(harden_as_an_ordinary_program, NULL), 0);
}
END_TEST

static int harden_as_a_set_id_program(void *unused)
{
	struct error err = {0};

	(void)unused;
	(void)setenv("HOME", "/home/anna", 1);
	(void)setenv("TZ", "/etc/shadow", 1);
	(void)setenv("LANG", "C", 1);
	if (setregid(65534, 0) != 0 || setreuid(65534, 0) != 0)
		return 1;
	if (harden_process(&err) != 0)
		return 2;
	if (getuid() != 65534 || geteuid() != 65534 || getgid() != 65534 ||
	    getegid() != 65534)
		return 3;
	if (seteuid(0) == 0 || setegid(0) == 0)
		return 4;
	if (getenv("HOME") != NULL || getenv("TZ") != NULL)
		return 5;
	return getenv("LANG") != NULL ? 0 : 6;
}

START_TEST(a_set_id_program_gives_its_privilege_up_for_good)
{
	if (getuid() != 0)
		return; /* only root can stage that */
	ck_assert_int_eq(scratch_fork(harden_as_a_set_id_program, NULL), 0);
}
END_TEST

Suite *suite_identity(void)
{
	Suite *suite = suite_create("identity");
	TCase *tests = tcase_create("identity");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, each_message_has_an_id_of_its_own);
	tcase_add_loop_test(tests, the_full_name_is_the_first_part_of_gecos, 0,
	    COUNT(gecos_cases));
	tcase_add_loop_test(tests,
	    the_full_hostname_stands_beside_the_short_one, 0,
	    COUNT(hosts_cases));
	tcase_add_loop_test(tests,
	    the_caller_is_a_program_and_a_script_and_nothing_more, 0,
	    COUNT(caller_cases));
	tcase_add_test(tests, a_long_caller_is_cut_between_characters);
	tcase_add_test(tests, every_id_is_another_one_and_easy_to_read);
	tcase_add_test(tests,
	    the_login_is_that_of_the_user_id_whatever_the_environment_says);
	tcase_add_test(tests,
	    an_empty_environment_and_a_user_without_entry_are_no_error);
	tcase_add_test(tests, closed_descriptors_lead_nowhere);
	tcase_add_test(tests, inherited_signals_timers_and_masks_are_reset);
	tcase_add_test(tests, the_environment_stays_without_privilege);
	tcase_add_test(tests, a_set_id_program_gives_its_privilege_up_for_good);
	return suite;
}
