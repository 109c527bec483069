#include "queue_spools.h"

#include <stdlib.h>

#include "other_spools.h"

struct walk {
	queue_spools_visitor *visit;
	void *context;
	struct strlist *sentences;
	struct error worst; /* of those that cannot be opened */
};

char *queue_spools_place(const struct config *config,
    const struct identity *identity)
{
	struct places places;
	char *path;

	places_find(&places, config_settings(config), identity);
	path = text_dup(buf_text(&places.spool));
	places_free(&places);
	return path;
}

static void note_failure(struct walk *walk, const struct error *err)
{
	strlist_add(walk->sentences, text_of(err->text));
	if (err->kind > walk->worst.kind)
		walk->worst = *err;
}

/* What is open stays what it is: only now it counts whose it is. */
static int visit_path(struct walk *walk, const char *path, const uid_t *owner,
    struct error *err)
{
	struct spool spool;
	struct error cause;
	int result = spool_open_existing(&spool, path, &cause);

	if (result < 0)
		note_failure(walk, &cause);
	if (result != 0)
		return 0;
	if (owner == NULL || spool.owner == *owner)
		result = walk->visit(walk->context, &spool, err);
	spool_close(&spool);
	return result;
}

static int visit_other(void *context, const char *path, uid_t uid,
    struct error *err)
{
	return visit_path(context, path, &uid, err);
}

static int visit_own(struct walk *walk, const struct places *places,
    struct error *err)
{
	const struct buf *other = &places->other_spool;
	int result = visit_path(walk, buf_string(&places->spool), NULL, err);

	if (result == 0 && other->length > 0)
		result = visit_path(walk, buf_string(other), NULL, err);
	return result;
}

static int end_walk(struct walk *walk, int result, struct error *err)
{
	if (result < 0) {
		strlist_add(walk->sentences, text_of(err->text));
		return -1;
	}
	if (walk->worst.kind == ERROR_NONE)
		return 0;
	*err = walk->worst;
	return -1;
}

int queue_spools_each_own(const struct places *places,
    queue_spools_visitor *visit, void *context, struct strlist *sentences,
    struct error *err)
{
	struct walk walk = {
	    .visit = visit, .context = context, .sentences = sentences};

	return end_walk(&walk, visit_own(&walk, places, err), err);
}

int queue_spools_each(const struct config *config,
    const struct identity *identity, queue_spools_visitor *visit, void *context,
    struct strlist *sentences, struct error *err)
{
	const struct settings *settings = config_settings(config);
	struct walk walk = {
	    .visit = visit, .context = context, .sentences = sentences};
	struct places places;
	int result;

	places_find(&places, settings, identity);
	result = visit_own(&walk, &places, err);
	if (result == 0 && identity->uid == 0 && settings->queue_dir == NULL)
		result =
		    other_spools_each(places_users, visit_other, &walk, err);
	places_free(&places);
	return end_walk(&walk, result, err);
}
