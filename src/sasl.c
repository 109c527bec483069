#include "sasl.h"

enum {
	HAS_INITIAL = 1 << 0,
	READS_CHALLENGE = 1 << 1,
	HAS_NONCE = 1 << 2,
	IS_BOUND = 1 << 3,
	IS_SCRAM = HAS_INITIAL | READS_CHALLENGE | HAS_NONCE
};

static const struct {
	const char *name;
	enum sasl_proof proof;
	unsigned ways;
} mechanisms[SASL_MECHANISMS] = {
    [SASL_SCRAM_SHA_256_PLUS] = {"SCRAM-SHA-256-PLUS", SASL_PASSWORD,
	IS_SCRAM | IS_BOUND},
    [SASL_SCRAM_SHA_1_PLUS] = {"SCRAM-SHA-1-PLUS", SASL_PASSWORD,
	IS_SCRAM | IS_BOUND},
    [SASL_SCRAM_SHA_256] = {"SCRAM-SHA-256", SASL_PASSWORD, IS_SCRAM},
    [SASL_SCRAM_SHA_1] = {"SCRAM-SHA-1", SASL_PASSWORD, IS_SCRAM},
    [SASL_PLAIN] = {"PLAIN", SASL_PASSWORD, HAS_INITIAL},
    [SASL_LOGIN] = {"LOGIN", SASL_PASSWORD, 0},
    [SASL_OAUTHBEARER] = {"OAUTHBEARER", SASL_TOKEN, HAS_INITIAL},
    [SASL_XOAUTH2] = {"XOAUTH2", SASL_TOKEN, HAS_INITIAL},
    [SASL_EXTERNAL] = {"EXTERNAL", SASL_CERTIFICATE, HAS_INITIAL},
    [SASL_CRAM_MD5] = {"CRAM-MD5", SASL_PASSWORD, READS_CHALLENGE},
    [SASL_DIGEST_MD5] = {"DIGEST-MD5", SASL_PASSWORD,
	READS_CHALLENGE | HAS_NONCE},
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

enum sasl_proof sasl_proof(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].proof;
}

bool sasl_has_initial(enum sasl_mechanism mechanism)
{
	return (mechanisms[mechanism].ways & HAS_INITIAL) != 0;
}

bool sasl_reads_challenge(enum sasl_mechanism mechanism)
{
	return (mechanisms[mechanism].ways & READS_CHALLENGE) != 0;
}

bool sasl_has_nonce(enum sasl_mechanism mechanism)
{
	return (mechanisms[mechanism].ways & HAS_NONCE) != 0;
}

bool sasl_is_bound(enum sasl_mechanism mechanism)
{
	return (mechanisms[mechanism].ways & IS_BOUND) != 0;
}

enum sasl_mechanism sasl_bound_form(enum sasl_mechanism mechanism)
{
	if (mechanism == SASL_SCRAM_SHA_256)
		return SASL_SCRAM_SHA_256_PLUS;
	if (mechanism == SASL_SCRAM_SHA_1)
		return SASL_SCRAM_SHA_1_PLUS;
	return SASL_MECHANISMS;
}

void sasl_add_name(struct buf *buf, struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] == ',')
			buf_add_string(buf, "=2C");
		else if (name.data[i] == '=')
			buf_add_string(buf, "=3D");
		else
			buf_add_byte(buf, name.data[i]);
}

void sasl_free(struct sasl *sasl)
{
	buf_wipe(&sasl->memory);
	buf_wipe(&sasl->problem);
}
