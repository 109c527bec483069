#include "relay.h"

#include <string.h>

#include "attempt.h"
#include "candidates.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include "mailing.h"
#include "net.h"
#include "sasl.h"
#include "secret.h"
#include "session.h"
#include "show.h"
#include "smtp.h"
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

/* What it takes to log in, as long as the session lasts. */
struct secrets {
	const struct profile *profile;
	struct buf password;
	struct buf token;
	struct buf where;
};

static bool allows_token(const struct profile *profile)
{
	for (size_t i = 0; i < profile->mechanism_count; i++)
		if (sasl_proof(profile->mechanisms[i]) == SASL_TOKEN)
			return true;
	return false;
}

static int read_secrets(const struct relay *relay, struct secrets *secrets,
    struct error *err)
{
	static const char *const keys[] = {"password", "password_file",
	    "password_command", "password_env", "password_credential", "token",
	    "token_file", "token_command", NULL};
	const struct profile *profile = relay->profile;

	secrets->profile = profile;
	if (profile->mechanism_count == 0)
		return 0;
	buf_addf(&secrets->where, "see user and %s in ",
	    secret_has_password(profile) ? "password" : "token");
	config_add_where(relay->config, profile, keys, &secrets->where);
	if (secret_has_password(profile) &&
	    secret_read_password(profile, &secrets->password, err) < 0)
		return -1;
	if (secret_has_token(profile) && allows_token(profile) &&
	    secret_read_token(profile, &secrets->token, err) < 0)
		return -1;
	return 0;
}

/* No bytes and no secret are two things: the second has no data. */
static struct text secret_text(const struct buf *secret)
{
	return secret->length > 0 ? buf_text(secret) : (struct text){NULL, 0};
}

/* What token_file or token_command have by now; see smtp.h. */
static bool renew_token(void *context, struct text *token)
{
	struct secrets *secrets = context;
	struct buf fresh = {0};
	struct error ignored; /* the refusal of the old one is what counts */
	bool is_new =
	    secret_read_token(secrets->profile, &fresh, &ignored) == 0 &&
	    !text_is(buf_text(&fresh), buf_string(&secrets->token));

	if (is_new) {
		buf_wipe(&secrets->token);
		secrets->token = fresh;
		*token = buf_text(&secrets->token);
	} else {
		buf_wipe(&fresh);
	}
	return is_new;
}

/* OAUTHBEARER and DIGEST-MD5 are told whom they log in to. */
static struct text server_of(const struct smarthost *smarthost)
{
	return text_of(smarthost->kind == SMARTHOST_NAME ? smarthost->name :
							   "localhost");
}

static struct smtp_login login_of(const struct profile *profile,
    const struct smarthost *smarthost, struct secrets *secrets)
{
	return (struct smtp_login){
	    .user = text_of(profile->user != NULL ? profile->user : ""),
	    .password = secret_text(&secrets->password),
	    .token = secret_text(&secrets->token),
	    .host = server_of(smarthost),
	    .port = smarthost->port,
	    .where = buf_string(&secrets->where),
	    .renew_token = renew_token,
	    .context = secrets,
	};
}

/* A message on its way, to one smarthost after the other if need be. */
struct passage {
	const struct relay *relay;
	struct attempt attempt; /* the last one */
	struct transcript transcript;
	struct secrets secrets;
	struct candidates candidates;
	struct envelope open; /* a view: recipients without an outcome */
	size_t tried;
};

/* Dialogue over a connection; what the log wants to know goes to attempt. */
static int converse(struct passage *passage, struct smtp *smtp,
    struct error *err)
{
	struct attempt *attempt = &passage->attempt;
	struct transport *transport = smtp->chat.transport;
	int64_t start = clock_ticks();
	int result = session_begin(smtp, err);

	if (result == 0)
		candidates_note_success(&passage->candidates);
	else if (is_worth_elsewhere(err->kind))
		candidates_note_failure(&passage->candidates);
	transport->methods->tls_summary(transport, &attempt->tls);
	attempt->mechanism = smtp->mechanism;
	attempt->delay.login = clock_ticks() - start - attempt->delay.net.tls;
	start = clock_ticks();
	if (result == 0)
		result =
		    mailing_run(smtp, &passage->open, attempt->message, err);
	attempt->delay.transfer = clock_ticks() - start;
	buf_addf(&attempt->reply, "%d %s ", smtp->reply.code,
	    smtp->reply.status);
	reply_add_words(&smtp->reply, &attempt->reply);
	/* With a server that answers one may part as friends. */
	if (result == 0 || err->reply != 0)
		session_end(smtp);
	return result;
}

static int hold_session(struct passage *passage, struct net *net,
    const struct profile *profile, const struct smarthost *smarthost,
    struct error *err)
{
	const struct relay *relay = passage->relay;
	struct attempt *attempt = &passage->attempt;
	struct smtp smtp = {
	    .profile = profile,
	    .login = login_of(profile, smarthost, &passage->secrets),
	    .shown_body = config_settings(relay->config)->transcript_body,
	    .is_private = smarthost->kind == SMARTHOST_UNIX,
	    .deadline = relay->deadline,
	};
	int result;

	buf_add_string(&attempt->address, net_peer(net));
	transcript_addf(&passage->transcript, '*', "connect %s %s",
	    buf_string(&attempt->host), net_peer(net));
	smtp.chat.transport = net_transport(net);
	smtp.chat.transcript = &passage->transcript;
	smtp.chat.peer = buf_string(&attempt->host);
	/* A name that is not a full one is no name (RFC 5321 4.1.4). */
	smtp.hostname = strchr(relay->hostname, '.') != NULL ? relay->hostname :
							       net_local(net);
	result = converse(passage, &smtp, err);
	smtp_free(&smtp);
	return result;
}

/* What connecting may take: the profile's time, and what is left of all. */
static int limit_connect(const struct relay *relay, struct profile *profile,
    struct error *err)
{
	int64_t left = relay->deadline - clock_ticks();

	if (relay->deadline == 0)
		return 0;
	if (left <= 0)
		return fail(err, ERROR_NETWORK,
		    "the time of submit_timeout is over");
	if (left < profile->connect_timeout)
		profile->connect_timeout = left;
	return 0;
}

static int try_smarthost(struct passage *passage,
    const struct smarthost *smarthost, struct error *err)
{
	struct profile profile = *passage->relay->profile;
	struct attempt *attempt = &passage->attempt;
	struct net *net;
	int result;

	profile.tls = smarthost->tls;
	attempt_restart(attempt);
	smarthost_add(&attempt->host, smarthost);
	if (limit_connect(passage->relay, &profile, err) < 0)
		return -1;
	net = net_connect(&profile, smarthost, &attempt->delay.net, err);
	if (net == NULL) {
		transcript_addf(&passage->transcript, '*', "%s", err->text);
		candidates_note_failure(&passage->candidates);
		return -1;
	}
	result = hold_session(passage, net, &profile, smarthost, err);
	net_transport(net)->methods->close(net_transport(net));
	return result;
}

/*
 * Those that have an outcome are logged with the smarthost that they have it
 * from.  What it said to those that stay open was not the last word.
 */
static void settle(struct passage *passage)
{
	struct envelope *open = &passage->open;
	struct attempt *attempt = &passage->attempt;
	struct envelope done = *open;
	size_t settled = 0;

	for (size_t i = 0; i < open->count; i++) {
		struct recipient recipient = open->recipients[i];

		if (recipient_is_open(&recipient)) {
			open->recipients[i].reply = 0;
			continue;
		}
		open->recipients[i] = open->recipients[settled];
		open->recipients[settled++] = recipient;
	}
	open->recipients += settled;
	open->count -= settled;
	done.count = settled;
	attempt->duration = clock_ticks() - attempt->start;
	attempt_log(attempt, &done);
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

/* With several reasons the mildest counts: that one may be gone the next time. */
static int try_smarthosts(struct passage *passage, struct error *err)
{
	const struct smarthost *smarthost;
	struct error mildest = {.kind = ERROR_KINDS};

	while ((smarthost = candidates_next(&passage->candidates, err)) !=
	    NULL) {
		if (passage->tried++ > 0)
			announce_next(passage, err);
		if (try_smarthost(passage, smarthost, err) == 0)
			return 0;
		settle(passage);
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
	attempt_end_transcript(attempt, &passage->transcript);
	keep_transcript(passage->relay, &passage->transcript,
	    envelope_worst(attempt->envelope) == NULL);
	attempt_log(attempt, &passage->open);
	buf_wipe(&passage->secrets.password);
	buf_wipe(&passage->secrets.token);
	buf_free(&passage->secrets.where);
	candidates_free(&passage->candidates);
	transcript_free(&passage->transcript);
	attempt_free(attempt);
}

void relay_message(const struct relay *relay, struct envelope *envelope,
    const struct message *message)
{
	struct passage passage = {
	    .relay = relay,
	    .attempt = {.envelope = envelope, .message = message},
	    .open = *envelope,
	};
	struct error err = {0};

	begin_attempt(&passage);
	if (read_secrets(relay, &passage.secrets, &err) < 0 ||
	    try_smarthosts(&passage, &err) < 0)
		envelope_fail_rest(envelope, &err);
	/* The exit code must not depend on there being no mistake above. */
	(void)fail(&err, ERROR_BUG,
	    "it was not seen what became of the message");
	envelope_fail_rest(envelope, &err);
	end_attempt(&passage);
}
