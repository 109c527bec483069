#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"

enum {
	DAY = 24 * 3600,  /* seconds */
	MAX_REMOVED = 100 /* messages at once; there is another day */
};

#define MARK "swept"

static bool is_old(const struct stat *status, time_t now)
{
	return S_ISREG(status->st_mode) && now - status->st_mtime > DAY;
}

/* A mark of the future is one of a clock that went wrong. */
static bool is_swept(const struct spool *spool, time_t now)
{
	struct stat status;

	return fstatat(spool->top, MARK, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    status.st_mtime <= now && !is_old(&status, now);
}

static void mark(const struct spool *spool, time_t now)
{
	const struct timespec times[2] = {{.tv_sec = now}, {.tv_sec = now}};
	struct error unused;
	int fd = spool_open_file(spool->top, MARK, O_RDWR);

	if (fd < 0)
		fd = spool_create(spool, spool->top, MARK, &unused);
	if (fd < 0)
		return;
	/* In vain at worst: then it is done again. */
	(void)futimens(fd, times);
	(void)close(fd);
}

/* Only who has the lock can rename the envelope while we look for it. */
static bool remove_message(const struct spool *spool, const char *id,
    time_t now)
{
	int fd = spool_open_file(spool->messages, id, O_RDONLY);
	char name[SPOOL_NAME_SIZE];
	struct stat status;
	bool is_remnant;

	if (fd < 0)
		return false;
	is_remnant = fstat(fd, &status) == 0 && is_old(&status, now) &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    spool_find(spool, id, name) == 0 &&
	    unlinkat(spool->messages, id, 0) == 0;
	(void)close(fd);
	return is_remnant;
}

/* The IDs of all envelopes, sorted. */
static int list_ids(const struct spool *spool, struct strlist *ids)
{
	struct strlist names = {0};
	struct error unused;
	int result = spool_list(spool, &names, &unused);

	for (size_t i = 0; i < names.count; i++) {
		const char *id;
		time_t turn;

		if (spool_read_name(names.items[i], &turn, &id))
			strlist_add(ids, text_of(id));
	}
	strlist_sort(ids);
	strlist_free(&names);
	return result;
}

static void sweep_messages(const struct spool *spool, time_t now)
{
	struct strlist messages = {0};
	struct strlist ids = {0};
	struct error unused;
	int left = MAX_REMOVED;

	if (spool_list_files(spool, spool->messages, &messages, &unused) == 0 &&
	    list_ids(spool, &ids) == 0)
		for (size_t i = 0; i < messages.count && left > 0; i++)
			if (!strlist_has_sorted(&ids, messages.items[i]) &&
			    remove_message(spool, messages.items[i], now))
				left--;
	strlist_free(&ids);
	strlist_free(&messages);
}

/* By its message, whose name never changes. */
static bool is_gone(const struct spool *spool, const char *id)
{
	struct stat status;

	return fstatat(spool->messages, id, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT;
}

/* The ID of a report is that of its entry, a dot, and a number. */
static bool is_orphan(const struct spool *spool, const char *id)
{
	char parent[ENTRY_ID_SIZE];
	char *dot;

	(void)snprintf(parent, sizeof parent, "%s", id);
	dot = strrchr(parent, '.');
	if (dot == NULL)
		return false;
	*dot = '\0';
	return is_gone(spool, parent);
}

static void remove_report(const struct spool *spool, const char *name)
{
	struct error unused;
	struct claim claim;

	if (claim_take(&claim, spool, name, &unused) > 0)
		(void)claim_remove(&claim, &unused);
	claim_free(&claim);
}

static void sweep_reports(const struct spool *spool, time_t now)
{
	struct strlist names = {0};
	struct error unused;

	(void)spool_list(spool, &names, &unused);
	for (size_t i = 0; i < names.count; i++) {
		struct stat status;
		const char *id;
		time_t turn;

		if (spool_read_name(names.items[i], &turn, &id) &&
		    turn == SPOOL_OWED &&
		    fstatat(spool->queue, names.items[i], &status,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    is_old(&status, now) && is_orphan(spool, id))
			remove_report(spool, names.items[i]);
	}
	strlist_free(&names);
}

/* Whoever writes one has locked the message of that name. */
static void sweep_tmp(const struct spool *spool, time_t now)
{
	struct strlist names = {0};
	struct error unused;

	if (spool_list_files(spool, spool->tmp, &names, &unused) == 0)
		for (size_t i = 0; i < names.count; i++) {
			struct stat status;

			if (fstatat(spool->tmp, names.items[i], &status,
				AT_SYMLINK_NOFOLLOW) == 0 &&
			    is_old(&status, now) &&
			    !claim_is_busy(spool, names.items[i]))
				(void)unlinkat(spool->tmp, names.items[i], 0);
		}
	strlist_free(&names);
}

void spool_sweep(const struct spool *spool, time_t now)
{
	if (is_swept(spool, now))
		return;
	sweep_messages(spool, now);
	sweep_reports(spool, now);
	sweep_tmp(spool, now);
	mark(spool, now);
}
