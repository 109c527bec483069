/*
 * digest.h - CRAM-MD5 (RFC 2195) and DIGEST-MD5 (RFC 2831)
 *
 * Both hand out what can be cracked at leisure, so they are used only when
 * they are named.
 *
 *	challenge = directive *( *LWS "," *LWS directive )
 *	directive = token "=" ( token / DQUOTE *( qdtext / "\" any ) DQUOTE )
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "error.h"
#include "sasl.h"

enum { DIGEST_MAX_CHALLENGE = 2048 }; /* bytes, RFC 2831 section 2.1.1 */

int cram_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

/*
 * The answers to the challenge, with qop=auth, and to rspauth, with which the
 * server shows that it knows the password, too; without that the login is not
 * complete.  Of several realms it takes the one behind the "@" of the user,
 * else the first.
 */
int digest_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

#endif
