#include "line.h"

#include <string.h>

#include "clock.h"
#include "mailing.h"
#include "sasl.h"
#include "secret.h"
#include "session.h"

static bool allows_token(const struct profile *profile)
{
	for (size_t i = 0; i < profile->mechanism_count; i++)
		if (sasl_proof(profile->mechanisms[i]) == SASL_TOKEN)
			return true;
	return false;
}

static void wipe_secrets(struct secrets *secrets)
{
	buf_wipe(&secrets->password);
	buf_wipe(&secrets->token);
	buf_free(&secrets->where);
	secrets->are_read = false;
}

static int read_secrets(struct line *line, struct error *err)
{
	static const char *const keys[] = {"password", "password_file",
	    "password_command", "password_env", "password_credential", "token",
	    "token_file", "token_command", NULL};
	const struct profile *profile = line->asked;
	struct secrets *secrets = &line->secrets;

	buf_addf(&secrets->where, "see user and %s in ",
	    secret_has_password(profile) ? "password" : "token");
	config_add_where(line->config, profile, keys, &secrets->where);
	if (secret_has_password(profile) &&
	    secret_read_password(profile, &secrets->password, err) < 0)
		return -1;
	if (secret_has_token(profile) && allows_token(profile) &&
	    secret_read_token(profile, &secrets->token, err) < 0)
		return -1;
	return 0;
}

int line_read_secrets(struct line *line, struct error *err)
{
	if (line->secrets.are_read || line->asked->mechanism_count == 0)
		return 0;
	if (read_secrets(line, err) < 0) {
		wipe_secrets(&line->secrets);
		return -1;
	}
	line->secrets.are_read = true;
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
	struct line *line = context;
	struct buf *old = &line->secrets.token;
	struct buf fresh = {0};
	struct error ignored; /* the refusal of the old one is what counts */
	bool is_new = secret_read_token(line->asked, &fresh, &ignored) == 0 &&
	    !text_is(buf_text(&fresh), buf_string(old));

	if (is_new) {
		buf_wipe(old);
		*old = fresh;
		*token = buf_text(old);
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

static struct smtp_login login_of(struct line *line)
{
	const char *user = line->asked->user;

	return (struct smtp_login){
	    .user = text_of(user != NULL ? user : ""),
	    .password = secret_text(&line->secrets.password),
	    .token = secret_text(&line->secrets.token),
	    .host = server_of(&line->smarthost),
	    .port = line->smarthost.port,
	    .where = buf_string(&line->secrets.where),
	    .renew_token = renew_token,
	    .context = line,
	};
}

/* A copy with strings of its own: it must outlive the connection. */
static void take_smarthost(struct line *line, struct smarthost smarthost)
{
	struct strlist texts = {0};

	strlist_add(&texts, text_of(smarthost.name));
	smarthost.name = texts.items[0];
	if (smarthost.domain != NULL) {
		strlist_add(&texts, text_of(smarthost.domain));
		smarthost.domain = texts.items[1];
	}
	strlist_free(&line->texts);
	line->texts = texts;
	line->smarthost = smarthost;
	line->profile = *line->asked;
	line->profile.tls = smarthost.tls;
	buf_clear(&line->host);
	smarthost_add(&line->host, &smarthost);
}

int line_connect(struct line *line, const struct smarthost *smarthost,
    int64_t deadline, struct error *err)
{
	int64_t left = clock_left(deadline);

	line_end(line);
	take_smarthost(line, *smarthost);
	if (deadline != 0 && left < line->profile.connect_timeout)
		line->profile.connect_timeout = left;
	line->delay = (struct net_delay){0};
	line->net =
	    net_connect(&line->profile, &line->smarthost, &line->delay, err);
	if (line->net == NULL)
		return -1;
	line->smtp = (struct smtp){
	    .chat.transport = net_transport(line->net),
	    .chat.transcript = &line->between,
	    .chat.peer = buf_string(&line->host),
	    .profile = &line->profile,
	    .login = login_of(line),
	    /* A name that is not a full one is no name (RFC 5321 4.1.4). */
	    .hostname = strchr(line->hostname, '.') != NULL ?
		line->hostname :
		net_local(line->net),
	    .shown_body = config_settings(line->config)->transcript_body,
	    .is_private = line->smarthost.kind == SMARTHOST_UNIX,
	    .deadline = deadline,
	};
	return 0;
}

bool line_is_open(const struct line *line)
{
	return line->net != NULL;
}

bool line_may_stay(const struct line *line)
{
	const struct smtp *smtp = &line->smtp;

	return line_is_open(line) && line->messages > 0 && smtp->keeps_open &&
	    !smtp->is_over && !smtp->is_broken && mailing_has_room(smtp);
}

void line_hang_up(struct line *line)
{
	struct transport *transport;

	if (!line_is_open(line))
		return;
	transport = net_transport(line->net);
	transport->methods->close(transport);
	smtp_free(&line->smtp);
	line->net = NULL;
	line->messages = 0;
}

void line_end(struct line *line)
{
	if (line_is_open(line))
		session_end(&line->smtp);
	line_hang_up(line);
}

void line_free(struct line *line)
{
	line_end(line);
	wipe_secrets(&line->secrets);
	strlist_free(&line->texts);
	buf_free(&line->host);
}
