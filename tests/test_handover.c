#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "configure.h"
#include "handover.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { NOBODY = 65534 };

/* Of a user who can be kept from reading, in a directory that he can enter. */
struct world {
	struct scratch scratch;
	struct identity identity;
	struct options options;
	struct sources sources;
	struct config *config;
	struct findings findings;
	struct error err;
	int listening;
};

/* Root's, as a directory that he may write to would not be. */
static void make_socket(struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)strncpy(address.sun_path, world->sources.submit_socket,
	    sizeof address.sun_path - 1);
	world->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(world->listening,
			     (const struct sockaddr *)&address, sizeof address),
	    0);
	ck_assert_int_eq(listen(world->listening, 1), 0);
	ck_assert_int_eq(chmod(world->sources.submit_socket, 0666), 0);
}

static void begin(struct world *world, const char *contents, mode_t mode)
{
	*world = (struct world){.config = config_new(), .listening = -1};
	scratch_make(&world->scratch);
	ck_assert_int_eq(chmod(world->scratch.directory, 0755), 0);
	world->identity.home = (char[]){"/nonexistent"};
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	world->sources = (struct sources){
	    .system_file = scratch_path(&world->scratch, "system.conf"),
	    .submit_socket = scratch_path(&world->scratch, "submit"),
	};
	(void)scratch_write(&world->scratch, "system.conf", text_of(contents));
	(void)scratch_write(&world->scratch, "password", text_of("secret\n"));
	ck_assert_int_eq(chmod(scratch_path(&world->scratch, "password"), 0),
	    0);
	ck_assert_int_eq(chmod(world->sources.system_file, mode), 0);
}

static void end(struct world *world)
{
	if (world->listening >= 0)
		(void)close(world->listening);
	findings_free(&world->findings);
	config_free(world->config);
	scratch_remove(&world->scratch);
}

enum { HANDED_OVER = 0, OWN_WAY = 1, FAILED = 2, NO_USER = 3 };

static int read_world(struct world *world)
{
	const struct profile *profile;

	if (configure(world->config, &world->options, &world->identity,
		&world->sources, &world->findings, &world->err) < 0)
		return FAILED;
	profile = config_profile(world->config, NULL, &world->err);
	if (profile == NULL || profile->smarthost_count != 1)
		return FAILED;
	return strncmp(profile->host, "unix:", 5) == 0 ? HANDED_OVER : OWN_WAY;
}

/* For one who is not root the files are closed, but the socket is his own. */
static int read_as_other(void *argument)
{
	return setuid(NOBODY) != 0 ? NO_USER : read_world(argument);
}

#define SMARTHOST "[profile mail]\nhost = system.example\n"
#define ROUTED                                                                 \
	"[profile shop]\nhost = shop.example\nuser = u\n"                      \
	"password_credential = p\n[sendmail]\ndefault_profile = mail\n"        \
	"[route]\nrecipient = *@shop.example -> shop\n"

static const struct {
	const char *contents;
	mode_t mode;
	bool has_socket;
	int expected;
} cases[] = {
    {SMARTHOST, 0600, true, HANDED_OVER},
    {SMARTHOST, 0600, false, FAILED},
    {SMARTHOST, 0644, true, OWN_WAY},
    {SMARTHOST "user = u\npassword = p\n", 0644, true, OWN_WAY},
    {SMARTHOST "user = u\npassword_credential = p\n", 0644, true, HANDED_OVER},
    {SMARTHOST "user = u\npassword_credential = p\n", 0644, false, OWN_WAY},
    {SMARTHOST ROUTED, 0644, true, HANDED_OVER},
    {SMARTHOST ROUTED, 0644, false, OWN_WAY},
    {"nonsense\n", 0644, true, FAILED},
};

START_TEST(who_cannot_read_the_system_s_hands_over)
{
	struct world world;

	if (geteuid() != 0)
		return;
	begin(&world, cases[_i].contents, cases[_i].mode);
	if (cases[_i].has_socket)
		make_socket(&world);
	ck_assert_int_eq(scratch_fork(read_as_other, &world),
	    cases[_i].expected);
	end(&world);
}
END_TEST

START_TEST(who_cannot_read_the_password_file_hands_over)
{
	struct world world;
	struct buf text = {0};

	if (geteuid() != 0)
		return;
	begin(&world, "", 0644);
	buf_addf(&text, SMARTHOST "user = u\npassword_file = %s\n",
	    scratch_path(&world.scratch, "password"));
	(void)scratch_write(&world.scratch, "system.conf", buf_text(&text));
	ck_assert_int_eq(scratch_fork(read_as_other, &world), OWN_WAY);
	make_socket(&world);
	ck_assert_int_eq(scratch_fork(read_as_other, &world), HANDED_OVER);
	(void)chmod(scratch_path(&world.scratch, "password"), 0644);
	ck_assert_int_eq(scratch_fork(read_as_other, &world), OWN_WAY);
	buf_free(&text);
	end(&world);
}
END_TEST

START_TEST(a_file_that_was_named_is_never_handed_over)
{
	struct world world;

	if (geteuid() != 0)
		return;
	begin(&world, SMARTHOST, 0600);
	make_socket(&world);
	world.options.config_file = world.sources.system_file;
	ck_assert_int_eq(scratch_fork(read_as_other, &world), FAILED);
	end(&world);
}
END_TEST

START_TEST(who_has_a_file_of_his_own_goes_his_own_way)
{
	struct world world;

	if (geteuid() != 0)
		return;
	begin(&world, SMARTHOST, 0600);
	make_socket(&world);
	(void)scratch_write(&world.scratch, "sendmail.conf",
	    text_of("[profile own]\nhost = own.example\n"));
	ck_assert_int_eq(chmod(scratch_path(&world.scratch, "sendmail.conf"),
			     0644),
	    0);
	(void)setenv("XDG_CONFIG_HOME", world.scratch.directory, 1);
	ck_assert_int_eq(scratch_fork(read_as_other, &world), OWN_WAY);
	end(&world);
}
END_TEST

/* Else the service, closed out by mistake, would feed itself for ever. */
START_TEST(nobody_hands_over_to_a_socket_of_his_own)
{
	struct world world;

	begin(&world, SMARTHOST, 0600);
	make_socket(&world);
	ck_assert(!handover_is_possible(world.sources.submit_socket));
	end(&world);
}
END_TEST

START_TEST(only_a_socket_will_do)
{
	struct world world;

	begin(&world, SMARTHOST, 0600);
	ck_assert(!handover_is_possible(world.sources.submit_socket));
	ck_assert(!handover_is_possible(world.sources.system_file));
	ck_assert(!handover_is_possible(world.scratch.directory));
	end(&world);
}
END_TEST

START_TEST(the_built_in_configuration_is_well_formed)
{
	struct config *config = config_new();
	struct strlist problems = {0};
	const struct profile *profile;
	struct error err;

	ck_assert_int_eq(handover_configure(config, "/run/sendoff/submit",
			     &problems, &err),
	    0);
	ck_assert_int_eq(config_check(config, &problems, &err), 0);
	ck_assert_uint_eq(problems.count, 0);
	profile = config_profile(config, NULL, &err);
	ck_assert_str_eq(profile->host, "unix:/run/sendoff/submit");
	ck_assert_int_eq(profile->tls, TLS_NONE);
	ck_assert_uint_eq(profile->mechanism_count, 0);
	ck_assert_str_eq(config_settings(config)->aliases, "none");
	config_free(config);
	strlist_free(&problems);
}
END_TEST

Suite *suite_handover(void)
{
	Suite *suite = suite_create("handover");
	TCase *tests = tcase_create("configurations");

	tcase_add_loop_test(tests, who_cannot_read_the_system_s_hands_over, 0,
	    COUNT(cases));
	tcase_add_test(tests, who_cannot_read_the_password_file_hands_over);
	tcase_add_test(tests, a_file_that_was_named_is_never_handed_over);
	tcase_add_test(tests, who_has_a_file_of_his_own_goes_his_own_way);
	tcase_add_test(tests, nobody_hands_over_to_a_socket_of_his_own);
	tcase_add_test(tests, only_a_socket_will_do);
	tcase_add_test(tests, the_built_in_configuration_is_well_formed);
	suite_add_tcase(suite, tests);
	return suite;
}
