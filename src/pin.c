#include "pin.h"

#include <string.h>

#include "base64.h"

/*
 * pin    = [ "sha256:" / "sha256//" ] ( base64 / hex )
 * base64 = 43base64char "="
 * hex    = HEXDIG HEXDIG 31( [ ":" ] HEXDIG HEXDIG )
 */
static const char *const prefixes[] = {"sha256:", "sha256//"};

static struct text skip_prefix(struct text pin)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (text_begins_nocase(pin, prefixes[i]))
			return text_part(pin, strlen(prefixes[i]), pin.length);
	return pin;
}

static int hex_value(char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char *found =
	    byte != '\0' ? strchr(digits, byte_lower(byte)) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

static int read_hex(struct text hex, unsigned char digest[PIN_SIZE])
{
	for (size_t i = 0; i < PIN_SIZE; i++) {
		int high;
		int low;

		if (i > 0 && hex.length > 0 && hex.data[0] == ':')
			hex = text_part(hex, 1, hex.length);
		high = hex.length > 1 ? hex_value(hex.data[0]) : -1;
		low = hex.length > 1 ? hex_value(hex.data[1]) : -1;
		if (high < 0 || low < 0)
			return -1;
		digest[i] = (unsigned char)(high * 16 + low);
		hex = text_part(hex, 2, hex.length);
	}
	return hex.length == 0 ? 0 : -1;
}

static int read_base64(struct text base64, unsigned char digest[PIN_SIZE])
{
	struct buf bytes = {0};
	bool is_pin =
	    base64_decode(&bytes, base64) == 0 && bytes.length == PIN_SIZE;

	if (is_pin)
		memcpy(digest, bytes.data, PIN_SIZE);
	buf_free(&bytes);
	return is_pin ? 0 : -1;
}

int pin_read(struct text pin, unsigned char digest[PIN_SIZE])
{
	pin = skip_prefix(pin);
	return read_hex(pin, digest) == 0 ? 0 : read_base64(pin, digest);
}

void pin_add(struct buf *buf, const unsigned char digest[PIN_SIZE])
{
	buf_add_string(buf, prefixes[0]);
	base64_encode(buf, (struct text){(const char *)digest, PIN_SIZE});
}
