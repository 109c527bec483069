#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "visit.h"

/* Local parts that mean trouble, and where. */
static const struct {
	const char *local;
	enum stage stage;
	const char *reply;
} refusals[] = {
    {"banned", STAGE_MAIL, "550 5.7.1 Sender banned"},
    {"slow", STAGE_MAIL, "451 4.7.1 Too much from you, try later"},
    {"nouser", STAGE_RCPT, "550 5.1.1 No such user here"},
    {"moved", STAGE_RCPT, "551 5.1.6 User has moved"},
    {"badname", STAGE_RCPT, "553 5.1.3 No such name"},
    {"full", STAGE_RCPT, "552 5.2.2 Mailbox full"},
    {"denied", STAGE_RCPT, "554 5.7.1 Relaying denied"},
    {"later", STAGE_RCPT, "450 4.2.1 Mailbox busy, try later"},
    {"nodata", STAGE_DATA, "554 5.5.1 Not from you"},
    {"notnow", STAGE_DATA, "451 4.3.0 Not now"},
    {"spam", STAGE_DOT, "554 5.7.1 Message looks like spam"},
    {"toobig", STAGE_DOT, "552 5.3.4 Message too big"},
    {"defer", STAGE_DOT, "451 4.7.1 Greylisted, try later"},
};

/* What each parameter of MAIL and RCPT needs. */
static const struct {
	const char *parameter;
	const char *keyword;
} parameters[] = {
    {"BODY", "8BITMIME"},
    {"SIZE", "SIZE"},
    {"SMTPUTF8", "SMTPUTF8"},
    {"REQUIRETLS", "REQUIRETLS"},
    {"RET", "DSN"},
    {"ENVID", "DSN"},
    {"NOTIFY", "DSN"},
    {"ORCPT", "DSN"},
};

void visit_forget_mail(struct visit *visit)
{
	buf_clear(&visit->envelope);
	strlist_free(&visit->mailing);
}

static const char *find_refusal(const char *local, enum stage stage)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].stage == stage &&
		    strcmp(refusals[i].local, local) == 0)
			return refusals[i].reply;
	return NULL;
}

/* DATA and the dot are refused because of anybody in the envelope. */
static const char *find_refusal_of_all(const struct visit *visit,
    enum stage stage)
{
	const char *reply = NULL;

	for (size_t i = 0; i < visit->mailing.count && reply == NULL; i++)
		reply = find_refusal(visit->mailing.items[i], stage);
	return reply;
}

/* Split "MAIL FROM:<path> parameters"; false when it is not of that form. */
static bool split_path(struct text line, const char *verb, struct text *path,
    struct text *rest)
{
	bool is_quoted = false;
	size_t end;

	if (!text_begins_nocase(line, verb))
		return false;
	line = text_part(line, strlen(verb), line.length);
	if (line.length == 0 || line.data[0] != '<')
		return false;
	for (end = 1; end < line.length; end++) {
		if (line.data[end] == '\\' && is_quoted)
			end++;
		else if (line.data[end] == '"')
			is_quoted = !is_quoted;
		else if (line.data[end] == '>' && !is_quoted)
			break;
	}
	*path = text_part(line, 1, end);
	*rest = text_part(line, end + 1, line.length);
	return end < line.length;
}

static bool is_known_parameter(const struct visit *visit, struct text word)
{
	struct text name = text_part(word, 0, text_find(word, '='));

	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		if (text_is_nocase(name, parameters[i].parameter))
			return visit_offers(visit, parameters[i].keyword);
	return false;
}

static const char *check_parameters(const struct visit *visit, struct text rest)
{
	struct text word;
	unsigned long long size;

	while (text_word(&rest, &word)) {
		if (!is_known_parameter(visit, word))
			return "555 5.5.4 Parameter not offered";
		if (text_begins_nocase(word, "SIZE=") &&
		    (text_number(text_part(word, 5, word.length), ULLONG_MAX,
			 &size) != 0 ||
			size > visit->serve->size))
			return "552 5.3.4 Message too big";
	}
	return NULL;
}

static const char *check_mail(const struct visit *visit, struct text rest)
{
	if (!visit->is_greeted)
		return "503 5.5.1 EHLO first";
	if (visit->mailing.count > 0)
		return "503 5.5.1 One sender only";
	if (visit->serve->user != NULL && !visit->is_logged_in)
		return "530 5.7.0 Log in first";
	return check_parameters(visit, rest);
}

/* Say the refusal, or keep line and local part. */
static void take_path(struct visit *visit, struct text line, struct text path,
    const char *refusal)
{
	if (refusal != NULL) {
		visit_say(visit, refusal);
		return;
	}
	buf_add(&visit->envelope, text_trim(line));
	buf_add_byte(&visit->envelope, '\n');
	strlist_add(&visit->mailing, text_part(path, 0, text_find(path, '@')));
	visit_say(visit, "250 2.1.0 Ok");
}

void visit_mail(struct visit *visit, struct text line)
{
	struct text path;
	struct text rest;
	const char *refusal;
	char *local;

	if (!split_path(line, "MAIL FROM:", &path, &rest)) {
		visit_say(visit, "501 5.5.4 Syntax: MAIL FROM:<address>");
		return;
	}
	local = text_dup(text_part(path, 0, text_find(path, '@')));
	refusal = check_mail(visit, rest);
	if (refusal == NULL)
		refusal = find_refusal(local, STAGE_MAIL);
	free(local);
	take_path(visit, line, path, refusal);
}

void visit_rcpt(struct visit *visit, struct text line)
{
	struct text path;
	struct text rest;
	const char *refusal;
	char *local;

	if (!split_path(line, "RCPT TO:", &path, &rest) || path.length == 0) {
		visit_say(visit, "501 5.5.4 Syntax: RCPT TO:<address>");
		return;
	}
	local = text_dup(text_part(path, 0, text_find(path, '@')));
	if (visit->mailing.count == 0)
		refusal = "503 5.5.1 MAIL first";
	else if (visit->serve->max_recipients > 0 &&
	    visit->mailing.count > visit->serve->max_recipients)
		refusal = "452 4.5.3 Too many recipients";
	else
		refusal = check_parameters(visit, rest);
	if (refusal == NULL)
		refusal = find_refusal(local, STAGE_RCPT);
	free(local);
	take_path(visit, line, path, refusal);
}

static FILE *open_store(const struct visit *visit, char *path, size_t size)
{
	FILE *file = NULL;

	if (visit->serve->store != NULL) {
		(void)snprintf(path, size, "%s/%u-%u", visit->serve->store,
		    visit->number, visit->tally->messages + 1);
		file = fopen(path, "w");
	}
	return file;
}

static void write_text(FILE *file, struct text text)
{
	/* A short file fails the test that looks into it. */
	if (file != NULL)
		(void)fwrite(text.data, 1, text.length, file);
}

/* The data end with CRLF "." CRLF and with nothing that looks like it. */
static bool read_data(struct visit *visit, FILE *file)
{
	bool is_after_crlf = true;
	struct text line;

	while (wire_line(visit->wire, &line)) {
		visit_count_bare(visit, line);
		if (is_after_crlf && text_is(line, ".\r\n"))
			return true;
		if (is_after_crlf && line.data[0] == '.')
			line = text_part(line, 1, line.length);
		write_text(file, line);
		is_after_crlf =
		    line.length > 1 && line.data[line.length - 2] == '\r';
	}
	return false;
}

static void reply_to_dot(struct visit *visit)
{
	const char *refusal = find_refusal_of_all(visit, STAGE_DOT);

	if (!visit->serve->is_lmtp) {
		visit_say(visit, refusal != NULL ? refusal : "250 2.0.0 Taken");
		visit->tally->messages += refusal == NULL;
		return;
	}
	/* RFC 2033 4.2: one reply for each recipient that was accepted. */
	for (size_t i = 1; i < visit->mailing.count; i++) {
		refusal = find_refusal(visit->mailing.items[i], STAGE_DOT);
		visit_say(visit, refusal != NULL ? refusal : "250 2.0.0 Taken");
	}
	visit->tally->messages++;
}

static void take_message(struct visit *visit)
{
	char path[PATH_MAX] = "";
	FILE *file = open_store(visit, path, sizeof path);
	unsigned taken = visit->tally->messages;
	bool is_whole;

	write_text(file, buf_text(&visit->facts));
	write_text(file, buf_text(&visit->envelope));
	write_text(file, text_of("\n"));
	is_whole = !visit_ends_at(visit, STAGE_BODY) && read_data(visit, file);
	if (file != NULL)
		(void)fclose(file); /* see write_text() */
	if (!is_whole)
		visit->is_over = true; /* nothing can follow */
	else if (!visit_ends_at(visit, STAGE_DOT))
		reply_to_dot(visit);
	if (file != NULL && visit->tally->messages == taken)
		(void)unlink(path);
	visit_forget_mail(visit);
}

void visit_data(struct visit *visit, struct text line)
{
	const char *refusal = find_refusal_of_all(visit, STAGE_DATA);

	(void)line;
	if (visit->mailing.count < 2)
		refusal = "554 5.5.1 No valid recipients";
	if (refusal != NULL) {
		visit_say(visit, refusal);
		return;
	}
	visit_say(visit, "354 End with a dot");
	if (wire_flush(visit->wire))
		take_message(visit);
}
