/*
 * net.h - a connection to the smarthost, as a transport
 */
#ifndef NET_H
#define NET_H

#include "config.h"
#include "transport.h"

struct net;

/* How long the parts took, in milliseconds; for the log. */
struct net_delay {
	int64_t resolve;
	int64_t connect;
	int64_t tls;
};

/*
 * Connect to the profile's host: every address in the order the system gives
 * them, within connect_timeout, or the unix socket.  NULL with ERROR_NO_HOST
 * or ERROR_NETWORK.  TLS is not started yet.
 */
struct net *net_connect(const struct profile *, struct net_delay *,
    struct error *);

/* The same object; net_transport(net)->methods->close() frees both. */
struct transport *net_transport(struct net *);

/* "[192.0.2.1]:587", "[2001:db8::1]:25" or the socket's path. */
const char *net_peer(const struct net *);

/* "[192.0.2.7]", "[IPv6:2001:db8::7]": our end, for EHLO without a name. */
const char *net_local(const struct net *);

#endif
