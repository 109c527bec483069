/*
 * socks.h - ask a SOCKS 5 proxy for a connection (RFC 1928, RFC 1929)
 */
#ifndef SOCKS_H
#define SOCKS_H

#include <stdint.h>

#include "error.h"
#include "proxy.h"

/*
 * Over a connection to the proxy, non-blocking: from then on it is one to that
 * host.  A name in ASCII is resolved by the proxy.  ERROR_NETWORK with what the
 * proxy says is wrong; ERROR_CONFIG when it does not take the login or wants
 * one; ERROR_PROTOCOL when it does not speak SOCKS.
 */
int socks_connect(int fd, const struct proxy *, const char *name, unsigned port,
    int64_t deadline, struct error *);

#endif
