#include "socks.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "resolve.h"
#include "wait.h"

enum {
	SOCKS_VERSION = 5,
	LOGIN_VERSION = 1, /* RFC 1929 */
	METHOD_NONE = 0,
	METHOD_LOGIN = 2,
	METHOD_REFUSED = 0xFF,
	COMMAND_CONNECT = 1,
	TYPE_IPV4 = 1,
	TYPE_NAME = 3,
	TYPE_IPV6 = 4,
	MAX_ADDRESS = 256 + 2 /* a name with its length, and a port */
};

/* Not a byte more: what follows is the smarthost's. */
static int receive(int fd, unsigned char *bytes, size_t size, int64_t deadline,
    struct error *err)
{
	while (size > 0) {
		ssize_t count = recv(fd, bytes, size, 0);

		if (count == 0)
			return fail(err, ERROR_NETWORK,
			    "it closed the connection");
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLIN, deadline, err) < 0)
				return -1;
		} else if (errno != EINTR)
			return fail_errno(err, ERROR_NETWORK,
			    "the connection broke");
	}
	return 0;
}

static int ask(int fd, struct buf *request, unsigned char *answer, size_t size,
    int64_t deadline, struct error *err)
{
	int result = wait_to_send(fd, buf_text(request), deadline, err);

	if (result == 0)
		result = receive(fd, answer, size, deadline, err);
	buf_wipe(request);
	return result;
}

static void add_byte(struct buf *buf, unsigned value)
{
	buf_add_byte(buf, (char)(unsigned char)value);
}

static void add_counted(struct buf *buf, struct text text)
{
	add_byte(buf, (unsigned)text.length);
	buf_add(buf, text);
}

/* RFC 1929 */
static int log_in(int fd, const struct proxy *proxy, int64_t deadline,
    struct error *err)
{
	struct buf request = {0};
	unsigned char answer[2] = {0};

	add_byte(&request, LOGIN_VERSION);
	add_counted(&request, buf_text(&proxy->user));
	add_counted(&request, buf_text(&proxy->password));
	if (ask(fd, &request, answer, sizeof answer, deadline, err) < 0)
		return -1;
	if (answer[1] != 0)
		return fail(err, ERROR_CONFIG,
		    "it refused user and password; see proxy");
	return 0;
}

/* RFC 1928 section 3 */
static int agree_on_method(int fd, const struct proxy *proxy, int64_t deadline,
    struct error *err)
{
	struct buf request = {0};
	unsigned char answer[2] = {0};

	add_byte(&request, SOCKS_VERSION);
	add_byte(&request, proxy->has_login ? 2 : 1);
	add_byte(&request, METHOD_NONE);
	if (proxy->has_login)
		add_byte(&request, METHOD_LOGIN);
	if (ask(fd, &request, answer, sizeof answer, deadline, err) < 0)
		return -1;
	if (answer[0] != SOCKS_VERSION)
		return fail(err, ERROR_PROTOCOL,
		    "it does not speak SOCKS 5; see proxy");
	if (answer[1] == METHOD_NONE)
		return 0;
	if (answer[1] == METHOD_LOGIN && proxy->has_login)
		return log_in(fd, proxy, deadline, err);
	if (answer[1] == METHOD_REFUSED)
		return fail(err, ERROR_CONFIG, "it wants %s; see proxy",
		    proxy->has_login ? "no login by user and password" :
				       "a login");
	return fail(err, ERROR_PROTOCOL, "it wants a login of kind %d",
	    answer[1]);
}

static void add_destination(struct buf *buf, const char *name, unsigned port)
{
	struct address address;
	const void *bytes = &address.bytes;
	const struct sockaddr_in *ipv4 = bytes;
	const struct sockaddr_in6 *ipv6 = bytes;

	if (!resolve_numeric(name, port, &address)) {
		add_byte(buf, TYPE_NAME);
		add_counted(buf, text_of(name));
	} else if (address.bytes.ss_family == AF_INET) {
		add_byte(buf, TYPE_IPV4);
		buf_add(buf,
		    (struct text){
			(const char *)&ipv4->sin_addr, sizeof ipv4->sin_addr});
	} else {
		add_byte(buf, TYPE_IPV6);
		buf_add(buf,
		    (struct text){(const char *)&ipv6->sin6_addr,
			sizeof ipv6->sin6_addr});
	}
	add_byte(buf, port >> 8);
	add_byte(buf, port & 0xFF);
}

/* RFC 1928 section 6 */
static const char *reason(unsigned char code)
{
	static const char *const reasons[] = {
	    [1] = "it failed",
	    [2] = "its rules do not allow this connection",
	    [3] = "it finds the network unreachable",
	    [4] = "it finds no such host, or the host unreachable",
	    [5] = "the host refused the connection",
	    [6] = "the host did not answer it in time",
	    [7] = "it cannot do this kind of request",
	    [8] = "it cannot do this kind of address",
	};

	if (code >= sizeof reasons / sizeof *reasons)
		return "it failed for a reason that RFC 1928 does not know";
	return reasons[code];
}

/* Where the proxy connects from is nothing to us, but must be read. */
static int skip_address(int fd, unsigned char type, int64_t deadline,
    struct error *err)
{
	unsigned char bytes[MAX_ADDRESS];
	size_t size = 0;

	if (type == TYPE_IPV4)
		size = 4;
	else if (type == TYPE_IPV6)
		size = 16;
	else if (type != TYPE_NAME)
		return fail(err, ERROR_PROTOCOL,
		    "it answered with an address of kind %d", type);
	if (type == TYPE_NAME) {
		if (receive(fd, bytes, 1, deadline, err) < 0)
			return -1;
		size = bytes[0];
	}
	return receive(fd, bytes, size + 2, deadline, err);
}

int socks_connect(int fd, const struct proxy *proxy, const char *name,
    unsigned port, int64_t deadline, struct error *err)
{
	struct buf request = {0};
	unsigned char answer[4] = {0};

	if (agree_on_method(fd, proxy, deadline, err) < 0)
		return -1;
	add_byte(&request, SOCKS_VERSION);
	add_byte(&request, COMMAND_CONNECT);
	add_byte(&request, 0);
	add_destination(&request, name, port);
	if (ask(fd, &request, answer, sizeof answer, deadline, err) < 0)
		return -1;
	if (answer[0] != SOCKS_VERSION)
		return fail(err, ERROR_PROTOCOL,
		    "it does not speak SOCKS 5; see proxy");
	if (answer[1] != 0)
		return fail(err, ERROR_NETWORK, "%s", reason(answer[1]));
	return skip_address(fd, answer[3], deadline, err);
}
