/*
 * fuzz_reply.c - everything that a server may say
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "ehlo.h"
#include "reply.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void require_visible(const char *string)
{
	require(utf8_is_valid(text_of(string)));
	for (; *string != '\0'; string++)
		require(!byte_is_control(*string));
}

static void require_sound(const struct reply *reply)
{
	struct error err = {0};

	require(reply->code >= 200 && reply->code < 560);
	require(reply->status[0] - '0' == reply->code / 100);
	require(memchr(reply->status, '\0', sizeof reply->status) != NULL);
	require(reply->text.length <= REPLY_MAX_BYTES + REPLY_MAX_LINES);
	require(text_find(buf_text(&reply->text), '\r') == reply->text.length);
	require(text_find(buf_text(&reply->text), '\0') == reply->text.length);
	(void)reply_refusal(reply, ERROR_REFUSED, "who", "what", &err);
	require_visible(err.text);
	require(err.kind ==
	    (reply->code / 100 == 4 ? ERROR_DEFERRED : ERROR_REFUSED));
}

/* Strict, so each form has one coat only. */
static void decode(struct text coded)
{
	struct buf plain = {0};
	struct buf again = {0};

	if (base64_decode(&plain, coded) == 0) {
		base64_encode(&again, buf_text(&plain));
		require(again.length == coded.length);
	}
	buf_free(&plain);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum reply_state state = REPLY_MORE;
	struct text rest = {(const char *)data, size};
	struct reply reply = {0};
	struct ehlo ehlo = {0};
	struct text line;

	while (state == REPLY_MORE && text_split(&rest, '\n', &line))
		state = reply_add(&reply, line);
	if (reply.lines > 0)
		require_sound(&reply);
	else
		require(reply.code == 0 && state != REPLY_DONE);
	if (state == REPLY_DONE) {
		ehlo_read(&ehlo, &reply, 0);
		decode(buf_text(&reply.text));
	}
	ehlo_free(&ehlo);
	reply_free(&reply);
	return 0;
}
