/*
 * fuzz_encode.c - any message, in pieces of any size, for any server
 *
 * The first byte chooses the server and the size of the pieces; the rest is
 * the message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "scan.h"

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text read_header(struct message *message, struct text bytes)
{
	enum message_line kind = MESSAGE_FIELD;
	struct error ignored;
	struct text line;

	while (kind == MESSAGE_FIELD && text_split(&bytes, '\n', &line)) {
		while (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		kind = message_add_line(message, line, &ignored);
	}
	return bytes;
}

static void encode(const struct message *message, struct text body,
    bool offers_8bitmime, size_t size, struct buf *out)
{
	struct encode encode = {0};

	encode_begin(&encode, message, offers_8bitmime);
	for (size_t i = 0; i < body.length; i += size)
		encode_look(&encode, text_part(body, i, i + size));
	encode_plan(&encode);
	encode_add_header(&encode, message, offers_8bitmime, out);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < body.length; i += size)
		encode_add(&encode, text_part(body, i, i + size), out);
	encode_free(&encode);
}

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message = {.body.fd = -1};
	struct buf whole = {0};
	struct buf pieces = {0};
	struct text body;

	if (size == 0)
		return 0;
	body = read_header(&message,
	    (struct text){(const char *)data + 1, size - 1});
	encode(&message, body, data[0] & 1, size, &whole);
	encode(&message, body, data[0] & 1, 1 + data[0] / 2, &pieces);
	if (whole.length != pieces.length ||
	    memcmp(whole.data, pieces.data, whole.length) != 0)
		abort();
	buf_free(&whole);
	buf_free(&pieces);
	message_free(&message);
	return 0;
}
