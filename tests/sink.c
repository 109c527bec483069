#include "sink.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "text.h"
#include "wire.h"

/* Behind error.h: it has a macro fail(). */
#include <check.h>

enum { PATIENCE = 1 }; /* milliseconds between looks */

struct client {
	struct sink_state *state;
	struct wire wire;
	int recipients[SINK_MAX];
	unsigned count;
	bool has_sent;
};

struct sink_state *sink_prepare(void)
{
	struct sink_state *state = mmap(NULL, sizeof *state,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(state, MAP_FAILED);
	atomic_store(&state->killed, -1);
	return state;
}

/* Until so many are counted; the test fails by what it counts then. */
static bool wait_until(const atomic_uint *counted, unsigned count)
{
	int64_t deadline = clock_ticks() + SINK_PATIENCE;

	while (atomic_load(counted) < count && clock_left(deadline) > 0)
		(void)poll(NULL, 0, PATIENCE);
	return atomic_load(counted) >= count;
}

static void say(struct client *client, const char *line)
{
	wire_say(&client->wire, text_of(line));
	wire_say(&client->wire, text_of("\r\n"));
}

/* The client's own process, not only its connection. */
static void kill_client(const struct client *client)
{
#ifdef SO_PEERCRED
	struct ucred peer = {0};
	socklen_t size = sizeof peer;

	if (getsockopt(client->wire.fd, SOL_SOCKET, SO_PEERCRED, &peer,
		&size) == 0)
		(void)kill(peer.pid, SIGKILL);
#endif
	_exit(0);
}

/* "RCPT TO:<rN@..." */
static void take_recipient(struct client *client, struct text line)
{
	unsigned long long number;

	line = text_part(line, text_find(line, '<') + 1, line.length);
	line = text_part(line, 0, text_find(line, '@'));
	if (!text_begins(line, "r") || client->count == SINK_MAX ||
	    text_number(text_part(line, 1, line.length), SINK_MAX - 1,
		&number) < 0) {
		say(client, "450 4.2.0 Later");
		return;
	}
	if (atomic_load(&client->state->killed) == (int)number)
		kill_client(client);
	client->recipients[client->count++] = (int)number;
	say(client, "250 2.1.5 Ok");
}

static bool take_data(struct client *client)
{
	struct sink_state *state = client->state;
	struct text line;

	if (!client->has_sent)
		(void)atomic_fetch_add(&state->senders, 1);
	client->has_sent = true;
	say(client, "354 Go on");
	if (!wire_flush(&client->wire))
		return false;
	do
		if (!wire_line(&client->wire, &line))
			return false;
	while (!text_is(line, ".\r\n"));
	if (!wait_until(&state->senders, atomic_load(&state->crowd)))
		atomic_store(&state->crowd, 0); /* once is long enough */
	return true;
}

static void count_message(struct client *client)
{
	struct sink_state *state = client->state;
	int ended = atomic_load(&state->ended);

	if (atomic_fetch_add(&state->messages, 1) == 0 &&
	    state->at_first != NULL)
		state->at_first(state->context);
	for (unsigned i = 0; i < client->count; i++)
		(void)atomic_fetch_add(&state->deliveries[client->recipients[i]],
		    1);
	if (ended > 0) {
		(void)kill((pid_t)ended, SIGTERM);
		/* So that there is mail left when it has been heard. */
		(void)poll(NULL, 0, 10 * PATIENCE);
	}
	say(client, "250 2.0.0 Taken");
}

/* False when the session is over. */
static bool answer(struct client *client, struct text line)
{
	bool is_data = text_begins(line, "DATA") && client->count > 0;

	if (text_begins(line, "QUIT") || (is_data && !take_data(client)))
		return false;
	if (is_data)
		count_message(client);
	else if (text_begins(line, "EHLO"))
		say(client, "250-sink.example\r\n250 PIPELINING");
	else if (text_begins(line, "RCPT"))
		take_recipient(client, line);
	else if (text_begins(line, "DATA"))
		say(client, "554 5.5.1 Nobody");
	else
		say(client, "250 2.0.0 Ok");
	if (is_data || text_begins(line, "RSET"))
		client->count = 0;
	return true;
}

static void serve_client(struct client *client)
{
	struct sink_state *state = client->state;
	unsigned number = atomic_fetch_add(&state->connections, 1);
	unsigned taken = atomic_load(&state->taken_connections);
	struct text line;

	if (state->other != NULL)
		(void)wait_until(&state->other->messages,
		    atomic_load(&state->patience));
	if (taken > 0 && number >= taken) {
		say(client, "421 4.3.2 Too many of you");
		(void)wire_flush(&client->wire);
		return;
	}
	say(client, "220 sink.example ESMTP");
	(void)wire_flush(&client->wire);
	while (wire_line(&client->wire, &line) && answer(client, line))
		if (!wire_has_line(&client->wire))
			(void)wire_flush(&client->wire);
	(void)wire_flush(&client->wire);
}

static _Noreturn void serve(int listener, struct sink_state *state)
{
	struct client *client = calloc(1, sizeof *client);

	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for children */
	(void)signal(SIGTERM, SIG_DFL); /* libcheck's would end the test */
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			(void)close(listener);
			client->state = state;
			wire_open(&client->wire, fd);
			serve_client(client);
			wire_close(&client->wire);
			_exit(0);
		}
		(void)close(fd); /* it is the child's */
	}
}

void sink_start(struct sink *sink, struct sink_state *state, const char *path)
{
	struct error err = {0};
	int listener = wire_listen_unix(path, &err);

	ck_assert_int_ge(listener, 0);
	*sink = (struct sink){.state = state, .pid = fork()};
	ck_assert_int_ge(sink->pid, 0);
	if (sink->pid == 0)
		serve(listener, state);
	(void)close(listener);
}

void sink_stop(struct sink *sink)
{
	(void)kill(sink->pid, SIGTERM);
	ck_assert_int_eq(waitpid(sink->pid, NULL, 0), sink->pid);
	(void)munmap(sink->state, sizeof *sink->state);
}
