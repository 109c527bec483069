#include "drain.h"

#include <unistd.h>

#include "background.h"
#include "queue_run.h"
#include "queue_spools.h"

static void run_queue(void *context)
{
	const struct keeping *keeping = context;
	const struct options options = {.mode = MODE_QUEUE_RUN};
	struct strlist sentences = {0};
	struct error ignored; /* what is wrong is in the log */

	(void)queue_run(&options, keeping->config, keeping->identity,
	    STDOUT_FILENO, &sentences, &ignored);
	strlist_free(&sentences);
}

/* The first spool with mail in it ends the walk. */
static int begin_run(void *keeping, const struct spool *spool,
    struct error *err)
{
	int lock;

	(void)err;
	if (!spool_has_entries(spool))
		return 0;
	lock = spool_lock_drain(spool);
	if (lock < 0)
		return -1;
	/* The lock is the child's as well, and ends with it. */
	(void)background_run(run_queue, keeping);
	(void)close(lock);
	return -1;
}

void drain_begin(struct keeping *keeping)
{
	struct strlist ignored = {0};
	struct error err = {0};

	if (config_settings(keeping->config)->queue == QUEUE_NEVER)
		return;
	(void)queue_spools_each_own(&keeping->places, begin_run, keeping,
	    &ignored, &err);
	strlist_free(&ignored);
}
