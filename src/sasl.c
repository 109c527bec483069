#include "sasl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const struct {
	const char *name;
	bool wants_token;
	bool has_initial;
	bool reads_challenge;
	unsigned least_steps; /* answers before it may be accepted */
	unsigned most_steps;
} mechanisms[SASL_MECHANISMS] = {
    [SASL_PLAIN] = {"PLAIN", false, true, false, 1, 1},
    [SASL_LOGIN] = {"LOGIN", false, false, false, 2, 2},
    [SASL_CRAM_MD5] = {"CRAM-MD5", false, false, true, 1, 1},
    [SASL_XOAUTH2] = {"XOAUTH2", true, true, false, 1, 2},
};

const char *sasl_name(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].name;
}

enum sasl_mechanism sasl_find(struct text name)
{
	int i = 0;

	while (i < SASL_MECHANISMS && !text_is_nocase(name, mechanisms[i].name))
		i++;
	return (enum sasl_mechanism)i;
}

bool sasl_wants_token(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].wants_token;
}

bool sasl_has_initial(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].has_initial;
}

bool sasl_reads_challenge(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].reads_challenge;
}

/* message = [authzid] UTF8NUL authcid UTF8NUL passwd; RFC 4616 section 2. */
static void respond_plain(const struct sasl *sasl, struct buf *response)
{
	buf_add_byte(response, '\0');
	buf_add(response, sasl->user);
	buf_add_byte(response, '\0');
	buf_add(response, sasl->secret);
}

/* The prompts are for people: user first, then password, whatever they say. */
static void respond_login(const struct sasl *sasl, struct buf *response)
{
	buf_add(response, sasl->step == 0 ? sasl->user : sasl->secret);
}

/* user SP hex(HMAC-MD5(password, challenge)); RFC 2195 section 2. */
static int respond_cram_md5(const struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (HMAC(EVP_md5(), sasl->secret.data, (int)sasl->secret.length,
		(const unsigned char *)challenge.data, challenge.length, digest,
		&length) == NULL)
		return fail(err, ERROR_LOGIN,
		    "CRAM-MD5 is not possible, because OpenSSL has no MD5 "
		    "here; see auth");
	buf_add(response, sasl->user);
	buf_add_byte(response, ' ');
	for (unsigned i = 0; i < length; i++)
		buf_addf(response, "%02x", digest[i]);
	return 0;
}

/* A second challenge tells what was wrong and wants an empty answer. */
static void respond_xoauth2(const struct sasl *sasl, struct buf *response)
{
	if (sasl->step > 0)
		return;
	buf_add_string(response, "user=");
	buf_add(response, sasl->user);
	buf_add_string(response, "\1auth=Bearer ");
	buf_add(response, sasl->secret);
	buf_add_string(response, "\1\1");
}

bool sasl_is_complete(const struct sasl *sasl)
{
	return sasl->step >= mechanisms[sasl->mechanism].least_steps;
}

int sasl_respond(struct sasl *sasl, struct text challenge, struct buf *response,
    struct error *err)
{
	if (sasl->step == mechanisms[sasl->mechanism].most_steps)
		return fail(err, ERROR_LOGIN,
		    "the server asks for more than %s has to say",
		    sasl_name(sasl->mechanism));
	switch (sasl->mechanism) {
	case SASL_PLAIN:
		respond_plain(sasl, response);
		break;
	case SASL_LOGIN:
		respond_login(sasl, response);
		break;
	case SASL_CRAM_MD5:
		if (respond_cram_md5(sasl, challenge, response, err) < 0)
			return -1;
		break;
	case SASL_XOAUTH2:
		respond_xoauth2(sasl, response);
		break;
	case SASL_MECHANISMS:
	default:
		return fail(err, ERROR_BUG, "there is no such mechanism");
	}
	sasl->step++;
	return 0;
}
