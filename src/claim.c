#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "damaged.h"
#include "envelope_file.h"
#include "file.h"
#include "message_file.h"

/* Who only looks, see claim_is_busy(), has the lock for a moment. */
enum { LOOK_LIMIT = 10 }; /* milliseconds */

/* --- making one ---------------------------------------------------------- */

static void begin(struct claim *claim, const struct spool *spool,
    const char *id)
{
	*claim = (struct claim){.spool = spool, .fd = -1};
	(void)snprintf(claim->entry.id, sizeof claim->entry.id, "%s", id);
}

static void write_path(struct buf *path, const struct claim *claim)
{
	buf_addf(path, "%s/messages/%s", claim->spool->path, claim->entry.id);
}

static bool try_lock(int fd)
{
	return file_lock(fd, LOOK_LIMIT);
}

/* The path still leads to the file that is open: nobody has removed it. */
static bool is_same(const struct claim *claim)
{
	struct stat ours;
	struct stat theirs;

	return fstat(claim->fd, &ours) == 0 &&
	    fstatat(claim->spool->messages, claim->entry.id, &theirs,
		AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static bool is_in_queue(const struct claim *claim)
{
	char name[SPOOL_NAME_SIZE];
	const char *id;
	time_t turn = SPOOL_OWED;

	switch (spool_find(claim->spool, claim->entry.id, name)) {
	case 0:
		return false;
	case 1:
		/* A report that is only owed is made anew. */
		return !spool_read_name(name, &turn, &id) || turn != SPOOL_OWED;
	default:
		return true;
	}
}

/* What a crash has left, unless it is a message of somebody's. */
static bool take_remnant(struct claim *claim)
{
	claim->fd =
	    spool_open_file(claim->spool->messages, claim->entry.id, O_RDWR);
	if (claim->fd < 0)
		return false;
	if (try_lock(claim->fd) && is_same(claim) && !is_in_queue(claim) &&
	    file_truncate(claim->fd, 0) == 0)
		return true;
	(void)close(claim->fd);
	claim->fd = -1;
	return false;
}

int claim_make(struct claim *claim, const struct spool *spool, const char *id,
    struct error *err)
{
	struct buf path = {0};
	int result = -1;

	begin(claim, spool, id);
	claim->fd = spool_create(spool, spool->messages, id, err);
	if (claim->fd < 0 && !take_remnant(claim)) {
		claim->spool = NULL;
		return -1;
	}
	write_path(&path, claim);
	if (!try_lock(claim->fd))
		(void)fail_errno(err, ERROR_CREATE, "%s cannot be locked",
		    buf_string(&path));
	else
		result = message_file_begin(claim->fd, buf_string(&path), err);
	buf_free(&path);
	if (result < 0)
		claim_free(claim);
	return result;
}

int claim_finish(struct claim *claim, const struct message *message,
    struct error *err)
{
	const struct spool *spool = claim->spool;
	struct buf path = {0};
	int result;

	write_path(&path, claim);
	result = message_file_write(claim->fd, message, &claim->entry,
	    buf_string(&path), err);
	buf_free(&path);
	if (result < 0 || spool_sync(spool, claim->fd, err) < 0)
		return -1;
	return spool_sync(spool, spool->messages, err);
}

int claim_commit(struct claim *claim, time_t turn, struct error *err)
{
	const struct spool *spool = claim->spool;
	char name[SPOOL_NAME_SIZE];

	spool_write_name(name, turn, claim->entry.id);
	if (envelope_file_check(&claim->entry, err) < 0 ||
	    envelope_file_write(spool, name, &claim->entry, err) < 0)
		return -1;
	if (spool_sync(spool, spool->queue, err) < 0) {
		/* It may not be sent, for the caller is told that it failed. */
		(void)unlinkat(spool->queue, name, 0);
		return -1;
	}
	memcpy(claim->name, name, sizeof name);
	return 0;
}

/* --- having one ---------------------------------------------------------- */

int claim_save(struct claim *claim, struct error *err)
{
	const struct spool *spool = claim->spool;

	if (envelope_file_write(spool, claim->name, &claim->entry, err) < 0)
		return -1;
	return spool_sync(spool, spool->queue, err);
}

int claim_move(struct claim *claim, time_t turn, struct error *err)
{
	int queue = claim->spool->queue;
	char name[SPOOL_NAME_SIZE];

	spool_write_name(name, turn, claim->entry.id);
	if (renameat(queue, claim->name, queue, name) < 0)
		return fail_errno(err, ERROR_IO,
		    "%s/queue/%s cannot be renamed", claim->spool->path,
		    claim->name);
	memcpy(claim->name, name, sizeof name);
	return 0;
}

int claim_remove(struct claim *claim, struct error *err)
{
	const struct spool *spool = claim->spool;

	if (claim->name[0] == '\0')
		return 0;
	if (unlinkat(spool->queue, claim->name, 0) < 0)
		return fail_errno(err, ERROR_IO,
		    "%s/queue/%s cannot be removed", spool->path, claim->name);
	if (spool_sync(spool, spool->queue, err) < 0)
		return -1;
	claim->name[0] = '\0';
	return 0;
}

void claim_free(struct claim *claim)
{
	if (claim->spool != NULL && claim->fd >= 0) {
		/* Else it is swept away some day. */
		if (claim->name[0] == '\0')
			(void)unlinkat(claim->spool->messages, claim->entry.id,
			    0);
		/* Not unlocked: a child may have it from us. */
		(void)close(claim->fd);
	}
	entry_free(&claim->entry);
	*claim = (struct claim){.fd = -1};
}

/* --- taking one ---------------------------------------------------------- */

/* Only what is wrong twice is proven. */
static bool may_be_damage(int result, const struct error *err)
{
	return result < 0 && err->kind == ERROR_MESSAGE;
}

/* The name is that of its ID, or it would be another entry's. */
static int read_envelope(struct claim *claim, struct error *err)
{
	char id[ENTRY_ID_SIZE];
	int result;

	memcpy(id, claim->entry.id, sizeof id);
	result =
	    envelope_file_read(claim->spool, claim->name, &claim->entry, err);
	if (may_be_damage(result, err))
		result = envelope_file_read(claim->spool, claim->name,
		    &claim->entry, err);
	if (result == 0 && strcmp(claim->entry.id, id) != 0)
		result = fail(err, ERROR_MESSAGE, "its envelope is that of %s",
		    claim->entry.id);
	memcpy(claim->entry.id, id, sizeof id);
	return result;
}

static bool begin_by_name(struct claim *claim, const struct spool *spool,
    const char *name)
{
	const char *id;
	time_t turn;

	if (!spool_read_name(name, &turn, &id)) {
		*claim = (struct claim){.fd = -1};
		return false;
	}
	begin(claim, spool, id);
	(void)snprintf(claim->name, sizeof claim->name, "%s", name);
	return true;
}

/* A message goes only when its envelope has gone. */
static int miss_message(const struct claim *claim, struct error *err)
{
	int reason = errno;
	struct stat status;

	if (reason == ELOOP)
		return fail(err, ERROR_MESSAGE,
		    "its message is no regular file");
	if (reason == ENOENT &&
	    fstatat(claim->spool->queue, claim->name, &status,
		AT_SYMLINK_NOFOLLOW) == 0)
		return fail(err, ERROR_MESSAGE, "its message is missing");
	errno = reason;
	return fail_errno(err, reason == ENOENT ? ERROR_SYSTEM : ERROR_IO,
	    "%s/messages/%s cannot be opened", claim->spool->path,
	    claim->entry.id);
}

static int take(struct claim *claim, struct error *err)
{
	claim->fd =
	    spool_open_file(claim->spool->messages, claim->entry.id, O_RDWR);
	if (claim->fd < 0)
		return miss_message(claim, err);
	if (!try_lock(claim->fd) || !is_same(claim))
		return fail(err, ERROR_SYSTEM, "somebody else has %s",
		    claim->entry.id);
	return read_envelope(claim, err);
}

/* From a failure to what the functions below return. */
static int judge(const struct claim *claim, bool is_ours, struct error *err)
{
	if (err->kind == ERROR_NO_MODE) {
		(void)fail_within(err, "%s in %s: ", claim->entry.id,
		    claim->spool->path);
		return -1;
	}
	if (err->kind != ERROR_MESSAGE)
		return 0;
	if (is_ours)
		damaged_set_aside(claim->spool, claim->name, claim->entry.id,
		    err);
	else
		(void)fail_within(err, "%s in %s is damaged: ", claim->entry.id,
		    claim->spool->path);
	return -1;
}

int claim_take(struct claim *claim, const struct spool *spool, const char *name,
    struct error *err)
{
	int result;

	if (!begin_by_name(claim, spool, name))
		return 0;
	if (take(claim, err) == 0)
		return 1;
	result = judge(claim, true, err);
	claim_free(claim);
	return result;
}

int claim_look(struct claim *claim, const struct spool *spool, const char *name,
    struct error *err)
{
	int result;

	if (!begin_by_name(claim, spool, name))
		return 0;
	if (read_envelope(claim, err) == 0)
		return 1;
	result = judge(claim, false, err);
	claim_free(claim);
	return result;
}

int claim_read_message(struct claim *claim, struct message *message,
    struct error *err)
{
	struct buf path = {0};
	int result;

	write_path(&path, claim);
	result = message_file_read(claim->fd, message, &claim->entry,
	    buf_string(&path), err);
	if (may_be_damage(result, err))
		result = message_file_read(claim->fd, message, &claim->entry,
		    buf_string(&path), err);
	buf_free(&path);
	return result == 0 ? 1 : judge(claim, true, err);
}

bool claim_is_busy(const struct spool *spool, const char *id)
{
	int fd = spool_open_file(spool->messages, id, O_RDONLY);
	bool is_busy;

	if (fd < 0)
		return false;
	is_busy = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return is_busy;
}
