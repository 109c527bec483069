#include "rehearsal.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "complete.h"
#include "file.h"
#include "mailbox.h"
#include "mailing.h"
#include "mem.h"
#include "secret.h"
#include "session.h"
#include "smtp.h"
#include "utf8.h"

/* What a submission does before it connects. */

static bool has_key(const struct strlist *lines, const char *key)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct text line = text_of(lines->items[i]);

		line = text_part(line, 0, text_find(line, '='));
		if (text_is(text_trim(line), key))
			return true;
	}
	return false;
}

/* "Config: [sendmail] key = value" is for that section, others are not. */
static void add_section(struct buf *contents, const char *section,
    const struct strlist *lines)
{
	static const char settings[] = "[sendmail]";

	buf_addf(contents, "%s\n", section);
	for (size_t i = 0; i < lines->count; i++) {
		struct text line = text_of(lines->items[i]);
		bool is_setting = text_begins_nocase(line, settings);

		if (is_setting != (strcmp(section, settings) == 0))
			continue;
		if (is_setting)
			line =
			    text_part(line, sizeof settings - 1, line.length);
		buf_add(contents, text_trim(line));
		buf_add_byte(contents, '\n');
	}
}

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void configure(struct rehearsal *rehearsal)
{
	const struct strlist *lines = &rehearsal->dialogue.config;
	struct buf contents = {0};
	struct strlist problems = {0};
	struct error err = {0};

	rehearsal->config = config_new();
	add_section(&contents, "[sendmail]", lines);
	add_section(&contents, "[profile test]", lines);
	buf_add_string(&contents, "host = 127.0.0.1\nport = 2525\n");
	if (!has_key(lines, "tls"))
		buf_add_string(&contents, "tls = none\n");
	if (!has_key(lines, "user") && !has_key(lines, "auth"))
		buf_add_string(&contents, "auth = off\n");
	if (config_read(rehearsal->config, "dialogue.conf", buf_text(&contents),
		no_variable, &problems, &err) == 0)
		(void)config_check(rehearsal->config, &problems, &err);
	ck_assert_msg(err.kind == ERROR_NONE, "%s: %s",
	    rehearsal->dialogue.path, err.text);
	rehearsal->profile = config_profile(rehearsal->config, NULL, &err);
	ck_assert_ptr_nonnull(rehearsal->profile);
	buf_free(&contents);
	strlist_free(&problems);
}

static int read_secrets(struct rehearsal *rehearsal, struct error *err)
{
	const struct profile *profile = rehearsal->profile;

	buf_add_string(&rehearsal->where, "see user and password");
	if (profile->mechanism_count == 0)
		return 0;
	if (secret_has_password(profile) &&
	    secret_read_password(profile, &rehearsal->password, err) < 0)
		return -1;
	if (!secret_has_token(profile))
		return 0;
	return secret_read_token(profile, &rehearsal->token, err);
}

static int parse_options(struct rehearsal *rehearsal, struct error *err)
{
	const struct dialogue *dialogue = &rehearsal->dialogue;
	struct strlist *words = &rehearsal->words;
	char **argv;
	int result;

	strlist_add(words, text_of("sendmail"));
	for (size_t i = 0; i < dialogue->options.count; i++)
		strlist_add(words, text_of(dialogue->options.items[i]));
	if (dialogue->from != NULL)
		strlist_addf(words, "-f%s", dialogue->from);
	for (size_t i = 0; i < dialogue->to.count; i++)
		strlist_add(words, text_of(dialogue->to.items[i]));
	argv = mem_alloc(words->count + 1, sizeof *argv);
	memcpy(argv, words->items, words->count * sizeof *argv);
	result =
	    options_parse(&rehearsal->options, (int)words->count, argv, err);
	/* Recipients are a part of argv. */
	for (int i = 0; result == 0 && i < rehearsal->options.recipient_count;
	     i++)
		result = complete_add_recipients(text_of(rehearsal->options
							     .recipients[i]),
		    "example.org", &rehearsal->recipients, err);
	rehearsal->options.recipients = NULL;
	free(argv);
	return result;
}

static int write_sender(struct rehearsal *rehearsal, struct error *err)
{
	const char *given = rehearsal->options.sender;
	struct text rest = text_of(given != NULL ? given : "anna");
	struct mailbox box;

	if (!mailbox_next(&rest, &box) || box.spec.length == 0)
		return 0;
	return address_write(&rehearsal->sender, box.spec, "example.org", err);
}

static int read_message(struct rehearsal *rehearsal, struct error *err)
{
	const struct options *options = &rehearsal->options;
	const struct settings *settings = config_settings(rehearsal->config);
	struct stamp stamp = {
	    .id = "BCDFGHJKLMNP",
	    .hostname = "client.example.org",
	    .domain = "example.org",
	    .full_name = options->full_name != NULL ? options->full_name : "",
	};

	rehearsal->input = (struct input){
	    .fd = file_open_unnamed(err),
	    .dot_ends = !options->dot_is_text,
	    .max_size = settings->max_size,
	};
	if (rehearsal->input.fd < 0 ||
	    file_write(rehearsal->input.fd,
		buf_text(&rehearsal->dialogue.message), "the message", err) < 0)
		return -1;
	(void)lseek(rehearsal->input.fd, 0, SEEK_SET); /* a file can */
	if (input_read(&rehearsal->input, &rehearsal->message, err) < 0)
		return -1;
	if (options->recipients_from_header &&
	    complete_recipients(&rehearsal->message, stamp.domain,
		&rehearsal->recipients, err) < 0)
		return -1;
	strlist_drop_repeats(&rehearsal->recipients);
	stamp.sender = rehearsal->sender.length > 0 ?
	    buf_string(&rehearsal->sender) :
	    "anna@example.org";
	return complete_message(&rehearsal->message, &stamp, err);
}

void rehearsal_begin(struct rehearsal *rehearsal, const char *path)
{
	struct error err = {0};

	*rehearsal = (struct rehearsal){0};
	if (dialogue_read(&rehearsal->dialogue, path, &err) == 0) {
		configure(rehearsal);
		if (read_secrets(rehearsal, &err) == 0 &&
		    parse_options(rehearsal, &err) == 0 &&
		    write_sender(rehearsal, &err) == 0)
			(void)read_message(rehearsal, &err);
	}
	ck_assert_msg(err.kind == ERROR_NONE, "%s: %s", path, err.text);
}

void rehearsal_free(struct rehearsal *rehearsal)
{
	message_free(&rehearsal->message);
	input_close(&rehearsal->input);
	(void)close(rehearsal->input.fd); /* it was only read */
	buf_wipe(&rehearsal->password);
	buf_wipe(&rehearsal->token);
	buf_free(&rehearsal->where);
	buf_free(&rehearsal->sender);
	strlist_free(&rehearsal->recipients);
	strlist_free(&rehearsal->words);
	config_free(rehearsal->config);
	dialogue_free(&rehearsal->dialogue);
}

/* The session, as relay.c holds it. */

static struct text secret_text(const struct buf *secret)
{
	return secret->length > 0 ? buf_text(secret) : (struct text){NULL, 0};
}

static void converse(const struct rehearsal *rehearsal, struct session *session)
{
	const struct profile *profile = rehearsal->profile;
	const char *nonce = rehearsal->dialogue.nonce;
	struct smtp smtp = {
	    .profile = profile,
	    .login.user = text_of(profile->user != NULL ? profile->user : ""),
	    .login.password = secret_text(&rehearsal->password),
	    .login.token = secret_text(&rehearsal->token),
	    .login.where = rehearsal->where.data,
	    .login.nonce = text_of(nonce != NULL ? nonce : ""),
	    .login.host = text_of("mail.example.net"),
	    .login.port = 587,
	    .hostname = "client.example.org",
	    .chat.transport = &session->script.transport,
	    .chat.transcript = &session->transcript,
	    .chat.peer = "127.0.0.1:2525",
	    .shown_body = config_settings(rehearsal->config)->transcript_body,
	};
	struct error err = {0};
	int result = session_begin(&smtp, &err);

	if (result == 0)
		result = mailing_run(&smtp, &session->envelope,
		    &rehearsal->message, &err);
	if (result == 0 || err.reply != 0)
		session_end(&smtp);
	if (result < 0)
		envelope_fail_rest(&session->envelope, &err);
	smtp_free(&smtp);
}

static void gather_complaints(struct session *session)
{
	const struct envelope *envelope = &session->envelope;
	struct strlist sentences = {0};

	for (size_t i = 0; i < envelope->count; i++)
		if (!envelope->recipients[i].is_accepted)
			strlist_addf(&sentences, "%s",
			    envelope->recipients[i].error.text);
	strlist_drop_repeats(&sentences);
	for (size_t i = 0; i < sentences.count; i++) {
		buf_add_string(&session->complaints, "sendmail: ");
		utf8_add_visible(&session->complaints,
		    text_of(sentences.items[i]));
		buf_add_byte(&session->complaints, '\n');
	}
	strlist_free(&sentences);
}

void rehearsal_open(const struct rehearsal *rehearsal, struct session *session)
{
	*session = (struct session){.transcript.is_kept = true};
	script_begin(&session->script, &rehearsal->dialogue);
	envelope_set(&session->envelope, buf_string(&rehearsal->sender),
	    &rehearsal->recipients);
	session->envelope.request = rehearsal->options.request;
	transcript_begin(&session->transcript, text_of("a dialogue"));
}

void rehearsal_hold(const struct rehearsal *rehearsal, struct session *session)
{
	struct error wrong;

	converse(rehearsal, session);
	transcript_end(&session->transcript, text_of("done"));
	gather_complaints(session);
	ck_assert_msg(script_end(&session->script, &wrong) == 0,
	    "%s, at operation %u\n%.2000s%.1000s", wrong.text,
	    session->script.fault_at, buf_string(&session->transcript.block),
	    buf_string(&session->complaints));
}

void rehearsal_close(struct session *session)
{
	script_free(&session->script);
	envelope_free(&session->envelope);
	transcript_free(&session->transcript);
	buf_free(&session->complaints);
}
