/*
 * resolve.h - host names to addresses, as the system does it
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>
#include <sys/socket.h>

#include "buf.h"
#include "error.h"
#include "settings.h"

enum { ADDRESSES_MAX = 16 }; /* of a name; more are dropped */

struct address {
	struct sockaddr_storage bytes;
	socklen_t length;
};

struct addresses {
	struct address items[ADDRESSES_MAX];
	size_t count;
};

/* An address in figures, without asking anybody; false when it is none. */
bool resolve_numeric(const char *name, unsigned port, struct address *);

/*
 * The addresses of a name, UTF-8 or ASCII, best first and then one family after
 * the other in turn (RFC 8305 section 4).  ERROR_NO_HOST where it is sure that
 * there are none, ERROR_NETWORK when it could not be found out in time.
 */
int resolve_name(const char *name, unsigned port, enum ip_version,
    int64_t deadline, struct addresses *, struct error *);

/* Two families in turn, the first one's first, each in the order it had. */
void addresses_interleave(struct addresses *);

/* "[192.0.2.1]:587", "[2001:db8::1]:25". */
void address_add(struct buf *, const struct address *);

#endif
