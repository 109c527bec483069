/*
 * measure.c - runs commands in rounds, each round in another order, and says
 * what they cost: so that none always runs in the wake of the same other
 *
 * Standard input has a line for each command, its parts separated by tabs:
 * name, file for its standard input, program, arguments.  Standard output gets
 * a line for each, again with tabs: name, then medians of wall milliseconds,
 * CPU milliseconds (the program and what it waited for) and peak memory as
 * wait4(2) has it (KiB; bytes on Darwin); and a last line: "total", how many
 * ran, in how many seconds.  A command that fails ends everything.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

enum { MAX_ROUNDS = 1000, MAX_AT_ONCE = 64, MAX_JOBS = 1000 };
enum { WALL, CPU, PEAK, MEASURES };

struct job {
	char *line; /* what the rest points into */
	const char *name;
	const char *input;
	char **command; /* ends with NULL */
	double *values[MEASURES];
	size_t count; /* of values */
};

struct run {
	struct job *job; /* NULL: nothing runs here */
	pid_t pid;
	double start;
};

struct bench {
	unsigned long rounds;
	unsigned long seconds; /* no new round starts after that */
	unsigned long at_once;
	struct job *jobs;
	size_t count;
	size_t *order;
	struct run runs[MAX_AT_ONCE];
	unsigned long running;
};

/* Milliseconds. */
static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* Cut the line at its tabs, in place. */
static bool job_parse(struct job *job, char *line)
{
	char **words = NULL;
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *next = line; next != NULL; count++) {
		words = mem_resize(words, count + 2, sizeof *words);
		words[count] = next;
		words[count + 1] = NULL;
		next = strchr(next, '\t');
		if (next != NULL)
			*next++ = '\0';
	}
	*job = (struct job){.line = line};
	if (count < 3) {
		free(words);
		return false;
	}
	job->name = words[0];
	job->input = words[1];
	memmove(words, words + 2, (count - 1) * sizeof *words);
	job->command = words;
	return true;
}

static bool read_jobs(struct bench *bench)
{
	char *line = NULL;
	size_t size = 0;
	bool is_good = true;

	bench->jobs = mem_alloc(MAX_JOBS, sizeof *bench->jobs);
	bench->order = mem_alloc(MAX_JOBS, sizeof *bench->order);
	while (is_good && getline(&line, &size, stdin) > 0) {
		struct job *job = &bench->jobs[bench->count];

		is_good =
		    bench->count < MAX_JOBS && job_parse(job, mem_dup(line));
		if (!is_good)
			break;
		for (int i = 0; i < MEASURES; i++)
			job->values[i] =
			    mem_alloc(bench->rounds, sizeof *job->values[i]);
		bench->order[bench->count] = bench->count;
		bench->count++;
	}
	free(line);
	return is_good && bench->count > 0;
}

static void free_jobs(struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++) {
		for (int j = 0; j < MEASURES; j++)
			free(bench->jobs[i].values[j]);
		free(bench->jobs[i].command);
		free(bench->jobs[i].line);
	}
	free(bench->jobs);
	free(bench->order);
}

/* The same orders in every call, so that two calls can be compared. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)lrand48() % i;
		size_t kept = order[i - 1];

		order[i - 1] = order[other];
		order[other] = kept;
	}
}

/* What a program says on standard output is of no interest, errors are. */
static int spawn(const struct job *job, pid_t *pid)
{
	/* NOLINTNEXTLINE(readability-redundant-declaration): not on glibc */
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
	    job->input, O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&actions,
		    STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawnp(pid, job->command[0], &actions, NULL,
		    job->command, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
	return error;
}

static bool run_start(struct bench *bench, struct job *job)
{
	struct run *run = bench->runs;
	int error;

	while (run->job != NULL)
		run++;
	run->start = now();
	error = spawn(job, &run->pid);
	if (error != 0) {
		(void)fprintf(stderr, "measure: cannot run %s: %s\n",
		    job->command[0], strerror(error));
		return false;
	}
	run->job = job;
	bench->running++;
	return true;
}

static struct run *find_run(struct bench *bench, pid_t pid)
{
	for (size_t i = 0; i < MAX_AT_ONCE; i++)
		if (bench->runs[i].job != NULL && bench->runs[i].pid == pid)
			return &bench->runs[i];
	return NULL;
}

static void job_add(struct job *job, double wall, const struct rusage *usage)
{
	job->values[WALL][job->count] = wall;
	job->values[CPU][job->count] =
	    milliseconds(usage->ru_utime) + milliseconds(usage->ru_stime);
	job->values[PEAK][job->count] = (double)usage->ru_maxrss;
	job->count++;
}

/* Wait for one of them, whichever comes first. */
static bool run_finish(struct bench *bench)
{
	struct rusage usage;
	int status = 0;
	pid_t pid = wait4(-1, &status, 0, &usage);
	double end = now();
	struct run *run = find_run(bench, pid);

	if (run == NULL)
		return pid < 0 && errno == EINTR;
	if (status == 0)
		job_add(run->job, end - run->start, &usage);
	else
		(void)fprintf(stderr, "measure: %s failed\n", run->job->name);
	run->job = NULL;
	bench->running--;
	return status == 0;
}

static bool run_round(struct bench *bench)
{
	shuffle(bench->order, bench->count);
	for (size_t i = 0; i < bench->count; i++) {
		while (bench->running == bench->at_once)
			if (!run_finish(bench))
				return false;
		if (!run_start(bench, &bench->jobs[bench->order[i]]))
			return false;
	}
	return true;
}

static bool run_rounds(struct bench *bench)
{
	double limit = now() + (double)bench->seconds * 1e3;

	for (unsigned long i = 0; i < bench->rounds && now() < limit; i++)
		if (!run_round(bench))
			return false;
	while (bench->running > 0)
		if (!run_finish(bench))
			return false;
	return true;
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a;
	double second = *(const double *)b;

	return (first > second) - (first < second);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void print_results(struct bench *bench, double elapsed)
{
	size_t total = 0;

	for (size_t i = 0; i < bench->count; i++) {
		struct job *job = &bench->jobs[i];

		(void)printf("%s\t%.3f\t%.3f\t%.0f\n", job->name,
		    median(job->values[WALL], job->count),
		    median(job->values[CPU], job->count),
		    median(job->values[PEAK], job->count));
		total += job->count;
	}
	(void)printf("total\t%zu\t%.3f\n", total, elapsed / 1e3);
}

/* From 1 to max; false for anything else. */
static bool set_number(unsigned long *number, const char *word,
    unsigned long max)
{
	char *end;

	*number = strtoul(word, &end, 10);
	return *end == '\0' && *number >= 1 && *number <= max;
}

static bool read_options(struct bench *bench, int argc, char **argv)
{
	bool is_good = true;
	int letter;

	while (is_good && (letter = getopt(argc, argv, "j:r:s:")) != -1) {
		if (letter == 'j')
			is_good =
			    set_number(&bench->at_once, optarg, MAX_AT_ONCE);
		else if (letter == 'r')
			is_good =
			    set_number(&bench->rounds, optarg, MAX_ROUNDS);
		else
			is_good = letter == 's' &&
			    set_number(&bench->seconds, optarg, 3600);
	}
	return is_good && optind == argc;
}

int main(int argc, char **argv)
{
	struct bench bench = {.rounds = 1, .seconds = 3600, .at_once = 1};
	bool is_done;
	double start;

	if (!read_options(&bench, argc, argv) || !read_jobs(&bench)) {
		(void)fputs("usage: measure [-j AT_ONCE] [-r ROUNDS] "
			    "[-s SECONDS] <COMMANDS\n",
		    stderr);
		return 2;
	}
	start = now();
	is_done = run_rounds(&bench);
	if (is_done)
		print_results(&bench, now() - start);
	free_jobs(&bench);
	return is_done ? 0 : 1;
}
