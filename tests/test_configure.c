#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configure.h"
#include "scratch.h"
#include "suites.h"

#define PROFILE(host) "[profile mail]\nhost = " host "\n"
#define SECRET        "user = u\npassword = correct-horse\n"

/* A user with a home in the scratch directory and no XDG variables. */
struct world {
	struct scratch scratch;
	struct identity identity;
	struct options options;
	struct config *config;
	struct findings findings;
	struct error err;
};

static void begin(struct world *world)
{
	*world = (struct world){.config = config_new()};
	scratch_make(&world->scratch);
	world->identity.home = world->scratch.directory;
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)mkdir(scratch_path(&world->scratch, ".config"), 0700);
}

static void end(struct world *world)
{
	findings_free(&world->findings);
	config_free(world->config);
	scratch_remove(&world->scratch);
}

static void write_file(struct world *world, const char *name,
    const char *contents, mode_t mode)
{
	const char *path =
	    scratch_write(&world->scratch, name, text_of(contents));

	ck_assert_int_eq(chmod(path, mode), 0);
}

static int read_world(struct world *world)
{
	const struct sources sources = {
	    .system_file = scratch_path(&world->scratch, "system.conf"),
	    .submit_socket = scratch_path(&world->scratch, "submit"),
	};

	return configure(world->config, &world->options, &world->identity,
	    &sources, &world->findings, &world->err);
}

static const struct profile *profile_of(struct world *world)
{
	return config_profile(world->config, NULL, &world->err);
}

START_TEST(no_file_at_all_is_an_error_that_shows_how_to_begin)
{
	struct world world;

	begin(&world);
	ck_assert_int_eq(read_world(&world), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CONFIG);
	ck_assert_ptr_nonnull(strstr(world.err.text, "system.conf"));
	ck_assert_ptr_nonnull(strstr(world.err.text, ".config/sendmail.conf"));
	ck_assert_ptr_nonnull(strstr(world.err.text, "[profile mail]"));
	end(&world);
}
END_TEST

START_TEST(the_system_file_alone_will_do)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("system.example"), 0644);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_str_eq(profile_of(&world)->host, "system.example");
	end(&world);
}
END_TEST

START_TEST(the_user_s_settings_win)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf",
	    "[sendmail]\ndomain = system.example\nhostname = a.example\n" PROFILE(
		"system.example"),
	    0644);
	write_file(&world, ".config/sendmail.conf",
	    "[sendmail]\ndomain = user.example\n" PROFILE("user.example"),
	    0600);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_str_eq(profile_of(&world)->host, "user.example");
	ck_assert_str_eq(config_settings(world.config)->domain, "user.example");
	ck_assert_str_eq(config_settings(world.config)->hostname, "a.example");
	end(&world);
}
END_TEST

START_TEST(the_user_s_file_is_where_xdg_says)
{
	struct world world;

	begin(&world);
	(void)setenv("XDG_CONFIG_HOME", world.scratch.directory, 1);
	write_file(&world, "sendmail.conf", PROFILE("xdg.example"), 0600);
	write_file(&world, ".config/sendmail.conf", PROFILE("x.example"), 0600);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_str_eq(profile_of(&world)->host, "xdg.example");
	end(&world);
}
END_TEST

START_TEST(a_user_s_file_with_a_password_must_be_closed_to_others)
{
	static const mode_t modes[] = {0604, 0644, 0666};
	struct world world;

	begin(&world);
	write_file(&world, ".config/sendmail.conf", PROFILE("h.example") SECRET,
	    modes[_i]);
	ck_assert_int_eq(read_world(&world), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CONFIG);
	ck_assert_ptr_nonnull(strstr(world.err.text, "chmod 600"));
	ck_assert_ptr_null(strstr(world.err.text, "correct-horse"));
	end(&world);
}
END_TEST

START_TEST(only_a_file_of_root_s_may_be_open_to_its_group)
{
	struct world world;

	begin(&world);
	write_file(&world, ".config/sendmail.conf", PROFILE("h.example") SECRET,
	    0640);
	ck_assert_int_eq(read_world(&world), geteuid() == 0 ? 0 : -1);
	end(&world);
}
END_TEST

static int read_as_nobody(void *argument)
{
	struct world *world = argument;

	if (geteuid() == 0 && setuid(65534) != 0)
		return 1;
	return read_world(world) == 0 &&
		strcmp(profile_of(world)->host, "own.example") == 0 ?
	    0 :
	    2;
}

START_TEST(a_system_file_that_is_closed_to_the_user_is_passed_over)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("system.example"), 0000);
	write_file(&world, ".config/sendmail.conf", PROFILE("own.example"),
	    0644);
	ck_assert_int_eq(chmod(world.scratch.directory, 0755), 0);
	ck_assert_int_eq(chmod(scratch_path(&world.scratch, ".config"), 0755),
	    0);
	ck_assert_int_eq(scratch_fork(read_as_nobody, &world), 0);
	end(&world);
}
END_TEST

START_TEST(a_user_s_file_without_one_may_be_open)
{
	struct world world;

	begin(&world);
	write_file(&world, ".config/sendmail.conf", PROFILE("h.example"), 0644);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_uint_eq(world.findings.warnings.count, 0);
	end(&world);
}
END_TEST

START_TEST(an_open_system_file_with_a_password_is_warned_about)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("h.example") SECRET, 0644);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_uint_eq(world.findings.warnings.count, 1);
	end(&world);
}
END_TEST

START_TEST(a_system_file_for_a_group_is_not_warned_about)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("h.example") SECRET, 0640);
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_uint_eq(world.findings.warnings.count, 0);
	end(&world);
}
END_TEST

START_TEST(a_file_that_was_named_is_the_only_one_read)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("system.example"), 0644);
	write_file(&world, "own.conf", PROFILE("own.example"), 0600);
	world.options.config_file = scratch_path(&world.scratch, "own.conf");
	ck_assert_int_eq(read_world(&world), 0);
	ck_assert_str_eq(profile_of(&world)->host, "own.example");
	end(&world);
}
END_TEST

START_TEST(a_file_that_was_named_must_be_there)
{
	struct world world;

	begin(&world);
	write_file(&world, "system.conf", PROFILE("system.example"), 0644);
	world.options.config_file = scratch_path(&world.scratch, "gone.conf");
	ck_assert_int_eq(read_world(&world), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CONFIG);
	end(&world);
}
END_TEST

Suite *suite_configure(void)
{
	Suite *suite = suite_create("configure");
	TCase *tests = tcase_create("files");

	tcase_add_test(tests,
	    no_file_at_all_is_an_error_that_shows_how_to_begin);
	tcase_add_test(tests, the_system_file_alone_will_do);
	tcase_add_test(tests, the_user_s_settings_win);
	tcase_add_test(tests, the_user_s_file_is_where_xdg_says);
	tcase_add_loop_test(tests,
	    a_user_s_file_with_a_password_must_be_closed_to_others, 0, 3);
	tcase_add_test(tests, only_a_file_of_root_s_may_be_open_to_its_group);
	tcase_add_test(tests,
	    a_system_file_that_is_closed_to_the_user_is_passed_over);
	tcase_add_test(tests, a_user_s_file_without_one_may_be_open);
	tcase_add_test(tests,
	    an_open_system_file_with_a_password_is_warned_about);
	tcase_add_test(tests, a_system_file_for_a_group_is_not_warned_about);
	tcase_add_test(tests, a_file_that_was_named_is_the_only_one_read);
	tcase_add_test(tests, a_file_that_was_named_must_be_there);
	suite_add_tcase(suite, tests);
	return suite;
}
