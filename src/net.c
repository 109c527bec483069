#include "net.h"

#include <errno.h>
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
#include "idn.h"
#include "mem.h"
#include "proxy.h"
#include "race.h"
#include "resolve.h"
#include "run.h"
#include "socks.h"
#include "tls.h"
#include "wait.h"

enum { NAME_SIZE = 128, COMMAND_PATIENCE = 1000 /* milliseconds */ };

struct net {
	struct transport transport; /* first: see net_of() */
	const struct profile *profile;
	const struct smarthost *smarthost;
	struct net_delay *delay;
	struct tls *tls;
	int fd;
	pid_t command; /* whose output it is, or 0 */
	bool has_heard;
	char peer[NAME_SIZE];
	char local[NAME_SIZE];
};

static struct net *net_of(struct transport *transport)
{
	return (struct net *)(void *)transport;
}

/* It has closed its output and not said a word before. */
static int fail_command(struct net *net, struct error *err)
{
	pid_t command = net->command;

	net->command = 0;
	if (run_end(command, COMMAND_PATIENCE, err) == 0)
		(void)fail(err, ERROR_NETWORK, "the command said nothing");
	err->kind = ERROR_NETWORK;
	return -1;
}

static ssize_t net_read(struct transport *transport, char *data, size_t size,
    int64_t deadline, struct error *err)
{
	struct net *net = net_of(transport);

	if (net->tls != NULL)
		return tls_read(net->tls, data, size, deadline, err);
	for (;;) {
		ssize_t count = recv(net->fd, data, size, 0);

		if (count < 0 && errno == ECONNRESET)
			count = 0;
		if (count == 0 && !net->has_heard && net->command > 0)
			return fail_command(net, err);
		net->has_heard = net->has_heard || count > 0;
		if (count >= 0)
			return count;
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
	return wait_to_send(net->fd, bytes, deadline, err);
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
	struct buf name = {0};

	if (idn_add_ascii(&name, text_of(smarthost_identity(net->smarthost)),
		ERROR_CONFIG, err) == 0)
		net->tls = tls_start(net->fd, net->profile, buf_string(&name),
		    deadline, err);
	net->delay->tls = clock_ticks() - start;
	buf_free(&name);
	return net->tls != NULL ? 0 : -1;
}

static void net_tls_summary(struct transport *transport, struct buf *buf)
{
	struct net *net = net_of(transport);

	if (net->tls != NULL)
		tls_add_summary(net->tls, buf);
}

static const char *net_tls_binding(struct transport *transport, struct buf *buf)
{
	const struct net *net = net_of(transport);

	return net->tls != NULL ? tls_add_binding(net->tls, buf) : NULL;
}

static void net_close(struct transport *transport)
{
	struct net *net = net_of(transport);
	struct error ignored;

	tls_close(net->tls);
	if (net->fd >= 0)
		(void)close(net->fd);
	/* The dialogue has said all there is to say of it. */
	if (net->command > 0)
		(void)run_end(net->command, COMMAND_PATIENCE, &ignored);
	free(net);
}

static const struct transport_methods methods = {
    .read = net_read,
    .write = net_write,
    .has_input = net_has_input,
    .start_tls = net_start_tls,
    .tls_summary = net_tls_summary,
    .tls_binding = net_tls_binding,
    .close = net_close,
};

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

static int race(struct net *net, const struct addresses *addresses,
    int64_t deadline, struct error *err)
{
	const char *name = net->profile->source;
	struct address source;
	struct address winner;
	struct buf peer = {0};
	int on = 1;

	if (name != NULL && !resolve_numeric(name, 0, &source))
		return fail(err, ERROR_CONFIG, "source is no address");
	net->fd = race_connect(addresses, name != NULL ? &source : NULL,
	    deadline, &winner, err);
	if (net->fd < 0)
		return -1;
	address_add(&peer, &winner);
	(void)snprintf(net->peer, sizeof net->peer, "%s", buf_string(&peer));
	buf_free(&peer);
	/* Whole flights are written at once; nothing is gained by waiting. */
	(void)setsockopt(net->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return 0;
}

/* To the smarthost or to the proxy, which the role says. */
static int reach(struct net *net, const char *role, const char *name,
    unsigned port, int64_t deadline, struct error *err)
{
	struct addresses addresses;
	int64_t start = clock_ticks();
	int result = resolve_name(name, port, net->profile->ip, deadline,
	    &addresses, err);

	net->delay->resolve = clock_ticks() - start;
	if (result < 0)
		return fail_within(err, "the %s of profile %s: ", role,
		    net->profile->name);
	return race(net, &addresses, deadline, err);
}

static int pass_proxy(struct net *net, const struct proxy *proxy,
    int64_t deadline, struct error *err)
{
	const struct smarthost *smarthost = net->smarthost;
	struct buf name = {0};
	int result =
	    idn_add_ascii(&name, text_of(smarthost->name), ERROR_CONFIG, err);

	if (result == 0)
		result = reach(net, "proxy", proxy->host, proxy->port, deadline,
		    err);
	if (result == 0) {
		size_t length = strlen(net->peer);

		(void)snprintf(net->peer + length, sizeof net->peer - length,
		    " (proxy)");
		result = socks_connect(net->fd, proxy, buf_string(&name),
		    smarthost->port, deadline, err);
	}
	buf_free(&name);
	if (result < 0)
		return fail_within(err,
		    "no connection to %s:%u through the proxy %s:%u: ",
		    smarthost->name, smarthost->port, proxy->host, proxy->port);
	return 0;
}

static int connect_tcp(struct net *net, int64_t deadline, struct error *err)
{
	const char *value = net->profile->proxy;
	struct proxy proxy = {0};
	int result;

	if (value == NULL)
		return reach(net, "host", net->smarthost->name,
		    net->smarthost->port, deadline, err);
	result = proxy_read(&proxy, text_of(value), err);
	if (result == 0)
		result = pass_proxy(net, &proxy, deadline, err);
	proxy_free(&proxy);
	return result;
}

static int connect_unix(struct net *net, int64_t deadline, struct error *err)
{
	struct address address = {.length = sizeof(struct sockaddr_un)};
	struct sockaddr_un *to = (void *)&address.bytes;
	const char *path = net->smarthost->name;

	(void)snprintf(net->peer, sizeof net->peer, "%s", path);
	if (strlen(path) >= sizeof to->sun_path)
		return fail(err, ERROR_CONFIG,
		    "the path of the socket %s is too long", path);
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, path, strlen(path) + 1);
	net->fd = race_open_socket(AF_UNIX, err);
	if (net->fd < 0)
		return -1;
	if (connect(net->fd, (struct sockaddr *)to, address.length) == 0)
		return 0;
	if (errno == EINPROGRESS || errno == EINTR) {
		if (wait_for(net->fd, POLLOUT, deadline, err) < 0)
			return fail_within(err, "no connection to %s: ", path);
		errno = wait_result(net->fd);
		if (errno == 0)
			return 0;
	}
	return fail_errno(err, ERROR_NETWORK, "no connection to %s", path);
}

static int connect_command(struct net *net, struct error *err)
{
	(void)snprintf(net->peer, sizeof net->peer, "a command");
	net->command = run_connected(net->smarthost->name, &net->fd, err);
	return net->command > 0 ? 0 : -1;
}

static int connect_any(struct net *net, struct error *err)
{
	int64_t start = clock_ticks();
	int64_t deadline = start + net->profile->connect_timeout;
	int result = -1;

	*net->delay = (struct net_delay){0};
	switch (net->smarthost->kind) {
	case SMARTHOST_NAME:
		result = connect_tcp(net, deadline, err);
		break;
	case SMARTHOST_UNIX:
		result = connect_unix(net, deadline, err);
		break;
	case SMARTHOST_COMMAND:
		result = connect_command(net, err);
		break;
	case SMARTHOST_SRV:
		result = fail(err, ERROR_BUG, "srv:%s was not looked up before",
		    net->smarthost->name);
		break;
	}
	net->delay->connect = clock_ticks() - start - net->delay->resolve;
	return result;
}

struct net *net_connect(const struct profile *profile,
    const struct smarthost *smarthost, struct net_delay *delay,
    struct error *err)
{
	struct net *net = mem_alloc(1, sizeof *net);

	net->transport.methods = &methods;
	net->profile = profile;
	net->smarthost = smarthost;
	net->delay = delay;
	net->fd = -1;
	if (connect_any(net, err) < 0) {
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

struct tls *net_tls(struct net *net)
{
	return net->tls;
}
