#include "tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "file.h"
#include "secret.h"
#include "tls_reason.h"

/* What is being read, for the password's callback and for sentences. */
struct reader {
	const struct profile *profile;
	const char *key; /* "tls_cert" or "tls_key" */
	const char *path;
	struct buf contents;
	bool is_encrypted;
	struct error problem; /* with the password */
};

static int reader_open(struct reader *reader, const char *key, const char *path,
    struct error *err)
{
	reader->key = key;
	reader->path = path;
	if (file_add(&reader->contents, path, TLS_CLIENT_MAX_FILE, NULL,
		ERROR_CONFIG, err) == 0)
		return 0;
	return fail_within(err, "%s: ", key);
}

static BIO *reader_bio(const struct reader *reader)
{
	return BIO_new_mem_buf(buf_string(&reader->contents),
	    (int)reader->contents.length);
}

static int read_password(struct reader *reader, struct buf *password)
{
	reader->is_encrypted = true;
	if (secret_has_key_password(reader->profile))
		return secret_read_key_password(reader->profile, password,
		    &reader->problem);
	return fail(&reader->problem, ERROR_CONFIG,
	    "%s = %s is encrypted; set tls_key_password_file", reader->key,
	    reader->path);
}

/* As OpenSSL's pem_password_cb: the length, or -1. */
static int give_password(char *out, int size, int is_writing, void *argument)
{
	struct reader *reader = argument;
	struct buf password = {0};
	int length = -1;

	(void)is_writing;
	if (read_password(reader, &password) == 0) {
		if (password.length <= (size_t)size) {
			length = (int)password.length;
			memcpy(out, buf_string(&password), password.length);
		} else {
			(void)fail(&reader->problem, ERROR_CONFIG,
			    "the password for %s = %s is too long", reader->key,
			    reader->path);
		}
	}
	buf_wipe(&password);
	return length;
}

/* OpenSSL's reason stands last, where ours says too little. */
static int fail_key(const struct reader *reader, struct error *err)
{
	if (reader->problem.kind != ERROR_NONE) {
		*err = reader->problem;
		return -1;
	}
	if (reader->is_encrypted &&
	    ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_UNSUPPORTED)
		return fail(err, ERROR_CONFIG,
		    "%s = %s is encrypted in a way that OpenSSL no longer "
		    "reads; write it anew",
		    reader->key, reader->path);
	if (reader->is_encrypted)
		return fail(err, ERROR_CONFIG,
		    "the password does not fit %s = %s; see tls_key_password",
		    reader->key, reader->path);
	return fail(err, ERROR_CONFIG, "%s = %s has no private key in PEM",
	    reader->key, reader->path);
}

static int use_key(SSL_CTX *context, const struct profile *profile,
    EVP_PKEY *key, struct error *err)
{
	const char *path =
	    profile->tls_key != NULL ? profile->tls_key : profile->tls_cert;

	ERR_clear_error();
	if (SSL_CTX_use_PrivateKey(context, key) == 1 &&
	    SSL_CTX_check_private_key(context) == 1)
		return 0;
	return fail(err, ERROR_CONFIG,
	    "the key in tls_key = %s does not fit the certificate in "
	    "tls_cert = %s: %s",
	    path, profile->tls_cert, tls_reason("it is another one's"));
}

static int use_certificate(SSL_CTX *context, const struct profile *profile,
    X509 *certificate, struct error *err)
{
	ERR_clear_error();
	if (certificate != NULL &&
	    SSL_CTX_use_certificate(context, certificate) == 1)
		return 0;
	return fail(err, ERROR_CONFIG, "tls_cert = %s cannot be used: %s",
	    profile->tls_cert, tls_reason("it has no certificate"));
}

static int read_pem_certificates(const struct reader *reader, SSL_CTX *context,
    struct error *err)
{
	BIO *bio = reader_bio(reader);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	int result =
	    use_certificate(context, reader->profile, certificate, err);

	X509_free(certificate);
	while (result == 0 &&
	    (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (SSL_CTX_add0_chain_cert(context, certificate) != 1) {
			X509_free(certificate);
			result = fail(err, ERROR_CONFIG,
			    "tls_cert = %s has a chain that cannot be used: %s",
			    reader->path, tls_reason("no reason given"));
		}
	BIO_free(bio);
	return result;
}

static int read_pem_key(struct reader *reader, SSL_CTX *context,
    struct error *err)
{
	BIO *bio = reader_bio(reader);
	EVP_PKEY *key;
	int result;

	ERR_clear_error();
	key = PEM_read_bio_PrivateKey(bio, NULL, give_password, reader);
	result = key != NULL ? use_key(context, reader->profile, key, err) :
			       fail_key(reader, err);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return result;
}

static int use_pkcs12(SSL_CTX *context, const struct profile *profile,
    PKCS12 *archive, const char *password, struct error *err)
{
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;
	STACK_OF(X509) *chain = NULL;
	int result;

	ERR_clear_error();
	if (PKCS12_parse(archive, password, &key, &certificate, &chain) != 1 ||
	    key == NULL)
		result =
		    fail(err, ERROR_CONFIG, "tls_cert = %s cannot be used: %s",
			profile->tls_cert, tls_reason("it has no private key"));
	else
		result = use_certificate(context, profile, certificate, err);
	if (result == 0)
		result = use_key(context, profile, key, err);
	if (result == 0 && chain != NULL)
		(void)SSL_CTX_set1_chain(context, chain); /* a copy of refs */
	sk_X509_pop_free(chain, X509_free);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return result;
}

static int read_pkcs12(struct reader *reader, SSL_CTX *context,
    struct error *err)
{
	const unsigned char *at =
	    (const unsigned char *)buf_string(&reader->contents);
	PKCS12 *archive = d2i_PKCS12(NULL, &at, (long)reader->contents.length);
	struct buf password = {0};
	int result = -1;

	if (archive == NULL)
		return fail(err, ERROR_CONFIG,
		    "tls_cert = %s is neither PEM nor PKCS#12", reader->path);
	/* No password is written as none or as an empty one. */
	if (PKCS12_mac_present(archive) == 0 ||
	    PKCS12_verify_mac(archive, NULL, 0) == 1 ||
	    PKCS12_verify_mac(archive, "", 0) == 1)
		result = use_pkcs12(context, reader->profile, archive, "", err);
	else if (read_password(reader, &password) == 0 &&
	    PKCS12_verify_mac(archive, buf_string(&password), -1) == 1)
		result = use_pkcs12(context, reader->profile, archive,
		    buf_string(&password), err);
	else
		result = fail_key(reader, err);
	buf_wipe(&password);
	PKCS12_free(archive);
	return result;
}

static bool is_pem(const struct reader *reader)
{
	return strstr(buf_string(&reader->contents), "-----BEGIN ") != NULL;
}

static int read_separate_key(const struct profile *profile, SSL_CTX *context,
    struct error *err)
{
	struct reader reader = {.profile = profile};
	int result = reader_open(&reader, "tls_key", profile->tls_key, err);

	if (result == 0)
		result = read_pem_key(&reader, context, err);
	buf_wipe(&reader.contents);
	return result;
}

int tls_client_use(SSL_CTX *context, const struct profile *profile,
    struct error *err)
{
	struct reader reader = {.profile = profile};
	int result = reader_open(&reader, "tls_cert", profile->tls_cert, err);

	if (result < 0)
		goto out;
	if (profile->tls_key == NULL && !is_pem(&reader)) {
		result = read_pkcs12(&reader, context, err);
		goto out;
	}
	result = read_pem_certificates(&reader, context, err);
	if (result < 0)
		goto out;
	result = profile->tls_key != NULL ?
	    read_separate_key(profile, context, err) :
	    read_pem_key(&reader, context, err);
out:
	buf_wipe(&reader.contents);
	return result;
}
