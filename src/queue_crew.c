#include "queue_crew.h"

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct member {
	pid_t pid;
	struct queue_group *group;
};

struct crew {
	const struct queue_job *job;
	struct queue_group *groups;
	size_t group_count;
	struct member members[QUEUE_MAX_PROCESSES];
	unsigned count;
	unsigned limit;
	bool is_ending;
};

/*
 * A process that crashes may be replaced, but not for ever: each takes an entry
 * first.  Where nobody answers, one is left to settle the rest, but only when
 * the last session that may still work is over.
 */
static bool needs_process(const struct queue_group *group)
{
	const struct queue_progress *progress = group->progress;
	unsigned most = 1;

	if (group->profile != NULL && !atomic_load(&progress->is_down))
		most = group->profile->max_connections;
	return group->running < most && group->started < group->entries.count &&
	    atomic_load(&progress->taken) < group->entries.count;
}

/* All groups get their first process before one gets its second. */
static struct queue_group *choose_group(const struct crew *crew)
{
	struct queue_group *chosen = NULL;

	if (crew->is_ending || atomic_load(&crew->job->board->is_over) ||
	    crew->count == crew->limit)
		return NULL;
	for (size_t i = 0; i < crew->group_count; i++) {
		struct queue_group *group = &crew->groups[i];

		if (needs_process(group) &&
		    (chosen == NULL || group->running < chosen->running))
			chosen = group;
	}
	return chosen;
}

/* False when there can be no more processes for now. */
static bool start_process(struct crew *crew, struct queue_group *group)
{
	bool is_untried =
	    group->running == 0 && atomic_load(&group->progress->is_down);
	pid_t pid = fork();

	if (pid == 0) {
		queue_work(crew->job, group, is_untried);
		_exit(0);
	}
	if (pid < 0 && crew->count > 0)
		return false;
	group->started++;
	if (pid < 0) {
		queue_work(crew->job, group, is_untried);
		return true;
	}
	group->running++;
	crew->members[crew->count++] =
	    (struct member){.pid = pid, .group = group};
	return true;
}

static void start_processes(struct crew *crew)
{
	struct queue_group *group;

	while ((group = choose_group(crew)) != NULL)
		if (!start_process(crew, group))
			return;
}

static void note_ends(struct crew *crew)
{
	unsigned left = 0;

	for (unsigned i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];

		if (waitpid(member->pid, NULL, WNOHANG) == 0)
			crew->members[left++] = *member;
		else
			member->group->running--;
	}
	crew->count = left;
}

static void wait_for_signal(struct crew *crew, const struct signals *signals)
{
	int number = 0;

	(void)sigwait(&signals->blocked, &number); /* the set is good */
	if (number == SIGTERM || number == SIGINT)
		crew->is_ending = true;
	for (unsigned i = 0; crew->is_ending && i < crew->count; i++)
		(void)kill(crew->members[i].pid, SIGTERM); /* it may be over */
	note_ends(crew);
}

bool queue_crew_run(const struct queue_job *job, struct queue_group *groups,
    size_t count, const struct signals *signals)
{
	struct crew crew = {
	    .job = job,
	    .groups = groups,
	    .group_count = count,
	    .limit = job->is_verbose ? 1 : QUEUE_MAX_PROCESSES,
	};

	start_processes(&crew);
	while (crew.count > 0) {
		wait_for_signal(&crew, signals);
		start_processes(&crew);
	}
	return !crew.is_ending;
}
