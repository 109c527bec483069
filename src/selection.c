#include "selection.h"

#include "text.h"

static bool has_part(const char *string, const char *part)
{
	struct text rest = text_of(string);

	for (;; rest = text_part(rest, 1, rest.length)) {
		if (text_begins_nocase(rest, part))
			return true;
		if (rest.length == 0)
			return false;
	}
}

/* A filter that is not negated wants it found, and the other way round. */
static bool is_passed(const struct queue_filter *filter, bool is_found)
{
	return filter->part == NULL || is_found != filter->is_negated;
}

bool selection_is_set(const struct options *options)
{
	return options->ids.part != NULL ||
	    options->queue_recipients.part != NULL ||
	    options->senders.part != NULL;
}

bool selection_has_id(const struct options *options, const char *id)
{
	const struct queue_filter *filter = &options->ids;

	return is_passed(filter,
	    filter->part != NULL && has_part(id, filter->part));
}

static bool has_recipient(const struct envelope *envelope, const char *part)
{
	for (size_t i = 0; i < envelope->count; i++)
		if (has_part(envelope->recipients[i].address, part))
			return true;
	return false;
}

bool selection_has(const struct options *options, const struct entry *entry)
{
	const struct queue_filter *recipients = &options->queue_recipients;
	const struct queue_filter *senders = &options->senders;
	const struct envelope *envelope = &entry->envelope;

	return selection_has_id(options, entry->id) &&
	    is_passed(recipients,
		recipients->part != NULL &&
		    has_recipient(envelope, recipients->part)) &&
	    is_passed(senders,
		senders->part != NULL &&
		    has_part(envelope->sender, senders->part));
}
