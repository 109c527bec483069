/*
 * e2e.c - end-to-end tests: the real program, real sockets, real TLS
 *
 * usage: e2e [-j JOBS] [NAME]  (only tests whose name has NAME in it)
 *
 * SENDMAIL and PEER are the programs, DIALOGUES the directory of dialogues.
 * With E2E_PATIENCE=N the program may be a script that runs it under something
 * slow: limits are N times as long, nobody looks at memory, and what a script
 * gets wrong is left out.
 */
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "scenario.h"

enum { JOBS = 8 }; /* most of them wait for something */

struct runner {
	char sendmail[PATH_MAX];
	char peer[PATH_MAX];
	char dir[PATH_MAX]; /* everything is in it */
	char certs[PATH_MAX];
	const char *pattern; /* NULL: all */
	struct scenarios scenarios;
	struct strlist dialogues; /* paths */
	unsigned jobs;
	long slowness;
	unsigned running;
	unsigned passed;
	unsigned failed;
	bool is_interrupted;
};

static int remove_one(const char *path, const struct stat *status, int type,
    struct FTW *place)
{
	(void)status;
	(void)place;
	/* What cannot be removed is left in the directory for temporary files. */
	(void)(type == FTW_DP ? rmdir(path) : unlink(path));
	return 0;
}

static void remove_tree(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void wait_one(struct runner *runner)
{
	int status;

	if (wait(&status) < 0)
		return;
	runner->running--;
	if (WIFSIGNALED(status))
		runner->is_interrupted = true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		runner->passed++;
	else
		runner->failed++;
}

/* A process for each, which is also what keeps them apart. */
static bool is_for_child(struct runner *runner)
{
	pid_t child;

	while (runner->running >= runner->jobs)
		wait_one(runner);
	if (runner->is_interrupted)
		return false;
	child = fork();
	if (child == 0) {
		(void)signal(SIGINT, SIG_DFL);
		return true;
	}
	runner->running += child > 0;
	runner->failed += child < 0;
	return false;
}

static bool is_wanted(const struct runner *runner, const char *name)
{
	return runner->pattern == NULL || strstr(name, runner->pattern) != NULL;
}

static bool is_possible(const struct runner *runner,
    const struct scenario *scenario)
{
	return runner->slowness == 1 || (scenario->flags & RUN_UNWRAPPED) == 0;
}

static void run_trial(const struct runner *runner, const char *name,
    const struct scenario *scenario)
{
	struct trial trial = {.sendmail = runner->sendmail,
	    .peer = runner->peer,
	    .certs = runner->certs,
	    .slowness = runner->slowness};
	bool is_passed;

	trial_begin(&trial, name, runner->dir);
	if (scenario != NULL)
		scenario_run(scenario, &trial);
	else
		dialogue_run(name, &trial);
	remove_tree(trial.dir);
	is_passed = trial_end(&trial);
	_exit(is_passed ? 0 : 1);
}

static void run_all(struct runner *runner)
{
	for (size_t i = 0; i < runner->dialogues.count; i++) {
		const char *path = runner->dialogues.items[i];

		if (is_wanted(runner, path) && is_for_child(runner))
			run_trial(runner, path, NULL);
	}
	for (size_t i = 0; i < runner->scenarios.count; i++) {
		const struct scenario *scenario = &runner->scenarios.rows[i];

		if (is_wanted(runner, scenario->name) &&
		    is_possible(runner, scenario) && is_for_child(runner))
			run_trial(runner, scenario->name, scenario);
	}
	while (runner->running > 0)
		wait_one(runner);
}

static int is_dialogue(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0;
}

static void find_dialogues(struct runner *runner, const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, is_dialogue, alphasort);

	for (int i = 0; i < count; i++) {
		strlist_addf(&runner->dialogues, "%s/%s", dir,
		    names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static void make_certs(struct runner *runner)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)execl(runner->peer, runner->peer, "--make-certs",
		    runner->certs, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(child, &status, 0);
	if (status != 0)
		(void)printf("FAIL: no certificates from %s\n", runner->peer);
}

static bool find_program(const char *variable, const char *usual, char *path)
{
	const char *name = getenv(variable);

	if (realpath(name != NULL ? name : usual, path) != NULL)
		return true;
	(void)printf("no %s: build it first, or set %s\n",
	    name != NULL ? name : usual, variable);
	return false;
}

static bool make_dir(struct runner *runner)
{
	const char *parent = getenv("TMPDIR");

	(void)snprintf(runner->dir, sizeof runner->dir, "%s/sendoff-e2e-XXXXXX",
	    parent != NULL ? parent : "/tmp");
	if (mkdtemp(runner->dir) == NULL)
		return false;
	(void)snprintf(runner->certs, sizeof runner->certs, "%.*s/certs",
	    PATH_MAX - 10, runner->dir);
	return true;
}

static bool read_arguments(struct runner *runner, int argc, char **argv)
{
	const char *patience = getenv("E2E_PATIENCE");
	unsigned long long jobs = JOBS;
	unsigned long long slowness = 1;
	int option;

	if (patience != NULL &&
	    text_number(text_of(patience), 1000, &slowness) != 0)
		return false;
	while ((option = getopt(argc, argv, "j:")) != -1)
		if (option != 'j' ||
		    text_number(text_of(optarg), 1000, &jobs) != 0)
			return false;
	runner->jobs = jobs > 0 ? (unsigned)jobs : 1;
	runner->slowness = (long)slowness;
	if (optind < argc)
		runner->pattern = argv[optind++];
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct runner runner = {0};
	const char *dialogues = getenv("DIALOGUES");

	if (!read_arguments(&runner, argc, argv)) {
		(void)fputs("usage: e2e [-j JOBS] [NAME]\n", stderr);
		return 2;
	}
	if (!find_program("SENDMAIL", "./sendmail", runner.sendmail) ||
	    !find_program("PEER", "tests/peer", runner.peer) ||
	    !make_dir(&runner))
		return EXIT_FAILURE;
	(void)signal(SIGINT, SIG_IGN); /* it stops the trials; then clean up */
	make_certs(&runner);
	find_dialogues(&runner,
	    dialogues != NULL ? dialogues : "tests/dialogues");
	cases_add_commands(&runner.scenarios);
	cases_add_explanations(&runner.scenarios);
	cases_add_messages(&runner.scenarios);
	cases_add_queue(&runner.scenarios);
	cases_add_reach(&runner.scenarios);
	cases_add_rules(&runner.scenarios);
	cases_add_server_mode(&runner.scenarios);
	cases_add_servers(&runner.scenarios);
	cases_add_tls(&runner.scenarios);
	run_all(&runner);
	remove_tree(runner.dir);
	scenarios_free(&runner.scenarios);
	strlist_free(&runner.dialogues);
	(void)printf("%u passed, %u failed\n", runner.passed, runner.failed);
	return runner.failed == 0 && !runner.is_interrupted ? EXIT_SUCCESS :
							      EXIT_FAILURE;
}
