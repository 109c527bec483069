/*
 * address.h - one mail address, fit for SMTP
 *
 * Writing is strict: what address_write() adds is one RFC 5321 Mailbox that may
 * stand between the angle brackets of MAIL and RCPT, whatever it was made from.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "buf.h"
#include "error.h"
#include "text.h"

enum {
	ADDRESS_MAX_LOCAL = 64,   /* bytes, RFC 5321 4.5.3.1.1 */
	ADDRESS_MAX_DOMAIN = 255, /* bytes, RFC 5321 4.5.3.1.2 */
	ADDRESS_MAX = 254         /* bytes, RFC 5321 4.5.3.1.3 less "<>" */
};

/*
 * Add a mailbox's spec as SMTP wants it: comments, white space and source route
 * dropped, the local part quoted only where it must be, "@domain" added to a
 * bare name.  ERROR_ADDRESS, and nothing added, when it has no such form.
 */
int address_write(struct buf *, struct text spec, const char *domain,
    struct error *);

/*
 * The same for sentences that must not quote the spec: what is wrong with it,
 * or NULL.
 */
const char *address_try(struct buf *, struct text spec, const char *domain);

/*
 * Nothing but an address that address_write() made passes; the last look
 * before a command line is composed.  The empty address is the null sender.
 */
int address_check(struct text address, struct error *);

/* UTF-8 in it, so the server must know SMTPUTF8 (RFC 6531). */
bool address_is_international(struct text address);

/* The part behind the last "@", or empty. */
struct text address_domain(struct text address);

/*
 * Add a header field's body with "@domain" behind every bare name in it and
 * every other byte unchanged.
 */
void address_qualify(struct buf *, struct text body, const char *domain);

#endif
