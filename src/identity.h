/*
 * identity.h - who runs this, where, and when
 *
 * The login name comes from getuid(), never from USER or LOGNAME.  No name
 * server is asked for the host's name.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "buf.h"
#include "date.h"
#include "entry.h"
#include "error.h"
#include "strlist.h"
#include "text.h"

enum { IDENTITY_ID_LENGTH = 12 }; /* of a new one: A-Z, 0-9 */

struct identity {
	uid_t uid;
	bool is_client;   /* of a server: who asks is not who runs this */
	bool is_stranger; /* he came over a network, and nobody knows him */
	char *login;      /* "uid33" when the user has no entry */
	char *full_name;  /* $NAME, else GECOS up to the comma; may be empty */
	char *home;       /* $HOME where it is the user's, else passwd's */
	char *hostname;   /* the host's full name, or what there is of it */
	char *domain;     /* /etc/mailname, else hostname */
	char *caller;     /* the parent's program and script; may be empty */
	struct moment start;
	char id[ENTRY_ID_SIZE]; /* of this message, or its entry in the queue */
};

/*
 * Fill *identity.  ERROR_SYSTEM when the system has no random bytes; never
 * fails for want of an environment, a home or a passwd entry.
 */
int identity_find(struct identity *, struct error *);
void identity_free(struct identity *);

/* Another message of the same user's: it begins now, and has its own id. */
int identity_new_id(struct identity *, struct error *);

/* A client's user instead of who runs this; see client.h. */
void identity_become(struct identity *, uid_t uid);

/* Whose files are written: never a client's. */
uid_t identity_runner(const struct identity *);

/*
 * Add the names of the user's groups, as the system's files have them: what a
 * process gave up counts, too.
 */
void identity_add_groups(const struct identity *, struct strlist *names);

/*
 * What a process is called; empty where there is no such, no /proc, or one that
 * hides other users' processes.  The caller's to free.
 */
char *identity_find_caller(pid_t);

/* The pure parts of identity_find(), here for the tests. */

/* GECOS up to the first comma, "&" standing for the capitalised login. */
void identity_add_full_name(struct buf *, struct text gecos, const char *login);

/* The full name beside a short one in /etc/hosts; empty where there is none. */
struct text identity_full_hostname(struct text hosts, struct text name);

/*
 * Program and script out of a /proc/PID/cmdline.  Never an option and nothing
 * behind the script: arguments may hold secrets.
 */
void identity_add_caller(struct buf *, struct text cmdline);

#endif
