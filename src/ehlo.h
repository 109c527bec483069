/*
 * ehlo.h - what the server offers (RFC 5321 section 4.1.1.1)
 */
#ifndef EHLO_H
#define EHLO_H

#include <stdint.h>

#include "reply.h"
#include "sasl.h"

enum {
	EHLO_8BITMIME = 1 << 0,
	EHLO_DSN = 1 << 1,
	EHLO_PIPELINING = 1 << 2,
	EHLO_REQUIRETLS = 1 << 3,
	EHLO_SIZE = 1 << 4,
	EHLO_SMTPUTF8 = 1 << 5,
	EHLO_STARTTLS = 1 << 6,
	EHLO_AUTH = 1 << 7,
	EHLO_LIMITS = 1 << 8,
	EHLO_CHUNKING = 1 << 9
};

struct ehlo {
	unsigned extensions; /* EHLO_* */
	uint64_t max_size;   /* bytes; 0 = no limit known (RFC 1870) */
	/* RFC 9422, 0 = no limit known: */
	uint64_t max_mails;      /* MAIL in a session */
	uint64_t max_recipients; /* RCPT in a transaction */
	uint64_t max_domains;    /* different ones of these */
	unsigned mechanisms;     /* 1 << enum sasl_mechanism, those we know */
	struct buf names;        /* AUTH as offered, for sentences */
};

/*
 * Replaces what was offered before, as after TLS it must (RFC 3207 4.2).  The
 * first line is a greeting; unknown keywords are passed over, and so are the
 * extensions ignored, as if the server had not named them.
 */
void ehlo_read(struct ehlo *, const struct reply *, unsigned ignored);
void ehlo_free(struct ehlo *);
bool ehlo_offers(const struct ehlo *, unsigned extension);

/* The extension with that keyword, in any case; 0 when we know none. */
unsigned ehlo_find(struct text keyword);

#endif
