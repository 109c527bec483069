#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "tls.h"
#include "wait.h"

enum { NAME_SIZE = 128 };

struct net {
	struct transport transport; /* first: see net_of() */
	const struct profile *profile;
	struct net_delay *delay;
	struct tls *tls;
	int fd;
	char peer[NAME_SIZE];
	char local[NAME_SIZE];
};

static const char unix_prefix[] = "unix:";

static struct net *net_of(struct transport *transport)
{
	return (struct net *)(void *)transport;
}

static ssize_t net_read(struct transport *transport, char *data, size_t size,
    int64_t deadline, struct error *err)
{
	struct net *net = net_of(transport);

	if (net->tls != NULL)
		return tls_read(net->tls, data, size, deadline, err);
	for (;;) {
		ssize_t count = recv(net->fd, data, size, 0);

		if (count >= 0)
			return count;
		if (errno == ECONNRESET)
			return 0;
		if (errno == EAGAIN) {
			if (wait_for_peer(net->fd, deadline, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return fail_errno(err, ERROR_NETWORK,
			    "the connection broke");
		}
	}
}

static int net_write(struct transport *transport, struct text bytes,
    int64_t deadline, struct error *err)
{
	struct net *net = net_of(transport);

	if (net->tls != NULL)
		return tls_write(net->tls, bytes, deadline, err);
	while (bytes.length > 0) {
		ssize_t count =
		    send(net->fd, bytes.data, bytes.length, MSG_NOSIGNAL);

		if (count >= 0) {
			bytes = text_part(bytes, (size_t)count, bytes.length);
		} else if (errno == EAGAIN) {
			if (wait_for(net->fd, POLLOUT, deadline, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return fail_errno(err, ERROR_NETWORK,
			    "the connection broke");
		}
	}
	return 0;
}

static bool net_has_input(struct transport *transport)
{
	struct net *net = net_of(transport);
	char byte;

	if (net->tls != NULL)
		return tls_has_input(net->tls);
	return recv(net->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static int net_start_tls(struct transport *transport, int64_t deadline,
    struct error *err)
{
	struct net *net = net_of(transport);
	int64_t start = clock_ticks();
	const char *name = net->profile->host;

	/* Behind a unix socket there is only this host. */
	if (strncmp(name, unix_prefix, strlen(unix_prefix)) == 0)
		name = "localhost";
	net->tls = tls_start(net->fd, net->profile, name, deadline, err);
	net->delay->tls = clock_ticks() - start;
	return net->tls != NULL ? 0 : -1;
}

static void net_tls_summary(struct transport *transport, struct buf *buf)
{
	struct net *net = net_of(transport);

	if (net->tls != NULL)
		tls_add_summary(net->tls, buf);
}

static void net_close(struct transport *transport)
{
	struct net *net = net_of(transport);

	tls_close(net->tls);
	if (net->fd >= 0)
		(void)close(net->fd);
	free(net);
}

static const struct transport_methods methods = {
    .read = net_read,
    .write = net_write,
    .has_input = net_has_input,
    .start_tls = net_start_tls,
    .tls_summary = net_tls_summary,
    .close = net_close,
};

/* Connect without waiting longer than the deadline. */
static int connect_to(struct net *net, const struct sockaddr *address,
    socklen_t length, int64_t deadline, struct error *err)
{
	int failure = 0;
	socklen_t size = sizeof failure;

	if (connect(net->fd, address, length) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return fail_errno(err, ERROR_NETWORK, "no connection to %s",
		    net->peer);
	if (wait_for(net->fd, POLLOUT, deadline, err) < 0)
		return fail(err, ERROR_NETWORK,
		    "no connection to %s: no answer in time", net->peer);
	if (getsockopt(net->fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
		failure = errno;
	errno = failure;
	if (failure != 0)
		return fail_errno(err, ERROR_NETWORK, "no connection to %s",
		    net->peer);
	return 0;
}

static int open_socket(struct net *net, int family, struct error *err)
{
	int type = SOCK_STREAM;

#ifdef SOCK_CLOEXEC
	/* One call instead of three where the system has it (POSIX 2024). */
	net->fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	net->fd = socket(family, type, 0);
	if (net->fd >= 0 &&
	    (fcntl(net->fd, F_SETFD, FD_CLOEXEC) < 0 ||
		fcntl(net->fd, F_SETFL, O_NONBLOCK) < 0))
		return fail_errno(err, ERROR_SYSTEM, "no socket");
#endif
	if (net->fd < 0)
		return fail_errno(err, ERROR_NETWORK, "no socket for %s",
		    net->peer);
	return 0;
}

static void close_socket(struct net *net)
{
	if (net->fd >= 0)
		(void)close(net->fd);
	net->fd = -1;
}

static void set_peer(struct net *net, const struct addrinfo *address)
{
	char host[NI_MAXHOST] = "?";
	char port[NI_MAXSERV] = "?";

	(void)getnameinfo(address->ai_addr, address->ai_addrlen, host,
	    sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(net->peer, sizeof net->peer, "[%.64s]:%.8s", host, port);
}

/* RFC 5321 4.1.3: an address literal, where there is no name to give. */
static void set_local(struct net *net)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof address;
	char host[NI_MAXHOST] = "127.0.0.1";

	(void)snprintf(net->local, sizeof net->local, "[127.0.0.1]");
	if (getsockname(net->fd, (struct sockaddr *)&address, &length) < 0 ||
	    (address.ss_family != AF_INET && address.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof host,
		NULL, 0, NI_NUMERICHOST) != 0)
		return;
	host[strcspn(host, "%")] = '\0';
	(void)snprintf(net->local, sizeof net->local, "[%s%.64s]",
	    address.ss_family == AF_INET6 ? "IPv6:" : "", host);
}

static int try_address(struct net *net, const struct addrinfo *address,
    int64_t deadline, struct error *err)
{
	int on = 1;

	set_peer(net, address);
	if (open_socket(net, address->ai_family, err) < 0 ||
	    connect_to(net, address->ai_addr, address->ai_addrlen, deadline,
		err) < 0) {
		close_socket(net);
		return -1;
	}
	/* Whole flights are written at once; nothing is gained by waiting. */
	(void)setsockopt(net->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return 0;
}

/* Each address gets its share of the time that is left. */
static int try_addresses(struct net *net, const struct addrinfo *addresses,
    int64_t deadline, struct error *err)
{
	const struct addrinfo *at;
	int left = 0;

	for (at = addresses; at != NULL; at = at->ai_next)
		left++;
	for (at = addresses; at != NULL; at = at->ai_next) {
		int64_t now = clock_ticks();

		if (try_address(net, at, now + (deadline - now) / left--,
			err) == 0)
			return 0;
	}
	return -1;
}

static int fail_resolve(const struct profile *profile, int code,
    struct error *err)
{
	bool is_unknown = code == EAI_NONAME;

#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
	is_unknown = is_unknown || code == EAI_NODATA;
#endif
	if (is_unknown)
		return fail(err, ERROR_NO_HOST,
		    "the smarthost %s does not exist; see host in profile %s",
		    profile->host, profile->name);
	return fail(err, ERROR_NETWORK,
	    "the address of the smarthost %s was not found: %s", profile->host,
	    gai_strerror(code));
}

static int connect_tcp(struct net *net, struct error *err)
{
	const struct profile *profile = net->profile;
	struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *addresses = NULL;
	int64_t start = clock_ticks();
	char port[16];
	int code;
	int result;

	(void)snprintf(port, sizeof port, "%u", profile->port);
	code = getaddrinfo(profile->host, port, &hints, &addresses);
	net->delay->resolve = clock_ticks() - start;
	if (code != 0)
		return fail_resolve(profile, code, err);
	result = try_addresses(net, addresses, start + profile->connect_timeout,
	    err);
	freeaddrinfo(addresses);
	net->delay->connect = clock_ticks() - start - net->delay->resolve;
	return result;
}

static int connect_unix(struct net *net, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = net->profile->host + strlen(unix_prefix);
	int64_t start = clock_ticks();

	(void)snprintf(net->peer, sizeof net->peer, "%s", path);
	if (strlen(path) >= sizeof address.sun_path)
		return fail(err, ERROR_CONFIG,
		    "the path of the socket %s is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (open_socket(net, AF_UNIX, err) < 0)
		return -1;
	return connect_to(net, (struct sockaddr *)&address, sizeof address,
	    start + net->profile->connect_timeout, err);
}

struct net *net_connect(const struct profile *profile, struct net_delay *delay,
    struct error *err)
{
	struct net *net = mem_alloc(1, sizeof *net);
	bool is_unix =
	    strncmp(profile->host, unix_prefix, strlen(unix_prefix)) == 0;

	net->transport.methods = &methods;
	net->profile = profile;
	net->delay = delay;
	net->fd = -1;
	if ((is_unix ? connect_unix(net, err) : connect_tcp(net, err)) < 0) {
		net_close(&net->transport);
		return NULL;
	}
	set_local(net);
	return net;
}

struct transport *net_transport(struct net *net)
{
	return &net->transport;
}

const char *net_peer(const struct net *net)
{
	return net->peer;
}

const char *net_local(const struct net *net)
{
	return net->local;
}
