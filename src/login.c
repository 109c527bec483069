#include "login.h"

#include <string.h>

#include "base64.h"
#include "sasl.h"
#include "utf8.h"

enum { COMMAND_MAX = 510 /* bytes without CRLF, RFC 5321 4.5.3.1.4 */ };

bool login_is_wanted(const struct smtp *smtp)
{
	return smtp->profile->mechanism_count > 0 &&
	    (smtp->login.password.data != NULL ||
		smtp->login.token.data != NULL);
}

static struct text secret_for(const struct smtp *smtp,
    enum sasl_mechanism mechanism)
{
	return sasl_wants_token(mechanism) ? smtp->login.token :
					     smtp->login.password;
}

static int choose(const struct smtp *smtp, enum sasl_mechanism *mechanism,
    struct error *err)
{
	struct buf offered = {0};

	if (!smtp->is_private && !smtp->profile->auth_plaintext)
		return fail(err, ERROR_LOGIN,
		    "%s: no login, because the connection is not encrypted; "
		    "set tls, or auth_plaintext = yes in profile %s",
		    smtp->chat.peer, smtp->profile->name);
	for (size_t i = 0; i < smtp->profile->mechanism_count; i++) {
		*mechanism = smtp->profile->mechanisms[i];
		if (secret_for(smtp, *mechanism).data != NULL &&
		    (smtp->offer.mechanisms & 1U << *mechanism) != 0)
			return 0;
	}
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

static int answer(struct smtp *smtp, struct sasl *sasl, const char *prefix,
    struct text challenge, struct error *err)
{
	struct buf response = {0};
	int result = sasl_respond(sasl, challenge, &response, err);

	if (result == 0)
		say_response(smtp, prefix, &response);
	buf_wipe(&response);
	return result;
}

static int say_auth(struct smtp *smtp, struct sasl *sasl, struct error *err)
{
	struct buf prefix = {0};
	size_t length = sasl->user.length + sasl->secret.length + 32;
	int result = 0;

	buf_addf(&prefix, "AUTH %s ", sasl_name(sasl->mechanism));
	/* A response that makes the line too long waits for its challenge. */
	if (sasl_has_initial(sasl->mechanism) &&
	    prefix.length + length * 4 / 3 < COMMAND_MAX)
		result = answer(smtp, sasl, buf_string(&prefix),
		    (struct text){"", 0}, err);
	else
		chat_say(&smtp->chat, "AUTH %s", sasl_name(sasl->mechanism));
	buf_free(&prefix);
	return result;
}

/* Answer one challenge, or cancel (RFC 4954 section 4) and fail. */
static int answer_challenge(struct smtp *smtp, struct sasl *sasl,
    struct error *err)
{
	struct text coded = buf_text(&smtp->reply.text);
	struct buf challenge = {0};
	struct error ignored;
	int result = 0;

	if (sasl_reads_challenge(sasl->mechanism) &&
	    (coded.length > SASL_MAX_CHALLENGE ||
		base64_decode(&challenge, coded) < 0))
		result = fail(err, ERROR_PROTOCOL,
		    "%s: the challenge is not in base64", smtp->chat.peer);
	if (result == 0 &&
	    (result = answer(smtp, sasl, "", buf_text(&challenge), err)) < 0)
		(void)fail_within(err, "%s: ", smtp->chat.peer);
	buf_free(&challenge);
	if (result == 0)
		return 0;
	chat_say(&smtp->chat, "*");
	(void)smtp_ask(smtp, &ignored);
	return -1;
}

static int refuse(struct smtp *smtp, struct error *err)
{
	struct buf what = {0};

	buf_add_string(&what, "the login of ");
	utf8_add_visible(&what, text_part(smtp->login.user, 0, 100));
	buf_addf(&what, " (%s)", smtp->login.where);
	(void)smtp_refuse(smtp, ERROR_LOGIN, buf_string(&what), err);
	buf_free(&what);
	return -1;
}

/* As it is, and in the coat that it travels in. */
static void hide(struct smtp *smtp, struct text secret)
{
	struct buf coded = {0};

	base64_encode(&coded, secret);
	chat_hide(&smtp->chat, secret);
	chat_hide(&smtp->chat, buf_text(&coded));
	buf_wipe(&coded);
}

int login_do(struct smtp *smtp, struct error *err)
{
	struct sasl sasl = {.user = smtp->login.user};
	int result;

	if (choose(smtp, &sasl.mechanism, err) < 0)
		return -1;
	sasl.secret = secret_for(smtp, sasl.mechanism);
	hide(smtp, sasl.secret);
	result = say_auth(smtp, &sasl, err);
	while (result == 0) {
		result = smtp_ask(smtp, err);
		if (result < 0 || smtp->reply.code != 334)
			break;
		result = answer_challenge(smtp, &sasl, err);
	}
	if (result < 0)
		return -1;
	/* Who has not been told anything cannot have let anybody in. */
	if (smtp->reply.code != 235 || sasl.step == 0)
		return refuse(smtp, err);
	smtp->mechanism = sasl_name(sasl.mechanism);
	return 0;
}
