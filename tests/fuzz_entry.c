/*
 * fuzz_entry.c - envelopes as somebody else may have put them into the spool
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "entry.h"
#include "sha256.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* Without it nothing that was changed would get further than the end. */
static void add_end(struct buf *text)
{
	unsigned char digest[SHA256_SIZE];
	struct error err = {0};
	struct sha256 sum;

	sha256_begin(&sum);
	sha256_add(&sum, buf_text(text));
	require(sha256_end(&sum, digest, &err) == 0);
	buf_addf(text, "End %zu ", text->length);
	sha256_write(text, digest);
	buf_add_byte(text, '\n');
}

static void require_line(const char *string)
{
	require(string != NULL && utf8_is_valid(text_of(string)));
	for (; *string != '\0'; string++)
		require(!byte_is_control(*string));
}

static void require_address(const char *address)
{
	struct error unused;

	require_line(address);
	require(address_check(text_of(address), &unused) == 0);
}

static void require_sound(const struct entry *entry, struct text text)
{
	const struct envelope *envelope = &entry->envelope;
	struct error err = {0};
	struct buf again = {0};

	require(entry_is_id(text_of(entry->id)));
	require_line(entry->profile);
	require_line(entry->login);
	require_line(entry->caller);
	require_line(entry->reason);
	require_address(envelope->sender);
	for (size_t i = 0; i < envelope->count; i++) {
		require_address(envelope->recipients[i].address);
		require(envelope->recipients[i].address[0] != '\0');
	}
	if (envelope->request.envelope_id != NULL)
		require_line(envelope->request.envelope_id);
	require(entry_write(entry, &again, &err) == 0);
	require(again.length == text.length);
	require(memcmp(again.data, text.data, text.length) == 0);
	buf_free(&again);
}

static void read_one(struct text text)
{
	struct error err = {0};
	struct entry entry;

	if (entry_read(&entry, text, &err) == 0)
		require_sound(&entry, text);
	else
		require(err.kind == ERROR_MESSAGE || err.kind == ERROR_NO_MODE);
	entry_free(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = {0};

	buf_add(&text, (struct text){(const char *)data, size});
	read_one(buf_text(&text));
	add_end(&text);
	read_one(buf_text(&text));
	buf_free(&text);
	return 0;
}
