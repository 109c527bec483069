#include "pump.h"

#include <stdlib.h>

#include "input.h"

enum { TLS_RECORD = 16 * 1024 }; /* bytes, RFC 8446 5.1 */

static int look(void *context, struct text bytes, struct error *err)
{
	struct pump *pump = context;

	(void)err; /* there is nothing in a look that could fail */
	encode_look(&pump->encode, bytes);
	return 0;
}

int pump_plan(struct pump *pump, struct smtp *smtp,
    const struct message *message, bool keeps_8bit, struct error *err)
{
	bool offers_8bitmime = ehlo_offers(&smtp->offer, EHLO_8BITMIME);

	pump->smtp = smtp;
	pump->message = message;
	pump->keeps_8bit = keeps_8bit;
	if (!encode_is_needed(&message->body, offers_8bitmime))
		return 0;
	pump->is_encoded = true;
	encode_begin(&pump->encode, message, offers_8bitmime);
	if (input_each_block(&pump->message->body, look, pump, err) < 0)
		return -1;
	encode_plan(&pump->encode);
	if (!pump->encode.leaves_nul)
		return 0;
	return fail(err, ERROR_MESSAGE,
	    "the message is not sent: there is a NUL byte in a part that is "
	    "signed or already encoded");
}

static int write_out(struct pump *pump, size_t length, struct error *err)
{
	struct chat *chat = &pump->smtp->chat;
	struct error reason;

	if (length == 0)
		return 0;
	if (chat_send(chat, text_part(buf_text(&pump->out), 0, length),
		smtp_deadline(pump->smtp, SMTP_BLOCK_MS), err) == 0) {
		buf_skip(&pump->out, length);
		return 0;
	}
	/* A server that has closed may have said why before. */
	if (chat_check_silence(chat, ERROR_REFUSED, "the message", &reason) <
		0 &&
	    reason.reply != 0)
		*err = reason;
	return -1;
}

/* Lines on their way out, in whole TLS records. */
static int send_lines(struct pump *pump, struct text lines, struct error *err)
{
	struct buf *out = &pump->out;

	out->length += dotstuff_add(&pump->state, lines,
	    buf_room(out, 2 * lines.length + 1));
	return write_out(pump, out->length / TLS_RECORD * TLS_RECORD, err);
}

static void show(struct pump *pump, struct text lines)
{
	transcript_add(pump->smtp->chat.transcript, '>', text_trim(lines));
}

static int send_header(struct pump *pump, struct error *err)
{
	struct buf header = {0};
	int result;

	encode_add_header(&pump->encode, pump->message, pump->keeps_8bit,
	    &header);
	if (pump->smtp->shown_body != SHOW_NONE)
		show(pump, buf_text(&header));
	buf_add_byte(&header, '\n');
	result = send_lines(pump, buf_text(&header), err);
	buf_free(&header);
	return result;
}

static int send_block(void *context, struct text bytes, struct error *err)
{
	struct pump *pump = context;

	if (pump->is_encoded) {
		buf_clear(&pump->encoded);
		encode_add(&pump->encode, bytes, &pump->encoded);
		bytes = buf_text(&pump->encoded);
	}
	if (pump->smtp->shown_body == SHOW_ALL)
		show(pump, bytes);
	return send_lines(pump, bytes, err);
}

/* What the server says before the end of data cannot be the answer to it. */
static int send_end(struct pump *pump, struct error *err)
{
	struct smtp *smtp = pump->smtp;
	struct buf *out = &pump->out;

	if (chat_check_silence(&smtp->chat, ERROR_REFUSED, "the message", err) <
	    0)
		return -1;
	transcript_add(smtp->chat.transcript, '>', text_of("."));
	out->length +=
	    dotstuff_end(&pump->state, buf_room(out, DOTSTUFF_END_MAX));
	/* Behind the dot commands are commands again. */
	smtp->is_over =
	    pump->ends_session && ehlo_offers(&smtp->offer, EHLO_PIPELINING);
	if (smtp->is_over) {
		transcript_add(smtp->chat.transcript, '>', text_of("QUIT"));
		buf_add_string(out, "QUIT\r\n");
	}
	pump->is_ended = true;
	return write_out(pump, out->length, err);
}

int pump_send(struct pump *pump, struct error *err)
{
	transcript_addf(pump->smtp->chat.transcript, '*',
	    "message of %llu bytes",
	    (unsigned long long)message_wire_length(pump->message));
	/* Inside the message QUIT would be a line of it. */
	pump->smtp->is_over = true;
	if (send_header(pump, err) < 0 ||
	    input_each_block(&pump->message->body, send_block, pump, err) < 0)
		return -1;
	return send_end(pump, err);
}

void pump_free(struct pump *pump)
{
	encode_free(&pump->encode);
	buf_free(&pump->encoded);
	buf_free(&pump->out);
}
