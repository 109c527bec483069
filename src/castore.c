#include "castore.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "mem.h"
#include "text.h"

/* Where systems without a hashed directory keep their bundle. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",     /* Debian, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",       /* Fedora */
    "/etc/ssl/cert.pem",                      /* OpenBSD, macOS, Alpine */
    "/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD */
};

/*
 * Decode every certificate of a bundle, one behind the other.  Line by line,
 * because EVP_DecodeBlock() takes a quarter of EVP_DecodeUpdate()'s time.
 */
static void add_certificates(struct buf *der, struct text bundle)
{
	struct text line;
	bool is_inside = false;

	(void)buf_room(der, bundle.length);
	while (text_split(&bundle, '\n', &line)) {
		int length;

		if (text_begins_nocase(line, "-----")) {
			is_inside = text_begins_nocase(line,
			    "-----BEGIN CERTIFICATE-----");
			continue;
		}
		if (!is_inside || line.length == 0)
			continue;
		length =
		    EVP_DecodeBlock((unsigned char *)buf_room(der, line.length),
			(const unsigned char *)line.data, (int)line.length);
		if (length > 0)
			der->length += (size_t)length;
	}
}

static void read_bundle(struct castore *castore)
{
	struct buf contents = {0};

	castore->is_read = true;
	if (file_add(&contents, castore->bundle, CASTORE_MAX_BUNDLE, NULL,
		ERROR_SYSTEM, &castore->problem) == 0)
		add_certificates(&castore->der, buf_text(&contents));
	buf_free(&contents);
}

/* The next DER value; the padding of base64 left zeroes before it. */
static bool next_value(struct text *rest, struct text *value)
{
	const unsigned char *at;
	long length;
	int tag;
	int class;

	while (rest->length > 0 && *rest->data == '\0')
		*rest = text_part(*rest, 1, rest->length);
	at = (const unsigned char *)rest->data;
	if (rest->length == 0 ||
	    (ASN1_get_object(&at, &length, &tag, &class, (long)rest->length) &
		0x80) != 0)
		return false;
	*value = text_part(*rest, 0,
	    (size_t)((const char *)at - rest->data) + (size_t)length);
	*rest = text_part(*rest, value->length, rest->length);
	return true;
}

/* Add the certificate to the store when that is its subject. */
static bool add_if_subject(X509_STORE *store, struct text der,
    const X509_NAME *wanted)
{
	const unsigned char *at = (const unsigned char *)der.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.length);
	bool is_it = certificate != NULL &&
	    X509_NAME_cmp(X509_get_subject_name(certificate), wanted) == 0;

	if (is_it)
		is_it = X509_STORE_add_cert(store, certificate) == 1;
	X509_free(certificate);
	return is_it;
}

static bool scan_bundle(struct castore *castore, X509_STORE *store,
    const X509_NAME *wanted)
{
	const unsigned char *name = NULL;
	size_t length = 0;
	struct text rest;
	struct text value;
	bool is_found = false;

	if (!castore->is_read)
		read_bundle(castore);
	if (X509_NAME_get0_der(wanted, &name, &length) != 1)
		return false;
	rest = buf_text(&castore->der);
	while (next_value(&rest, &value))
		if (memmem(value.data, value.length, name, length) != NULL &&
		    add_if_subject(store, value, wanted))
			is_found = true;
	return is_found;
}

static struct castore *castore_of(const X509_STORE_CTX *context)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(context,
	    SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

/* As X509_STORE_CTX_get1_issuer(), with a look into the bundle in between. */
static int get_issuer(X509 **issuer, X509_STORE_CTX *context, X509 *subject)
{
	struct castore *castore = castore_of(context);
	int found = X509_STORE_CTX_get1_issuer(issuer, context, subject);

	if (found != 0 || castore->bundle == NULL ||
	    !scan_bundle(castore, X509_STORE_CTX_get0_store(context),
		X509_get_issuer_name(subject)))
		return found;
	return X509_STORE_CTX_get1_issuer(issuer, context, subject);
}

/* "062cdee6.0": the hash of a subject and a number. */
static bool is_hash_name(const char *name)
{
	return strlen(name) > 9 && strspn(name, "0123456789abcdef") == 8 &&
	    name[8] == '.' && byte_is_digit(name[9]);
}

static bool has_hashes(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool is_found = false;

	if (directory == NULL)
		return false;
	while (!is_found && (entry = readdir(directory)) != NULL)
		is_found = is_hash_name(entry->d_name);
	(void)closedir(directory);
	return is_found;
}

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : otherwise;
}

static void use_system(struct castore *castore, SSL_CTX *context)
{
	const char *bundle =
	    from_environment(X509_get_default_cert_file_env(), NULL);
	const char *directory =
	    from_environment(X509_get_default_cert_dir_env(),
		X509_get_default_cert_dir());

	if (has_hashes(directory))
		(void)SSL_CTX_load_verify_dir(context, directory);
	else
		for (size_t i = 0;
		     bundle == NULL && i < sizeof bundles / sizeof *bundles;
		     i++)
			if (access(bundles[i], R_OK) == 0)
				bundle = bundles[i];
	if (bundle != NULL)
		castore->bundle = mem_dup(bundle);
}

int castore_use(struct castore *castore, SSL_CTX *context, const char *path,
    struct error *err)
{
	struct stat status;

	X509_STORE_set_get_issuer(SSL_CTX_get_cert_store(context), get_issuer);
	if (path == NULL) {
		use_system(castore, context);
		return 0;
	}
	if (stat(path, &status) < 0 || access(path, R_OK) < 0)
		return fail_errno(err, ERROR_CONFIG,
		    "tls_ca = %s cannot be read", path);
	if (!S_ISDIR(status.st_mode))
		castore->bundle = mem_dup(path);
	else if (SSL_CTX_load_verify_dir(context, path) != 1)
		return fail(err, ERROR_CONFIG, "tls_ca = %s is of no use",
		    path);
	return 0;
}

/*
 * From a store of their own: a directory of lists may hold certificates too,
 * and those are not to be trusted.
 */
static STACK_OF(X509_CRL) *
    find_crls(const X509_STORE_CTX *context, const X509_NAME *issuer)
{
	X509_STORE_CTX *search = X509_STORE_CTX_new();
	STACK_OF(X509_CRL) *found = NULL;

	if (search != NULL &&
	    X509_STORE_CTX_init(search, castore_of(context)->crls, NULL,
		NULL) == 1)
		found = X509_STORE_CTX_get1_crls(search, issuer);
	X509_STORE_CTX_free(search);
	return found;
}

int castore_use_crls(struct castore *castore, SSL_CTX *context,
    const char *path, struct error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_LOOKUP *lookup = NULL;
	struct stat status;

	if (stat(path, &status) < 0 || access(path, R_OK) < 0)
		return fail_errno(err, ERROR_CONFIG,
		    "tls_crl = %s cannot be read", path);
	castore->crls = X509_STORE_new();
	if (castore->crls != NULL)
		lookup = X509_STORE_add_lookup(castore->crls,
		    S_ISDIR(status.st_mode) ? X509_LOOKUP_hash_dir() :
					      X509_LOOKUP_file());
	if (lookup == NULL ||
	    (S_ISDIR(status.st_mode) ?
		    X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM) :
		    X509_load_crl_file(lookup, path, X509_FILETYPE_PEM)) < 1)
		return fail(err, ERROR_CONFIG,
		    "tls_crl = %s has no revocation list in PEM", path);
	X509_STORE_set_lookup_crls(store, find_crls);
	(void)X509_STORE_set_flags(store,
	    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

void castore_free(struct castore *castore)
{
	X509_STORE_free(castore->crls);
	free(castore->bundle);
	buf_free(&castore->der);
	*castore = (struct castore){0};
}
