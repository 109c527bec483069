/*
 * wire.h - the server's end of a connection, in the clear or in TLS
 *
 * Blocking, with a limit of WIRE_PATIENCE seconds for each wait, so that no
 * test server outlives its test.  What is said gathers until wire_flush().
 */
#ifndef WIRE_H
#define WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "buf.h"
#include "error.h"
#include "text.h"

enum { WIRE_PATIENCE = 30 };

struct wire {
	int fd;
	SSL *ssl; /* NULL in the clear */
	struct buf in;
	size_t used; /* bytes of in that are */
	struct buf out;
	bool is_trickling; /* every byte in a write of its own */
	unsigned reads;    /* read(2) calls that brought something */
	unsigned turns;    /* times something was sent at one go */
};

/*
 * Listen at 127.0.0.1 (or ::1) on that port, or for 0 on one that the system
 * chooses, or on a unix socket.  Returns the descriptor, or -1 with
 * ERROR_SYSTEM.
 */
int wire_listen(bool is_ipv6, unsigned *port, struct error *);
int wire_listen_unix(const char *path, struct error *);

/* Take over an accepted connection. */
void wire_open(struct wire *, int fd);
void wire_close(struct wire *);

/* The next line with its LF; valid until the next call.  False at the end. */
bool wire_line(struct wire *, struct text *line);

/* A whole line is here already. */
bool wire_has_line(const struct wire *);

void wire_say(struct wire *, struct text);
bool wire_flush(struct wire *);

/* Drops what came before TLS, as RFC 3207 section 6 wants it. */
int wire_start_tls(struct wire *, SSL_CTX *, struct error *);

/* Send no more, and read until the other side closes too. */
void wire_hang_up(struct wire *);

/* Do nothing until the other side closes or standard input ends. */
void wire_wait(const struct wire *);

#endif
