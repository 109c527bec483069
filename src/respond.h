/*
 * respond.h - the steps of a login
 *
 * Pure: bytes of a challenge in, bytes of a response out, both without their
 * base64 coat.  Responses are secrets: the caller wipes them.
 */
#ifndef RESPOND_H
#define RESPOND_H

#include "error.h"
#include "sasl.h"

/*
 * Add the answer to a challenge; to an empty one at first where the mechanism
 * has an initial response.  The server may accept when is_complete is set, and
 * no earlier: a mechanism that has the server prove itself sets it only then.
 * ERROR_LOGIN when the mechanism has no more to say or the challenge is not
 * one of its own, ERROR_CONFIG when user or password cannot be used with it.
 */
int sasl_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

#endif
