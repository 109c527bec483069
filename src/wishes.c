#include "wishes.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

void wishes_add(struct wishes *wishes, const char *address,
    const struct recipient *asked)
{
	if (asked == NULL)
		return;
	wishes->items =
	    mem_grow(wishes->items, wishes->count, sizeof *wishes->items);
	wishes->items[wishes->count] =
	    (struct wish){mem_dup(address), asked, wishes->count};
	wishes->count++;
	wishes->is_sorted = false;
}

static int compare_address(const void *address, const void *item)
{
	const struct wish *wish = item;

	return strcmp(address, wish->address);
}

static int compare(const void *a, const void *b)
{
	const struct wish *first = a;
	const struct wish *second = b;
	int order = compare_address(first->address, second);

	return order != 0 ? order : (first->number < second->number ? -1 : 1);
}

const struct recipient *wishes_find(struct wishes *wishes, const char *address)
{
	const struct wish *found;

	if (wishes->count == 0)
		return NULL;
	if (!wishes->is_sorted)
		qsort(wishes->items, wishes->count, sizeof *wishes->items,
		    compare);
	wishes->is_sorted = true;
	found = bsearch(address, wishes->items, wishes->count,
	    sizeof *wishes->items, compare_address);
	if (found == NULL)
		return NULL;
	while (found > wishes->items && strcmp(found[-1].address, address) == 0)
		found--;
	return found->asked;
}

void wishes_free(struct wishes *wishes)
{
	for (size_t i = 0; i < wishes->count; i++)
		free(wishes->items[i].address);
	free(wishes->items);
	*wishes = (struct wishes){0};
}
