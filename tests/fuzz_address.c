/*
 * fuzz_address.c - addresses, lists of them and display names
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mailbox.h"
#include "phrase.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool is_same(const struct buf *buf, struct text text)
{
	return buf->length == text.length &&
	    (text.length == 0 ||
		memcmp(buf->data, text.data, text.length) == 0);
}

/* Outside quotes nothing may have a meaning in a command line. */
static void require_fit_for_a_command(struct text address)
{
	bool is_quoted = false;

	require(address.length <= ADDRESS_MAX);
	require(utf8_is_valid(address));
	for (size_t i = 0; i < address.length; i++) {
		char byte = address.data[i];

		require(!byte_is_control(byte));
		if (byte == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && byte == '\\')
			i++;
		else if (!is_quoted)
			require(strchr(" <>(),;\\", byte) == NULL);
	}
	require(!is_quoted);
}

/* What was written is one address of a list, and is written the same again. */
static void require_stable(struct text address)
{
	struct text rest = address;
	struct mailbox box;
	struct buf again = {0};
	struct error err = {0};

	require(address_check(address, &err) == 0);
	require(mailbox_next(&rest, &box));
	require(rest.length == 0 && !box.is_bare && box.name.length == 0);
	require(address_write(&again, box.spec, "other", &err) == 0);
	require(is_same(&again, address));
	buf_free(&again);
}

static void write_each(struct text list)
{
	struct mailbox box;
	struct error err = {0};

	while (mailbox_next(&list, &box)) {
		struct buf address = {0};

		if (address_write(&address, box.spec, "d", &err) == 0) {
			require_fit_for_a_command(buf_text(&address));
			require_stable(buf_text(&address));
		} else {
			require(address.length == 0);
			require(utf8_is_valid(text_of(err.text)));
		}
		buf_free(&address);
	}
}

static void qualify(struct text list)
{
	struct buf once = {0};
	struct buf twice = {0};
	size_t k = 0;

	address_qualify(&once, list, "\x01");
	for (size_t i = 0; i < once.length; i++) {
		bool is_same_byte =
		    k < list.length && once.data[i] == list.data[k];

		if (is_same_byte)
			k++;
		else
			require(once.data[i] == '@' || once.data[i] == '\x01');
	}
	require(k == list.length);
	buf_clear(&once);
	address_qualify(&once, list, "d");
	address_qualify(&twice, buf_text(&once), "d");
	require(is_same(&twice, buf_text(&once)));
	buf_free(&once);
	buf_free(&twice);
}

static void add_name(struct text name)
{
	struct buf field = {0};
	struct text rest;
	struct mailbox box;

	phrase_add(&field, name);
	for (size_t i = 0; i < field.length; i++)
		require(!byte_is_control(field.data[i]) &&
		    !byte_is_8bit(field.data[i]));
	buf_add_string(&field, " <me@here>");
	rest = buf_text(&field);
	require(mailbox_next(&rest, &box));
	require(rest.length == 0 && text_is(box.spec, "me@here"));
	buf_free(&field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text text = {(const char *)data, size};

	write_each(text);
	qualify(text);
	add_name(text);
	return 0;
}
