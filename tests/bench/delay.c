/*
 * delay.c - a server as it is seen from far away: passes connections on to a
 * port of 127.0.0.1 and lets every byte arrive late
 *
 * usage: delay PORT MILLISECONDS...
 *
 * For each round trip time it listens on a port of its own, and prints them in
 * one line.  It ends with its standard input.  For small messages only: the
 * path has room for everything and loses nothing.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

enum { MAX_PATHS = 8, MAX_TIME = 1000, BLOCK = 64 * 1024 };

/* Bytes on their way; none at all are the end of the stream. */
struct chunk {
	struct chunk *next;
	int64_t due; /* microseconds, see now() */
	size_t size;
	char data[];
};

/* One direction. */
struct way {
	int from; /* -1 when that side has ended */
	int to;
	struct chunk *first;
	struct chunk *last;
	int64_t opening; /* nothing arrives before */
};

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static struct sockaddr_in loopback(unsigned long port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void send_at_once(int fd)
{
	const int yes = 1;

	/* Without it the numbers are worse and nothing else. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* Take what has come; false when that fails. */
static bool way_take(struct way *way, int64_t delay)
{
	struct chunk *chunk = mem_alloc(1, sizeof *chunk + BLOCK);
	ssize_t got = recv(way->from, chunk->data, BLOCK, 0);

	if (got < 0) {
		free(chunk);
		return false;
	}
	chunk = mem_resize(chunk, 1, sizeof *chunk + (size_t)got);
	chunk->size = (size_t)got;
	chunk->due = now() + delay;
	if (chunk->due < way->opening)
		chunk->due = way->opening;
	if (way->last != NULL)
		way->last->next = chunk;
	else
		way->first = chunk;
	way->last = chunk;
	if (got == 0)
		way->from = -1;
	return true;
}

static bool way_deliver(struct way *way)
{
	struct chunk *chunk = way->first;
	bool is_sent = true;

	if (chunk->size == 0)
		(void)shutdown(way->to, SHUT_WR); /* it may be gone */
	for (size_t done = 0; done < chunk->size && is_sent;) {
		ssize_t sent = send(way->to, chunk->data + done,
		    chunk->size - done, MSG_NOSIGNAL);

		is_sent = sent > 0;
		done += is_sent ? (size_t)sent : 0;
	}
	way->first = chunk->next;
	if (way->first == NULL)
		way->last = NULL;
	free(chunk);
	return is_sent;
}

static bool way_deliver_due(struct way *way)
{
	while (way->first != NULL && way->first->due <= now())
		if (!way_deliver(way))
			return false;
	return true;
}

static bool way_is_over(const struct way *way)
{
	return way->from < 0 && way->first == NULL;
}

/* Microseconds until the next delivery; a minute when there is none. */
static int64_t time_left(const struct way ways[2])
{
	int64_t left = 60000000;
	int64_t start = now();

	for (int i = 0; i < 2; i++)
		if (ways[i].first != NULL && ways[i].first->due - start < left)
			left = ways[i].first->due - start;
	return left > 0 ? left : 0;
}

/* pselect(2), as the milliseconds of poll(2) would add to every trip. */
static bool wait_ways(const struct way ways[2], fd_set *ready)
{
	int64_t left = time_left(ways);
	struct timespec limit = {left / 1000000, left % 1000000 * 1000};
	int top = -1;

	FD_ZERO(ready);
	for (int i = 0; i < 2; i++) {
		if (ways[i].from < 0)
			continue;
		FD_SET(ways[i].from, ready);
		if (ways[i].from > top)
			top = ways[i].from;
	}
	return pselect(top + 1, ready, NULL, NULL, &limit, NULL) >= 0;
}

static void pass(struct way ways[2], int64_t delay)
{
	fd_set ready;

	while (!way_is_over(&ways[0]) || !way_is_over(&ways[1])) {
		if (!wait_ways(ways, &ready))
			return;
		for (int i = 0; i < 2; i++)
			if (ways[i].from >= 0 &&
			    FD_ISSET(ways[i].from, &ready) &&
			    !way_take(&ways[i], delay))
				return;
		if (!way_deliver_due(&ways[0]) || !way_deliver_due(&ways[1]))
			return;
	}
}

/*
 * Connecting takes no time here.  From far away the client would wait for one
 * round trip, the server would see it half a round trip later, and its first
 * words would take another half.
 */
static void serve(int client, unsigned long port, unsigned long milliseconds)
{
	struct sockaddr_in address = loopback(port);
	int64_t delay = (int64_t)milliseconds * 1000 / 2;
	int64_t start = now();
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct way ways[2] = {
	    {.from = client, .to = server, .opening = start + 3 * delay},
	    {.from = server, .to = client, .opening = start + 4 * delay}};

	if (server < 0 ||
	    connect(server, (struct sockaddr *)&address, sizeof address) != 0)
		_exit(1);
	send_at_once(client);
	send_at_once(server);
	pass(ways, delay);
	_exit(0);
}

static int open_path(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
	    listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return -1;
	(void)printf(" %u", (unsigned)ntohs(address.sin_port));
	return fd;
}

static void accept_one(int listener, unsigned long port,
    unsigned long milliseconds)
{
	int client = accept(listener, NULL, NULL);

	if (client < 0)
		return;
	if (fork() == 0)
		serve(client, port, milliseconds);
	(void)close(client); /* it is the child's */
}

static bool read_number(const char *word, unsigned long max,
    unsigned long *number)
{
	char *end;

	*number = strtoul(word, &end, 10);
	return *word != '\0' && *end == '\0' && *number <= max;
}

int main(int argc, char **argv)
{
	struct pollfd ready[1 + MAX_PATHS] = {
	    {.fd = STDIN_FILENO, .events = POLLIN}};
	unsigned long times[MAX_PATHS];
	unsigned long port;
	int count = argc - 2;

	if (count < 1 || count > MAX_PATHS ||
	    !read_number(argv[1], UINT16_MAX, &port))
		return 2;
	(void)fputs("port", stdout);
	for (int i = 0; i < count; i++) {
		ready[i + 1].fd = open_path();
		ready[i + 1].events = POLLIN;
		if (!read_number(argv[i + 2], MAX_TIME, &times[i]) ||
		    ready[i + 1].fd < 0)
			return 2;
	}
	(void)fputs("\n", stdout);
	(void)fflush(stdout);
	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for children */
	while (poll(ready, (nfds_t)count + 1, -1) > 0 && ready[0].revents == 0)
		for (int i = 0; i < count; i++)
			if (ready[i + 1].revents != 0)
				accept_one(ready[i + 1].fd, port, times[i]);
	return 0;
}
