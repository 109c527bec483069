/*
 * fuzz_sasl.c - everything that a server may say during a login
 *
 * The first byte chooses the mechanism, the lines behind it are challenges.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "respond.h"
#include "saslprep.h"
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
	require(strstr(string, "pencil") == NULL);
}

static void log_in(enum sasl_mechanism mechanism, struct text challenges)
{
	struct sasl sasl = {.mechanism = mechanism,
	    .user = text_of("user@example.com"),
	    .secret = text_of("pencil"),
	    .nonce = text_of("rOprNGfwEbeRWgbNEkqO"),
	    .service = "smtp",
	    .host = text_of("mail.example.net"),
	    .port = 587,
	    .binding_kind = "tls-exporter",
	    .binding = text_of("of-this-connection")};
	struct error err = {0};
	struct text challenge = {"", 0};
	int result = 0;

	if (!sasl_has_initial(mechanism))
		(void)text_split(&challenges, '\n', &challenge);
	do {
		struct buf response = {0};

		result = sasl_respond(&sasl, challenge, &response, &err);
		buf_wipe(&response);
	} while (result == 0 && text_split(&challenges, '\n', &challenge));
	if (result < 0) {
		require(err.kind == ERROR_LOGIN);
		require_visible(err.text);
	}
	require(sasl.step <= 3);
	require_visible(buf_string(&sasl.problem));
	sasl_free(&sasl);
}

static void prepare(struct text text)
{
	struct buf once = {0};
	struct buf twice = {0};
	struct error err = {0};

	if (saslprep(text, "user", &once, &err) == 0) {
		require(saslprep(buf_text(&once), "user", &twice, &err) == 0);
		require(strcmp(buf_string(&once), buf_string(&twice)) == 0);
	}
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size};

	if (size == 0)
		return 0;
	log_in((enum sasl_mechanism)(data[0] % SASL_MECHANISMS),
	    text_part(rest, 1, size));
	prepare(rest);
	return 0;
}
