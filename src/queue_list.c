#include "queue_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "claim.h"
#include "file.h"
#include "mailq.h"
#include "queue_spools.h"
#include "schedule.h"
#include "selection.h"

enum { BLOCK = 64 * 1024 }; /* bytes written at once */

struct listing {
	const struct options *options;
	const struct schedule *retry;
	time_t now;
	int fd;
	struct buf out;
	size_t count; /* of entries, and their size in bytes */
	uint64_t size;
	struct strlist asides; /* what is said before the totals */
};

static int flush(struct listing *listing, size_t limit, struct error *err)
{
	int result;

	if (listing->out.length <= limit)
		return 0;
	result = file_write(listing->fd, buf_text(&listing->out),
	    "standard output", err);
	buf_clear(&listing->out);
	return result;
}

/* The lock says so; it is asked only where somebody may hold it. */
static enum mailq_state find_state(const struct listing *listing,
    const struct spool *spool, const char *id, time_t turn)
{
	if (turn == SPOOL_HELD)
		return MAILQ_HELD;
	if (schedule_is_due(listing->retry, turn, listing->now) &&
	    claim_is_busy(spool, id))
		return MAILQ_BUSY;
	return MAILQ_WAITS;
}

static void add_entry(struct listing *listing, const struct mailq_item *item)
{
	if (listing->options->is_json) {
		mailq_add_json(&listing->out, item);
	} else {
		if (listing->count == 0)
			mailq_add_header(&listing->out);
		mailq_add(&listing->out, item);
	}
	listing->count++;
	listing->size += mailq_size(item->entry);
}

static void add_unreadable(struct listing *listing, const char *id,
    const struct error *err)
{
	if (listing->options->is_json)
		mailq_add_json_damaged(&listing->out, id, err->text);
	else
		strlist_addf(&listing->asides, "(%s)", err->text);
}

static void list_name(struct listing *listing, const struct spool *spool,
    const char *name)
{
	struct claim claim = {.fd = -1};
	struct error err = {.kind = ERROR_NONE};
	const char *id;
	time_t turn;
	int result;

	if (!spool_read_name(name, &turn, &id) || turn == SPOOL_OWED ||
	    !selection_has_id(listing->options, id))
		return;
	result = claim_look(&claim, spool, name, &err);
	if (result < 0 || (result == 0 && err.kind == ERROR_IO)) {
		add_unreadable(listing, id, &err);
	} else if (result > 0 &&
	    selection_has(listing->options, &claim.entry)) {
		struct mailq_item item = {
		    .entry = &claim.entry,
		    .state = find_state(listing, spool, id, turn),
		    .turn = turn,
		};

		add_entry(listing, &item);
	}
	claim_free(&claim);
}

static size_t count_damaged(const struct spool *spool)
{
	int fd = openat(spool->top, "damaged",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	size_t count = 0;

	if (directory == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	while ((entry = readdir(directory)) != NULL) {
		time_t turn;
		const char *id;

		if (spool_read_name(entry->d_name, &turn, &id))
			count++;
	}
	(void)closedir(directory);
	return count;
}

/* Not on stderr, which has nothing while the exit code is 0. */
static void note_damaged(struct listing *listing, const struct spool *spool)
{
	size_t count = count_damaged(spool);

	if (count > 0)
		strlist_addf(&listing->asides,
		    "(%zu damaged entr%s in %s/damaged)", count,
		    count == 1 ? "y" : "ies", spool->path);
}

static int list_spool(void *context, const struct spool *spool,
    struct error *err)
{
	struct listing *listing = context;
	struct strlist names = {0};
	int result = spool_list(spool, &names, err);

	for (size_t i = 0; result == 0 && i < names.count; i++) {
		list_name(listing, spool, names.items[i]);
		result = flush(listing, BLOCK, err);
	}
	if (!listing->options->is_json)
		note_damaged(listing, spool);
	strlist_free(&names);
	return result;
}

/* Of a queue that cannot be read nobody knows whether it is empty. */
static void add_end(struct listing *listing, bool is_whole)
{
	if (listing->options->is_json)
		return;
	for (size_t i = 0; i < listing->asides.count; i++)
		mailq_add_aside(&listing->out, listing->asides.items[i]);
	if (listing->count == 0 && !is_whole)
		return;
	if (listing->count == 0 && !selection_is_set(listing->options))
		mailq_add_empty(&listing->out);
	else
		mailq_add_totals(&listing->out, listing->count, listing->size);
}

int queue_list(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct listing listing = {
	    .options = options,
	    .retry = &config_settings(config)->retry,
	    .now = identity->start.seconds,
	    .fd = fd,
	};
	int result = queue_spools_each(config, identity, list_spool, &listing,
	    sentences, err);
	struct error cause;

	add_end(&listing, result == 0);
	if (flush(&listing, 0, &cause) < 0 && result == 0) {
		strlist_add(sentences, text_of(cause.text));
		*err = cause;
		result = -1;
	}
	buf_free(&listing.out);
	strlist_free(&listing.asides);
	return result;
}
