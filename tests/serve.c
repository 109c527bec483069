#include "serve.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certs.h"

enum { LAST_WAIT = 5000 }; /* milliseconds, for children at the end */

struct server {
	const struct serve *serve;
	SSL_CTX *context;
	int listener;
	int results[2]; /* a pipe: children write a struct tally each */
	unsigned count; /* connections */
	struct tally sum;
};

static const char *const stage_names[STAGES] = {
    [STAGE_NONE] = "",
    [STAGE_CONNECT] = "connect",
    [STAGE_GREETING] = "greeting",
    [STAGE_EHLO] = "ehlo",
    [STAGE_STARTTLS] = "starttls",
    [STAGE_HANDSHAKE] = "handshake",
    [STAGE_AUTH] = "auth",
    [STAGE_MAIL] = "mail",
    [STAGE_RCPT] = "rcpt",
    [STAGE_DATA] = "data",
    [STAGE_BODY] = "body",
    [STAGE_DOT] = "dot",
};

enum stage stage_find(const char *name)
{
	for (enum stage i = STAGE_CONNECT; i < STAGES; i++)
		if (strcmp(stage_names[i], name) == 0)
			return i;
	return STAGE_NONE;
}

static void serve_connection(struct server *server, int fd)
{
	struct wire wire;
	struct tally tally = {.connections = 1};

	(void)close(server->listener); /* it is the parent's */
	(void)close(server->results[0]);
	wire_open(&wire, fd);
	wire.is_trickling = server->serve->is_trickling;
	visit_run(server->serve, server->context, &wire, server->count, &tally);
	tally.turns = wire.turns;
	tally.reads = wire.reads;
	/* Before the close: who sees the end may count on the tally. */
	if (write(server->results[1], &tally, sizeof tally) < 0)
		_exit(1);
	wire_close(&wire);
	_exit(0);
}

static void take_connection(struct server *server)
{
	int fd = accept(server->listener, NULL, NULL);
	pid_t child;

	if (fd < 0)
		return;
	server->count++;
	child = fork();
	if (child == 0)
		serve_connection(server, fd);
	(void)close(fd); /* it is the child's */
}

static bool take_tally(struct server *server)
{
	struct tally one;

	if (read(server->results[0], &one, sizeof one) != sizeof one)
		return false;
	server->sum.connections += one.connections;
	server->sum.messages += one.messages;
	server->sum.turns += one.turns;
	server->sum.handshakes += one.handshakes;
	server->sum.reads += one.reads;
	server->sum.bare += one.bare;
	return true;
}

static void serve_until_end(struct server *server)
{
	struct pollfd ready[] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = server->listener, .events = POLLIN},
	    {.fd = server->results[0], .events = POLLIN}};

	/* At this stage a connection waits in the queue for good. */
	if (server->serve->hang == STAGE_CONNECT)
		ready[1].fd = -1;
	while (poll(ready, 3, -1) > 0 && ready[0].revents == 0) {
		if (ready[1].revents != 0)
			take_connection(server);
		if (ready[2].revents != 0)
			(void)take_tally(server); /* it will be there */
	}
	(void)close(server->results[1]); /* the end comes when all are gone */
	ready[2].revents = 0;
	while (poll(&ready[2], 1, LAST_WAIT) > 0 && take_tally(server))
		;
}

static void print_tally(const struct tally *tally)
{
	(void)printf("connections %u\nmessages %u\nturns %u\n"
		     "handshakes %u\nreads %u\n",
	    tally->connections, tally->messages, tally->turns,
	    tally->handshakes, tally->reads);
	(void)printf("bare line ends %u\n", tally->bare);
	/* Connecting takes one, and so does a handshake of TLS 1.3. */
	(void)printf("round trips %u\n",
	    tally->connections + tally->handshakes + tally->turns);
}

/*
 * Linux lets one connection more than the backlog come; when it is there,
 * everyone else waits.
 */
static void fill_backlog(int listener)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;

	(void)listen(listener, 0);
	(void)getsockname(listener, (struct sockaddr *)&address, &size);
	for (int i = 0; i < 2; i++) {
		int fd = socket(address.ss_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		/* In progress; it stays open as long as this process. */
		(void)connect(fd, (struct sockaddr *)&address, size);
	}
}

static int start_listening(struct server *server, struct error *err)
{
	const struct serve *serve = server->serve;
	unsigned port = (unsigned)serve->port;

	server->listener = serve->socket != NULL ?
	    wire_listen_unix(serve->socket, err) :
	    wire_listen(serve->is_ipv6, &port, err);
	if (server->listener < 0)
		return -1;
	if (serve->hang == STAGE_CONNECT)
		fill_backlog(server->listener);
	if (serve->close == STAGE_CONNECT) {
		(void)close(server->listener); /* nobody can connect */
		server->listener = -1;
	}
	if (serve->socket != NULL)
		(void)printf("socket %s\n", serve->socket);
	else
		(void)printf("port %u\n", port);
	(void)fflush(stdout);
	return 0;
}

static int make_context(struct server *server, struct error *err)
{
	const struct serve *serve = server->serve;

	if (serve->certs == NULL)
		return 0;
	server->context = certs_context(serve->certs, serve->certificate, err);
	if (server->context == NULL)
		return -1;
	if (serve->is_tls11)
		(void)SSL_CTX_set_max_proto_version(server->context,
		    TLS1_1_VERSION);
	return 0;
}

int serve_run(const struct serve *serve, struct error *err)
{
	struct server server = {.serve = serve};

	if (make_context(&server, err) != 0)
		return -1;
	if (pipe(server.results) != 0)
		return fail_errno(err, ERROR_SYSTEM, "no pipe");
	if (start_listening(&server, err) != 0)
		return -1;
	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for children */
	serve_until_end(&server);
	print_tally(&server.sum);
	SSL_CTX_free(server.context);
	return 0;
}
