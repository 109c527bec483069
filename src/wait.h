/*
 * wait.h - poll(2) with a deadline
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdint.h>

#include "error.h"
#include "text.h"

/*
 * Wait until fd is ready for POLLIN or POLLOUT.  ERROR_NETWORK when the
 * deadline, a point on clock_ticks(), passes first.
 */
int wait_for(int fd, short events, int64_t deadline, struct error *);

/*
 * Wait for bytes from a peer.  What has come from it already is acknowledged at
 * once: a server that follows Nagle (RFC 896) holds its answer until then, for
 * 40 ms, when TLS 1.3 has sent its session tickets just before.
 */
int wait_for_peer(int fd, int64_t deadline, struct error *);

/* Send all of it; ERROR_NETWORK, as above or because the connection broke. */
int wait_to_send(int fd, struct text, int64_t deadline, struct error *);

/* Once a socket is ready for POLLOUT: 0, or why connect(2) failed, as errno. */
int wait_result(int fd);

#endif
