#include "queue_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "claim.h"
#include "clock.h"
#include "mem.h"
#include "places.h"
#include "posting.h"
#include "queue_crew.h"
#include "queue_spools.h"
#include "queue_worker.h"
#include "schedule.h"
#include "selection.h"
#include "signals.h"
#include "spool.h"
#include "sweep.h"

struct run {
	const struct options *options;
	const struct config *config;
	struct places places;
	const struct spool *spool; /* the one at hand */
	struct strlist *sentences;
	struct error worst; /* of all spools */
	struct signals signals;
	bool is_asked_to_end;
	struct queue_job job;
	struct strlist seen; /* IDs looked at in earlier rounds, sorted */
	struct strlist looked_at;
	struct queue_group *groups;
	size_t group_count;
};

/* Zeroed memory that processes forked from now on share; or NULL. */
static void *share_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

static void unshare_memory(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size); /* it was mapped */
}

/* --- which entries ------------------------------------------------------- */

/* By its name alone: no file is opened for an entry that is not due. */
static bool is_wanted(const struct run *run, const char *name, time_t now)
{
	const struct options *options = run->options;
	time_t turn;
	const char *id;

	if (!spool_read_name(name, &turn, &id) || turn < 0 ||
	    strlist_has_sorted(&run->seen, id))
		return false;
	if (selection_is_set(options))
		return selection_has_id(options, id);
	return schedule_is_due(&config_settings(run->config)->retry, turn, now);
}

/* --- groups -------------------------------------------------------------- */

static void add_group(struct run *run, const char *name)
{
	struct error ignored; /* NULL says it */

	run->groups =
	    mem_grow(run->groups, run->group_count, sizeof *run->groups);
	run->groups[run->group_count++] = (struct queue_group){
	    .name = mem_dup(name),
	    .profile = config_profile(run->config, name, &ignored),
	    .progress = share_memory(sizeof(struct queue_progress)),
	};
}

static struct queue_group *find_group(struct run *run, const char *name)
{
	for (size_t i = 0; i < run->group_count; i++)
		if (strcmp(run->groups[i].name, name) == 0)
			return &run->groups[i];
	add_group(run, name);
	return &run->groups[run->group_count - 1];
}

static void free_groups(struct run *run)
{
	for (size_t i = 0; i < run->group_count; i++) {
		struct queue_group *group = &run->groups[i];

		unshare_memory(group->progress, sizeof *group->progress);
		strlist_free(&group->entries);
		free(group->name);
	}
	free(run->groups);
	run->groups = NULL;
	run->group_count = 0;
}

/* Who takes it sets it aside, where that is to be done. */
static void set_aside(const struct run *run, const char *name)
{
	struct claim claim;
	struct error err = {0};

	if (claim_take(&claim, run->spool, name, &err) < 0)
		queue_note_problem(run->job.board, &err);
	claim_free(&claim);
}

static void look_at(struct run *run, const char *name)
{
	struct claim claim;
	struct error err = {0};
	int result = claim_look(&claim, run->spool, name, &err);
	time_t turn;
	const char *id;

	(void)spool_read_name(name, &turn, &id); /* it was read before */
	strlist_add(&run->looked_at, text_of(id));
	if (result == 1 && selection_has(run->options, &claim.entry))
		strlist_add(&find_group(run, claim.entry.profile)->entries,
		    text_of(name));
	claim_free(&claim);
	if (result < 0)
		set_aside(run, name);
	else if (result == 0 && err.kind == ERROR_IO)
		queue_note_problem(run->job.board, &err);
}

static void note_looked_at(struct run *run)
{
	for (size_t i = 0; i < run->looked_at.count; i++)
		strlist_add(&run->seen, text_of(run->looked_at.items[i]));
	strlist_free(&run->looked_at);
	strlist_sort(&run->seen);
}

/* What is sent must be struck off, or it is sent again for ever. */
static int check_spool(const struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->group_count; i++)
		if (run->groups[i].progress == NULL)
			return fail_errno(err, ERROR_SYSTEM,
			    "no memory for the processes of a queue run");
	if (faccessat(run->spool->queue, ".", W_OK, AT_EACCESS) != 0)
		return fail_errno(err, ERROR_IO,
		    "nothing can be changed in %s/queue, so nothing is sent "
		    "from it",
		    run->spool->path);
	return 0;
}

/* --- rounds -------------------------------------------------------------- */

/* 1 when there may be more to do, 0 when not; or -1. */
static int run_round(struct run *run, struct error *err)
{
	time_t now = clock_now().seconds;
	struct strlist names = {0};
	int result = spool_list(run->spool, &names, err);

	for (size_t i = 0; i < names.count; i++)
		if (is_wanted(run, names.items[i], now))
			look_at(run, names.items[i]);
	strlist_free(&names);
	if (result == 0 && run->looked_at.count > 0)
		result = check_spool(run, err);
	if (result == 0 && run->looked_at.count > 0) {
		result = queue_crew_run(&run->job, run->groups,
		    run->group_count, &run->signals);
		run->is_asked_to_end = result == 0;
	}
	note_looked_at(run);
	free_groups(run);
	return result;
}

/*
 * While it runs there come new entries, perhaps from who relies on this run,
 * and reports that it has made itself.
 */
static int run_rounds(struct run *run, struct error *err)
{
	const struct queue_board *board = run->job.board;
	int result = 1;

	while (result == 1 && !signals_ask_to_end() &&
	    !atomic_load(&board->is_over))
		result = run_round(run, err);
	return result < 0 ? -1 : 0;
}

static int report(const struct queue_board *board, struct strlist *sentences,
    struct error *err)
{
	unsigned count = atomic_load(&board->problem_count);

	for (unsigned i = 0; i < count && i < QUEUE_MAX_PROBLEMS; i++)
		strlist_addf(sentences, "%s", board->problems[i].text);
	if (count == 0)
		return 0;
	if (count > QUEUE_MAX_PROBLEMS)
		strlist_addf(sentences, "%u more like these are in the log",
		    count - QUEUE_MAX_PROBLEMS);
	return fail(err, ERROR_IO, "%s", board->problems[0].text);
}

static int run_spool(struct run *run, struct error *err)
{
	struct queue_board *board = share_memory(sizeof *board);
	int result;

	if (board == NULL)
		return fail_errno(err, ERROR_SYSTEM,
		    "no memory for the processes of a queue run");
	run->job.board = board;
	spool_sweep(run->spool, clock_now().seconds);
	signals_block(&run->signals);
	result = run_rounds(run, err);
	if (signals_take_request())
		run->is_asked_to_end = true;
	signals_restore(&run->signals);
	if (result < 0)
		queue_note_problem(board, err);
	result = report(board, run->sentences, err);
	strlist_free(&run->seen);
	unshare_memory(board, sizeof *board);
	return result;
}

/* What is wrong with one spool does not keep the other one waiting. */
static int visit(void *context, const struct spool *spool, struct error *err)
{
	struct run *run = context;
	size_t said = run->sentences->count;

	if (run->is_asked_to_end)
		return 0;
	run->spool = spool;
	run->job.spool = spool;
	if (run_spool(run, err) == 0)
		return 0;
	if (run->sentences->count == said)
		strlist_addf(run->sentences, "%s", err->text);
	if (err->kind > run->worst.kind)
		run->worst = *err;
	return 0;
}

int queue_run(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	const struct settings *settings = config_settings(config);
	struct run run = {
	    .options = options, .config = config, .sentences = sentences};
	int result;

	(void)fd; /* a run is silent */
	places_find(&run.places, settings, identity);
	run.job = (struct queue_job){
	    .config = config,
	    .identity = identity,
	    .places = &run.places,
	    .hostname = posting_site(settings, identity).hostname,
	    .is_verbose = options->is_verbose,
	};
	result =
	    queue_spools_each_own(&run.places, visit, &run, sentences, err);
	if (run.worst.kind != ERROR_NONE &&
	    (result == 0 || run.worst.kind > err->kind)) {
		*err = run.worst;
		result = -1;
	}
	if (result == 0 && run.is_asked_to_end)
		result = 1;
	places_free(&run.places);
	return result;
}
