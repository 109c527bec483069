#include "queue_edit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "claim.h"
#include "log.h"
#include "mem.h"
#include "queue_spools.h"
#include "selection.h"

/* What an entry is asked for by, and whether there was one. */
struct wish {
	const char *id;
	bool is_met;
};

struct editing {
	const struct options *options;
	const struct identity *identity;
	struct wish *wishes;
	size_t wish_count;
	bool is_all;
	struct strlist gone; /* IDs that had another name, or none, at the end */
	struct strlist *sentences;
	struct error worst;
};

static void note_failure(struct editing *editing, const struct error *err)
{
	strlist_add(editing->sentences, text_of(err->text));
	if (err->kind > editing->worst.kind)
		editing->worst = *err;
}

/* --- what is asked for --------------------------------------------------- */

static void add_wish(struct editing *editing, const char *id)
{
	if (strcmp(id, "ALL") == 0)
		editing->is_all = true;
	else
		editing->wishes[editing->wish_count++].id = id;
}

static void read_wishes(struct editing *editing)
{
	const struct options *options = editing->options;

	editing->wishes = mem_alloc((size_t)options->recipient_count + 1,
	    sizeof *editing->wishes);
	add_wish(editing, options->changed);
	for (int i = 0; i < options->recipient_count; i++)
		add_wish(editing, options->recipients[i]);
}

static bool is_wanted(const struct editing *editing, const char *id)
{
	bool is_wanted = editing->is_all;

	for (size_t i = 0; !is_wanted && i < editing->wish_count; i++)
		is_wanted = strcmp(editing->wishes[i].id, id) == 0;
	return is_wanted && selection_has_id(editing->options, id);
}

/* An ID may have been named more than once. */
static void meet_wishes(struct editing *editing, const char *id)
{
	for (size_t i = 0; i < editing->wish_count; i++)
		if (strcmp(editing->wishes[i].id, id) == 0)
			editing->wishes[i].is_met = true;
}

static void report_unmet(struct editing *editing, const char *place)
{
	for (size_t i = 0; i < editing->wish_count; i++) {
		struct error err;

		if (editing->wishes[i].is_met)
			continue;
		(void)fail(&err, ERROR_REFUSED,
		    "%s is not in the queue in %s, see mailq",
		    editing->wishes[i].id, place);
		note_failure(editing, &err);
	}
}

/* --- one entry, which is ours -------------------------------------------- */

/*
 * A report that is not in the queue yet goes with the entry that owes it, and
 * before it: whoever finds the entry alone takes it for sent.
 */
static int remove_owed(struct claim *claim, struct error *err)
{
	char id[ENTRY_ID_SIZE + 16];
	char name[SPOOL_NAME_SIZE + 16];
	struct claim notice = {.fd = -1};
	int result;

	if (!claim->entry.owes_notice)
		return 0;
	(void)snprintf(id, sizeof id, "%s.%u", claim->entry.id,
	    claim->entry.notices);
	if (strlen(id) >= ENTRY_ID_SIZE)
		return 0;
	spool_write_name(name, SPOOL_OWED, id);
	result = claim_take(&notice, claim->spool, name, err);
	if (result > 0)
		result = claim_remove(&notice, err);
	claim_free(&notice);
	return result;
}

static int remove_entry(const struct editing *editing, struct claim *claim,
    struct error *err)
{
	struct buf sentence = {0};

	if (remove_owed(claim, err) < 0 || claim_remove(claim, err) < 0)
		return -1;
	buf_addf(&sentence, "removed from the queue by %s (uid %lu)",
	    editing->identity->login, (unsigned long)editing->identity->uid);
	log_sentence(LEVEL_INFO, claim->entry.id, buf_string(&sentence));
	buf_free(&sentence);
	return 0;
}

/* The clock of a turn is that of the program's start. */
static int change_entry(const struct editing *editing, struct claim *claim,
    bool is_held, struct error *err)
{
	time_t now = editing->identity->start.seconds;

	switch (editing->options->change) {
	case CHANGE_REMOVE:
		return remove_entry(editing, claim, err);
	case CHANGE_HOLD:
		return is_held ? 0 : claim_move(claim, SPOOL_HELD, err);
	case CHANGE_RELEASE:
		return is_held ? claim_move(claim, now, err) : 0;
	case CHANGE_RETRY:
		break;
	}
	if (!is_held)
		return claim_move(claim, now, err);
	if (editing->is_all)
		return 0;
	return fail(err, ERROR_REFUSED,
	    "%s is on hold and stays there; --release lets it go",
	    claim->entry.id);
}

/* --- one name in the queue ----------------------------------------------- */

static void edit_claim(struct editing *editing, struct claim *claim,
    bool is_held)
{
	struct error err;

	if (!selection_has(editing->options, &claim->entry))
		return;
	meet_wishes(editing, claim->entry.id);
	if (change_entry(editing, claim, is_held, &err) < 0)
		note_failure(editing, &err);
}

/* Somebody was quicker, or it cannot be opened now. */
static void pass_over(struct editing *editing, const struct spool *spool,
    const char *name, const char *id)
{
	struct stat status;
	struct error err;

	if (fstatat(spool->queue, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		strlist_add(&editing->gone, text_of(id));
		return;
	}
	meet_wishes(editing, id);
	(void)fail(&err, ERROR_DEFERRED,
	    claim_is_busy(spool, id) ?
		"%s is being delivered just now and stays as it is; try again" :
		"%s cannot be opened just now and stays as it is; try again",
	    id);
	note_failure(editing, &err);
}

/* As with -q, what is damaged is an error in reading, whatever it is. */
static void report_damaged(struct editing *editing, const char *id,
    struct error *err)
{
	meet_wishes(editing, id);
	err->kind = ERROR_IO;
	note_failure(editing, err);
}

/* Only IDs on the list, unless it is NULL. */
static void edit_name(struct editing *editing, const struct spool *spool,
    const char *name, const struct strlist *only)
{
	struct claim claim = {.fd = -1};
	struct error err;
	const char *id;
	time_t turn;
	int result;

	if (!spool_read_name(name, &turn, &id) || turn == SPOOL_OWED ||
	    !is_wanted(editing, id) || (only != NULL && !strlist_has(only, id)))
		return;
	result = claim_take(&claim, spool, name, &err);
	if (result > 0)
		edit_claim(editing, &claim, turn == SPOOL_HELD);
	else if (result == 0)
		pass_over(editing, spool, name, id);
	else
		report_damaged(editing, id, &err);
	claim_free(&claim);
}

/* --- all of them --------------------------------------------------------- */

static void edit_names(struct editing *editing, const struct spool *spool,
    const struct strlist *only)
{
	struct strlist names = {0};
	struct error err;

	if (spool_list(spool, &names, &err) < 0)
		note_failure(editing, &err);
	for (size_t i = 0; i < names.count; i++)
		edit_name(editing, spool, names.items[i], only);
	strlist_free(&names);
}

/*
 * An entry that was put off while the names were read has another one now, and
 * is looked for again, once.  One that is not found then has been delivered.
 */
static int edit_spool(void *context, const struct spool *spool,
    struct error *err)
{
	struct editing *editing = context;
	struct strlist gone;

	edit_names(editing, spool, NULL);
	gone = editing->gone;
	editing->gone = (struct strlist){0};
	if (gone.count > 0)
		edit_names(editing, spool, &gone);
	for (size_t i = 0; i < editing->gone.count; i++) {
		struct error cause;

		meet_wishes(editing, editing->gone.items[i]);
		(void)fail(&cause, ERROR_DEFERRED,
		    "%s is being delivered just now and stays as it is; "
		    "try again",
		    editing->gone.items[i]);
		note_failure(editing, &cause);
	}
	strlist_free(&editing->gone);
	strlist_free(&gone);
	/* For the turns: claim_move() leaves it to us. */
	return spool_sync(spool, spool->queue, err);
}

int queue_edit(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct editing editing = {
	    .options = options, .identity = identity, .sentences = sentences};
	char *place = queue_spools_place(config, identity);

	(void)fd; /* success is silent */
	read_wishes(&editing);
	/* What is in a queue that cannot be read nobody knows. */
	if (queue_spools_each(config, identity, edit_spool, &editing, sentences,
		err) == 0)
		report_unmet(&editing, place);
	else if (err->kind > editing.worst.kind)
		editing.worst = *err;
	free(place);
	free(editing.wishes);
	if (editing.worst.kind == ERROR_NONE)
		return 0;
	*err = editing.worst;
	return -1;
}
