#include "respond.h"

#include "bearer.h"
#include "digest.h"
#include "saslprep.h"
#include "scram.h"

/* message = [authzid] UTF8NUL authcid UTF8NUL passwd; RFC 4616 section 2. */
static int plain_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	(void)challenge; /* the initial response has none */
	buf_add_byte(response, '\0');
	if (saslprep(sasl->user, "user", response, err) < 0)
		return -1;
	buf_add_byte(response, '\0');
	if (saslprep(sasl->secret, "password", response, err) < 0)
		return -1;
	sasl->is_complete = true;
	return 0;
}

/* The prompts are for people: user first, then password, whatever they say. */
static int login_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	(void)challenge;
	(void)err;
	buf_add(response, sasl->step == 0 ? sasl->user : sasl->secret);
	sasl->is_complete = sasl->step > 0;
	return 0;
}

/* Who it is says the certificate; a user is whom to act as (RFC 4422 A). */
static int external_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	(void)challenge;
	(void)err;
	buf_add(response, sasl->user);
	sasl->is_complete = true;
	return 0;
}

static const struct {
	int (*respond)(struct sasl *, struct text challenge,
	    struct buf *response, struct error *);
	unsigned most_steps;
} mechanisms[SASL_MECHANISMS] = {
    [SASL_SCRAM_SHA_256_PLUS] = {scram_respond, 3},
    [SASL_SCRAM_SHA_1_PLUS] = {scram_respond, 3},
    [SASL_SCRAM_SHA_256] = {scram_respond, 3},
    [SASL_SCRAM_SHA_1] = {scram_respond, 3},
    [SASL_PLAIN] = {plain_respond, 1},
    [SASL_LOGIN] = {login_respond, 2},
    [SASL_OAUTHBEARER] = {oauthbearer_respond, 2},
    [SASL_XOAUTH2] = {xoauth2_respond, 2},
    [SASL_EXTERNAL] = {external_respond, 1},
    [SASL_CRAM_MD5] = {cram_respond, 1},
    [SASL_DIGEST_MD5] = {digest_respond, 2},
};

int sasl_respond(struct sasl *sasl, struct text challenge, struct buf *response,
    struct error *err)
{
	if (sasl->step == mechanisms[sasl->mechanism].most_steps)
		return fail(err, ERROR_LOGIN,
		    "the server asks for more than %s has to say",
		    sasl_name(sasl->mechanism));
	if (mechanisms[sasl->mechanism].respond(sasl, challenge, response,
		err) < 0)
		return -1;
	sasl->step++;
	return 0;
}
