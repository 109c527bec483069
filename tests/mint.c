#include "mint.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { DAY = 24 * 60 * 60 };

const char mint_authority[] = "critical,CA:TRUE";

static void add_extension(X509 *certificate, X509V3_CTX *context, int nid,
    const char *value)
{
	X509_EXTENSION *extension;

	if (value == NULL)
		return;
	extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	(void)X509_add_ext(certificate, extension, -1); /* shown by tests */
	X509_EXTENSION_free(extension);
}

/* Also what no configuration can say: a name with a NUL, an empty one. */
static void add_raw_name(X509 *certificate, struct text raw)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();

	(void)ASN1_STRING_set(string, raw.data, (int)raw.length);
	GENERAL_NAME_set0_value(name, GEN_DNS, string);
	(void)sk_GENERAL_NAME_push(names, name);
	(void)X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
}

/* Random: issuer and number name a certificate. */
static void set_serial(X509 *certificate)
{
	uint64_t serial = 0;

	(void)RAND_bytes((unsigned char *)&serial, sizeof serial);
	(void)ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
	    serial >> 1);
}

static const EVP_MD *digest_for(const EVP_PKEY *key, const char *name)
{
	if (EVP_PKEY_is_a(key, "ED25519"))
		return NULL; /* it has its own (RFC 8410) */
	return EVP_get_digestbyname(name != NULL ? name : "SHA256");
}

X509 *mint_certificate(const struct mint_order *order,
    const struct mint_signer *by, EVP_PKEY *key)
{
	X509 *made = X509_new();
	X509 *issuer = by != NULL ? by->certificate : made;
	EVP_PKEY *signer = by != NULL ? by->key : key;
	int last = order->last_day != 0 ? order->last_day : MINT_DAYS;
	X509V3_CTX context = {0};

	(void)X509_set_version(made, X509_VERSION_3);
	set_serial(made);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN",
	    MBSTRING_UTF8, (const unsigned char *)order->subject, -1, -1, 0);
	(void)X509_gmtime_adj(X509_getm_notBefore(made),
	    (long)order->first_day * DAY - DAY / 24);
	(void)X509_gmtime_adj(X509_getm_notAfter(made), (long)last * DAY);
	(void)X509_set_pubkey(made, key);
	(void)X509_set_issuer_name(made, X509_get_subject_name(issuer));
	X509V3_set_ctx(&context, issuer, made, NULL, NULL, 0);
	add_extension(made, &context, NID_subject_key_identifier, "hash");
	add_extension(made, &context, NID_basic_constraints,
	    order->basic != NULL ? order->basic : "critical,CA:FALSE");
	if (order->basic != NULL)
		add_extension(made, &context, NID_key_usage,
		    "critical,keyCertSign,cRLSign");
	add_extension(made, &context, NID_ext_key_usage, order->usage);
	add_extension(made, &context, NID_name_constraints, order->constraints);
	add_extension(made, &context, NID_subject_alt_name, order->names);
	if (order->raw_name.data != NULL)
		add_raw_name(made, order->raw_name);
	(void)X509_sign(made, signer, digest_for(signer, order->digest));
	return made;
}

static void revoke(X509_CRL *crl, X509 *revoked)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -DAY);

	(void)X509_REVOKED_set_serialNumber(entry,
	    X509_get_serialNumber(revoked));
	(void)X509_REVOKED_set_revocationDate(entry, now);
	(void)X509_CRL_add0_revoked(crl, entry);
	ASN1_TIME_free(now);
}

X509_CRL *mint_crl(const struct mint_signer *by, X509 *revoked, int last_day)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *first = X509_gmtime_adj(NULL, -10L * DAY);
	ASN1_TIME *last = X509_gmtime_adj(NULL, (long)last_day * DAY);

	(void)X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	(void)X509_CRL_set_issuer_name(crl,
	    X509_get_subject_name(by->certificate));
	(void)X509_CRL_set1_lastUpdate(crl, first);
	(void)X509_CRL_set1_nextUpdate(crl, last);
	if (revoked != NULL)
		revoke(crl, revoked);
	(void)X509_CRL_sign(crl, by->key, EVP_sha256());
	ASN1_TIME_free(last);
	ASN1_TIME_free(first);
	return crl;
}

void mint_signer_free(struct mint_signer *signer)
{
	X509_free(signer->certificate);
	EVP_PKEY_free(signer->key);
	*signer = (struct mint_signer){0};
}
