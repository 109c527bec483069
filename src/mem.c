#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void *or_exit(void *memory)
{
	static const char sentence[] = "sendmail: no memory left\n";

	if (memory != NULL)
		return memory;
	/* There is nobody to tell if this write fails as well. */
	if (write(STDERR_FILENO, sentence, sizeof sentence - 1) < 0)
		_exit(EX_OSERR);
	_exit(EX_OSERR);
}

void *mem_alloc(size_t count, size_t size)
{
	return or_exit(calloc(count > 0 ? count : 1, size));
}

void *mem_resize(void *memory, size_t count, size_t size)
{
	size_t bytes = count * size;

	if (size != 0 && count > SIZE_MAX / size)
		return or_exit(NULL);
	return or_exit(realloc(memory, bytes > 0 ? bytes : 1));
}

void *mem_grow(void *memory, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0)
		memory = mem_resize(memory, 2 * count + 1, size);
	return memory;
}

char *mem_dup(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(mem_alloc(size, 1), string, size);
}

char *mem_format(const char *format, va_list values)
{
	va_list again;
	char *string;
	int length;

	va_copy(again, values);
	length = vsnprintf(NULL, 0, format, values);
	/* Only a text that no int can count fails. */
	string = mem_alloc((size_t)(length > 0 ? length : 0) + 1, 1);
	if (length > 0)
		(void)vsnprintf(string, (size_t)length + 1, format, again);
	va_end(again);
	return string;
}
