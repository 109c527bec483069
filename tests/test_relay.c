#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "outcome.h"
#include "relay.h"
#include "scratch.h"
#include "suites.h"

/* Several messages to one smarthost, over loopback. */

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* --- the server ------------------------------------------------------------ */

/*
 * A session, line by line: "<" the server says, ">" the client must say, "."
 * the message must come; "!" the server closes, otherwise the client must.
 * SECOND as the first line: it is with the second of two servers.
 */
#define SECOND "2\n"

enum { LISTENERS = 2, PARTS = 5, PATIENCE = 10 /* seconds */ };

struct server {
	int listeners[LISTENERS];
	unsigned ports[LISTENERS];
	pid_t pid;
};

static void open_listener(struct server *server, int number)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, PARTS), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size),
	    0);
	server->listeners[number] = fd;
	server->ports[number] = ntohs(address.sin_port);
}

static void give_up(const char *expected, const char *got)
{
	(void)fprintf(stderr, "the server expected \"%s\" and got \"%s\"\n",
	    expected, got);
	_exit(1);
}

/* Without its line end; empty at the end of the connection. */
static void hear_line(int fd, char *line, size_t size)
{
	size_t length = 0;

	while (length + 1 < size && recv(fd, &line[length], 1, 0) == 1 &&
	    line[length++] != '\n')
		;
	line[length] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
}

static void expect_line(int fd, const char *expected)
{
	char line[1024];

	hear_line(fd, line, sizeof line);
	if (strcmp(line, expected) != 0)
		give_up(expected, line);
}

static void expect_message(int fd)
{
	char line[1024] = "";

	do {
		hear_line(fd, line, sizeof line);
		if (*line == '\0' && recv(fd, line, 1, MSG_PEEK) != 1)
			give_up(".", "the end");
	} while (strcmp(line, ".") != 0);
}

/* What is said without a break goes out in one write. */
static void say(int fd, struct buf *out)
{
	if (out->length > 0 &&
	    send(fd, out->data, out->length, MSG_NOSIGNAL) < 0)
		give_up("to be heard", strerror(errno));
	buf_clear(out);
}

static void play_line(int fd, struct buf *out, const char *line)
{
	if (*line == '<') {
		buf_addf(out, "%s\r\n", line + 1);
		return;
	}
	say(fd, out);
	if (*line == '>')
		expect_line(fd, line + 1);
	else if (*line == '.')
		expect_message(fd);
}

static void play(int listener, const char *lines)
{
	static const struct timeval patience = {.tv_sec = PATIENCE};
	struct text rest = text_of(lines);
	struct text line;
	struct buf out = {0};
	int fd;

	(void)setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		give_up("a connection", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience);
	while (text_split(&rest, '\n', &line)) {
		char *copy = text_dup(line);

		play_line(fd, &out, copy);
		free(copy);
	}
	say(fd, &out);
	if (strchr(lines, '!') == NULL)
		expect_line(fd, "");
	(void)close(fd);
	buf_free(&out);
}

static int listener_of(const char *lines)
{
	return strncmp(lines, SECOND, strlen(SECOND)) == 0 ? 1 : 0;
}

/* Where no part is for a listener nobody can connect to it. */
static void start_server(struct server *server, const char *const *parts)
{
	bool is_used[LISTENERS] = {false};

	for (int i = 0; i < PARTS && parts[i] != NULL; i++)
		is_used[listener_of(parts[i])] = true;
	server->pid = fork();
	if (server->pid == 0) {
		for (int i = 0; i < PARTS && parts[i] != NULL; i++)
			play(server->listeners[listener_of(parts[i])],
			    parts[i]);
		_exit(0);
	}
	for (int i = 0; i < LISTENERS; i++) {
		if (!is_used[i])
			(void)shutdown(server->listeners[i], SHUT_RD);
		(void)close(server->listeners[i]);
	}
}

static void check_server(const struct server *server)
{
	int status = 0;

	ck_assert_int_eq(waitpid(server->pid, &status, 0), server->pid);
	ck_assert_msg(status == 0, "the server is not content");
}

/* --- the client ------------------------------------------------------------ */

struct exchange {
	struct server server;
	struct scratch scratch;
	struct outcome outcome;
	struct identity identity;
	struct message message;
	struct envelope envelope; /* of the last message */
	struct relay relay;
	unsigned strikes;
	unsigned struck_at; /* the one that fails, from 1; 0: none does */
	unsigned accepted;  /* at the last of them */
};

static char id[] = "BCDFGHJKLMNP";
static char nothing[] = "";

static int note_strike(void *context, struct error *err)
{
	struct exchange *exchange = context;

	exchange->accepted = 0;
	for (size_t i = 0; i < exchange->envelope.count; i++)
		exchange->accepted +=
		    exchange->envelope.recipients[i].is_accepted;
	if (++exchange->strikes == exchange->struck_at)
		return (fail)(err, ERROR_IO, "the disk is full");
	return 0;
}

static void make_message(struct message *message)
{
	static const char text[] = "Hello.\n";

	message->body.fd = -1;
	message->body.length = sizeof text - 1;
	message->body.wire_length = sizeof text;
	buf_add_string(&message->body.memory, text);
	message_append(message, "Subject", text_of("hello"));
}

/* "{1}" and "{2}" are the ports, "{dir}" a directory. */
static void add_config(struct exchange *exchange, const char *profile)
{
	const struct server *server = &exchange->server;
	struct buf script = {0};
	struct buf contents = {0};
	struct text rest = text_of(profile);
	struct text piece;

	buf_addf(&script, "echo read >>%s/reads\necho " SECRET "\n",
	    exchange->scratch.directory);
	(void)scratch_write(&exchange->scratch, "secret", buf_text(&script));
	buf_free(&script);
	buf_addf(&contents, "[sendmail]\nlog = %s\n",
	    scratch_path(&exchange->scratch, "log"));
	buf_add_string(&contents, "[profile main]\ntimeout = 10s\n");
	while (text_split(&rest, '{', &piece)) {
		buf_add(&contents, piece);
		if (!text_split(&rest, '}', &piece))
			break;
		if (text_is(piece, "dir"))
			buf_add_string(&contents, exchange->scratch.directory);
		else if (piece.length == 1)
			buf_addf(&contents, "%u",
			    server->ports[piece.data[0] - '1']);
	}
	exchange->outcome = outcome_good(buf_string(&contents));
	buf_free(&contents);
}

static void begin(struct exchange *exchange, const char *profile,
    const char *const *parts)
{
	*exchange = (struct exchange){0};
	for (int i = 0; i < LISTENERS; i++)
		open_listener(&exchange->server, i);
	start_server(&exchange->server, parts);
	scratch_make(&exchange->scratch);
	add_config(exchange, profile);
	make_message(&exchange->message);
	memcpy(exchange->identity.id, id, sizeof id);
	exchange->identity.login = nothing;
	exchange->identity.caller = nothing;
	exchange->relay = (struct relay){
	    .config = exchange->outcome.config,
	    .profile = outcome_profile(&exchange->outcome, "main"),
	    .identity = &exchange->identity,
	    .hostname = "client.example.org",
	    .transcript = scratch_path(&exchange->scratch, "transcript"),
	    .outages = scratch_path(&exchange->scratch, "outages"),
	    .extra_transcript = -1,
	    .strike = note_strike,
	    .context = exchange,
	};
	log_open(config_settings(exchange->outcome.config));
}

/* Send it to so many; the kind of the worst outcome. */
static enum error_kind send_to(struct exchange *exchange, int count,
    bool has_next)
{
	static const char *const names[] = {"ben", "carla", "dora"};
	struct strlist recipients = {0};
	const struct error *worst;

	for (int i = 0; i < count && i < COUNT(names); i++)
		strlist_addf(&recipients, "%s@example.net", names[i]);
	envelope_free(&exchange->envelope);
	envelope_set(&exchange->envelope, "anna@example.org", &recipients);
	strlist_free(&recipients);
	exchange->relay.has_next = has_next;
	relay_message(&exchange->relay, &exchange->envelope,
	    &exchange->message);
	worst = envelope_worst(&exchange->envelope);
	return worst != NULL ? worst->kind : ERROR_NONE;
}

static void end(struct exchange *exchange)
{
	relay_end(&exchange->relay);
	ck_assert_ptr_null(exchange->relay.line);
	check_server(&exchange->server);
	log_close();
	envelope_free(&exchange->envelope);
	message_free(&exchange->message);
	outcome_end(&exchange->outcome);
	scratch_remove(&exchange->scratch);
}

/* How often the words are in a file that the exchange has left. */
static unsigned count_words(struct exchange *exchange, const char *name,
    const char *words)
{
	struct buf contents = {0};
	unsigned count = 0;

	(void)scratch_read(&exchange->scratch, name, &contents);
	for (const char *at = buf_string(&contents);
	     (at = strstr(at, words)) != NULL; at++)
		count++;
	buf_free(&contents);
	return count;
}

#define PLAIN     "tls = none\nauth = off\n"
#define PROFILE   PLAIN "host = 127.0.0.1:{1}\n"
#define TWO_HOSTS PLAIN "host = 127.0.0.1:{1}, 127.0.0.1:{2}\n"
#define GREETING  "<220 mx\n>EHLO client.example.org\n"
#define OPEN      GREETING "<250-mx\n<250 PIPELINING\n"
#define MAIL      ">MAIL FROM:<anna@example.org>\n"
#define TO(name)  ">RCPT TO:<" name "@example.net>\n"
#define DATA      ">DATA\n<250 ok\n<250 ok\n<354 go ahead\n.\n"
#define SENT(to)  MAIL TO(to) DATA "<250 taken\n"
#define NOBODY    MAIL TO("ben") ">DATA\n<250 ok\n<550 no\n<503 whom?\n"
#define QUIT      ">QUIT\n"
#define RESET     ">RSET\n" MAIL TO("ben")
#define SENT_AFTER_RESET                                                       \
	RESET ">DATA\n<250 reset\n<250 ok\n<250 ok\n<354 go\n.\n<250 taken\n"
#define SENT_SLOW(to)                                                          \
	MAIL "<250 ok\n" TO(to) "<250 ok\n>DATA\n<354 go\n.\n<250 taken\n"

/* --- one session for several messages ------------------------------------ */

static const struct {
	const char *name;
	const char *parts[PARTS];
	const char *profile; /* more settings */
	enum error_kind kinds[PARTS];
	int messages;
	int recipients;
	bool leaves_end; /* to relay_end() */
} cases[] = {
    {"two messages go in one session", {OPEN SENT("ben") SENT("ben") QUIT},
	.messages = 2},
    {"QUIT waits for relay_end()", {OPEN SENT("ben") SENT("ben") QUIT},
	.messages = 2, .leaves_end = true},
    {"a message alone ends the session", {OPEN SENT("ben") QUIT},
	.messages = 1},
    {"without PIPELINING it is the same",
	{GREETING "<250 mx\n" SENT_SLOW("ben") SENT_SLOW("ben") QUIT},
	.messages = 2},
    {"LMTP has sessions as long",
	{"<220 mx\n>LHLO client.example.org\n<250-mx\n<250 PIPELINING\n" //
	    SENT("ben") SENT("ben") QUIT},
	.profile = "protocol = lmtp\n", .messages = 2},
    {"RSET is behind a message that nobody got",
	{OPEN NOBODY SENT_AFTER_RESET QUIT}, .kinds = {ERROR_NO_USER},
	.messages = 2},
    {"a refused sender leaves the session open",
	{OPEN MAIL TO("ben") ">DATA\n<550 no\n<503 no\n<503 no\n" SENT("ben")
		QUIT},
	.kinds = {ERROR_REFUSED}, .messages = 2},
    {"a refused message leaves the session open",
	{OPEN MAIL TO("ben") DATA "<554 spam\n" SENT("ben") QUIT},
	.kinds = {ERROR_REFUSED}, .messages = 2},
    {"the second one alone is refused",
	{OPEN SENT("ben") NOBODY SENT_AFTER_RESET QUIT},
	.kinds = {ERROR_NONE, ERROR_NO_USER}, .messages = 3},
    {"a sender put off in an open session is put off",
	{OPEN SENT("ben")
		MAIL TO("ben") ">DATA\n<451 no\n<503 no\n<503 no\n" SENT("ben")
		    QUIT},
	.kinds = {ERROR_NONE, ERROR_DEFERRED}, .messages = 3},
    {"a message too big leaves the session open",
	{GREETING "<250-mx\n<250-SIZE 1\n<250 PIPELINING\n" QUIT},
	.kinds = {ERROR_TOO_BIG, ERROR_TOO_BIG}, .messages = 2,
	.leaves_end = true},
    /* What was over before is nobody's fault. */
    {"a session that was closed is replaced",
	{OPEN SENT("ben") "!", OPEN SENT("ben") QUIT}, .messages = 2},
    {"so it is at the first word",
	{OPEN SENT("ben") ">MAIL FROM:<anna@"
			  "example.org>\n!",
	    OPEN SENT("ben") QUIT},
	.messages = 2},
    {"421 between two messages is no outcome",
	{OPEN SENT("ben") "<421 idle\n!", OPEN SENT("ben") QUIT},
	.messages = 2},
    {"nor is 421 to MAIL",
	{OPEN SENT("ben") MAIL TO("ben") ">DATA\n<421 idle\n!",
	    OPEN SENT("ben") QUIT},
	.messages = 2},
    {"nor is a word out of turn",
	{OPEN SENT("ben") "<250 what?\n!", OPEN SENT("ben") QUIT},
	.messages = 2},
    {"nor is RSET refused",
	{OPEN NOBODY RESET ">DATA\n<502 no RSET\n!", OPEN SENT("ben") QUIT},
	.kinds = {ERROR_NO_USER}, .messages = 2},
    /* A new session is another matter. */
    {"421 to MAIL in a new session is one",
	{OPEN MAIL TO("ben") ">DATA\n<421 later\n!", OPEN SENT("ben") QUIT},
	.kinds = {ERROR_DEFERRED}, .messages = 2},
    {"421 behind an answer is one",
	{OPEN SENT("ben") MAIL TO("ben") ">DATA\n<250 ok\n<421 later\n!",
	    OPEN SENT("ben") QUIT},
	.kinds = {ERROR_NONE, ERROR_DEFERRED}, .messages = 3},
    /* Who knows what the next answer would be to? */
    {"behind a lost final dot there is a new session",
	{OPEN MAIL TO("ben") DATA "!", OPEN SENT("ben") QUIT},
	.kinds = {ERROR_UNSURE}, .messages = 2},
    {"behind 421 to the final dot, too",
	{OPEN MAIL TO("ben") DATA "<421 later\n" QUIT, OPEN SENT("ben") QUIT},
	.kinds = {ERROR_DEFERRED}, .messages = 2},
    {"behind what makes no sense, too",
	{OPEN MAIL TO("ben") ">DATA\n<250 ok\n<250 ok\n<250 what?\n!",
	    OPEN SENT("ben") QUIT},
	.kinds = {ERROR_PROTOCOL}, .messages = 2},
    {"behind a refusal that the rest is lost of, too",
	{OPEN MAIL TO("ben") ">DATA\n<550 no\n<what?\n" QUIT,
	    OPEN SENT("ben") QUIT},
	.kinds = {ERROR_REFUSED}, .messages = 2},
    {"a server that wants more for nobody is left",
	{OPEN MAIL TO("ben") ">DATA\n<550 no\n<250 ok\n<354 go\n",
	    OPEN SENT("ben") QUIT},
	.kinds = {ERROR_REFUSED}, .messages = 2},
    /* Limits. */
    {"max_messages ends a session",
	{OPEN SENT("ben") SENT("ben") QUIT, OPEN SENT("ben") SENT("ben") QUIT},
	.profile = "max_messages = 2\n", .messages = 4},
    {"MAILMAX ends a session",
	{GREETING
	    "<250-mx\n<250-LIMITS MAILMAX=1\n<250 PIPELINING\n" SENT("ben")
		QUIT,
	    OPEN SENT("ben") QUIT},
	.messages = 2},
    {"MAILMAX ends it without PIPELINING",
	{GREETING "<250-mx\n<250 LIMITS MAILMAX=1\n" SENT_SLOW("ben") QUIT,
	    OPEN SENT("ben") QUIT},
	.messages = 2},
    {"behind MAILMAX the others get it in another session",
	{GREETING "<250-mx\n<250-LIMITS MAILMAX=2\n<250 PIPELINING\n" //
	    SENT("ben") SENT("carla") QUIT,
	    OPEN SENT("dora") QUIT},
	.profile = "max_recipients = 1\n", .messages = 1, .recipients = 3},
    {"so they do without PIPELINING",
	{GREETING "<250-mx\n<250 LIMITS MAILMAX=1\n" SENT_SLOW("ben") QUIT,
	    OPEN SENT("carla") QUIT},
	.profile = "max_recipients = 1\n", .messages = 1, .recipients = 2},
};

START_TEST(a_session_lasts_as_long_as_it_may)
{
	struct buf profile = {0};
	struct exchange exchange;
	int count = cases[_i].messages;

	buf_addf(&profile, "%s%s", PROFILE,
	    cases[_i].profile != NULL ? cases[_i].profile : "");
	begin(&exchange, buf_string(&profile), cases[_i].parts);
	for (int i = 0; i < count; i++) {
		bool has_next = i + 1 < count || cases[_i].leaves_end;
		enum error_kind kind = send_to(&exchange,
		    cases[_i].recipients > 0 ? cases[_i].recipients : 1,
		    has_next);

		ck_assert_msg(kind == cases[_i].kinds[i],
		    "%s: message %d has %d, not %d", cases[_i].name, i + 1,
		    (int)kind, (int)cases[_i].kinds[i]);
		ck_assert_msg(!exchange.relay.is_down, "%s", cases[_i].name);
	}
	buf_free(&profile);
	end(&exchange);
}
END_TEST

START_TEST(each_message_has_its_log_and_its_transcript)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") SENT("ben") QUIT};
	struct exchange exchange;
	struct buf address = {0};

	begin(&exchange, PROFILE, parts);
	buf_addf(&address, "address=[127.0.0.1]:%u ", exchange.server.ports[0]);
	(void)send_to(&exchange, 1, true);
	ck_assert_uint_eq(count_words(&exchange, "transcript", "\n"), 17);
	(void)send_to(&exchange, 1, false);
	ck_assert_uint_eq(count_words(&exchange, "log", buf_string(&address)),
	    2);
	ck_assert_uint_eq(count_words(&exchange, "log", "status=sent"), 2);
	ck_assert_uint_eq(count_words(&exchange, "transcript", "* connect"), 1);
	ck_assert_uint_eq(count_words(&exchange, "transcript",
			      "* session continues: 127.0.0.1:"),
	    1);
	ck_assert_uint_eq(count_words(&exchange, "transcript", "message 2\n"),
	    1);
	ck_assert_uint_eq(count_words(&exchange, "transcript", "250 taken"), 2);
	ck_assert_uint_eq(count_words(&exchange, "transcript", "> QUIT"), 1);
	buf_free(&address);
	end(&exchange);
}
END_TEST

START_TEST(a_session_that_was_over_is_no_outage)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") "!", OPEN SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, TWO_HOSTS, parts);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert_int_eq(send_to(&exchange, 1, false), ERROR_NONE);
	ck_assert_uint_eq(count_words(&exchange, "transcript",
			      "that session is over, a new one begins"),
	    1);
	ck_assert_uint_eq(count_words(&exchange, "log", "sentence="), 0);
	ck_assert_int_ne(access(exchange.relay.outages, F_OK), 0);
	end(&exchange);
}
END_TEST

START_TEST(who_has_put_it_off_is_not_asked_again)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") MAIL TO("ben") ">DATA\n<451 no\n<503 no\n"
					    "<503 no\n" QUIT,
	    SECOND OPEN SENT("ben") SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, TWO_HOSTS, parts);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_to(&exchange, 1, i < 2), ERROR_NONE);
	end(&exchange);
}
END_TEST

START_TEST(another_profile_has_another_session)
{
	static const char *const parts[PARTS] = {OPEN SENT("ben") QUIT,
	    SECOND OPEN SENT("ben") QUIT, OPEN SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange,
	    PROFILE "[profile other]\ntls = none\nauth = off\n"
		    "host = 127.0.0.1:{2}\n",
	    parts);
	for (int i = 0; i < 3; i++) {
		exchange.relay.profile = outcome_profile(&exchange.outcome,
		    i == 1 ? "other" : "main");
		ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	}
	end(&exchange);
}
END_TEST

START_TEST(nothing_open_is_ended_without_a_word)
{
	struct relay relay = {.extra_transcript = -1};

	relay_end(&relay);
	relay_end(&relay);
	ck_assert_ptr_null(relay.line);
}
END_TEST

/* --- secrets ---------------------------------------------------------------- */

#define LOGIN                                                                  \
	GREETING "<250-mx\n<250-PIPELINING\n<250 AUTH PLAIN\n"                 \
		 ">AUTH PLAIN AGFubmEAWHE3aHVudGVyMg==\n<235 in\n"
#define WITH_LOGIN                                                              \
	"tls = none\nhost = 127.0.0.1:{1}\nuser = anna\nauth_plaintext = yes\n" \
	"password_command = sh {dir}/secret\n"

START_TEST(a_secret_is_asked_for_once)
{
	static const char *const parts[PARTS] = {
	    LOGIN SENT("ben") SENT("ben") QUIT, LOGIN SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, WITH_LOGIN "max_messages = 2\n", parts);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert_uint_eq(count_words(&exchange, "reads", "read"), 1);
	ck_assert_uint_eq(count_words(&exchange, "log", "auth=PLAIN"), 3);
	end(&exchange);
}
END_TEST

START_TEST(a_secret_stays_hidden)
{
	static const char *const parts[PARTS] = {LOGIN SENT("ben")
		MAIL TO("ben") DATA "<250 taken from " SECRET "\n" QUIT};
	struct exchange exchange;

	begin(&exchange, WITH_LOGIN, parts);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert_uint_eq(count_words(&exchange, "transcript",
			      "taken from [hidden]"),
	    1);
	ck_assert_uint_eq(count_words(&exchange, "transcript", SECRET), 0);
	ck_assert_uint_eq(count_words(&exchange, "log", SECRET), 0);
	end(&exchange);
}
END_TEST

/* --- striking off ------------------------------------------------------------ */

#define ONE_BY_ONE PROFILE "max_recipients = 1\n"

START_TEST(who_is_done_is_struck_off_before_the_next)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") SENT("carla") SENT("dora") QUIT};
	struct exchange exchange;

	begin(&exchange, ONE_BY_ONE, parts);
	ck_assert_int_eq(send_to(&exchange, 3, false), ERROR_NONE);
	ck_assert_uint_eq(exchange.strikes, 3);
	ck_assert_uint_eq(exchange.accepted, 3);
	end(&exchange);
}
END_TEST

START_TEST(who_is_done_last_is_struck_off_too)
{
	static const char *const parts[PARTS] = {OPEN SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, PROFILE, parts);
	ck_assert_int_eq(send_to(&exchange, 1, false), ERROR_NONE);
	ck_assert_uint_eq(exchange.strikes, 1);
	end(&exchange);
}
END_TEST

START_TEST(who_cannot_be_struck_off_ends_it)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") SENT("carla") SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, ONE_BY_ONE, parts);
	exchange.struck_at = 2;
	ck_assert_int_eq(send_to(&exchange, 3, true), ERROR_IO);
	for (size_t i = 0; i < exchange.envelope.count; i++) {
		const struct recipient *recipient =
		    &exchange.envelope.recipients[i];
		bool is_last =
		    strcmp(recipient->address, "dora@example.net") == 0;

		ck_assert_int_eq(recipient->is_accepted, !is_last);
		ck_assert_str_eq(recipient->error.text,
		    is_last ? "the disk is full" : "");
	}
	ck_assert(!exchange.relay.is_down);
	/* That was not the session's fault. */
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	end(&exchange);
}
END_TEST

START_TEST(who_is_done_is_struck_off_before_another_smarthost)
{
	static const char *const parts[PARTS] = {
	    OPEN MAIL TO("ben") TO("carla") ">DATA\n<250 ok\n<550 no\n"
					    "<250 ok\n<421 later\n!",
	    SECOND OPEN SENT("carla") QUIT};
	struct exchange exchange;

	begin(&exchange, TWO_HOSTS, parts);
	ck_assert_int_eq(send_to(&exchange, 2, false), ERROR_NO_USER);
	ck_assert_uint_eq(exchange.strikes, 2);
	end(&exchange);
}
END_TEST

/* --- down or not ------------------------------------------------------------- */

static const struct {
	const char *parts[PARTS];
	const char *profile;
	bool is_down;
} downs[] = {
    {{OPEN SENT("ben") QUIT}, PROFILE, false},
    {{OPEN MAIL TO("ben") ">DATA\n<451 no\n<503 no\n<503 no\n" QUIT}, PROFILE,
	false},
    {{OPEN MAIL "!"}, PROFILE, false},
    {{NULL}, PROFILE, true},
    {{"<554 no\n" QUIT}, PROFILE, true},
    {{"<220 mx\n!"}, PROFILE, true},
    {{GREETING "<421 no\n" QUIT}, PROFILE, true},
    {{GREETING "<250 mx\n"},
	"auth = off\ntls = starttls\nhost = 127.0.0.1:{1}\n", true},
    {{GREETING
	 "<250-mx\n<250 AUTH PLAIN\n>AUTH PLAIN AGFubmEAWHE3aHVudGVyMg==\n"
	 "<535 no\n" QUIT},
	WITH_LOGIN, true},
    {{"<554 no\n" QUIT, SECOND OPEN SENT("ben") QUIT}, TWO_HOSTS, false},
    {{"<554 no\n" QUIT, SECOND "<554 no\n" QUIT}, TWO_HOSTS, true},
};

START_TEST(a_smarthost_is_down_when_no_session_begins)
{
	struct exchange exchange;

	begin(&exchange, downs[_i].profile, downs[_i].parts);
	exchange.relay.is_down = !downs[_i].is_down;
	(void)send_to(&exchange, 1, false);
	ck_assert_int_eq(exchange.relay.is_down, downs[_i].is_down);
	end(&exchange);
}
END_TEST

START_TEST(it_may_go_down_between_two_messages)
{
	static const char *const parts[PARTS] = {
	    OPEN SENT("ben") "!", "<421 down\n" QUIT, OPEN SENT("ben") QUIT};
	struct exchange exchange;

	begin(&exchange, PROFILE, parts);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_DEFERRED);
	ck_assert(exchange.relay.is_down);
	ck_assert_int_eq(send_to(&exchange, 1, true), ERROR_NONE);
	ck_assert(!exchange.relay.is_down);
	end(&exchange);
}
END_TEST

static TCase *session_tests(void)
{
	TCase *tests = tcase_create("sessions");

	tcase_add_loop_test(tests, a_session_lasts_as_long_as_it_may, 0,
	    COUNT(cases));
	tcase_add_test(tests, each_message_has_its_log_and_its_transcript);
	tcase_add_test(tests, a_session_that_was_over_is_no_outage);
	tcase_add_test(tests, who_has_put_it_off_is_not_asked_again);
	tcase_add_test(tests, another_profile_has_another_session);
	tcase_add_test(tests, nothing_open_is_ended_without_a_word);
	tcase_add_test(tests, a_secret_is_asked_for_once);
	tcase_add_test(tests, a_secret_stays_hidden);
	return tests;
}

static TCase *strike_tests(void)
{
	TCase *tests = tcase_create("strike");

	tcase_add_test(tests, who_is_done_is_struck_off_before_the_next);
	tcase_add_test(tests, who_is_done_last_is_struck_off_too);
	tcase_add_test(tests, who_cannot_be_struck_off_ends_it);
	tcase_add_test(tests,
	    who_is_done_is_struck_off_before_another_smarthost);
	return tests;
}

static TCase *down_tests(void)
{
	TCase *tests = tcase_create("down");

	tcase_add_loop_test(tests, a_smarthost_is_down_when_no_session_begins,
	    0, COUNT(downs));
	tcase_add_test(tests, it_may_go_down_between_two_messages);
	return tests;
}

Suite *suite_relay(void)
{
	Suite *suite = suite_create("relay");

	suite_add_tcase(suite, session_tests());
	suite_add_tcase(suite, strike_tests());
	suite_add_tcase(suite, down_tests());
	return suite;
}
