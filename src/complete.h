/*
 * complete.h - what a message must have before it may travel (RFC 6409 8)
 *
 * Date, Message-ID and From are added where they are missing, Received always;
 * Bcc and Return-Path are removed; bare names in address fields get the
 * domain.  Nothing else is touched.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <sys/types.h>

#include "date.h"
#include "error.h"
#include "message.h"
#include "strlist.h"

/* What is written on it where it is missing. */
struct stamp {
	const char *id; /* of this message, for Received and Message-ID */
	struct moment at;
	uid_t uid;
	const char *hostname;
	const char *domain;    /* completes bare names */
	const char *sender;    /* address for a missing From */
	const char *full_name; /* for a missing From; may be empty */
};

/* Add the addresses of one list; ERROR_ADDRESS for one that cannot be used. */
int complete_add_recipients(struct text list, const char *domain,
    struct strlist *recipients, struct error *);

/*
 * Add the addresses of To, Cc and Bcc, or of all Resent-To, Resent-Cc and
 * Resent-Bcc when there is one of them, to recipients.
 */
int complete_recipients(const struct message *, const char *domain,
    struct strlist *recipients, struct error *);

/* ERROR_MESSAGE when it has been through MESSAGE_MAX_RECEIVED hosts. */
int complete_message(struct message *, const struct stamp *, struct error *);

#endif
