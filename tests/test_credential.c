#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "credential.h"
#include "scratch.h"
#include "suites.h"

enum { NOBODY = 65534 };

START_TEST(the_other_end_of_a_pair_is_who_made_it)
{
	struct credential credential;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(credential_read(pair[0], &credential));
	ck_assert_uint_eq(credential.uid, geteuid());
	ck_assert_uint_eq(credential.gid, getegid());
	ck_assert_int_eq(credential.pid, getpid());
	(void)close(pair[0]);
	(void)close(pair[1]);
}
END_TEST

START_TEST(what_is_no_unix_socket_tells_nothing)
{
	struct credential credential;
	int pipes[2];
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert(!credential_read(pipes[0], &credential));
	ck_assert(!credential_read(tcp, &credential));
	ck_assert(!credential_read(-1, &credential));
	(void)close(tcp);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}
END_TEST

static const struct identity own = {
    .uid = 4711,
    .login = (char[]){"service"},
    .full_name = (char[]){"The Service"},
    .home = (char[]){"/srv"},
    .hostname = (char[]){"web1.example.com"},
    .domain = (char[]){"example.com"},
    .caller = (char[]){"init"},
    .id = "OLD",
};

START_TEST(at_a_pipe_who_runs_this_submits)
{
	struct identity client;
	struct error err;
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(client_find(&client, &own, pipes[0], &err), 0);
	ck_assert_uint_eq(client.uid, 4711);
	ck_assert_str_eq(client.login, "service");
	ck_assert_str_eq(client.caller, "init");
	ck_assert(!client.is_stranger);
	ck_assert_uint_eq(identity_runner(&client), 4711);
	ck_assert_str_ne(client.id, "OLD");
	identity_free(&client);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}
END_TEST

START_TEST(over_the_network_comes_a_stranger)
{
	struct identity client;
	struct error err;
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(client_find(&client, &own, tcp, &err), 0);
	ck_assert(client.is_stranger);
	ck_assert_str_eq(client.login, "service");
	identity_free(&client);
	(void)close(tcp);
}
END_TEST

/* A client of another user, where there can be one. */
static pid_t start_client(const struct sockaddr_un *address)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		char byte;

		if ((geteuid() == 0 && setuid(NOBODY) != 0) ||
		    connect(fd, (const struct sockaddr *)address,
			sizeof *address) != 0)
			_exit(1);
		_exit(read(fd, &byte, 1) == 0 ? 0 : 2);
	}
	return pid;
}

START_TEST(at_a_unix_socket_the_user_at_the_other_end_submits)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct scratch scratch;
	struct identity client;
	struct error err;
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);
	uid_t uid = geteuid() == 0 ? NOBODY : geteuid();
	int status;
	int fd;
	pid_t pid;

	scratch_make(&scratch);
	ck_assert_int_eq(chmod(scratch.directory, 0755), 0);
	(void)strncpy(address.sun_path, scratch_path(&scratch, "s"),
	    sizeof address.sun_path - 1);
	(void)umask(0);
	ck_assert_int_eq(bind(listening, (const struct sockaddr *)&address,
			     sizeof address),
	    0);
	ck_assert_int_eq(listen(listening, 1), 0);
	pid = start_client(&address);
	fd = accept(listening, NULL, NULL);
	ck_assert_int_eq(client_find(&client, &own, fd, &err), 0);
	ck_assert_uint_eq(client.uid, uid);
	ck_assert(client.is_client);
	ck_assert(!client.is_stranger);
	ck_assert_str_ne(client.login, "service");
	/* What is written is written at home, and by who runs this. */
	ck_assert_str_eq(client.home, "/srv");
	ck_assert_uint_eq(identity_runner(&client), geteuid());
	ck_assert_ptr_nonnull(strstr(client.caller, "unit"));
	(void)close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	identity_free(&client);
	(void)close(listening);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(the_groups_are_those_of_the_user_not_of_the_process)
{
	const struct identity root = {.uid = 0};
	const struct identity nobody = {.uid = 4242424};
	struct strlist groups = {0};

	identity_add_groups(&nobody, &groups);
	ck_assert_uint_eq(groups.count, 0);
	identity_add_groups(&root, &groups);
	ck_assert(strlist_has(&groups, "root") ||
	    strlist_has(&groups, "wheel"));
	strlist_free(&groups);
}
END_TEST

Suite *suite_credential(void)
{
	Suite *suite = suite_create("credential");
	TCase *tests = tcase_create("clients");

	tcase_add_test(tests, the_other_end_of_a_pair_is_who_made_it);
	tcase_add_test(tests, what_is_no_unix_socket_tells_nothing);
	tcase_add_test(tests, at_a_pipe_who_runs_this_submits);
	tcase_add_test(tests, over_the_network_comes_a_stranger);
	tcase_add_test(tests,
	    at_a_unix_socket_the_user_at_the_other_end_submits);
	tcase_add_test(tests,
	    the_groups_are_those_of_the_user_not_of_the_process);
	suite_add_tcase(suite, tests);
	return suite;
}
