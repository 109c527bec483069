#include "server.h"

#include <stdlib.h>

#include "mem.h"

enum { BLOCK = 16 * 1024 };

/* --- the message --------------------------------------------------------- */

static void flush_or_end(struct server *server)
{
	if (answers_flush(&server->answers, &server->failure) < 0)
		server->is_over = true;
}

static bool has_recipients(struct server *server)
{
	if (server->count > 0)
		return true;
	if (server->has_mail)
		server_say(server, 554, "5.5.1", "there is no valid recipient");
	else
		server_complain(server, 503, "5.5.1",
		    "MAIL and RCPT come first");
	return false;
}

/* The client is gone, or as good as gone. */
static void end_feed(struct server *server)
{
	static const char late[] = "nothing was said for too long, goodbye";

	server->is_over = true;
	if (server->feed.state == FEED_LATE) {
		server_say(server, 421, "4.4.2", late);
		(void)fail(&server->failure, ERROR_NETWORK, "%s", late);
	} else if (server->feed.state == FEED_BROKEN) {
		(void)fail(&server->failure, ERROR_NETWORK,
		    "what the client says cannot be read");
	}
}

/* Whatever it is that has to be read and that nobody wants. */
static void skip(struct server *server, server_source *read)
{
	char *block = mem_alloc(BLOCK, 1);
	uint64_t skipped = 0;
	struct error ignored; /* the feed's state says it, too */
	ssize_t count;

	do {
		count = read(server, block, BLOCK, &ignored);
		if (count > 0)
			skipped += (uint64_t)count;
	} while (count > 0 && skipped < SERVER_MAX_SKIPPED);
	free(block);
	if (count <= 0)
		return;
	server_say(server, 421, "4.3.4", "the message does not end, goodbye");
	server->is_over = true;
}

static ssize_t read_data(void *source, char *data, size_t size,
    struct error *err)
{
	struct server *server = source;

	return feed_read_message(&server->feed, data, size, err);
}

/* The rest of this chunk. */
static ssize_t read_chunk(void *source, char *data, size_t size,
    struct error *err)
{
	struct server *server = source;
	ssize_t count;

	if (size > server->chunk)
		size = (size_t)server->chunk;
	if (size == 0)
		return 0;
	/* Who waits for them before he sends it must hear them (RFC 2920 3.2). */
	if (!feed_has_bytes(&server->feed))
		flush_or_end(server);
	count = feed_read_bytes(&server->feed, data, size, err);
	if (count > 0)
		server->chunk -= (uint64_t)count;
	return count;
}

/*
 * Give the desk the message, and the client its answer.  What the desk has left
 * is skipped: a refusal is heard at the end.
 */
static void hand_over(struct server *server, server_source *read,
    server_source *read_rest)
{
	const struct desk *desk = &server->desk;
	const struct server_mail mail = {
	    .sender = buf_string(&server->mail.sender),
	    .request = server->mail.request,
	    .recipients = server->recipients,
	    .count = server->count,
	};
	struct buf reply = {0};
	struct error err;
	int result =
	    desk->take(desk->context, &mail, read, server, &reply, &err);

	/* Between two chunks there may be an end, and somebody has said so. */
	if (!server->is_over && !server->is_interrupted) {
		skip(server, read_rest);
		if (result == 0)
			server_say(server, 250, NULL, buf_string(&reply));
		else if (server->feed.state != FEED_OPEN)
			end_feed(server);
		else if (!server->is_over)
			answers_refuse(&server->answers, &err);
	}
	buf_free(&reply);
	server_reset(server);
	/* Whoever waits for it while the next one is sent may send it again. */
	flush_or_end(server);
}

static void answer_data(struct server *server, struct text rest)
{
	if (rest.length > 0) {
		server_complain(server, 501, "5.5.4",
		    "DATA takes nothing behind it");
		return;
	}
	if (!has_recipients(server))
		return;
	server_say(server, 354, NULL,
	    "go on, and end with a line with only a dot");
	flush_or_end(server);
	if (server->is_over)
		return;
	feed_begin_message(&server->feed);
	hand_over(server, read_data, read_data);
}

/* --- the session --------------------------------------------------------- */

static server_command answer_bdat;

static const struct {
	server_command *answer;
	bool ends_chunks; /* given up is a message that is not complete */
	bool is_aside;    /* it may come in the middle of one */
} commands[VERBS] = {
    [VERB_UNKNOWN] = {answer_unknown, false, true},
    [VERB_AUTH] = {answer_auth, false, true},
    [VERB_BDAT] = {answer_bdat, false, false},
    [VERB_DATA] = {answer_data, false, false},
    [VERB_EHLO] = {answer_ehlo, true, false},
    [VERB_EXPN] = {answer_missing, false, true},
    [VERB_HELO] = {answer_helo, true, false},
    [VERB_HELP] = {answer_help, false, true},
    [VERB_MAIL] = {answer_mail, false, false},
    [VERB_NOOP] = {answer_noop, false, true},
    [VERB_QUIT] = {answer_quit, true, false},
    [VERB_RCPT] = {answer_rcpt, false, false},
    [VERB_RSET] = {answer_rset, true, false},
    [VERB_STARTTLS] = {answer_missing, false, true},
    [VERB_VRFY] = {answer_vrfy, false, true},
};

/* The next command; false when there is none, or it was answered. */
static bool read_command(struct server *server, struct text *line)
{
	if (!feed_has_line(&server->feed))
		flush_or_end(server);
	if (server->is_over)
		return false;
	switch (feed_read_line(&server->feed, line)) {
	case FEED_LINE:
		return true;
	case FEED_TOO_LONG:
		server_complain(server, 500, "5.5.2", "the line is too long");
		break;
	case FEED_NONE:
		end_feed(server);
		break;
	}
	return false;
}

static void answer_command(struct server *server, struct text line)
{
	struct text rest;
	enum verb verb = verb_find(line, &rest);

	if (server->refusal == NULL || verb == VERB_QUIT)
		commands[verb].answer(server, rest);
	else
		server_complain(server, 503, "5.5.1",
		    "nothing is taken here now");
}

/* --- chunks, RFC 3030 ---------------------------------------------------- */

/* What follows is a message, and nobody knows where commands begin again. */
static void end_chunks(struct server *server, const struct error *err)
{
	server_say(server, 421, "4.5.4", err->text);
	server->is_over = true;
}

/* What stands between two chunks; true when another one begins. */
static bool begin_chunk(struct server *server, struct text line,
    struct error *err)
{
	struct text rest;
	enum verb verb = verb_find(line, &rest);

	if (verb == VERB_BDAT) {
		if (verb_read_bdat(rest, &server->chunk, &server->is_last_chunk,
			err) == 0)
			return true;
		end_chunks(server, err);
	} else if (commands[verb].ends_chunks) {
		server->is_interrupted = true;
		server->line = line;
	} else if (commands[verb].is_aside) {
		commands[verb].answer(server, rest);
	} else {
		server_complain(server, 503, "5.5.1", "BDAT LAST comes first");
	}
	return false;
}

static int await_chunk(struct server *server, struct error *err)
{
	struct text line;

	server_say(server, 250, "2.0.0", "go on");
	while (!server->is_over && !server->is_interrupted)
		if (read_command(server, &line) &&
		    begin_chunk(server, line, err))
			return 0;
	return fail(err, ERROR_NETWORK,
	    "the client gave its message up, so nothing was sent");
}

/* All chunks, one after the other. */
static ssize_t read_chunks(void *source, char *data, size_t size,
    struct error *err)
{
	struct server *server = source;

	while (server->chunk == 0) {
		if (server->is_last_chunk)
			return 0;
		if (await_chunk(server, err) < 0)
			return -1;
	}
	return read_chunk(source, data, size, err);
}

/* The bytes are read, whatever becomes of them. */
static void answer_bdat(struct server *server, struct text rest)
{
	struct error err;

	if (verb_read_bdat(rest, &server->chunk, &server->is_last_chunk, &err) <
	    0) {
		end_chunks(server, &err);
	} else if (server->count > 0) {
		hand_over(server, read_chunks, read_chunk);
	} else {
		skip(server, read_chunk);
		if (server->feed.state != FEED_OPEN)
			end_feed(server);
		else
			(void)has_recipients(server);
	}
}

/* --- the whole ----------------------------------------------------------- */

/*
 * RFC 5321 3.1: behind 554 QUIT is waited for; 3.8: behind 421 nothing is.  It
 * is for what may be over soon.
 */
static void refuse(struct server *server)
{
	const struct error *refusal = server->refusal;

	server->failure = *refusal;
	server->is_over = refusal->kind != ERROR_CONFIG;
	if (server->is_over)
		server_say(server, 421, "4.3.0", refusal->text);
	else
		server_say(server, 554, "5.3.5", refusal->text);
}

static void greet(struct server *server)
{
	struct buf words = {0};

	buf_addf(&words, "%s ESMTP sendoff", server->hostname);
	server_say(server, 220, NULL, buf_string(&words));
	buf_free(&words);
}

int server_run(struct server *server, struct error *err)
{
	struct text line;

	if (server->refusal != NULL)
		refuse(server);
	else
		greet(server);
	while (!server->is_over) {
		if (server->is_interrupted)
			line = server->line;
		else if (!read_command(server, &line))
			continue;
		server->is_interrupted = false;
		answer_command(server, line);
	}
	(void)answers_flush(&server->answers, &server->failure);
	server_reset(server);
	feed_free(&server->feed);
	answers_free(&server->answers);
	*err = server->failure;
	return err->kind == ERROR_NONE ? 0 : -1;
}
