/*
 * bearer.h - OAUTHBEARER (RFC 7628) and XOAUTH2: a token instead of a password
 *
 * A server that does not like the token says why in JSON, as a challenge; it
 * is answered, as it must be, and kept for the sentence to come.
 */
#ifndef BEARER_H
#define BEARER_H

#include "error.h"
#include "sasl.h"

int oauthbearer_respond(struct sasl *, struct text challenge,
    struct buf *response, struct error *);
int xoauth2_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

/*
 * Add "status invalid_token, scope mail.send" from such a JSON object;
 * nothing from anything else.
 */
void bearer_add_problem(struct text json, struct buf *);

#endif
