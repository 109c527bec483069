/*
 * transport.h - where a dialogue's bytes go: a network, TLS, a test script
 *
 * Deadlines are points on clock_ticks().  A function that fails says why with
 * ERROR_NETWORK, ERROR_CERTIFICATE or ERROR_PROTOCOL; the caller closes.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"
#include "text.h"

struct transport;

struct transport_methods {
	/* At least one byte, or 0 when the other side has closed. */
	ssize_t (*read)(struct transport *, char *data, size_t size,
	    int64_t deadline, struct error *);
	/* All of it. */
	int (*write)(struct transport *, struct text, int64_t deadline,
	    struct error *);
	/* Bytes have come that nobody has read; never waits. */
	bool (*has_input)(struct transport *);
	int (*start_tls)(struct transport *, int64_t deadline, struct error *);
	/* "TLSv1.3 TLS_AES_256_GCM_SHA384, certificate ..."; "" without. */
	void (*tls_summary)(struct transport *, struct buf *);
	/*
	 * Add what binds a login to this TLS connection and return the name of
	 * its kind (RFC 5929, RFC 9266); NULL where there is none.
	 */
	const char *(*tls_binding)(struct transport *, struct buf *);
	void (*close)(struct transport *);
};

struct transport {
	const struct transport_methods *methods;
};

#endif
