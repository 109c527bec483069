#include "script.h"

#include <string.h>

#include "reply.h"
#include "utf8.h"

static struct script *script_of(struct transport *transport)
{
	return (struct script *)(void *)transport;
}

static size_t unread(const struct script *script)
{
	return script->said.length - script->read;
}

/* The next whole reply, line ends included; false when there is none. */
static bool next_reply(struct text *rest, struct reply *reply)
{
	enum reply_state state = REPLY_MORE;
	struct text line;

	reply_clear(reply);
	while (state == REPLY_MORE && text_find(*rest, '\n') < rest->length) {
		(void)text_split(rest, '\n', &line);
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		state = reply_add(reply, line);
	}
	return state == REPLY_DONE;
}

/* The first one takes the message; in LMTP others may follow. */
static bool is_taken(struct text bytes)
{
	struct reply reply = {0};
	bool is_positive =
	    next_reply(&bytes, &reply) && reply_is_positive(&reply);

	reply_free(&reply);
	return is_positive;
}

unsigned script_count_accepted(const struct script *script)
{
	struct text rest = buf_text(&script->answer);
	struct reply reply = {0};
	unsigned count = 0;

	while (next_reply(&rest, &reply))
		count += reply_is_positive(&reply);
	reply_free(&reply);
	return script->accepted + count;
}

static bool is_in(const struct strlist *list, const char *string)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], string) == 0)
			return true;
	return false;
}

bool script_has_accepted(const struct script *script, const char *address)
{
	if (is_in(&script->taken, address))
		return true;
	return is_in(&script->asked, address) &&
	    script_count_accepted(script) > script->accepted;
}

/* MAIL: whatever was said behind the message before is about that one. */
static void begin_transaction(struct script *script)
{
	unsigned accepted = script_count_accepted(script);

	for (size_t i = 0;
	     accepted > script->accepted && i < script->asked.count; i++)
		strlist_add(&script->taken, text_of(script->asked.items[i]));
	script->accepted = accepted;
	strlist_free(&script->asked);
	buf_clear(&script->answer);
	script->has_data = false;
}

static void note_command(struct script *script, struct text line)
{
	static const char rcpt[] = "RCPT TO:<";

	if (text_begins(line, "MAIL FROM:"))
		begin_transaction(script);
	if (text_begins(line, rcpt) && text_find(line, '>') < line.length) {
		size_t end = line.length - 1;

		/* A quoted local part may have one, parameters do not. */
		while (line.data[end] != '>')
			end--;
		strlist_add(&script->asked,
		    text_part(line, sizeof rcpt - 1, end));
	}
}

static bool is_hello(const struct step *step)
{
	struct text verb = text_part(buf_text(&step->bytes), 0, 4);

	return step->kind == STEP_CLIENT &&
	    (text_is(verb, "EHLO") || text_is(verb, "LHLO") ||
		text_is(verb, "HELO"));
}

static bool offers_pipelining(struct text reply)
{
	struct text line;

	while (text_split(&reply, '\n', &line))
		if (text_is_nocase(text_trim(text_part(line, 4, line.length)),
			"PIPELINING"))
			return true;
	return false;
}

static void say(struct script *script, const struct step *step)
{
	struct text bytes = buf_text(&step->bytes);

	if (script->next > 0 && is_hello(step - 1))
		script->may_pipeline = offers_pipelining(bytes);
	if (script->has_data && is_taken(bytes))
		script->is_delivered = true;
	buf_add(&script->said, bytes);
}

static void complain(struct script *script, const struct step *step,
    struct text got)
{
	struct buf expected = {0};

	if (step->kind == STEP_CLIENT) {
		buf_add_byte(&expected, '"');
		utf8_add_visible(&expected, buf_text(&step->bytes));
		buf_add_byte(&expected, '"');
	} else {
		buf_add_string(&expected,
		    step->kind == STEP_DATA ? "the message" : "other words");
	}
	(void)dialogue_fail(script->dialogue, step, buf_string(&expected), got,
	    &script->wrong);
	buf_free(&expected);
}

/* Who has no leave to go ahead waits for the answer (RFC 2920 section 3.1). */
static bool has_waited(struct script *script, const struct step *step)
{
	if (script->may_pipeline || unread(script) == 0)
		return true;
	(void)fail(&script->wrong, ERROR_BUG,
	    "%s:%u: the client did not wait for the answer before this",
	    script->dialogue->path, step->line);
	return false;
}

static bool hear_line(struct script *script, const struct step *step)
{
	struct text heard = buf_text(&script->heard);
	size_t end = text_find(heard, '\n');
	struct text line = text_part(heard, 0, end + 1);

	if (end == heard.length || !has_waited(script, step))
		return false;
	if (!dialogue_matches(step, line)) {
		complain(script, step, line);
		return false;
	}
	note_command(script, line);
	buf_skip(&script->heard, line.length);
	return true;
}

/* Behind the line with the lone dot, or 0 as long as it has not come. */
static size_t find_data_end(struct text heard)
{
	static const char end[] = "\r\n.\r\n";
	const char *found;

	if (text_is(text_part(heard, 0, 3), ".\r\n"))
		return 3;
	if (heard.length < sizeof end - 1)
		return 0;
	found = memmem(heard.data, heard.length, end, sizeof end - 1);
	return found == NULL ? 0 :
			       (size_t)(found - heard.data) + sizeof end - 1;
}

static bool hear_data(struct script *script, const struct step *step)
{
	struct text heard = buf_text(&script->heard);
	size_t end = find_data_end(heard);

	if (end == 0 || !has_waited(script, step))
		return false;
	if (dialogue_check_data(script->dialogue, text_part(heard, 0, end),
		&script->wrong) < 0) {
		(void)fail_within(&script->wrong,
		    "%s:%u: ", script->dialogue->path, step->line);
		return false;
	}
	buf_skip(&script->heard, end);
	script->has_data = true;
	return true;
}

/* False when the step is not over, or the last one. */
static bool take_step(struct script *script, const struct step *step)
{
	switch (step->kind) {
	case STEP_SERVER:
		say(script, step);
		return true;
	case STEP_CLIENT:
		return hear_line(script, step);
	case STEP_DATA:
		return hear_data(script, step);
	case STEP_TLS:
	case STEP_CLOSE:
	case STEP_WAIT:
	default:
		return false;
	}
}

/* The step that the server is at, or NULL behind the last one. */
static const struct step *current(const struct script *script)
{
	return script->next < script->dialogue->count ?
	    &script->dialogue->steps[script->next] :
	    NULL;
}

/* For sentences: there is always one. */
static const struct step *nearest(const struct script *script)
{
	const struct step *step = current(script);

	return step != NULL ?
	    step :
	    &script->dialogue->steps[script->dialogue->count - 1];
}

/* All that the server can do without another word from the client. */
static void advance(struct script *script)
{
	const struct step *step;

	while ((step = current(script)) != NULL && take_step(script, step))
		script->next++;
}

static bool is_at(const struct script *script, enum step_kind kind)
{
	const struct step *step = current(script);

	return step != NULL && step->kind == kind;
}

/* Each operation begins here; true when the connection is of no more use. */
static bool is_lost(struct script *script)
{
	script->operations++;
	if (script->operations == script->fault_at) {
		script->is_struck = true;
		script->read = script->said.length;
		if (script->fault == FAULT_GOODBYE)
			buf_add_string(&script->said,
			    "421 4.3.2 mail.example.net is going down\r\n");
	}
	return script->is_struck || script->wrong.kind != ERROR_NONE;
}

static ssize_t hand_out(struct script *script, char *data, size_t size)
{
	size_t count = unread(script) < size ? unread(script) : size;

	if (script->is_trickling)
		count = 1;
	memcpy(data, script->said.data + script->read, count);
	if (script->has_data)
		buf_add(&script->answer, (struct text){data, count});
	script->read += count;
	return (ssize_t)count;
}

static ssize_t script_read(struct transport *transport, char *data, size_t size,
    int64_t deadline, struct error *err)
{
	struct script *script = script_of(transport);
	bool has_fault = is_lost(script);

	(void)deadline;
	if (unread(script) > 0)
		return hand_out(script, data, size);
	if (has_fault && script->fault > FAULT_BROKEN)
		return 0;
	if (has_fault)
		return fail(err, ERROR_NETWORK, "the connection broke");
	if (is_at(script, STEP_CLOSE))
		return 0;
	/* Where the file has no W:, it is the client who should speak. */
	if (!is_at(script, STEP_WAIT))
		(void)fail(&script->wrong, ERROR_BUG,
		    "%s:%u: the client waits here for an answer",
		    script->dialogue->path, nearest(script)->line);
	return fail(err, ERROR_NETWORK, "no answer in time");
}

static int script_write(struct transport *transport, struct text bytes,
    int64_t deadline, struct error *err)
{
	struct script *script = script_of(transport);

	(void)deadline;
	if (is_lost(script)) {
		/* Who knows how much of it went out? */
		buf_add(&script->heard, bytes);
		script->may_have_data = is_at(script, STEP_DATA) &&
		    find_data_end(buf_text(&script->heard)) > 0;
		return fail(err, ERROR_NETWORK, "the connection broke");
	}
	buf_add(&script->heard, bytes);
	advance(script);
	return 0;
}

static bool script_has_input(struct transport *transport)
{
	struct script *script = script_of(transport);

	(void)is_lost(script); /* which leaves nothing to read, or a goodbye */
	return unread(script) > 0;
}

static int script_start_tls(struct transport *transport, int64_t deadline,
    struct error *err)
{
	struct script *script = script_of(transport);

	(void)deadline;
	if (is_lost(script) && script->fault == FAULT_GOODBYE)
		return fail(err, ERROR_PROTOCOL, "TLS failed: wrong version");
	if (script->is_struck || is_at(script, STEP_CLOSE))
		return fail(err, ERROR_NETWORK, "the connection was closed");
	if (is_at(script, STEP_WAIT))
		return fail(err, ERROR_NETWORK, "no answer in time");
	if (!is_at(script, STEP_TLS)) {
		complain(script, nearest(script), text_of("a TLS handshake"));
		return fail(err, ERROR_PROTOCOL, "TLS failed");
	}
	script->next++;
	advance(script);
	return 0;
}

static void script_tls_summary(struct transport *transport, struct buf *buf)
{
	(void)transport;
	buf_add_string(buf, "TLSv1.3 of a script");
}

static const char *script_tls_binding(struct transport *transport,
    struct buf *buf)
{
	const struct script *script = script_of(transport);

	if (script->dialogue->binding != NULL)
		buf_add_string(buf, "of-this-connection");
	return script->dialogue->binding;
}

static void script_close(struct transport *transport)
{
	(void)transport;
}

static const struct transport_methods methods = {
    .read = script_read,
    .write = script_write,
    .has_input = script_has_input,
    .start_tls = script_start_tls,
    .tls_summary = script_tls_summary,
    .tls_binding = script_tls_binding,
    .close = script_close,
};

void script_begin(struct script *script, const struct dialogue *dialogue)
{
	*script = (struct script){
	    .transport.methods = &methods,
	    .dialogue = dialogue,
	};
	advance(script);
}

int script_end(struct script *script, struct error *err)
{
	const struct step *step = current(script);
	struct text heard = buf_text(&script->heard);
	bool has_failed = script->is_struck || script->wrong.kind != ERROR_NONE;

	if (!has_failed && step != NULL && step->kind < STEP_CLOSE)
		complain(script, step, heard);
	if (!has_failed && step == NULL && heard.length > 0)
		(void)dialogue_fail(script->dialogue, nearest(script),
		    "nothing more", heard, &script->wrong);
	*err = script->wrong;
	return script->wrong.kind == ERROR_NONE ? 0 : -1;
}

void script_free(struct script *script)
{
	buf_free(&script->said);
	buf_free(&script->heard);
	buf_free(&script->answer);
	strlist_free(&script->asked);
	strlist_free(&script->taken);
}
