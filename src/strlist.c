#include "strlist.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Takes the string over. */
static void push(struct strlist *list, char *string)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
		list->items =
		    mem_resize(list->items, list->capacity, sizeof(char *));
	}
	list->items[list->count++] = string;
}

void strlist_add(struct strlist *list, struct text text)
{
	push(list, text_dup(text));
}

void strlist_addf(struct strlist *list, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	push(list, mem_format(format, values));
	va_end(values);
}

bool strlist_has(const struct strlist *list, const char *string)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], string) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	char *const *first = a;
	char *const *second = b;

	return strcmp(*first, *second);
}

void strlist_sort(struct strlist *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare);
}

bool strlist_has_sorted(const struct strlist *list, const char *string)
{
	return list->count > 0 &&
	    bsearch(&string, list->items, list->count, sizeof *list->items,
		compare) != NULL;
}

char **strlist_vector(const struct strlist *list)
{
	char **vector = mem_alloc(list->count + 1, sizeof *vector);

	if (list->count > 0)
		memcpy(vector, list->items, list->count * sizeof *vector);
	return vector;
}

static int compare_places(const void *a, const void *b)
{
	char *const *const *first = a;
	char *const *const *second = b;
	int order = strcmp(**first, **second);

	/* Equal strings stay in the order of the list. */
	if (order == 0)
		order = *first < *second ? -1 : 1;
	return order;
}

void strlist_drop_repeats(struct strlist *list)
{
	char ***sorted = mem_alloc(list->count, sizeof *sorted);
	const char *last = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->count, sizeof *sorted, compare_places);
	for (size_t i = 0; i < list->count; i++) {
		char **item = sorted[i];

		if (last == NULL || strcmp(last, *item) != 0) {
			last = *item;
		} else {
			free(*item);
			*item = NULL;
		}
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] != NULL)
			list->items[kept++] = list->items[i];
	list->count = kept;
	free(sorted);
}

void strlist_free(struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){0};
}

void strlist_wipe(struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		OPENSSL_cleanse(list->items[i], strlen(list->items[i]));
	strlist_free(list);
}
