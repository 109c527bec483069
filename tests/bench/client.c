/*
 * client.c - the yardstick of "make bench": about the least that handing over
 * one message takes, straight on a socket and OpenSSL
 *
 * It knows the server it talks to: replies are in order and short, PIPELINING
 * is there.  The message on standard input has LF line ends.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECORD = 16 * 1024, /* the largest of TLS */
	BLOCK = 4 * RECORD
};

struct job {
	const char *mode; /* plain, starttls, implicit */
	const char *port;
	const char *ca_dir;
	const char *user;
	const char *password;
	const char *sender;
	char **recipients;
	int count;
};

struct wire {
	int fd;
	SSL *ssl; /* NULL in the clear */
};

struct body {
	char in[BLOCK];
	char out[2 * BLOCK + 2 * RECORD];
	size_t used; /* bytes of out */
	bool is_inside_line;
};

static const char ehlo[] = "EHLO client.example.org\r\n";
static const char end[] = ".\r\nQUIT\r\n";

static bool wire_connect(struct wire *wire, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int yes = 1;

	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return wire->fd >= 0 &&
	    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) ==
	    0 &&
	    connect(wire->fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool wire_start_tls(struct wire *wire, const char *ca_dir)
{
	SSL_CTX *context;

	/* The system's openssl.cnf costs more than the rest of the set-up. */
	(void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	context = SSL_CTX_new(TLS_client_method());
	if (context == NULL)
		return false;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_dir(context, ca_dir) == 1)
		wire->ssl = SSL_new(context);
	SSL_CTX_free(context); /* the session holds it, if there is one */
	return wire->ssl != NULL &&
	    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(wire->ssl),
		"127.0.0.1") == 1 &&
	    SSL_set_fd(wire->ssl, wire->fd) == 1 && SSL_connect(wire->ssl) == 1;
}

static bool wire_send(const struct wire *wire, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = wire->ssl != NULL ?
		    SSL_write(wire->ssl, data, (int)size) :
		    send(wire->fd, data, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* Read so many replies (RFC 5321 4.2); false unless each is 2yz or 3yz. */
static bool wire_hear(const struct wire *wire, int replies)
{
	char data[4096];
	unsigned column = 0;
	bool is_last_line = false;

	while (replies > 0) {
		ssize_t got = wire->ssl != NULL ?
		    SSL_read(wire->ssl, data, sizeof data) :
		    recv(wire->fd, data, sizeof data, 0);

		for (ssize_t i = 0; i < got; i++) {
			if (column == 0 && data[i] != '2' && data[i] != '3')
				return false;
			if (column == 3)
				is_last_line = data[i] != '-';
			column = data[i] == '\n' ? 0 : column + 1;
			replies -= column == 0 && is_last_line;
		}
		if (got <= 0)
			return false;
	}
	return true;
}

static bool wire_say(const struct wire *wire, const char *line)
{
	return wire_send(wire, line, strlen(line)) && wire_hear(wire, 1);
}

/* The initial response of RFC 4616 saves a round trip. */
static bool log_in(const struct wire *wire, const struct job *job)
{
	unsigned char secret[256];
	unsigned char encoded[2 * sizeof secret];
	char line[sizeof encoded + 16];
	int size = snprintf((char *)secret, sizeof secret, "%c%s%c%s", '\0',
	    job->user, '\0', job->password);

	if (size < 0 || (size_t)size >= sizeof secret)
		return false;
	(void)EVP_EncodeBlock(encoded, secret, size);
	(void)snprintf(line, sizeof line, "AUTH PLAIN %s\r\n", encoded);
	return wire_say(wire, line);
}

static bool open_session(struct wire *wire, const struct job *job)
{
	bool is_implicit = strcmp(job->mode, "implicit") == 0;
	bool is_plain = strcmp(job->mode, "plain") == 0;

	if (!wire_connect(wire, job->port) ||
	    (is_implicit && !wire_start_tls(wire, job->ca_dir)) ||
	    !wire_hear(wire, 1) || !wire_say(wire, ehlo))
		return false;
	if (is_plain)
		return true;
	if (!is_implicit &&
	    (!wire_say(wire, "STARTTLS\r\n") ||
		!wire_start_tls(wire, job->ca_dir) || !wire_say(wire, ehlo)))
		return false;
	return log_in(wire, job);
}

/* MAIL, every RCPT and DATA in one write (RFC 2920). */
static bool send_envelope(const struct wire *wire, const struct job *job)
{
	char *commands = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&commands, &size);
	bool is_sent;

	if (file == NULL)
		return false;
	(void)fprintf(file, "MAIL FROM:<%s>\r\n", job->sender);
	for (int i = 0; i < job->count; i++)
		(void)fprintf(file, "RCPT TO:<%s>\r\n", job->recipients[i]);
	(void)fputs("DATA\r\n", file);
	is_sent = fclose(file) == 0 && wire_send(wire, commands, size) &&
	    wire_hear(wire, job->count + 2);
	free(commands);
	return is_sent;
}

static void body_put(struct body *body, const char *data, size_t size)
{
	memcpy(body->out + body->used, data, size);
	body->used += size;
}

/* LF to CRLF, leading dots doubled (RFC 5321 4.5.2). */
static void body_convert(struct body *body, size_t size)
{
	const char *data = body->in;

	while (size > 0) {
		const char *newline = memchr(data, '\n', size);
		size_t length =
		    newline != NULL ? (size_t)(newline - data) : size;

		if (!body->is_inside_line && *data == '.')
			body_put(body, ".", 1);
		body_put(body, data, length);
		body->is_inside_line = newline == NULL;
		if (newline != NULL) {
			body_put(body, "\r\n", 2);
			length++;
		}
		data += length;
		size -= length;
	}
}

/* In whole records, so that the end needs no write of its own. */
static bool send_body(const struct wire *wire, struct body *body)
{
	ssize_t got;

	do {
		size_t ready;

		got = read(STDIN_FILENO, body->in, sizeof body->in);
		if (got < 0)
			return false;
		body_convert(body, (size_t)got);
		if (got == 0)
			body_put(body, end, sizeof end - 1);
		ready = body->used - (got > 0 ? body->used % RECORD : 0);
		if (!wire_send(wire, body->out, ready))
			return false;
		body->used -= ready;
		memmove(body->out, body->out + ready, body->used);
	} while (got > 0);
	return wire_hear(wire, 1);
}

static bool deliver(const struct job *job)
{
	struct wire wire = {.fd = -1};
	struct body body;
	bool is_delivered;

	/* Zeroing all of it would touch memory that a small message spares. */
	body.used = 0;
	body.is_inside_line = false;
	is_delivered = open_session(&wire, job) && send_envelope(&wire, job) &&
	    send_body(&wire, &body);
	if (wire.ssl != NULL)
		(void)SSL_shutdown(wire.ssl); /* the server is gone or going */
	SSL_free(wire.ssl);
	if (wire.fd >= 0)
		(void)close(wire.fd); /* all was answered */
	return is_delivered;
}

int main(int argc, char **argv)
{
	struct job job;

	if (argc < 8) {
		(void)fputs("usage: client plain|starttls|implicit PORT CA_DIR "
			    "USER PASSWORD SENDER RECIPIENT... <MESSAGE\n",
		    stderr);
		return 2;
	}
	job = (struct job){argv[1], argv[2], argv[3], argv[4], argv[5], argv[6],
	    argv + 7, argc - 7};
	if (deliver(&job))
		return 0;
	(void)fputs("client: the message was not taken\n", stderr);
	return 1;
}
