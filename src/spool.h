/*
 * spool.h - mail that waits, on disk: the directory and its names
 *
 *	messages/ID    a message, never changed once it is whole; whoever
 *	               holds its flock(2) has the entry (claim.h)
 *	queue/TIME-ID  its envelope (entry.h): there it is in the queue.  TIME
 *	               is when its turn comes, 12 digits, so names sort by it
 *	queue/held-ID  the same, on hold
 *	queue/owed-ID  the same of a report that is not in the queue yet
 *	tmp/ID         an envelope while it is written
 *	damaged/       what could not be read, never sent, never deleted
 *	dead/          what could neither be delivered nor returned
 *	rate/PROFILE   see rate.h
 *	drain          flock(2)ed by the one background run
 *	swept          as old as the last sweep.h
 *
 * All of it belongs to the owner of the directory and is closed to others;
 * root may work in anybody's and then gives away what it makes.  No link is
 * ever followed in it.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "error.h"
#include "spool_name.h"
#include "strlist.h"

struct spool {
	char *path; /* owned */
	/* Descriptors of directories, -1 while it is not open. */
	int top;
	int messages;
	int queue;
	int tmp;
	uid_t owner;
	gid_t group;
};

/*
 * Open it, and make what is missing of it, parents included.  ERROR_CREATE with
 * the path; it is then closed, and spool_close() does nothing.
 */
int spool_open(struct spool *, const char *path, struct error *);

/* As spool_open(), but a directory that does not exist is 1, and not made. */
int spool_open_existing(struct spool *, const char *path, struct error *);
void spool_close(struct spool *);

/* The descriptor of damaged, dead or rate in it, made where missing; or -1. */
int spool_open_part(const struct spool *, const char *name, struct error *);

/*
 * A new file, opened for reading and writing, in one of those directories;
 * what root makes belongs to the spool's owner.  ERROR_CREATE.
 */
int spool_create(const struct spool *, int directory, const char *name,
    struct error *);

/*
 * An old one, for O_RDONLY or O_RDWR; -1 with errno, ELOOP for what is no
 * regular file.
 */
int spool_open_file(int directory, const char *name, int mode);

/* "queue/", "messages/", "tmp/", or "" for another one: for sentences. */
const char *spool_part_name(const struct spool *, int directory);

/* fsync(2); a failure is final and must not be tried again.  ERROR_IO. */
int spool_sync(const struct spool *, int fd, struct error *);

/* The names in queue/, sorted; no file is opened.  ERROR_IO. */
int spool_list(const struct spool *, struct strlist *list, struct error *);

/* The names in such a directory, whatever they are, sorted. */
int spool_list_files(const struct spool *, int directory, struct strlist *list,
    struct error *);

/* The name in queue/ of the entry with that ID: 1, 0 for none, -1. */
int spool_find(const struct spool *, const char *wanted,
    char found[SPOOL_NAME_SIZE]);

/* Something is in queue/; looks no further than that. */
bool spool_has_entries(const struct spool *);

/* Hold the lock of the background run until the descriptor is closed; or -1. */
int spool_lock_drain(const struct spool *);

#endif
