/*
 * sasl.h - the ways in which a client logs in (RFC 4422, RFC 4954)
 *
 * What there is to know of each mechanism, and what it remembers between its
 * steps; respond.h takes the steps.
 */
#ifndef SASL_H
#define SASL_H

#include "buf.h"
#include "text.h"

/* In the order in which auth = auto prefers them, up to SASL_AUTOMATIC. */
enum sasl_mechanism {
	SASL_SCRAM_SHA_256_PLUS, /* RFC 7677, RFC 5802 */
	SASL_SCRAM_SHA_1_PLUS,
	SASL_SCRAM_SHA_256,
	SASL_SCRAM_SHA_1,
	SASL_PLAIN,       /* RFC 4616 */
	SASL_LOGIN,       /* draft-murchison-sasl-login */
	SASL_OAUTHBEARER, /* RFC 7628 */
	SASL_XOAUTH2,     /* Google's and Microsoft's OAuth 2 form */
	SASL_EXTERNAL,    /* RFC 4422 appendix A: by client certificate */
	SASL_AUTOMATIC,
	SASL_CRAM_MD5 = SASL_AUTOMATIC, /* RFC 2195; only when named */
	SASL_DIGEST_MD5,                /* RFC 2831; only when named */
	SASL_MECHANISMS
};

/* What a mechanism shows to the server. */
enum sasl_proof { SASL_PASSWORD, SASL_TOKEN, SASL_CERTIFICATE };

enum { SASL_MAX_CHALLENGE = 12288 }; /* bytes of base64, RFC 4954 section 4 */

/* A login on its way.  All views belong to the caller. */
struct sasl {
	enum sasl_mechanism mechanism;
	struct text user;
	struct text secret;       /* password or token */
	struct text nonce;        /* new for each login; visible, no comma */
	const char *service;      /* "smtp", RFC 4422 section 4 */
	struct text host;         /* the server's name, as it was asked for */
	unsigned port;            /* 0 when there is none */
	const char *binding_kind; /* of the TLS connection, NULL if none */
	struct text binding;
	bool offers_binding; /* the server has it for this kind of SCRAM */
	unsigned step;       /* answers given so far */
	bool is_complete;    /* the server may now accept it */
	struct buf memory;   /* from one step to the next; a secret */
	struct buf problem;  /* what the server said of a token, in words */
};

const char *sasl_name(enum sasl_mechanism);

/* SASL_MECHANISMS when there is none of that name, any case. */
enum sasl_mechanism sasl_find(struct text name);

enum sasl_proof sasl_proof(enum sasl_mechanism);

/* The mechanism begins with a response of its own (RFC 4954 section 4). */
bool sasl_has_initial(enum sasl_mechanism);

/* Challenges mean something; the others are prompts for people. */
bool sasl_reads_challenge(enum sasl_mechanism);

/* It needs a nonce; it ties the login to the TLS connection. */
bool sasl_has_nonce(enum sasl_mechanism);
bool sasl_is_bound(enum sasl_mechanism);

/* The SCRAM of the same digest that is bound, or SASL_MECHANISMS. */
enum sasl_mechanism sasl_bound_form(enum sasl_mechanism);

/* saslname, RFC 5801 section 4: "," and "=" would be read as syntax. */
void sasl_add_name(struct buf *, struct text name);

/* Wipes what it remembers. */
void sasl_free(struct sasl *);

#endif
