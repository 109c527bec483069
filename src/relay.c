#include "relay.h"

#include <string.h>

#include "attempt.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include "net.h"
#include "sasl.h"
#include "secret.h"
#include "session.h"
#include "smtp.h"
#include "transaction.h"
#include "transcript.h"

/* What it takes to log in, as long as the session lasts. */
struct secrets {
	struct buf password;
	struct buf token;
	struct buf where;
};

static bool allows_token(const struct profile *profile)
{
	for (size_t i = 0; i < profile->mechanism_count; i++)
		if (sasl_wants_token(profile->mechanisms[i]))
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

	if (profile->mechanism_count == 0)
		return 0;
	buf_add_string(&secrets->where, "see user and password in ");
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

static struct smtp_login login_of(const struct profile *profile,
    const struct secrets *secrets)
{
	return (struct smtp_login){
	    .user = text_of(profile->user != NULL ? profile->user : ""),
	    .password = secret_text(&secrets->password),
	    .token = secret_text(&secrets->token),
	    .where = buf_string(&secrets->where),
	};
}

static bool is_unix(const struct profile *profile)
{
	return strncmp(profile->host, "unix:", 5) == 0;
}

/* Dialogue over a connection; what the log wants to know goes to attempt. */
static int converse(struct smtp *smtp, struct attempt *attempt,
    struct error *err)
{
	struct transport *transport = smtp->chat.transport;
	int64_t start = clock_ticks();
	int result = session_begin(smtp, err);

	transport->methods->tls_summary(transport, &attempt->tls);
	attempt->mechanism = smtp->mechanism;
	attempt->delay.login = clock_ticks() - start - attempt->delay.net.tls;
	start = clock_ticks();
	if (result == 0)
		result = transaction_run(smtp, attempt->envelope,
		    attempt->message, err);
	attempt->delay.transfer = clock_ticks() - start;
	buf_addf(&attempt->reply, "%d %s ", smtp->reply.code,
	    smtp->reply.status);
	reply_add_words(&smtp->reply, &attempt->reply);
	/* With a server that answers one may part as friends. */
	if (result == 0 || err->reply != 0)
		session_end(smtp);
	return result;
}

static int hold_session(const struct relay *relay,
    const struct secrets *secrets, struct transcript *transcript,
    struct attempt *attempt, struct error *err)
{
	const struct settings *settings = config_settings(relay->config);
	struct net *net = net_connect(relay->profile, &attempt->delay.net, err);
	struct smtp smtp = {
	    .profile = relay->profile,
	    .login = login_of(relay->profile, secrets),
	    .shown_body = settings->transcript_body,
	    .is_private = is_unix(relay->profile),
	};
	int result;

	if (net == NULL) {
		transcript_addf(transcript, '*', "%s", err->text);
		return -1;
	}
	buf_add_string(&attempt->address, net_peer(net));
	transcript_addf(transcript, '*', "connect %s %s", relay->profile->host,
	    net_peer(net));
	smtp.chat.transport = net_transport(net);
	smtp.chat.transcript = transcript;
	smtp.chat.peer = buf_string(&attempt->host);
	/* A name that is not a full one is no name (RFC 5321 4.1.4). */
	smtp.hostname = strchr(relay->hostname, '.') != NULL ? relay->hostname :
							       net_local(net);
	result = converse(&smtp, attempt, err);
	smtp_free(&smtp);
	net_transport(net)->methods->close(net_transport(net));
	return result;
}

static void begin_transcript(const struct relay *relay,
    const struct attempt *attempt, struct transcript *transcript)
{
	const struct identity *identity = relay->identity;
	struct buf head = {0};

	date_add_log(&head, clock_now());
	buf_addf(&head, " %s uid %lu (%s) %s\nfrom %s  to ", identity->id,
	    (unsigned long)identity->uid, identity->login, identity->caller,
	    *attempt->envelope->sender != '\0' ? attempt->envelope->sender :
						 "<>");
	attempt_add_recipients(attempt, &head);
	buf_addf(&head, "  %llu bytes  profile %s",
	    (unsigned long long)attempt->size, relay->profile->name);
	transcript_begin(transcript, buf_text(&head));
	buf_free(&head);
}

static void end_transcript(const struct relay *relay,
    const struct attempt *attempt, struct transcript *transcript)
{
	struct buf line = {0};

	buf_addf(&line, "%s ", relay->identity->id);
	attempt_add_outcome(attempt, &line);
	transcript_end(transcript, buf_text(&line));
	buf_free(&line);
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

void relay_message(const struct relay *relay, struct envelope *envelope,
    const struct message *message)
{
	struct transcript transcript = {
	    .is_live = relay->is_verbose,
	    .is_kept =
		relay->transcript != NULL || relay->extra_transcript >= 0,
	};
	struct attempt attempt = {
	    .identity = relay->identity,
	    .profile = relay->profile,
	    .envelope = envelope,
	    .message = message,
	    .size = message_wire_length(message),
	    .start = clock_ticks(),
	};
	struct secrets secrets = {0};
	struct error err = {0};

	buf_addf(&attempt.host, is_unix(relay->profile) ? "%s" : "%s:%u",
	    relay->profile->host, relay->profile->port);
	begin_transcript(relay, &attempt, &transcript);
	if (read_secrets(relay, &secrets, &err) < 0 ||
	    hold_session(relay, &secrets, &transcript, &attempt, &err) < 0)
		envelope_fail_rest(envelope, &err);
	/* The exit code must not depend on there being no mistake above. */
	(void)fail(&err, ERROR_BUG,
	    "it was not seen what became of the message");
	envelope_fail_rest(envelope, &err);
	buf_wipe(&secrets.password);
	buf_wipe(&secrets.token);
	buf_free(&secrets.where);
	attempt.duration = clock_ticks() - attempt.start;
	end_transcript(relay, &attempt, &transcript);
	keep_transcript(relay, &transcript, envelope_worst(envelope) == NULL);
	attempt_log(&attempt);
	transcript_free(&transcript);
	attempt_free(&attempt);
}
