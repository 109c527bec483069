#include "envelope.h"

#include <stdlib.h>

#include "address.h"
#include "mem.h"

static const struct {
	const char *name;
	unsigned flag;
} notify_words[] = {
    {"delay", NOTIFY_DELAY},
    {"failure", NOTIFY_FAILURE},
    {"success", NOTIFY_SUCCESS},
};

static unsigned notify_flag(struct text word)
{
	for (size_t i = 0; i < sizeof notify_words / sizeof *notify_words; i++)
		if (text_is_nocase(word, notify_words[i].name))
			return notify_words[i].flag;
	return 0;
}

/* "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ) */
unsigned notify_read(struct text list)
{
	unsigned notify = 0;
	struct text word;

	if (text_is_nocase(list, "never"))
		return NOTIFY_NEVER;
	while (text_split(&list, ',', &word)) {
		unsigned flag = notify_flag(word);

		if (flag == 0)
			return 0;
		notify |= flag;
	}
	return notify;
}

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
		recipient_free(&envelope->recipients[i]);
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

void recipient_copy(struct recipient *to, const struct recipient *from)
{
	*to = (struct recipient){
	    .address = mem_dup(from->address),
	    .original = from->original != NULL ? mem_dup(from->original) : NULL,
	    .notify = from->notify,
	};
}

void recipient_free(struct recipient *recipient)
{
	free(recipient->address);
	free(recipient->original);
	*recipient = (struct recipient){0};
}

unsigned envelope_notify(const struct envelope *envelope,
    const struct recipient *recipient)
{
	return recipient->notify != 0 ? recipient->notify :
					envelope->request.notify;
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
