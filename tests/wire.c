#include "wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, BACKLOG = 64 };

/* Linux and newer BSDs tell of a half-closed connection without a read. */
#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

static int listen_at(const struct sockaddr *address, socklen_t size,
    struct error *err)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int yes = 1;

	/* A port that has just been left can be listened on again. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (fd >= 0 && bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	(void)fail_errno(err, ERROR_SYSTEM, "cannot listen");
	if (fd >= 0)
		(void)close(fd); /* nothing was sent */
	return -1;
}

int wire_listen(bool is_ipv6, unsigned *port, struct error *err)
{
	struct sockaddr_in ip4 = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 ip6 = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr *address = (struct sockaddr *)&ip4;
	socklen_t size = sizeof ip4;
	int fd;

	ip4.sin_port = ip6.sin6_port = htons((uint16_t)*port);
	if (is_ipv6) {
		address = (struct sockaddr *)&ip6;
		size = sizeof ip6;
	}
	fd = listen_at(address, size, err);
	if (fd >= 0 && getsockname(fd, address, &size) != 0) {
		(void)close(fd); /* nothing was sent */
		return fail_errno(err, ERROR_SYSTEM, "no port");
	}
	*port = ntohs(is_ipv6 ? ip6.sin6_port : ip4.sin_port);
	return fd;
}

int wire_listen_unix(const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path)
		return fail(err, ERROR_SYSTEM, "%s is too long", path);
	memcpy(address.sun_path, path, strlen(path));
	return listen_at((struct sockaddr *)&address, sizeof address, err);
}

void wire_open(struct wire *wire, int fd)
{
	const struct timeval patience = {.tv_sec = WIRE_PATIENCE};
	const int yes = 1;

	*wire = (struct wire){.fd = fd};
	/* A unix socket knows no TCP_NODELAY and needs none. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof patience);
}

void wire_close(struct wire *wire)
{
	if (wire->ssl != NULL)
		(void)SSL_shutdown(wire->ssl); /* the client may be gone */
	SSL_free(wire->ssl);
	(void)close(wire->fd); /* all was sent or nobody wants it */
	buf_free(&wire->in);
	buf_free(&wire->out);
}

static ssize_t receive(struct wire *wire, char *data, size_t size)
{
	ssize_t got;

	if (wire->ssl != NULL) {
		ERR_clear_error();
		return SSL_read(wire->ssl, data, (int)size);
	}
	do
		got = read(wire->fd, data, size);
	while (got < 0 && errno == EINTR);
	wire->reads += got > 0;
	return got;
}

static ssize_t transmit(struct wire *wire, struct text text)
{
	ssize_t sent;

	if (wire->ssl != NULL) {
		ERR_clear_error();
		return SSL_write(wire->ssl, text.data, (int)text.length);
	}
	do
		sent = send(wire->fd, text.data, text.length, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

/* More bytes; false at the end of the connection. */
static bool fill(struct wire *wire)
{
	ssize_t got;

	buf_skip(&wire->in, wire->used);
	wire->used = 0;
	got = receive(wire, buf_room(&wire->in, BLOCK), BLOCK);
	if (got <= 0)
		return false;
	wire->in.length += (size_t)got;
	return true;
}

static struct text unread(const struct wire *wire)
{
	return text_part(buf_text(&wire->in), wire->used, wire->in.length);
}

bool wire_has_line(const struct wire *wire)
{
	struct text rest = unread(wire);

	return text_find(rest, '\n') < rest.length;
}

bool wire_line(struct wire *wire, struct text *line)
{
	size_t seen = 0;
	size_t end;

	while (end = text_find(text_part(unread(wire), seen, SIZE_MAX), '\n'),
	    seen + end >= unread(wire).length) {
		seen = unread(wire).length;
		if (!fill(wire)) {
			*line = unread(wire);
			return false;
		}
	}
	*line = text_part(unread(wire), 0, seen + end + 1);
	wire->used += line->length;
	return true;
}

void wire_say(struct wire *wire, struct text text)
{
	buf_add(&wire->out, text);
}

bool wire_flush(struct wire *wire)
{
	struct text rest = buf_text(&wire->out);
	bool is_sent = true;

	wire->turns += rest.length > 0;
	while (rest.length > 0 && is_sent) {
		size_t length = wire->is_trickling ? 1 : rest.length;
		ssize_t sent = transmit(wire, text_part(rest, 0, length));

		is_sent = sent > 0;
		if (is_sent)
			rest = text_part(rest, (size_t)sent, rest.length);
	}
	buf_clear(&wire->out);
	return is_sent;
}

/* NOLINTNEXTLINE(readability-function-size): OpenSSL's type */
static long count_read(BIO *bio, int operation, const char *data, size_t length,
    int argument, long number, int result,
    size_t *processed) /* NOLINT(readability-non-const-parameter) */
{
	struct wire *wire = (struct wire *)(void *)BIO_get_callback_arg(bio);

	(void)data;
	(void)length;
	(void)argument;
	(void)number;
	(void)processed;
	wire->reads += operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0;
	return result;
}

int wire_start_tls(struct wire *wire, SSL_CTX *context, struct error *err)
{
	SSL *ssl = SSL_new(context);

	buf_clear(&wire->in);
	wire->used = 0;
	if (ssl == NULL || SSL_set_fd(ssl, wire->fd) != 1) {
		SSL_free(ssl);
		return fail(err, ERROR_SYSTEM, "no memory for TLS");
	}
	SSL_set_read_ahead(ssl, 1);
	BIO_set_callback_arg(SSL_get_rbio(ssl), (char *)wire);
	BIO_set_callback_ex(SSL_get_rbio(ssl), count_read);
	wire->ssl = ssl;
	if (SSL_accept(ssl) == 1)
		return 0;
	return fail(err, ERROR_SYSTEM, "the handshake failed: %s",
	    ERR_reason_error_string(ERR_peek_error()));
}

/*
 * A connection closed while bytes are waiting to be read is reset, and a reset
 * may overtake the last words; so listen to the end.
 */
void wire_hang_up(struct wire *wire)
{
	char dropped[4096];
	ssize_t got;

	(void)shutdown(wire->fd, SHUT_WR); /* the client may be gone */
	do
		got = read(wire->fd, dropped, sizeof dropped);
	while (got > 0 || (got < 0 && errno == EINTR));
}

void wire_wait(const struct wire *wire)
{
	struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = wire->fd, .events = POLLRDHUP}};

	(void)poll(ends, 2, WIRE_PATIENCE * 1000); /* either way it is over */
}
