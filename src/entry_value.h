/*
 * entry_value.h - the values in the lines of an entry
 *
 * Whatever is written cannot end its line.  Reading may be generous with forms
 * that writing never makes: entry.c compares.
 */
#ifndef ENTRY_VALUE_H
#define ENTRY_VALUE_H

#include <stdbool.h>

#include "buf.h"
#include "text.h"

enum entry_value {
	VALUE_STRING,      /* char *, NULL as empty */
	VALUE_ENVELOPE_ID, /* const char *, empty as NULL */
	VALUE_NUMBER,      /* unsigned */
	VALUE_UID,         /* uid_t */
	VALUE_LENGTH,      /* uint64_t */
	VALUE_FLAG,        /* bool */
	VALUE_MOMENT,      /* struct moment */
	VALUE_DIGEST,      /* SHA256_SIZE bytes */
	VALUE_BODY,        /* enum envelope_body */
	VALUE_RETURN,      /* enum envelope_return */
	VALUE_NOTIFY,      /* unsigned, NOTIFY_* */
	VALUE_ADDRESS      /* char *, empty for the null sender */
};

void entry_value_write(struct buf *, enum entry_value, const void *place);

/* What it allocates is the place's, whatever it returns. */
bool entry_value_read(enum entry_value, void *place, struct text);

#endif
