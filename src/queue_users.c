#include "queue_users.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "log.h"
#include "mem.h"
#include "other_spools.h"
#include "signals.h"

const struct queue_users_limits queue_users_limits = {
    .runs = 8,
    .first_ms = 60 * 1000,
    .end_ms = 10 * 60 * 1000,
    .ask_ms = 10 * 1000,
};

struct user_run {
	pid_t pid;
	char *user;
	int64_t deadline; /* until then it may hold up others */
};

struct tour {
	const char *program;
	const struct queue_users_limits *limits;
	struct strlist arguments;
	struct strlist *sentences;
	struct error worst;
	struct signals signals;
	struct user_run *runs; /* the oldest first */
	size_t count;
	unsigned most; /* at once */
	int64_t end;   /* how long the runs are waited for */
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

static void note_end(struct tour *tour, const char *user, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	struct error problem;

	if (code == EX_OK)
		return;
	(void)fail(&problem, kind_of(code),
	    "the run of the queue of %s ended with exit code %d; as that user, "
	    "see sendmail -q",
	    user, code);
	note_problem(tour, &problem);
}

static void note_ends(struct tour *tour)
{
	size_t left = 0;

	for (size_t i = 0; i < tour->count; i++) {
		struct user_run *run = &tour->runs[i];
		int status = 0;

		if (waitpid(run->pid, &status, WNOHANG) == 0) {
			tour->runs[left++] = *run;
			continue;
		}
		note_end(tour, run->user, status);
		free(run->user);
	}
	tour->count = left;
}

static void ask_to_end(struct tour *tour)
{
	if (!tour->is_ending)
		tour->end = clock_ticks() + tour->limits->ask_ms;
	tour->is_ending = true;
	/* It may be over, or we may lack the right: then it is not waited for. */
	for (size_t i = 0; i < tour->count; i++)
		(void)kill(tour->runs[i].pid, SIGTERM);
}

static void wait_for_signal(struct tour *tour, int64_t deadline)
{
	int number = signals_wait(&tour->signals, deadline);

	if (number == SIGTERM || number == SIGINT)
		ask_to_end(tour);
	note_ends(tour);
}

/* The oldest of as many as there may be, or NULL while there may be more. */
static const struct user_run *find_obstacle(const struct tour *tour)
{
	const struct user_run *oldest;

	if (tour->count < tour->most)
		return NULL;
	oldest = &tour->runs[tour->count - tour->most];
	return clock_left(oldest->deadline) > 0 ? oldest : NULL;
}

static void wait_for_place(struct tour *tour)
{
	const struct user_run *obstacle;

	while (!tour->is_ending && (obstacle = find_obstacle(tour)) != NULL)
		wait_for_signal(tour, obstacle->deadline);
}

static void wait_for_ends(struct tour *tour)
{
	if (!tour->is_ending)
		tour->end = clock_ticks() + tour->limits->end_ms;
	while (tour->count > 0 && clock_left(tour->end) > 0)
		wait_for_signal(tour, tour->end);
}

/* They hold nothing but locks of their own. */
static void leave_runs(struct tour *tour)
{
	for (size_t i = 0; i < tour->count; i++) {
		strlist_addf(tour->sentences,
		    "the run of the queue of %s is still going on",
		    tour->runs[i].user);
		free(tour->runs[i].user);
	}
	free(tour->runs);
}

static void start_run(struct tour *tour, const struct passwd *user)
{
	struct error problem;
	pid_t child = fork();

	if (child == 0)
		become_run(tour, user);
	if (child < 0) {
		(void)fail_errno(&problem, ERROR_SYSTEM,
		    "no process for the queue of %s", user->pw_name);
		note_problem(tour, &problem);
		return;
	}
	tour->runs = mem_grow(tour->runs, tour->count, sizeof *tour->runs);
	tour->runs[tour->count++] = (struct user_run){
	    .pid = child,
	    .user = mem_dup(user->pw_name),
	    .deadline = clock_ticks() + tour->limits->first_ms,
	};
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
		wait_for_place(tour);
		if (!tour->is_ending)
			start_run(tour, user);
		return 0;
	}
	(void)fail(&problem, ERROR_CONFIG,
	    "%s belongs to a user that does not exist, so nobody can send what "
	    "is in it",
	    path);
	log_sentence(LEVEL_WARNING, NULL, problem.text);
	return 0;
}

/* One sentence for all: everybody can make such names. */
static void tell_of_squatted(const char *directory)
{
	struct buf path = {0};
	struct buf sentence = {0};
	size_t count = other_spools_find_squatted(directory, &path);

	if (count > 0)
		buf_addf(&sentence,
		    "%s is not a directory of the user with that number, whose "
		    "mail cannot wait there; remove it",
		    buf_string(&path));
	if (count > 1)
		buf_addf(&sentence, " and %zu more like it", count - 1);
	if (count > 0)
		log_sentence(LEVEL_WARNING, NULL, buf_string(&sentence));
	buf_free(&sentence);
	buf_free(&path);
}

int queue_users_run(const char *directory, const char *program,
    const struct options *options, const struct queue_users_limits *limits,
    struct strlist *sentences, struct error *err)
{
	struct tour tour = {
	    .program = program,
	    .limits = limits,
	    .sentences = sentences,
	    .most = options->is_verbose ? 1 : limits->runs,
	};
	int result;

	tell_of_squatted(directory);
	add_arguments(&tour.arguments, options);
	signals_block(&tour.signals);
	result = other_spools_each(directory, visit, &tour, err);
	if (result < 0)
		note_problem(&tour, err);
	wait_for_ends(&tour);
	signals_restore(&tour.signals);
	leave_runs(&tour);
	strlist_free(&tour.arguments);
	*err = tour.worst;
	return tour.worst.kind == ERROR_NONE ? 0 : -1;
}
