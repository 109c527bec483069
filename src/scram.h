/*
 * scram.h - SCRAM, where the server proves itself too (RFC 5802, RFC 7677)
 *
 *	client-first  = gs2-header client-first-message-bare
 *	gs2-header    = ( "n" / "y" / "p=" cb-name ) ",,"
 *	client-first-message-bare = "n=" saslname ",r=" nonce
 *	server-first  = "r=" nonce ",s=" base64 ",i=" number *( "," extension )
 *	client-final  = "c=" base64 ",r=" nonce ",p=" base64
 *	server-final  = ( "v=" base64 / "e=" words ) *( "," extension )
 *
 * The header says "p" for a -PLUS mechanism, which ties the login to the TLS
 * connection; "y" when we could but the server does not offer it, so that it
 * notices when somebody has taken the offer out; "n" otherwise.
 */
#ifndef SCRAM_H
#define SCRAM_H

#include "error.h"
#include "sasl.h"

enum {
	SCRAM_MIN_ITERATIONS = 4096, /* RFC 5802 section 5.1, RFC 7677 */
	/* A second of work; who asks for more wants to keep us busy. */
	SCRAM_MAX_ITERATIONS = 1000000
};

/*
 * The answers, one for each step: to nothing, to server-first, to
 * server-final.  It is complete only when the server has shown that it knows
 * the password, too.  ERROR_LOGIN when it has not, or says what it must not;
 * ERROR_CONFIG when user or password cannot be used.
 */
int scram_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

#endif
