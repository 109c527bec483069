/*
 * client.h - who submits to a server of ours
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "error.h"
#include "identity.h"

/*
 * Fill *client for standard input at fd: at a unix socket that is the user at
 * the other end and the program that called him; at any other socket a
 * stranger, who goes by our own name; and else who runs this.  Home and host
 * are always our own, and the id is new.  ERROR_SYSTEM.  It is
 * identity_free()'s in any case.
 */
int client_find(struct identity *client, const struct identity *own, int fd,
    struct error *);

#endif
