/*
 * smarthost.h - one entry of host in a profile: a server, and how to reach it
 */
#ifndef SMARTHOST_H
#define SMARTHOST_H

#include "buf.h"
#include "error.h"
#include "text.h"

enum { SMARTHOST_MAX = 16 }; /* in a list */

enum tls_mode { TLS_DEFAULT, TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };

enum smarthost_kind {
	SMARTHOST_NAME,   /* a name or address, and a port */
	SMARTHOST_UNIX,   /* the path of a socket */
	SMARTHOST_SRV,    /* a domain that says by DNS which ones it has */
	SMARTHOST_COMMAND /* a command whose input and output it is */
};

struct smarthost {
	enum smarthost_kind kind;
	const char *name; /* without what tells the kind, UTF-8 */
	unsigned port;    /* of a SMARTHOST_NAME only */
	enum tls_mode tls;
	const char *domain; /* whose SRV record named it, or NULL */
};

/*
 * Take the next entry off the value of host, where commas are between them; a
 * command goes to the end.  False when *rest has been used up.
 */
bool smarthost_next(struct text *rest, struct text *entry);

/*
 * Read NAME, NAME:PORT, ADDRESS, [ADDRESS], [ADDRESS]:PORT, unix:/path,
 * srv:DOMAIN or |COMMAND.  Kind and port are set, the port to 0 where none was
 * given; the name is a part of the entry.  The sentence has no subject.
 */
int smarthost_read(struct text entry, struct smarthost *, struct text *name,
    struct error *);

/*
 * Whom its certificate must be for: itself, or this host behind a unix socket.
 * DNS alone is not to be trusted: a server that it names for a domain must be
 * below it, or else prove to be the domain (RFC 6186 section 6).
 */
const char *smarthost_identity(const struct smarthost *);

/* "h.example:587", "[2001:db8::1]:25", "unix:/path", "srv:DOMAIN", "|...". */
void smarthost_add(struct buf *, const struct smarthost *);

#endif
