#include "certs.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mint.h"

enum { STRANGERS = 140 };

enum issuer {
	BY_CA,
	BY_ITSELF,
	BY_STRANGER,     /* a CA that nobody trusts */
	BY_INTERMEDIATE, /* by the CA; sent along */
	BY_MISSING,      /* the same, not sent */
	BY_LIMITED,      /* an intermediate for other names only */
	BY_LEAF          /* a server's certificate, no CA */
};

struct recipe {
	const char *kind;
	const char *subject; /* common name, NULL for the kind */
	const char *names;   /* subjectAltName, NULL for none */
	const char *usage;   /* extendedKeyUsage, NULL for serverAuth */
	enum issuer issuer;
	int first_day; /* from now */
	int last_day;  /* 0: 90 */
	bool is_weak_key;
	bool is_weak_digest;
};

#define GOOD_NAMES "DNS:localhost,IP:127.0.0.1,IP:::1"

static const struct recipe recipes[] = {
    {.kind = "valid", .names = GOOD_NAMES},
    {.kind = "intermediate", .names = GOOD_NAMES, .issuer = BY_INTERMEDIATE},
    {.kind = "expired", .names = GOOD_NAMES, .first_day = -90, .last_day = -1},
    {.kind = "ending", .names = GOOD_NAMES, .last_day = 5},
    {.kind = "not-yet-valid", .names = GOOD_NAMES, .first_day = 2},
    {.kind = "wrong-name", .names = "DNS:mail.example.net,IP:192.0.2.1"},
    {.kind = "name-only", .names = "DNS:localhost"},
    {.kind = "address-only", .names = "IP:127.0.0.1,IP:::1"},
    {.kind = "cn-only", .subject = "localhost"},
    {.kind = "partial-wildcard", .names = "DNS:local*,DNS:l*host"},
    {.kind = "bare-wildcard", .names = "DNS:*"},
    {.kind = "self-signed", .names = GOOD_NAMES, .issuer = BY_ITSELF},
    {.kind = "unknown-ca", .names = GOOD_NAMES, .issuer = BY_STRANGER},
    {.kind = "missing-intermediate", .names = GOOD_NAMES, .issuer = BY_MISSING},
    {.kind = "limited-ca", .names = GOOD_NAMES, .issuer = BY_LIMITED},
    {.kind = "leaf-as-ca", .names = GOOD_NAMES, .issuer = BY_LEAF},
    {.kind = "wrong-usage", .names = GOOD_NAMES, .usage = "clientAuth"},
    {.kind = "weak-key", .names = GOOD_NAMES, .is_weak_key = true},
    {.kind = "weak-digest", .names = GOOD_NAMES, .is_weak_digest = true},
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

struct workshop {
	const char *dir;
	struct mint_signer ca;
	struct mint_signer stranger;
	struct mint_signer intermediate;
	struct mint_signer limited;
	struct mint_signer leaf;
};

const char *certs_kind(size_t n)
{
	return n < RECIPES ? recipes[n].kind : NULL;
}

static struct mint_signer make_ca(const char *name,
    const struct mint_signer *by, const char *constraints)
{
	const struct mint_order order = {.subject = name,
	    .basic = mint_authority,
	    .constraints = constraints};
	EVP_PKEY *key = EVP_EC_gen("P-256");

	return (struct mint_signer){mint_certificate(&order, by, key), key};
}

static const struct mint_signer *find_signer(const struct workshop *shop,
    enum issuer issuer)
{
	switch (issuer) {
	case BY_CA:
		return &shop->ca;
	case BY_STRANGER:
		return &shop->stranger;
	case BY_INTERMEDIATE:
	case BY_MISSING:
		return &shop->intermediate;
	case BY_LIMITED:
		return &shop->limited;
	case BY_LEAF:
		return &shop->leaf;
	case BY_ITSELF:
	default:
		return NULL;
	}
}

static struct mint_signer make_server(const struct workshop *shop,
    const struct recipe *recipe)
{
	const struct mint_order order = {
	    .subject = recipe->subject != NULL ? recipe->subject : recipe->kind,
	    .names = recipe->names,
	    .usage = recipe->usage != NULL ? recipe->usage : "serverAuth",
	    .first_day = recipe->first_day,
	    .last_day = recipe->last_day,
	    .digest = recipe->is_weak_digest ? "SHA1" : NULL,
	};
	EVP_PKEY *key =
	    recipe->is_weak_key ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");

	return (struct mint_signer){
	    mint_certificate(&order, find_signer(shop, recipe->issuer), key),
	    key};
}

static FILE *open_file(const struct workshop *shop, const char *name,
    struct error *err)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", shop->dir, name);
	file = fopen(path, "w");
	if (file == NULL)
		(void)fail_errno(err, ERROR_SYSTEM, "cannot write %s", path);
	return file;
}

static int close_file(FILE *file, const char *name, struct error *err)
{
	if (fclose(file) == 0)
		return 0;
	return fail_errno(err, ERROR_SYSTEM, "cannot write %s", name);
}

static int write_server(struct workshop *shop, const struct recipe *recipe,
    struct error *err)
{
	struct mint_signer made = {0};
	const struct mint_signer *by = find_signer(shop, recipe->issuer);
	char name[NAME_MAX];
	FILE *file;

	(void)snprintf(name, sizeof name, "%s.pem", recipe->kind);
	file = open_file(shop, name, err);
	if (file == NULL)
		return -1;
	made = make_server(shop, recipe);
	(void)PEM_write_X509(file, made.certificate);
	if (by != NULL && recipe->issuer > BY_STRANGER &&
	    recipe->issuer != BY_MISSING)
		(void)PEM_write_X509(file, by->certificate);
	(void)PEM_write_PrivateKey(file, made.key, NULL, NULL, 0, NULL, NULL);
	mint_signer_free(&made);
	return close_file(file, name, err);
}

static int write_ca(struct workshop *shop, const char *name, struct error *err)
{
	FILE *file = open_file(shop, name, err);

	if (file == NULL)
		return -1;
	(void)PEM_write_X509(file, shop->ca.certificate);
	return close_file(file, name, err);
}

/* The one that is needed is the last, as in the worst real bundle. */
static int write_bundle(struct workshop *shop, struct error *err)
{
	FILE *file = open_file(shop, "bundle.pem", err);

	if (file == NULL)
		return -1;
	for (int i = 0; i < STRANGERS; i++) {
		char name[40];
		struct mint_signer other;

		(void)snprintf(name, sizeof name, "Stranger %d", i);
		other = make_ca(name, NULL, NULL);
		(void)fprintf(file, "# %s\n", name);
		(void)PEM_write_X509(file, other.certificate);
		mint_signer_free(&other);
	}
	(void)PEM_write_X509(file, shop->ca.certificate);
	return close_file(file, "bundle.pem", err);
}

static int write_all(struct workshop *shop, struct error *err)
{
	char hashed[20];

	(void)snprintf(hashed, sizeof hashed, "ca/%08lx.0",
	    X509_subject_name_hash(shop->ca.certificate));
	if (write_ca(shop, "ca.pem", err) != 0 ||
	    write_ca(shop, hashed, err) != 0 || write_bundle(shop, err) != 0)
		return -1;
	for (size_t i = 0; i < RECIPES; i++)
		if (write_server(shop, &recipes[i], err) != 0)
			return -1;
	return 0;
}

static int make_dir(const char *dir, const char *name, struct error *err)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return fail_errno(err, ERROR_SYSTEM, "cannot make %s", path);
}

int certs_make(const char *dir, struct error *err)
{
	struct workshop shop = {.dir = dir};
	int result;

	if (make_dir(dir, "", err) != 0 || make_dir(dir, "ca", err) != 0)
		return -1;
	shop.ca = make_ca("Test CA", NULL, NULL);
	shop.stranger = make_ca("Stranger", NULL, NULL);
	shop.intermediate = make_ca("Sub CA", &shop.ca, NULL);
	shop.limited =
	    make_ca("Limited", &shop.ca, "critical,permitted;DNS:example.net");
	shop.leaf = make_server(&shop, &recipes[0]);
	result = write_all(&shop, err);
	mint_signer_free(&shop.leaf);
	mint_signer_free(&shop.limited);
	mint_signer_free(&shop.intermediate);
	mint_signer_free(&shop.stranger);
	mint_signer_free(&shop.ca);
	return result;
}

SSL_CTX *certs_context(const char *dir, const char *kind, struct error *err)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s.pem", dir, kind);
	if (context == NULL)
		goto failed;
	/* Weak keys and old versions are for the client to refuse. */
	SSL_CTX_set_security_level(context, 0);
	(void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	if (SSL_CTX_use_certificate_chain_file(context, path) == 1 &&
	    SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1)
		return context;
failed:
	(void)fail(err, ERROR_SYSTEM, "cannot use %s: %s", path,
	    ERR_reason_error_string(ERR_peek_error()));
	SSL_CTX_free(context);
	return NULL;
}
