#include "buf.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/*
 * Grown by copying, never by realloc(3): a buf may hold a secret, and no copy
 * of it may stay behind in freed memory.
 */
static void grow(struct buf *buf, size_t capacity)
{
	char *data = mem_alloc(capacity + 1, 1);

	if (buf->data != NULL) {
		memcpy(data, buf->data, buf->length);
		OPENSSL_cleanse(buf->data, buf->capacity);
		free(buf->data);
	}
	buf->data = data;
	buf->capacity = capacity;
}

char *buf_room(struct buf *buf, size_t size)
{
	if (buf->data == NULL || buf->capacity - buf->length < size) {
		size_t capacity = buf->length + size;

		if (capacity < 2 * buf->capacity)
			capacity = 2 * buf->capacity;
		grow(buf, capacity < 64 ? 64 : capacity);
	}
	return buf->data + buf->length;
}

void buf_add(struct buf *buf, struct text text)
{
	size_t ceiling = buf->ceiling != 0 ? buf->ceiling : BUF_CEILING;
	size_t left = buf->length < ceiling ? ceiling - buf->length : 0;

	if (text.length > left) {
		text.length = left;
		buf->is_full = true;
	}
	if (text.length == 0)
		return;
	memcpy(buf_room(buf, text.length), text.data, text.length);
	buf->length += text.length;
	buf->data[buf->length] = '\0';
}

void buf_add_string(struct buf *buf, const char *string)
{
	buf_add(buf, text_of(string));
}

void buf_add_byte(struct buf *buf, char byte)
{
	buf_add(buf, (struct text){&byte, 1});
}

void buf_addf(struct buf *buf, const char *format, ...)
{
	va_list values;
	char *string;

	va_start(values, format);
	string = mem_format(format, values);
	va_end(values);
	buf_add_string(buf, string);
	OPENSSL_cleanse(string, strlen(string));
	free(string);
}

void buf_skip(struct buf *buf, size_t count)
{
	if (count == 0)
		return;
	buf->length -= count;
	memmove(buf->data, buf->data + count, buf->length);
	buf->data[buf->length] = '\0';
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->is_full = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

struct text buf_text(const struct buf *buf)
{
	return (struct text){buf_string(buf), buf->length};
}

const char *buf_string(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

void buf_free(struct buf *buf)
{
	size_t ceiling = buf->ceiling;

	free(buf->data);
	*buf = (struct buf){.ceiling = ceiling};
}

void buf_wipe(struct buf *buf)
{
	if (buf->data != NULL)
		OPENSSL_cleanse(buf->data, buf->capacity);
	buf_free(buf);
}
