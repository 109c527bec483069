/*
 * sasl.h - how a client logs in (RFC 4422, RFC 4954)
 *
 * Pure: bytes of a challenge in, bytes of a response out, both without their
 * base64 coat.  Responses are secrets: the caller wipes them.
 */
#ifndef SASL_H
#define SASL_H

#include "buf.h"
#include "error.h"
#include "text.h"

/* In the order in which auth = auto prefers them. */
enum sasl_mechanism {
	SASL_PLAIN,    /* RFC 4616 */
	SASL_LOGIN,    /* draft-murchison-sasl-login */
	SASL_CRAM_MD5, /* RFC 2195; only when named */
	SASL_XOAUTH2,  /* Google's and Microsoft's OAuth 2 form */
	SASL_MECHANISMS
};

enum { SASL_MAX_CHALLENGE = 12288 }; /* bytes of base64, RFC 4954 section 4 */

struct sasl {
	enum sasl_mechanism mechanism;
	struct text user;
	struct text secret; /* password or token */
	unsigned step;      /* challenges answered so far */
};

const char *sasl_name(enum sasl_mechanism);

/* SASL_MECHANISMS when there is none of that name, any case. */
enum sasl_mechanism sasl_find(struct text name);

/* The secret is an OAuth token, not a password. */
bool sasl_wants_token(enum sasl_mechanism);

/* The mechanism begins with a response of its own (RFC 4954 section 4). */
bool sasl_has_initial(enum sasl_mechanism);

/* Challenges mean something; the others are prompts for people. */
bool sasl_reads_challenge(enum sasl_mechanism);

/* It has said all it has to say: the server may now accept it. */
bool sasl_is_complete(const struct sasl *);

/*
 * Add the answer to a challenge; to an empty one at first where the mechanism
 * has an initial response.  ERROR_LOGIN when the mechanism has no more to say
 * or the challenge is not one of its own.
 */
int sasl_respond(struct sasl *, struct text challenge, struct buf *response,
    struct error *);

#endif
