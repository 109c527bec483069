/*
 * verb.h - the commands of a client, as a server reads them (RFC 5321 4.1.1)
 *
 * Pure.  Errors carry the reply that the client gets.
 */
#ifndef VERB_H
#define VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "envelope.h"
#include "error.h"
#include "text.h"

enum verb {
	VERB_UNKNOWN,
	VERB_AUTH,
	VERB_BDAT,
	VERB_DATA,
	VERB_EHLO,
	VERB_EXPN,
	VERB_HELO,
	VERB_HELP,
	VERB_MAIL,
	VERB_NOOP,
	VERB_QUIT,
	VERB_RCPT,
	VERB_RSET,
	VERB_STARTTLS,
	VERB_VRFY,
	VERBS
};

enum {
	VERB_MAX_CHUNK = 1 << 30, /* bytes of one BDAT */
	VERB_MAX_ENVID = 100,     /* bytes, RFC 3461 4.4 */
	VERB_MAX_ORCPT = 500      /* bytes, RFC 3461 4.2 */
};

/* Which command a line is; *rest is what stands behind it. */
enum verb verb_find(struct text line, struct text *rest);

/* What MAIL says: FROM, and BODY, SIZE, SMTPUTF8, RET, ENVID, REQUIRETLS. */
struct verb_mail {
	struct buf sender; /* as address_write() makes it; "": nobody */
	struct buf envelope_id;
	struct request request;  /* its envelope_id points into the buf above */
	unsigned long long size; /* bytes; 0: not said */
	bool is_international;   /* SMTPUTF8 was said */
};

/*
 * Fill a zeroed one; a bare name gets the domain.  ERROR_USAGE with 501 or 555,
 * ERROR_ADDRESS with 553.
 */
int verb_read_mail(struct verb_mail *, struct text rest, const char *domain,
    struct error *);
void verb_mail_free(struct verb_mail *);

/* RCPT: TO, and NOTIFY, ORCPT. */
struct verb_rcpt {
	struct buf recipient;
	struct buf original; /* ORCPT, without xtext; empty: none */
	unsigned notify;     /* 0: not said */
};

int verb_read_rcpt(struct verb_rcpt *, struct text rest, const char *domain,
    struct error *);
void verb_rcpt_free(struct verb_rcpt *);

/* BDAT SIZE [LAST], RFC 3030. */
int verb_read_bdat(struct text rest, uint64_t *size, bool *is_last,
    struct error *);

#endif
