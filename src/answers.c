#include "answers.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "utf8.h"
#include "wait.h"

enum {
	MAX_WORDS = 400, /* bytes of a line of a reply, RFC 5321 4.5.3.1.5 */
	WRITE_SIZE = 512 /* bytes that a pipe takes at once, _POSIX_PIPE_BUF */
};

/* RFC 6531 3.7.4.2: UTF-8 is for who has asked for it. */
static void add_words(const struct answers *answers, struct buf *buf,
    struct text words)
{
	struct buf visible = {0};
	struct text rest;

	utf8_add_visible(&visible, words);
	rest = buf_text(&visible);
	if (answers->is_international)
		buf_add(buf, rest);
	else
		while (rest.length > 0) {
			char byte = rest.data[0];

			(void)utf8_next(&rest);
			if (byte_is_8bit(byte))
				byte = '?';
			buf_add_byte(buf, byte);
		}
	buf_free(&visible);
}

/* What fits into one line, if possible up to a blank. */
static struct text next_part(struct text *rest)
{
	struct text part = utf8_cut(*rest, MAX_WORDS);
	size_t end = part.length;

	while (part.length < rest->length && end > MAX_WORDS / 2 &&
	    part.data[end - 1] != ' ')
		end--;
	if (end > MAX_WORDS / 2)
		part.length = end;
	*rest = text_part(*rest, part.length, rest->length);
	return part;
}

/* RFC 2034 4: each line has the status. */
void answers_say(struct answers *answers, int code, const char *status,
    const char *words)
{
	struct buf line = {0};
	struct text rest;

	add_words(answers, &line, text_of(words));
	rest = buf_text(&line);
	do {
		struct text part = next_part(&rest);

		buf_addf(&answers->waiting, "%d%c", code,
		    rest.length > 0 ? '-' : ' ');
		if (status != NULL)
			buf_addf(&answers->waiting, "%s ", status);
		buf_add(&answers->waiting, part);
		buf_add_string(&answers->waiting, "\r\n");
	} while (rest.length > 0);
	buf_free(&line);
}

/*
 * So little at a time that it does not block: a client that hears nothing is
 * not waited for without end.
 */
static int write_some(const struct answers *answers, struct text *rest,
    int64_t deadline, struct error *err)
{
	struct text bytes = text_part(*rest, 0, WRITE_SIZE);
	ssize_t count;

	if (wait_for(answers->out, POLLOUT, deadline, err) < 0)
		return fail_within(err, "the client hears nothing: ");
	count = write(answers->out, bytes.data, bytes.length);
	if (count < 0 && errno != EINTR)
		return fail_errno(err, ERROR_NETWORK,
		    "the client cannot be answered");
	if (count > 0)
		*rest = text_part(*rest, (size_t)count, rest->length);
	return 0;
}

int answers_flush(struct answers *answers, struct error *err)
{
	int64_t deadline = clock_ticks() + answers->patience;
	struct text rest = buf_text(&answers->waiting);
	int result = 0;

	while (result == 0 && rest.length > 0)
		result = write_some(answers, &rest, deadline, err);
	buf_clear(&answers->waiting);
	return result;
}

/* By kind, where no smarthost has said it better. */
static int code_of(const struct error *err)
{
	bool is_final =
	    err->reply == 550 || !error_is_worth_retrying(err->kind);

	/* 421 would end this session, which is not its matter. */
	if (!is_final)
		return err->reply / 100 == 4 && err->reply != 421 ? err->reply :
								    451;
	if (err->reply / 100 == 5)
		return err->reply;
	if (err->kind == ERROR_NO_USER)
		return 550;
	if (err->kind == ERROR_ADDRESS)
		return 553;
	return err->kind == ERROR_TOO_BIG ? 552 : 554;
}

void answers_refuse(struct answers *answers, const struct error *err)
{
	struct error copy = *err;
	int code = code_of(err);

	copy.status[0] = (char)('0' + code / 100);
	answers_say(answers, code, copy.status, copy.text);
}

void answers_free(struct answers *answers)
{
	buf_free(&answers->waiting);
}
