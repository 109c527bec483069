/*
 * proxy.h - the value of proxy: socks5://[USER:PASSWORD@]HOST:PORT
 */
#ifndef PROXY_H
#define PROXY_H

#include "buf.h"
#include "error.h"
#include "text.h"

/* The port of SOCKS by RFC 1928 section 3, and RFC 1929's longest words. */
enum { PROXY_PORT = 1080, PROXY_MAX_WORD = 255 };

/* Zeroed it is none. */
struct proxy {
	char *host; /* a name or an address, without brackets */
	unsigned port;
	bool has_login;
	struct buf user;
	struct buf password;
};

/*
 * Read the value; %XX in user and password is the byte with that code, so that
 * they may hold ":", "@" and "/".  The sentence has no subject and quotes
 * nothing.
 */
int proxy_read(struct proxy *, struct text value, struct error *);

/* Return to the zeroed state; wipes the password. */
void proxy_free(struct proxy *);

#endif
