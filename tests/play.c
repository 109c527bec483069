#include "play.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs.h"
#include "utf8.h"
#include "wire.h"

/* A longer reply is none, whatever it says. */
enum { MAX_LINES = 500 };

struct player {
	const struct dialogue *dialogue;
	const char *certs;
	struct wire wire;
	bool has_data;     /* the last thing that came was the message */
	bool is_delivered; /* and it was taken */
	bool is_over;      /* X: or W: */
};

/* reply-line = code [("-" / SP) text] CRLF, RFC 5321 4.2; LF alone is taken. */
static bool take_line(struct text *rest, struct text *line)
{
	size_t end = text_find(*rest, '\n');

	*line = text_trim(text_part(*rest, 0, end));
	for (size_t i = 0; i < line->length; i++)
		if (byte_is_control(line->data[i]) && line->data[i] != '\t')
			return false;
	if (end == rest->length || line->length < 3 ||
	    (line->length > 3 && line->data[3] != ' ' && line->data[3] != '-'))
		return false;
	*rest = text_part(*rest, end + 1, rest->length);
	return true;
}

/* Lines of one code, the last of them without a hyphen. */
static bool take_reply(struct text *rest, struct text *code)
{
	struct text line;

	*code = text_part(*rest, 0, 3);
	for (unsigned lines = 0; lines < MAX_LINES; lines++) {
		unsigned long long number;

		if (!take_line(rest, &line) ||
		    text_number(*code, 599, &number) != 0 ||
		    memcmp(line.data, code->data, 3) != 0)
			return false;
		if (line.length == 3 || line.data[3] == ' ')
			return true;
	}
	return false;
}

/* A whole reply of the 2yz kind is in it; LMTP has several. */
static bool is_taken(struct text bytes)
{
	struct text code;

	while (take_reply(&bytes, &code))
		if (code.data[0] == '2')
			return true;
	return false;
}

static int say(struct player *player, const struct step *step)
{
	wire_say(&player->wire, buf_text(&step->bytes));
	/* A client that is gone shows at the next thing it should say. */
	(void)wire_flush(&player->wire);
	if (player->has_data && is_taken(buf_text(&step->bytes)))
		player->is_delivered = true;
	return 0;
}

static int hear(struct player *player, const struct step *step,
    struct error *err)
{
	struct buf expected = {0};
	struct text line;

	player->has_data = false;
	if (wire_line(&player->wire, &line) && dialogue_matches(step, line))
		return 0;
	buf_add_byte(&expected, '"');
	utf8_add_visible(&expected, buf_text(&step->bytes));
	buf_add_byte(&expected, '"');
	(void)dialogue_fail(player->dialogue, step, buf_string(&expected), line,
	    err);
	buf_free(&expected);
	return -1;
}

static int hear_data(struct player *player, const struct step *step,
    struct error *err)
{
	struct buf data = {0};
	struct text line;
	int result = 0;

	do {
		if (!wire_line(&player->wire, &line)) {
			result = dialogue_fail(player->dialogue, step,
			    "the message", line, err);
			break;
		}
		buf_add(&data, line);
	} while (!text_is(line, ".\r\n"));
	if (result == 0 &&
	    dialogue_check_data(player->dialogue, buf_text(&data), err) != 0)
		result = fail_within(err, "%s:%u: ", player->dialogue->path,
		    step->line);
	player->has_data = true;
	buf_free(&data);
	return result;
}

static int start_tls(struct player *player, const struct step *step,
    struct error *err)
{
	SSL_CTX *context;
	int result;

	if (player->certs == NULL)
		return fail(err, ERROR_BUG, "T: needs --certs DIR");
	context = certs_context(player->certs, "valid", err);
	if (context == NULL)
		return -1;
	result = wire_start_tls(&player->wire, context, err);
	SSL_CTX_free(context);
	if (result == 0)
		return 0;
	return fail_within(err, "%s:%u: ", player->dialogue->path, step->line);
}

static int take_step(struct player *player, const struct step *step,
    struct error *err)
{
	switch (step->kind) {
	case STEP_SERVER:
		return say(player, step);
	case STEP_CLIENT:
		return hear(player, step, err);
	case STEP_DATA:
		return hear_data(player, step, err);
	case STEP_TLS:
		return start_tls(player, step, err);
	case STEP_CLOSE:
		player->is_over = true;
		wire_hang_up(&player->wire);
		return 0;
	case STEP_WAIT:
	default:
		player->is_over = true;
		wire_wait(&player->wire);
		return 0;
	}
}

/* What the client says behind the last step is one word too many. */
static int hear_end(struct player *player, struct error *err)
{
	const struct dialogue *dialogue = player->dialogue;
	const struct step *last = &dialogue->steps[dialogue->count - 1];
	struct text line;

	if (player->is_over)
		return 0;
	if (wire_line(&player->wire, &line) || line.length > 0)
		return dialogue_fail(dialogue, last, "nothing more", line, err);
	return 0;
}

static int follow(struct player *player, struct error *err)
{
	for (size_t i = 0; i < player->dialogue->count; i++)
		if (take_step(player, &player->dialogue->steps[i], err) != 0)
			return -1;
	return hear_end(player, err);
}

static int accept_one(int listener, struct error *err)
{
	struct pollfd ready[] = {{.fd = listener, .events = POLLIN},
	    {.fd = STDIN_FILENO, .events = POLLIN}};
	int fd = -1;

	if (poll(ready, 2, WIRE_PATIENCE * 1000) > 0 && ready[0].revents != 0)
		fd = accept(listener, NULL, NULL);
	if (fd < 0)
		(void)fail(err, ERROR_BUG, "the client never came");
	return fd;
}

static int play_dialogue(struct player *player, struct error *err)
{
	unsigned port = 0;
	int listener = wire_listen(false, &port, err);
	int fd;
	int result;

	if (listener < 0)
		return -1;
	(void)printf("port %u\n", port);
	(void)fflush(stdout);
	fd = accept_one(listener, err);
	(void)close(listener); /* a second connection is refused */
	if (fd < 0)
		return -1;
	wire_open(&player->wire, fd);
	result = follow(player, err);
	wire_close(&player->wire);
	(void)printf("delivered %s\n", player->is_delivered ? "yes" : "no");
	return result;
}

int play(const char *path, const char *certs, struct error *err)
{
	struct dialogue dialogue;
	struct player player = {.dialogue = &dialogue, .certs = certs};
	int result = dialogue_read(&dialogue, path, err);

	if (result == 0)
		result = play_dialogue(&player, err);
	dialogue_free(&dialogue);
	return result;
}
