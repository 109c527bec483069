/*
 * notice.h - the report to a sender: failed, or late (RFC 3461, 3462, 3464)
 *
 * Pure: makes a whole message, header and body in memory.
 */
#ifndef NOTICE_H
#define NOTICE_H

#include <stddef.h>

#include "buf.h"
#include "date.h"
#include "envelope.h"
#include "message.h"

enum {
	NOTICE_MAX_RETURNED = 1024 * 1024 /* bytes of body, with RET=FULL */
};

enum notice_kind { NOTICE_FAILED, NOTICE_DELAYED };

struct notice {
	enum notice_kind kind;
	const char *id;    /* of the notice, for Message-ID and Received */
	const char *about; /* of the message */
	const char *to;    /* address */
	const char *hostname;
	const char *domain;
	struct moment at;
	struct moment arrived;
	struct moment until; /* tried until then; for NOTICE_DELAYED */
	const struct envelope *envelope;           /* of the message */
	const struct recipient *const *recipients; /* whom it is about */
	size_t count;
	const struct message *message; /* its header, or all with RET=FULL */
	struct text body; /* of it, where it is to be returned; else empty */
};

/* RFC 3461 4.1: the sender wants to hear of this about that recipient. */
bool notice_is_wanted(const struct envelope *, const struct recipient *,
    enum notice_kind);

/* Add header and body to an empty message; its body has scan.h's facts. */
void notice_write(const struct notice *, struct message *);

#endif
