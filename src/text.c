#include "text.h"

#include <string.h>

#include "mem.h"

struct text text_of(const char *string)
{
	return (struct text){string, strlen(string)};
}

bool text_is(struct text text, const char *string)
{
	return text.length == strlen(string) &&
	    (text.length == 0 || memcmp(text.data, string, text.length) == 0);
}

bool text_equal_nocase(struct text a, struct text b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (byte_lower(a.data[i]) != byte_lower(b.data[i]))
			return false;
	return true;
}

bool text_is_nocase(struct text text, const char *string)
{
	return text_equal_nocase(text, text_of(string));
}

bool text_begins(struct text text, const char *prefix)
{
	return text_is(text_part(text, 0, strlen(prefix)), prefix);
}

bool text_begins_nocase(struct text text, const char *prefix)
{
	return text_is_nocase(text_part(text, 0, strlen(prefix)), prefix);
}

struct text text_trim(struct text text)
{
	while (text.length > 0 && byte_is_space(text.data[0]))
		text = text_part(text, 1, text.length);
	while (text.length > 0 && byte_is_space(text.data[text.length - 1]))
		text.length--;
	return text;
}

bool text_split(struct text *rest, char separator, struct text *part)
{
	size_t end;

	if (rest->length == 0)
		return false;
	end = text_find(*rest, separator);
	*part = text_part(*rest, 0, end);
	*rest = text_part(*rest, end + 1, rest->length);
	return true;
}

bool text_word(struct text *rest, struct text *word)
{
	size_t n = 0;

	*rest = text_trim(*rest);
	while (n < rest->length && !byte_is_blank(rest->data[n]))
		n++;
	*word = text_part(*rest, 0, n);
	*rest = text_part(*rest, n, rest->length);
	return n > 0;
}

/* In pieces that a compiler turns into vector instructions. */
bool text_has_8bit(struct text text)
{
	enum { PIECE = 256 };
	unsigned char any = 0;
	size_t i = 0;

	for (; text.length - i >= PIECE && any < 0x80; i += PIECE)
		for (size_t k = 0; k < PIECE; k++)
			any |= (unsigned char)text.data[i + k];
	for (; i < text.length && any < 0x80; i++)
		any |= (unsigned char)text.data[i];
	return any >= 0x80;
}

int text_number(struct text text, unsigned long long max,
    unsigned long long *value)
{
	*value = 0;
	if (text.length == 0)
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		unsigned digit = (unsigned)(text.data[i] - '0');

		if (!byte_is_digit(text.data[i]) || *value > (max - digit) / 10)
			return -1;
		*value = *value * 10 + digit;
	}
	return 0;
}

char *text_dup(struct text text)
{
	char *copy = mem_alloc(text.length + 1, 1);

	if (text.length > 0)
		memcpy(copy, text.data, text.length);
	return copy;
}

bool byte_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

bool byte_is_space(char byte)
{
	return byte_is_blank(byte) || byte == '\r' || byte == '\n';
}

bool byte_is_control(char byte)
{
	return (unsigned char)byte < 0x20 || byte == 0x7f;
}

bool byte_is_8bit(char byte)
{
	return (unsigned char)byte >= 0x80;
}

bool byte_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

bool byte_is_letter(char byte)
{
	return byte_lower(byte) >= 'a' && byte_lower(byte) <= 'z';
}

char byte_lower(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (char)(byte + ('a' - 'A'));
	return byte;
}
