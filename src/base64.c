#include "base64.h"

#include <limits.h>
#include <openssl/evp.h>

void base64_encode(struct buf *buf, struct text text)
{
	unsigned char *room;

	if (text.length == 0 || text.length > INT_MAX / 2)
		return;
	room = (unsigned char *)buf_room(buf, (text.length + 2) / 3 * 4 + 1);
	buf->length += (size_t)EVP_EncodeBlock(room,
	    (const unsigned char *)text.data, (int)text.length);
}

static bool is_base64(char byte)
{
	return byte_is_letter(byte) || byte_is_digit(byte) || byte == '+' ||
	    byte == '/';
}

/* EVP_DecodeBlock() itself takes white space and counts padding as zeroes. */
int base64_decode(struct buf *buf, struct text text)
{
	struct text digits = text;
	unsigned char *room;

	if (text.length % 4 != 0 || text.length > INT_MAX)
		return -1;
	while (digits.length > 0 && text.length - digits.length < 2 &&
	    digits.data[digits.length - 1] == '=')
		digits.length--;
	for (size_t i = 0; i < digits.length; i++)
		if (!is_base64(digits.data[i]))
			return -1;
	if (text.length == 0)
		return 0;
	room = (unsigned char *)buf_room(buf, text.length / 4 * 3);
	if (EVP_DecodeBlock(room, (const unsigned char *)text.data,
		(int)text.length) < 0)
		return -1;
	buf->length += digits.length * 3 / 4;
	buf->data[buf->length] = '\0';
	return 0;
}
