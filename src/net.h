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
 * Connect to one of the profile's smarthosts within connect_timeout: to the
 * address that answers first, through the proxy, to the unix socket, or by the
 * command.  NULL with ERROR_NO_HOST, ERROR_NETWORK, or ERROR_CONFIG.  TLS is
 * not started yet.  All three must outlive it.
 */
struct net *net_connect(const struct profile *, const struct smarthost *,
    struct net_delay *, struct error *);

/* The same object; net_transport(net)->methods->close() frees both. */
struct transport *net_transport(struct net *);

/*
 * "[192.0.2.1]:587", "[2001:db8::1]:25", the proxy's with " (proxy)" behind it,
 * the socket's path, or "a command".
 */
const char *net_peer(const struct net *);

/* "[192.0.2.7]", "[IPv6:2001:db8::7]": our end, for EHLO without a name. */
const char *net_local(const struct net *);

/* The TLS session, or NULL before there is one; for tls_info.h. */
struct tls *net_tls(struct net *);

#endif
