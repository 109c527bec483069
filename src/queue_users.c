#include "queue_users.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "other_spools.h"
#include "signals.h"

struct tour {
	const char *program;
	struct strlist arguments;
	struct strlist *sentences;
	struct error worst;
	struct signals signals;
	bool is_ending;
};

static void add_filter(struct strlist *arguments, char letter,
    const struct queue_filter *filter)
{
	if (filter->part == NULL)
		return;
	strlist_addf(arguments, "-q%s%c", filter->is_negated ? "!" : "",
	    letter);
	strlist_add(arguments, text_of(filter->part));
}

static void add_arguments(struct strlist *arguments,
    const struct options *options)
{
	strlist_add(arguments, text_of("sendmail"));
	strlist_add(arguments, text_of("-q"));
	if (options->is_verbose)
		strlist_add(arguments, text_of("-v"));
	add_filter(arguments, 'I', &options->ids);
	add_filter(arguments, 'R', &options->queue_recipients);
	add_filter(arguments, 'S', &options->senders);
}

/* For good: who could become root again would be root. */
static bool becomes(const struct passwd *user)
{
	if (geteuid() == user->pw_uid && getuid() == user->pw_uid)
		return true;
	return initgroups(user->pw_name, user->pw_gid) == 0 &&
	    setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0 &&
	    getuid() == user->pw_uid && geteuid() == user->pw_uid &&
	    getegid() == user->pw_gid && setuid(0) != 0;
}

/* The child's side. */
static _Noreturn void become_run(const struct tour *tour,
    const struct passwd *user)
{
	struct strlist variables = {0};

	strlist_add(&variables, text_of("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
	strlist_addf(&variables, "HOME=%s", user->pw_dir);
	signals_restore(&tour->signals);
	/* What his configuration starts must not type on root's terminal. */
	(void)setsid();
	file_close_from(STDERR_FILENO + 1);
	if (!becomes(user) || chdir("/") != 0)
		_exit(EX_OSERR);
	(void)execve(tour->program, strlist_vector(&tour->arguments),
	    strlist_vector(&variables));
	_exit(EX_OSERR);
}

static int wait_for_end(struct tour *tour, pid_t child)
{
	int status = 0;
	int number = 0;

	while (waitpid(child, &status, WNOHANG) == 0) {
		(void)sigwait(&tour->signals.blocked, &number);
		if (number == SIGCHLD)
			continue;
		tour->is_ending = true;
		(void)kill(child, SIGTERM); /* it may be over */
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static enum error_kind kind_of(int code)
{
	for (int kind = ERROR_NONE; kind < ERROR_KINDS; kind++)
		if (error_exit_code((enum error_kind)kind) == code)
			return (enum error_kind)kind;
	return ERROR_BUG;
}

static void note_problem(struct tour *tour, const struct error *problem)
{
	strlist_addf(tour->sentences, "%s", problem->text);
	if (problem->kind > tour->worst.kind)
		tour->worst = *problem;
}

static void run_as(struct tour *tour, const struct passwd *user)
{
	struct error problem;
	pid_t child = fork();
	int code;

	if (child == 0)
		become_run(tour, user);
	if (child < 0) {
		(void)fail_errno(&problem, ERROR_SYSTEM,
		    "no process for the queue of %s", user->pw_name);
		note_problem(tour, &problem);
		return;
	}
	code = wait_for_end(tour, child);
	if (code == EX_OK)
		return;
	(void)fail(&problem, kind_of(code),
	    "the run of the queue of %s ended with exit code %d; as that user, "
	    "see sendmail -q",
	    user->pw_name, code);
	note_problem(tour, &problem);
}

static int visit(void *context, const char *path, uid_t uid, struct error *err)
{
	struct tour *tour = context;
	const struct passwd *user;
	struct error problem;

	(void)err;
	/* What is root's has been run. */
	if (uid == 0 || tour->is_ending)
		return 0;
	user = getpwuid(uid);
	if (user != NULL) {
		run_as(tour, user);
		return 0;
	}
	(void)fail(&problem, ERROR_CONFIG,
	    "%s belongs to a user that does not exist, so nobody can send what "
	    "is in it",
	    path);
	log_sentence(LEVEL_WARNING, NULL, problem.text);
	return 0;
}

int queue_users_run(const char *directory, const char *program,
    const struct options *options, struct strlist *sentences, struct error *err)
{
	struct tour tour = {.program = program, .sentences = sentences};
	int result;

	add_arguments(&tour.arguments, options);
	signals_block(&tour.signals);
	result = other_spools_each(directory, visit, &tour, err);
	signals_restore(&tour.signals);
	if (result < 0)
		note_problem(&tour, err);
	strlist_free(&tour.arguments);
	*err = tour.worst;
	return tour.worst.kind == ERROR_NONE ? 0 : -1;
}
