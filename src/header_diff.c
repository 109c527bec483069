#include "header_diff.h"

#include <stdlib.h>

#include "mem.h"

static int compare_positions(const struct difference *a,
    const struct difference *b)
{
	if (a->is_new != b->is_new)
		return a->is_new ? 1 : -1;
	return a->position < b->position ? -1 : 1;
}

static int compare_bytes(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

	if (order == 0 && a.length != b.length)
		order = a.length < b.length ? -1 : 1;
	return order;
}

static int compare_fields(const void *first, const void *second)
{
	const struct difference *a = first;
	const struct difference *b = second;
	int order = compare_bytes(field_text(a->field), field_text(b->field));

	return order != 0 ? order : compare_positions(a, b);
}

static int compare_names(const void *first, const void *second)
{
	const struct difference *a = first;
	const struct difference *b = second;
	struct text one = field_name(a->field);
	struct text other = field_name(b->field);

	for (size_t i = 0; i < one.length && i < other.length; i++) {
		int order = byte_lower(one.data[i]) - byte_lower(other.data[i]);

		if (order != 0)
			return order;
	}
	if (one.length != other.length)
		return one.length < other.length ? -1 : 1;
	return compare_positions(a, b);
}

static size_t collect(struct difference *all, const struct message *message,
    bool is_new)
{
	for (size_t i = 0; i < message->field_count; i++)
		all[i] = (struct difference){&message->fields[i], is_new, i};
	return message->field_count;
}

/* How many from start on are the same field; the old ones come first. */
static size_t count_same(const struct difference *all, size_t count,
    size_t *old)
{
	size_t same = 0;

	*old = 0;
	while (same < count &&
	    compare_bytes(field_text(all[0].field),
		field_text(all[same].field)) == 0)
		if (!all[same++].is_new)
			++*old;
	return same;
}

/* Take out each old field that has a new one of the same bytes, and that. */
static size_t cancel(struct difference *all, size_t count)
{
	size_t kept = 0;

	for (size_t start = 0; start < count;) {
		size_t old;
		size_t same = count_same(all + start, count - start, &old);
		size_t pairs = old < same - old ? old : same - old;

		for (size_t i = 0; i < same; i++)
			if (i < old ? i >= pairs : i - old >= pairs)
				all[kept++] = all[start + i];
		start += same;
	}
	return kept;
}

size_t header_diff(const struct message *old, const struct message *new,
    struct difference **differences)
{
	struct difference *all =
	    mem_alloc(old->field_count + new->field_count + 1, sizeof *all);
	size_t count = collect(all, old, false);

	count += collect(all + count, new, true);
	qsort(all, count, sizeof *all, compare_fields);
	count = cancel(all, count);
	qsort(all, count, sizeof *all, compare_names);
	*differences = all;
	return count;
}
