#include "relay.h"

#include <stdlib.h>

#include "attempt.h"
#include "candidates.h"
#include "clock.h"
#include "file.h"
#include "line.h"
#include "log.h"
#include "mailing.h"
#include "mem.h"
#include "session.h"
#include "show.h"
#include "transcript.h"

/*
 * Another smarthost may do better: this one was not reached, not trusted, or
 * not able to take anything now.  What it refused for good stays refused, and
 * a wrong password is wrong everywhere.
 */
static bool is_worth_elsewhere(enum error_kind kind)
{
	return kind == ERROR_DEFERRED || kind == ERROR_NETWORK ||
	    kind == ERROR_PROTOCOL || kind == ERROR_NO_HOST ||
	    kind == ERROR_CERTIFICATE || kind == ERROR_LACKS;
}

/* A message on its way, to one smarthost after the other if need be. */
struct passage {
	struct relay *relay;
	struct line *line;
	struct attempt attempt; /* the last one */
	struct transcript transcript;
	struct candidates candidates;
	struct envelope open; /* a view: recipients without an outcome */
	size_t tried;
	bool has_session; /* at least one, that would take a message */
};

/* What the log wants to know of the session. */
static void note_session(struct passage *passage)
{
	const struct line *line = passage->line;
	struct transport *transport = line->smtp.chat.transport;
	struct attempt *attempt = &passage->attempt;

	transport->methods->tls_summary(transport, &attempt->tls);
	attempt->mechanism = line->smtp.mechanism;
}

static int begin_session(struct passage *passage,
    const struct smarthost *smarthost, struct error *err)
{
	struct line *line = passage->line;
	struct attempt_delay *delay = &passage->attempt.delay;
	int64_t start = clock_ticks();
	int result;

	line->smtp.chat.transcript = &passage->transcript;
	result = session_begin(&line->smtp, err);
	if (result == 0)
		candidates_note_success(&passage->candidates, smarthost);
	else if (is_worth_elsewhere(err->kind))
		candidates_note_failure(&passage->candidates, smarthost);
	note_session(passage);
	delay->net = line->delay;
	delay->login = clock_ticks() - start - delay->net.tls;
	return result;
}

/* Who has the message by now shall not get it again; see relay.h. */
static int strike(const struct relay *relay, struct error *err)
{
	return relay->strike != NULL ? relay->strike(relay->context, err) : 0;
}

static int send_message(struct passage *passage, struct error *err)
{
	const struct relay *relay = passage->relay;
	struct line *line = passage->line;
	struct attempt *attempt = &passage->attempt;
	int64_t start = clock_ticks();
	int result;

	line->messages++;
	line->smtp.chat.transcript = &passage->transcript;
	line->smtp.deadline = relay->deadline;
	line->smtp.strike = relay->strike;
	line->smtp.context = relay->context;
	line->smtp.keeps_open =
	    relay->has_next && line->messages < relay->profile->max_messages;
	result =
	    mailing_run(&line->smtp, &passage->open, attempt->message, err);
	attempt->delay.transfer = clock_ticks() - start;
	if (strike(relay, err) < 0) {
		line->smtp.is_full = false;
		result = -1;
	}
	return result;
}

/* What was said last, and whether anything more will be. */
static void leave_session(struct passage *passage, int result,
    const struct error *err)
{
	struct line *line = passage->line;
	const struct smtp *smtp = &line->smtp;
	struct buf *reply = &passage->attempt.reply;

	buf_addf(reply, "%d %s ", smtp->reply.code, smtp->reply.status);
	reply_add_words(&smtp->reply, reply);
	/* With a server that answers one may part as friends. */
	if (!line_may_stay(line) &&
	    (result == 0 || smtp->is_full || err->reply != 0))
		line_end(line);
	else if (!line_may_stay(line))
		line_hang_up(line);
}

static int connect_line(struct passage *passage,
    const struct smarthost *smarthost, struct error *err)
{
	struct line *line = passage->line;
	struct attempt *attempt = &passage->attempt;
	int64_t deadline = passage->relay->deadline;
	int result;

	if (deadline != 0 && clock_left(deadline) == 0)
		return fail(err, ERROR_NETWORK,
		    "the time of submit_timeout is over");
	result = line_connect(line, smarthost, deadline, err);
	attempt->delay.net = line->delay;
	if (result < 0) {
		transcript_addf(&passage->transcript, '*', "%s", err->text);
		candidates_note_failure(&passage->candidates, smarthost);
		return -1;
	}
	buf_add_string(&attempt->address, net_peer(line->net));
	transcript_addf(&passage->transcript, '*', "connect %s %s",
	    buf_string(&attempt->host), net_peer(line->net));
	return 0;
}

static int use_new_session(struct passage *passage,
    const struct smarthost *smarthost, struct error *err)
{
	int result;

	attempt_restart(&passage->attempt);
	smarthost_add(&passage->attempt.host, smarthost);
	if (connect_line(passage, smarthost, err) < 0)
		return -1;
	result = begin_session(passage, smarthost, err);
	if (result == 0) {
		passage->has_session = true;
		result = send_message(passage, err);
	}
	leave_session(passage, result, err);
	return result;
}

/* Not a word was said about this message: the session was over before it. */
static bool is_stale(const struct smtp *smtp, const struct error *err)
{
	return !smtp->has_answered &&
	    (err->kind == ERROR_NETWORK || err->kind == ERROR_PROTOCOL ||
		err->kind == ERROR_DEFERRED);
}

static int use_open_session(struct passage *passage, struct error *err)
{
	struct line *line = passage->line;
	struct attempt *attempt = &passage->attempt;
	int result;

	attempt_restart(attempt);
	buf_add(&attempt->host, buf_text(&line->host));
	buf_add_string(&attempt->address, net_peer(line->net));
	note_session(passage);
	transcript_addf(&passage->transcript, '*',
	    "session continues: %s %s, message %u", buf_string(&attempt->host),
	    buf_string(&attempt->address), line->messages + 1);
	result = send_message(passage, err);
	if (result < 0 && is_stale(&line->smtp, err)) {
		line_hang_up(line);
		transcript_addf(&passage->transcript, '*',
		    "that session is over, a new one begins");
		return use_new_session(passage, &line->smarthost, err);
	}
	passage->has_session = true;
	leave_session(passage, result, err);
	return result;
}

static bool may_go_elsewhere(const struct passage *passage,
    const struct error *err)
{
	size_t count = passage->attempt.envelope->count;

	/* All or nobody: what is left would be neither. */
	if (passage->relay->profile->on_partial == PARTIAL_ABORT &&
	    passage->open.count < count)
		return false;
	return passage->open.count > 0 && is_worth_elsewhere(err->kind);
}

static void announce_next(struct passage *passage, const struct error *err)
{
	struct buf sentence = {0};

	buf_addf(&sentence, "%s; the next smarthost is tried", err->text);
	log_sentence(LEVEL_WARNING, passage->relay->identity->id,
	    buf_string(&sentence));
	transcript_addf(&passage->transcript, '*', "trying the next smarthost");
	buf_free(&sentence);
}

/* First the one whose session is open, if there is one. */
static const struct smarthost *next_smarthost(struct passage *passage,
    struct error *err)
{
	struct line *line = passage->line;

	if (passage->tried > 0 || !line_is_open(line))
		return candidates_next(&passage->candidates, err);
	candidates_skip(&passage->candidates, &line->smarthost);
	return &line->smarthost;
}

static int try_smarthost(struct passage *passage,
    const struct smarthost *smarthost, struct error *err)
{
	struct line *line = passage->line;
	int result = smarthost == &line->smarthost ?
	    use_open_session(passage, err) :
	    use_new_session(passage, smarthost, err);

	/* Each takes somebody, so this comes to an end. */
	while (result < 0 && line->smtp.is_full) {
		line->smtp.is_full = false;
		attempt_settle(&passage->attempt, &passage->open);
		transcript_addf(&passage->transcript, '*', "%s", err->text);
		result = use_new_session(passage, smarthost, err);
		if (result < 0)
			(void)fail_within(err, "in another session: ");
	}
	return result;
}

/* With several reasons the mildest counts: that one may be gone the next time. */
static int try_smarthosts(struct passage *passage, struct error *err)
{
	const struct smarthost *smarthost;
	struct error mildest = {.kind = ERROR_KINDS};

	while ((smarthost = next_smarthost(passage, err)) != NULL) {
		if (passage->tried++ > 0)
			announce_next(passage, err);
		if (try_smarthost(passage, smarthost, err) == 0)
			return 0;
		attempt_settle(&passage->attempt, &passage->open);
		if (!may_go_elsewhere(passage, err)) {
			mildest = *err;
			break;
		}
		if (err->kind < mildest.kind)
			mildest = *err;
	}
	if (mildest.kind != ERROR_KINDS)
		*err = mildest;
	if (passage->tried > 1)
		(void)fail_within(err,
		    "%zu smarthosts were tried: ", passage->tried);
	return -1;
}

/* A transcript that cannot be written is worth a line in the log, no more. */
static void keep_transcript(const struct relay *relay,
    const struct transcript *transcript, bool is_sent)
{
	const struct settings *settings = config_settings(relay->config);
	const char *id = relay->identity->id;
	struct buf name = {0};
	struct error err;

	if (relay->extra_transcript >= 0 &&
	    file_write(relay->extra_transcript, buf_text(&transcript->block),
		"the transcript of -X", &err) < 0)
		log_sentence(LEVEL_WARNING, id, err.text);
	if (relay->transcript == NULL ||
	    (is_sent && settings->transcript_keep == KEEP_FAILED))
		return;
	/* In a directory two within a millisecond must not be one file. */
	buf_addf(&name, relay->number > 1 ? "%s-%u" : "%s", id, relay->number);
	if (transcript_write(transcript, relay->transcript, settings,
		buf_string(&name), &err) < 0)
		log_sentence(LEVEL_WARNING, id, err.text);
	buf_free(&name);
}

/* What is known before anybody is asked. */
static void begin_attempt(struct passage *passage)
{
	const struct relay *relay = passage->relay;
	struct attempt *attempt = &passage->attempt;

	attempt->identity = relay->identity;
	attempt->profile = relay->profile;
	attempt->size = message_wire_length(attempt->message);
	attempt->start = clock_ticks();
	show_smarthost(&attempt->host, relay->profile);
	passage->transcript.is_live = relay->is_verbose;
	passage->transcript.is_kept =
	    relay->transcript != NULL || relay->extra_transcript >= 0;
	candidates_begin(&passage->candidates, relay->profile, relay->outages,
	    clock_now().seconds);
	attempt_begin_transcript(attempt, &passage->transcript);
}

static void end_attempt(struct passage *passage)
{
	struct attempt *attempt = &passage->attempt;

	attempt->duration = clock_ticks() - attempt->start;
	buf_clear(&passage->relay->words);
	buf_add(&passage->relay->words, buf_text(&attempt->reply));
	attempt_end_transcript(attempt, &passage->transcript);
	keep_transcript(passage->relay, &passage->transcript,
	    envelope_worst(attempt->envelope) == NULL);
	attempt_log(attempt, &passage->open);
	candidates_free(&passage->candidates);
	transcript_free(&passage->transcript);
	attempt_free(attempt);
}

/* The line is for one profile. */
static struct line *take_line(struct relay *relay)
{
	if (relay->line != NULL && relay->line->asked != relay->profile)
		relay_end(relay);
	if (relay->line == NULL)
		relay->line = mem_alloc(1, sizeof *relay->line);
	relay->line->config = relay->config;
	relay->line->asked = relay->profile;
	relay->line->hostname = relay->hostname;
	return relay->line;
}

/* The transcript of this message is no place for what follows. */
static void return_line(struct passage *passage)
{
	struct line *line = passage->line;

	line->between.is_live = passage->transcript.is_live;
	line->between.start = passage->transcript.start;
	line->smtp.chat.transcript = &line->between;
	passage->relay->is_down = !passage->has_session;
	if (!passage->relay->has_next)
		relay_end(passage->relay);
}

void relay_message(struct relay *relay, struct envelope *envelope,
    const struct message *message)
{
	struct passage passage = {
	    .relay = relay,
	    .line = take_line(relay),
	    .attempt = {.envelope = envelope, .message = message},
	    .open = *envelope,
	};
	struct error err = {0};

	begin_attempt(&passage);
	if (line_read_secrets(passage.line, &err) < 0 ||
	    try_smarthosts(&passage, &err) < 0)
		envelope_fail_rest(envelope, &err);
	/* The exit code must not depend on there being no mistake above. */
	(void)fail(&err, ERROR_BUG,
	    "it was not seen what became of the message");
	envelope_fail_rest(envelope, &err);
	return_line(&passage);
	end_attempt(&passage);
}

void relay_end(struct relay *relay)
{
	buf_free(&relay->words);
	if (relay->line == NULL)
		return;
	line_free(relay->line);
	free(relay->line);
	relay->line = NULL;
}
