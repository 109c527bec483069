/*
 * credential.h - who is at the other end of a unix socket (SO_PEERCRED)
 */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>
#include <sys/types.h>

struct credential {
	uid_t uid;
	gid_t gid;
	pid_t pid; /* 0: not known */
};

/* False when it is no unix socket, or the system does not tell. */
bool credential_read(int fd, struct credential *);

#endif
