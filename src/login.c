#include "login.h"

#include <openssl/rand.h>
#include <string.h>

#include "base64.h"
#include "remedy.h"
#include "respond.h"
#include "utf8.h"

enum {
	COMMAND_MAX = 510, /* bytes without CRLF, RFC 5321 4.5.3.1.4 */
	NONCE_BYTES = 18,  /* before their base64 */
	SHORTEST_ECHO = 4  /* bytes; less may be anywhere by accident */
};

/* What all attempts of one login have in common. */
struct login {
	struct smtp *smtp;
	struct buf binding;
	const char *binding_kind;
	unsigned tried;     /* 1 << enum sasl_mechanism */
	bool must_be_bound; /* a -PLUS has been refused */
	bool is_renewed;    /* the token */
};

enum outcome { LOGIN_FAILED = -1, LOGIN_DONE, LOGIN_NEXT };

static bool has_secret(const struct smtp *smtp)
{
	return smtp->login.password.data != NULL ||
	    smtp->login.token.data != NULL;
}

static bool offers(const struct smtp *smtp, enum sasl_mechanism mechanism)
{
	return mechanism != SASL_MECHANISMS &&
	    (smtp->offer.mechanisms & 1U << mechanism) != 0;
}

bool login_is_wanted(const struct smtp *smtp)
{
	const struct profile *profile = smtp->profile;

	if (profile->mechanism_count == 0)
		return false;
	if (has_secret(smtp))
		return true;
	return profile->tls_cert != NULL &&
	    (!profile->auth_is_auto ||
		(smtp->is_tls && offers(smtp, SASL_EXTERNAL)));
}

static struct text secret_for(const struct smtp *smtp,
    enum sasl_mechanism mechanism)
{
	switch (sasl_proof(mechanism)) {
	case SASL_PASSWORD:
		return smtp->login.password;
	case SASL_TOKEN:
		return smtp->login.token;
	case SASL_CERTIFICATE:
	default:
		return (struct text){"", 0};
	}
}

/* The certificate is for those who have nothing else, unless it is named. */
static bool can_prove(const struct smtp *smtp, enum sasl_mechanism mechanism)
{
	if (sasl_proof(mechanism) != SASL_CERTIFICATE)
		return secret_for(smtp, mechanism).data != NULL;
	return smtp->is_tls && smtp->profile->tls_cert != NULL &&
	    !(smtp->profile->auth_is_auto && has_secret(smtp));
}

static bool may_try(const struct login *login, enum sasl_mechanism mechanism)
{
	const struct smtp *smtp = login->smtp;
	bool is_bound = sasl_is_bound(mechanism);

	return offers(smtp, mechanism) && can_prove(smtp, mechanism) &&
	    (login->tried & 1U << mechanism) == 0 &&
	    (!is_bound || login->binding_kind != NULL) &&
	    (is_bound || !login->must_be_bound);
}

static int fail_choice(const struct smtp *smtp, struct error *err)
{
	struct buf offered = {0};

	utf8_add_visible(&offered,
	    text_part(buf_text(&smtp->offer.names), 0, 200));
	(void)fail(err, ERROR_LOGIN,
	    "%s offers no login that profile %s allows (it offers: %s); see "
	    "auth",
	    smtp->chat.peer, smtp->profile->name,
	    offered.length > 0 ? buf_string(&offered) : "none");
	buf_free(&offered);
	return -1;
}

/* When all that can be tried have been, the last refusal stays the error. */
static int choose(struct login *login, enum sasl_mechanism *mechanism,
    struct error *err)
{
	const struct profile *profile = login->smtp->profile;

	for (size_t i = 0; i < profile->mechanism_count; i++) {
		*mechanism = profile->mechanisms[i];
		if (!may_try(login, *mechanism))
			continue;
		login->tried |= 1U << *mechanism;
		return 0;
	}
	if (login->must_be_bound)
		return fail_within(err,
		    "no login without -PLUS is tried behind one with it, "
		    "unless auth names it alone: ");
	return login->tried != 0 ? -1 : fail_choice(login->smtp, err);
}

/* Say a line with the response in it, the transcript sees only the prefix. */
static void say_response(struct smtp *smtp, const char *prefix,
    const struct buf *response)
{
	struct buf line = {0};
	struct buf shown = {0};

	buf_add_string(&line, prefix);
	base64_encode(&line, buf_text(response));
	/* An empty response to AUTH itself is "=", RFC 4954 section 4. */
	if (response->length == 0 && *prefix != '\0')
		buf_add_byte(&line, '=');
	buf_addf(&shown, "%s[hidden]", prefix);
	chat_hide(&smtp->chat,
	    text_part(buf_text(&line), strlen(prefix), line.length));
	chat_say_secret(&smtp->chat, buf_string(&shown), buf_text(&line));
	buf_free(&shown);
	buf_wipe(&line);
}

/* A response that makes the line of AUTH too long waits for its challenge. */
static int say_auth(struct smtp *smtp, struct sasl *sasl, struct error *err)
{
	const char *name = sasl_name(sasl->mechanism);
	struct buf prefix = {0};
	struct buf response = {0};
	struct sasl trial = *sasl;
	int result = 0;

	buf_addf(&prefix, "AUTH %s ", name);
	if (sasl_has_initial(sasl->mechanism))
		result =
		    sasl_respond(&trial, (struct text){"", 0}, &response, err);
	if (sasl_has_initial(sasl->mechanism) && result == 0 &&
	    prefix.length + (response.length + 2) / 3 * 4 <= COMMAND_MAX) {
		*sasl = trial;
		say_response(smtp, buf_string(&prefix), &response);
	} else {
		sasl_free(&trial);
		if (result == 0)
			chat_say(&smtp->chat, "AUTH %s", name);
	}
	buf_free(&prefix);
	buf_wipe(&response);
	return result;
}

/* What is no base64 is only a mistake where its meaning counts. */
static int read_challenge(const struct smtp *smtp, const struct sasl *sasl,
    struct buf *challenge, struct error *err)
{
	struct text coded = buf_text(&smtp->reply.text);

	if (coded.length <= SASL_MAX_CHALLENGE &&
	    base64_decode(challenge, coded) == 0)
		return 0;
	buf_clear(challenge);
	if (!sasl_reads_challenge(sasl->mechanism))
		return 0;
	return fail(err, ERROR_PROTOCOL, "the challenge is not in base64");
}

/* Answer one challenge, or cancel (RFC 4954 section 4) and fail. */
static int answer_challenge(struct smtp *smtp, struct sasl *sasl,
    struct error *err)
{
	struct buf challenge = {0};
	struct buf response = {0};
	struct error ignored;
	int result = read_challenge(smtp, sasl, &challenge, err);

	if (result == 0)
		result =
		    sasl_respond(sasl, buf_text(&challenge), &response, err);
	if (result == 0) {
		say_response(smtp, "", &response);
	} else {
		(void)fail_within(err, "%s: ", smtp->chat.peer);
		chat_say(&smtp->chat, "*");
		(void)smtp_ask(smtp, &ignored);
	}
	buf_free(&challenge);
	buf_wipe(&response);
	return result;
}

/* From AUTH to the reply that is no challenge. */
static int exchange(struct smtp *smtp, struct sasl *sasl, struct error *err)
{
	int result = say_auth(smtp, sasl, err);

	while (result == 0) {
		result = smtp_ask(smtp, err);
		if (result < 0 || smtp->reply.code != 334)
			break;
		result = answer_challenge(smtp, sasl, err);
	}
	return result;
}

static void refuse(const struct smtp *smtp, const struct sasl *sasl,
    const char *remedy, struct error *err)
{
	struct buf what = {0};

	buf_add_string(&what, "the login of ");
	utf8_add_visible(&what, text_part(smtp->login.user, 0, 100));
	buf_addf(&what, " (%s", smtp->login.where);
	if (sasl->problem.length > 0)
		buf_addf(&what, "; it says: %s", buf_string(&sasl->problem));
	buf_add_byte(&what, ')');
	(void)smtp_refuse(smtp, ERROR_LOGIN, buf_string(&what), err);
	if (remedy != NULL)
		(void)fail_within(err, "%s: ", remedy);
	buf_free(&what);
}

static bool is_about_mechanism(const struct reply *reply)
{
	return reply->code == 504 || reply->code == 534 || reply->code == 538;
}

/* It has not had a chance to show who it is, or has failed to (RFC 5802). */
static enum outcome fail_unproven(const struct smtp *smtp,
    const struct sasl *sasl, struct error *err)
{
	(void)fail(err, ERROR_LOGIN,
	    "%s answered 235 before %s was at its end, so it may not be "
	    "the server that it claims to be; nothing was sent",
	    smtp->chat.peer, sasl_name(sasl->mechanism));
	return LOGIN_FAILED;
}

/* The token of today for the one of yesterday, once. */
static bool renew_token(struct login *login, enum sasl_mechanism mechanism)
{
	struct smtp_login *secrets = &login->smtp->login;

	if (sasl_proof(mechanism) != SASL_TOKEN || login->is_renewed ||
	    secrets->renew_token == NULL ||
	    !reply_is_permanent(&login->smtp->reply))
		return false;
	login->is_renewed = true;
	return secrets->renew_token(secrets->context, &secrets->token);
}

static enum outcome judge(struct login *login, const struct sasl *sasl,
    struct error *err)
{
	struct smtp *smtp = login->smtp;
	enum sasl_mechanism mechanism = sasl->mechanism;
	const char *remedy;

	if (smtp->reply.code == 235 && !sasl->is_complete)
		return fail_unproven(smtp, sasl, err);
	if (smtp->reply.code == 235) {
		smtp->mechanism = sasl_name(mechanism);
		return LOGIN_DONE;
	}
	remedy = reply_is_permanent(&smtp->reply) ?
	    remedy_find(smtp->login.host, sasl_proof(mechanism), &smtp->reply) :
	    NULL;
	refuse(smtp, sasl, remedy, err);
	if (is_about_mechanism(&smtp->reply) && remedy == NULL) {
		login->must_be_bound |= sasl_is_bound(mechanism);
		return LOGIN_NEXT;
	}
	if (renew_token(login, mechanism)) {
		login->tried &= ~(1U << mechanism);
		return LOGIN_NEXT;
	}
	return LOGIN_FAILED;
}

/* Characters that no mechanism quotes. */
static int make_nonce(const struct smtp *smtp, struct buf *nonce,
    struct error *err)
{
	unsigned char bytes[NONCE_BYTES];

	if (smtp->login.nonce.length > 0)
		buf_add(nonce, smtp->login.nonce);
	else if (RAND_bytes(bytes, sizeof bytes) == 1)
		base64_encode(nonce,
		    (struct text){(const char *)bytes, sizeof bytes});
	else
		return fail(err, ERROR_SYSTEM,
		    "OpenSSL has no random numbers for the login");
	return 0;
}

/* As it is, and at each of the three places it may have in base64. */
static void hide(struct smtp *smtp, struct text secret)
{
	chat_hide(&smtp->chat, secret);
	for (size_t offset = 0; offset < 3; offset++) {
		struct buf plain = {0};
		struct buf coded = {0};
		struct text core;

		buf_add(&plain, text_part(text_of("xx"), 0, offset));
		buf_add(&plain, secret);
		base64_encode(&coded, buf_text(&plain));
		/* Characters that hold bits of this secret and no others. */
		core = text_part(buf_text(&coded), (offset * 8 + 5) / 6,
		    plain.length * 8 / 6);
		if (core.length >= SHORTEST_ECHO)
			chat_hide(&smtp->chat, core);
		buf_wipe(&plain);
		buf_wipe(&coded);
	}
}

static enum outcome attempt(struct login *login, enum sasl_mechanism mechanism,
    struct error *err)
{
	struct smtp *smtp = login->smtp;
	struct buf nonce = {0};
	struct sasl sasl = {
	    .mechanism = mechanism,
	    .user = smtp->login.user,
	    .secret = secret_for(smtp, mechanism),
	    .service =
		smtp->profile->protocol == PROTOCOL_LMTP ? "lmtp" : "smtp",
	    .host = smtp->login.host,
	    .port = smtp->login.port,
	    .binding_kind = login->binding_kind,
	    .binding = buf_text(&login->binding),
	    .offers_binding = offers(smtp, sasl_bound_form(mechanism)),
	};
	enum outcome outcome = LOGIN_FAILED;

	hide(smtp, sasl.secret);
	if (!sasl_has_nonce(mechanism) || make_nonce(smtp, &nonce, err) == 0) {
		sasl.nonce = buf_text(&nonce);
		if (exchange(smtp, &sasl, err) == 0)
			outcome = judge(login, &sasl, err);
	}
	sasl_free(&sasl);
	buf_wipe(&nonce);
	return outcome;
}

void login_hide(struct smtp *smtp)
{
	if (smtp->login.password.length > 0)
		hide(smtp, smtp->login.password);
	if (smtp->login.token.length > 0)
		hide(smtp, smtp->login.token);
}

int login_do(struct smtp *smtp, struct error *err)
{
	struct transport *transport = smtp->chat.transport;
	struct login login = {.smtp = smtp};
	enum outcome outcome = LOGIN_NEXT;
	enum sasl_mechanism mechanism = SASL_MECHANISMS;

	if (!smtp->is_private && !smtp->profile->auth_plaintext)
		return fail(err, ERROR_LOGIN,
		    "%s: no login, because the connection is not encrypted; "
		    "set tls, or auth_plaintext = yes in profile %s",
		    smtp->chat.peer, smtp->profile->name);
	if (smtp->is_tls)
		login.binding_kind =
		    transport->methods->tls_binding(transport, &login.binding);
	while (outcome == LOGIN_NEXT && choose(&login, &mechanism, err) == 0)
		outcome = attempt(&login, mechanism, err);
	buf_wipe(&login.binding);
	return outcome == LOGIN_DONE ? 0 : -1;
}
