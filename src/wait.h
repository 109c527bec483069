/*
 * wait.h - poll(2) with a deadline
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdint.h>

#include "error.h"

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

#endif
