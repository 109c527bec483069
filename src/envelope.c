#include "envelope.h"

#include <stdlib.h>

#include "address.h"
#include "mem.h"

void envelope_set(struct envelope *envelope, const char *sender,
    const struct strlist *recipients)
{
	envelope->sender = mem_dup(sender);
	envelope->count = recipients->count;
	envelope->recipients =
	    mem_alloc(recipients->count, sizeof *envelope->recipients);
	for (size_t i = 0; i < recipients->count; i++)
		envelope->recipients[i].address = mem_dup(recipients->items[i]);
}

void envelope_free(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		free(envelope->recipients[i].address);
	free(envelope->recipients);
	free(envelope->sender);
	*envelope = (struct envelope){0};
}

bool envelope_is_international(const struct envelope *envelope)
{
	if (address_is_international(text_of(envelope->sender)))
		return true;
	for (size_t i = 0; i < envelope->count; i++)
		if (address_is_international(text_of(envelope->recipients[i]
							 .address)))
			return true;
	return false;
}

bool recipient_is_open(const struct recipient *recipient)
{
	return !recipient->is_accepted && recipient->error.kind == ERROR_NONE;
}

void envelope_fail_rest(struct envelope *envelope, const struct error *err)
{
	for (size_t i = 0; i < envelope->count; i++)
		if (recipient_is_open(&envelope->recipients[i]))
			envelope->recipients[i].error = *err;
}

const struct error *envelope_worst(const struct envelope *envelope)
{
	const struct error *worst = NULL;

	for (size_t i = 0; i < envelope->count; i++) {
		const struct recipient *recipient = &envelope->recipients[i];

		if (!recipient->is_accepted &&
		    (worst == NULL || recipient->error.kind > worst->kind))
			worst = &recipient->error;
	}
	return worst;
}
