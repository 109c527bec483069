#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certificate.h"
#include "mint.h"
#include "net.h"
#include "outcome.h"
#include "pin.h"
#include "scratch.h"
#include "session.h"
#include "suites.h"
#include "tls.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define MAIL "mail.example.org"
#define SAN  "DNS:" MAIL
#define BYTES(string)                                                          \
	{                                                                      \
		string, sizeof(string) - 1                                     \
	}

enum { PATIENCE = 10, MANY = 8 }; /* seconds; certificates of a big chain */

/* Generated once: they take longer than all the rest. */
enum key {
	P256,
	P384,
	ED25519,
	RSA1024,
	RSA2048,
	RSA3072,
	RSA4096,
	OTHER,  /* P-256 again */
	FORGED, /* shows the public half of one key and signs with another */
	KEYS
};

enum issuer {
	ROOT,
	ITSELF,
	STRANGER,    /* nobody trusts it */
	SUB,         /* an authority below the root */
	SUB_RSA,     /* ECDSA has no signatures with MD5 */
	SUB_LAST,    /* one that may have none below it */
	SUBSUB,      /* below it all the same */
	SUB_PLAIN,   /* no authority at all: a server's certificate */
	SUB_OLD,     /* one that has ended */
	SUB_ALLOWED, /* only for example.org */
	SUB_DENIED,  /* for everything but example.org */
	SUB_WEAK,    /* an RSA key of 1024 bits */
	OLD_ROOT,    /* trusted, but has ended */
	CROSS,       /* trusted; shown as issued by one that has ended */
	NEW_CROSS,   /* not trusted; shown as issued by the root */
	DEEP,        /* the last of MANY */
	ISSUERS
};

/* What the server sends behind its own certificate: the way up, or less. */
enum chain { WHOLE, ALONE };

enum lists {
	NO_LISTS,
	LISTS,        /* of every authority, with nothing of ours in them */
	LIST_LEAF,    /* which has the server's certificate */
	LIST_ISSUER,  /* which has its issuer's */
	LIST_ENDED,   /* the issuer's list is out of date */
	LIST_MISSING, /* the issuer has none */
	LIST_FORGED   /* the issuer's is signed by another key */
};

enum pins { NO_PINS, PIN_BASE64, PIN_HEX, PIN_COLONS, PIN_WRONG, PIN_SECOND };

struct verdict {
	const char *name;
	struct mint_order order; /* subject and usage have defaults */
	enum key key;
	enum issuer issuer;
	enum chain chain;
	const char *settings; /* of the profile, behind the usual ones */
	const char *expected; /* tls_name; NULL: MAIL */
	enum lists lists;
	enum pins pins;
	int newest;          /* version that the server has; 0: all */
	const char *refusal; /* words of the sentence; NULL: it is accepted */
};

#define NAMED(san) .order = {.names = (san)}
#define NOT_FOR_US "it is for "
#define NO_CA      "see tls_ca"

static const struct verdict verdicts[] = {
    /* keys and signatures */
    {"P-256", NAMED(SAN)},
    {"P-384", NAMED(SAN), .key = P384},
    {"Ed25519", NAMED(SAN), .key = ED25519},
    {"RSA 2048", NAMED(SAN), .key = RSA2048},
    {"RSA 3072", NAMED(SAN), .key = RSA3072},
    {"RSA 4096", NAMED(SAN), .key = RSA4096},
    {"RSA 1024", NAMED(SAN), .key = RSA1024,
	.refusal = "EE certificate key too weak"},
    {"RSA 1024 of an authority", NAMED(SAN), .issuer = SUB_WEAK,
	.refusal = "CA certificate key too weak"},
    {"SHA-384", .order = {.names = SAN, .digest = "SHA384"}},
    {"SHA-1", .order = {.names = SAN, .digest = "SHA1"},
	.refusal = "digest algorithm too weak"},
    {"MD5", .order = {.names = SAN, .digest = "MD5"}, .issuer = SUB_RSA,
	.refusal = "digest algorithm too weak"},
    {"a key that is not the certificate's", NAMED(SAN), .key = FORGED,
	.refusal = "TLS failed"},

    /* dates */
    {"ended", .order = {.names = SAN, .first_day = -90, .last_day = -1},
	.refusal = "has expired on 20"},
    {"not begun", .order = {.names = SAN, .first_day = 2},
	.refusal = "not yet valid before 20"},
    {"the last day", .order = {.names = SAN, .last_day = 1}},
    {"an ended intermediate", NAMED(SAN), .issuer = SUB_OLD,
	.refusal = "has expired on 20"},
    {"an ended root", NAMED(SAN), .issuer = OLD_ROOT,
	.refusal = "has expired on 20"},

    /* who issued it */
    {"self-signed", NAMED(SAN), .issuer = ITSELF,
	.refusal =
	    "self-signed certificate; it was issued by CN = mail, see tls_ca"},
    {"unknown authority", NAMED(SAN), .issuer = STRANGER, .chain = ALONE,
	.refusal = "issued by CN = STRANGER, see tls_ca"},
    {"unknown authority, shown", NAMED(SAN), .issuer = STRANGER,
	.refusal = NO_CA},
    {"intermediate", NAMED(SAN), .issuer = SUB},
    {"missing intermediate", NAMED(SAN), .issuer = SUB, .chain = ALONE,
	.refusal = "issued by CN = SUB, see tls_ca"},
    {"a server as authority", NAMED(SAN), .issuer = SUB_PLAIN,
	.refusal = "invalid CA certificate"},
    {"pathlen exceeded", NAMED(SAN), .issuer = SUBSUB,
	.refusal = "path length constraint exceeded"},
    {"trusted, crossed with one that has ended", NAMED(SAN), .issuer = CROSS},
    {"untrusted, crossed with the root", NAMED(SAN), .issuer = NEW_CROSS},
    {"untrusted, without its cross", NAMED(SAN), .issuer = NEW_CROSS,
	.chain = ALONE, .refusal = NO_CA},
    {"a chain of ten", NAMED(SAN), .issuer = DEEP},
    {"a constraint that permits", NAMED(SAN), .issuer = SUB_ALLOWED},
    {"a constraint that does not permit", NAMED("DNS:mail.example.net"),
	.issuer = SUB_ALLOWED, .expected = "mail.example.net",
	.refusal = "permitted subtree violation"},
    {"a constraint that excludes", NAMED(SAN), .issuer = SUB_DENIED,
	.refusal = "excluded subtree violation"},

    /* what it is for */
    {"clients only", .order = {.names = SAN, .usage = "clientAuth"},
	.refusal = "certificate purpose"},
    {"servers and clients",
	.order = {.names = SAN, .usage = "serverAuth,clientAuth"}},
    {"any purpose only",
	.order = {.names = SAN, .usage = "anyExtendedKeyUsage"},
	.refusal = "certificate purpose"},
    {"no purpose given", .order = {.names = SAN, .usage = ""}},
    {"signing code", .order = {.names = SAN, .usage = "codeSigning"},
	.refusal = "certificate purpose"},

    /* names */
    {"another host", NAMED("DNS:mail.example.net"),
	.refusal = "it is for mail.example.net; tls_name must"},
    {"one of several", NAMED("DNS:a.example,DNS:b.example," SAN)},
    {"any case", NAMED("DNS:MAIL.Example.ORG")},
    {"the end of the name", NAMED("DNS:example.org"), .refusal = NOT_FOR_US},
    {"a longer name", NAMED("DNS:mail.example.org.evil.example"),
	.refusal = NOT_FOR_US},
    {"a name in front", NAMED("DNS:x.mail.example.org"), .refusal = NOT_FOR_US},
    {"common name only", .order = {.subject = MAIL},
	.refusal = "it is for no host name at all"},
    {"common name beside another",
	.order = {.subject = MAIL, .names = "DNS:mail.example.net"},
	.refusal = NOT_FOR_US},
    {"wildcard", NAMED("DNS:*.example.org")},
    {"wildcard over two labels", NAMED("DNS:*.example.org"),
	.expected = "a.mail.example.org", .refusal = NOT_FOR_US},
    {"wildcard for no label", NAMED("DNS:*.mail.example.org"),
	.refusal = NOT_FOR_US},
    {"wildcard in the middle", NAMED("DNS:mail.*.org"), .refusal = NOT_FOR_US},
    {"wildcard of a top-level domain", NAMED("DNS:*.org"),
	.expected = "example.org", .refusal = NOT_FOR_US},
    {"wildcard for everything", NAMED("DNS:*"), .refusal = NOT_FOR_US},
    {"wildcard for one label", NAMED("DNS:*"), .expected = "localhost",
	.refusal = NOT_FOR_US},
    {"two wildcards", NAMED("DNS:*.*.org"), .refusal = NOT_FOR_US},
    {"partial wildcard, front", NAMED("DNS:m*.example.org"),
	.refusal = NOT_FOR_US},
    {"partial wildcard, end", NAMED("DNS:*l.example.org"),
	.refusal = NOT_FOR_US},
    {"partial wildcard, middle", NAMED("DNS:m*l.example.org"),
	.refusal = NOT_FOR_US},
    {"wildcard for an A-label", NAMED("DNS:*.example.org"),
	.expected = "xn--mller-kva.example.org"},
    {"A-label", NAMED("DNS:mail.xn--mller-kva.example"),
	.expected = "mail.xn--mller-kva.example"},
    {"partial wildcard in an A-label", NAMED("DNS:xn--*.example.org"),
	.expected = "xn--mller-kva.example.org", .refusal = NOT_FOR_US},
    {"IPv4 address", NAMED("IP:127.0.0.1"), .expected = "127.0.0.1"},
    {"another IPv4 address", NAMED("IP:192.0.2.1"), .expected = "127.0.0.1",
	.refusal = "it is for 192.0.2.1; tls_name must"},
    {"IPv6 address", NAMED("IP:2001:db8::1"), .expected = "2001:db8::1"},
    {"IPv6 address, written otherwise", NAMED("IP:2001:db8::1"),
	.expected = "2001:DB8:0:0::1"},
    {"another IPv6 address", NAMED("IP:2001:db8::1"), .expected = "2001:db8::2",
	.refusal = NOT_FOR_US},
    {"an address as a name", NAMED("DNS:127.0.0.1"), .expected = "127.0.0.1",
	.refusal = NOT_FOR_US},
    {"an address as common name", .order = {.subject = "127.0.0.1"},
	.expected = "127.0.0.1", .refusal = NOT_FOR_US},
    {"a mail address only", NAMED("email:root@" MAIL),
	.refusal = "no host name at all"},
    {"a URI only", NAMED("URI:https://" MAIL "/"),
	.refusal = "no host name at all"},
    {"NUL in a name", .order = {.raw_name = BYTES(MAIL "\0.evil.example")},
	.refusal = "mail.example.org\\x00.evil.example"},
    {"NUL behind a name", .order = {.raw_name = BYTES(MAIL "\0")},
	.refusal = NOT_FOR_US},
    {"an empty name", .order = {.raw_name = BYTES("")}, .refusal = NOT_FOR_US},
    {"an escape in a name", .order = {.raw_name = BYTES("\033[2J")},
	.refusal = "\\x1B[2J"},
    {"no verification", NAMED("DNS:mail.example.net"), .issuer = STRANGER,
	.settings = "tls_verify = no"},
    {"no verification, a forged key", NAMED(SAN), .issuer = STRANGER,
	.key = FORGED, .settings = "tls_verify = no", .refusal = "TLS failed"},

    /* revocation */
    {"lists without it", NAMED(SAN), .lists = LISTS},
    {"lists without it or its issuer", NAMED(SAN), .issuer = SUB,
	.lists = LISTS},
    {"revoked", NAMED(SAN), .lists = LIST_LEAF,
	.refusal = "certificate revoked; see tls_crl"},
    {"revoked by an intermediate", NAMED(SAN), .issuer = SUB,
	.lists = LIST_LEAF, .refusal = "certificate revoked"},
    {"a revoked intermediate", NAMED(SAN), .issuer = SUB, .lists = LIST_ISSUER,
	.refusal = "certificate revoked"},
    {"a list that has ended", NAMED(SAN), .issuer = SUB, .lists = LIST_ENDED,
	.refusal = "CRL has expired; see tls_crl"},
    {"no list of the issuer", NAMED(SAN), .issuer = SUB, .lists = LIST_MISSING,
	.refusal = "unable to get certificate CRL; see tls_crl"},
    {"a list signed by somebody else", NAMED(SAN), .issuer = SUB,
	.lists = LIST_FORGED, .refusal = "CRL signature failure"},

    {"an authority among the lists", NAMED(SAN), .issuer = STRANGER,
	.chain = ALONE, .lists = LISTS, .refusal = NO_CA},

    /* pins */
    {"its pin", NAMED(SAN), .pins = PIN_BASE64},
    {"its pin in hexadecimal", NAMED(SAN), .pins = PIN_HEX},
    {"its pin with colons", NAMED(SAN), .pins = PIN_COLONS},
    {"its pin among several", NAMED(SAN), .pins = PIN_SECOND},
    {"another pin", NAMED(SAN), .pins = PIN_WRONG,
	.refusal = "its public key, sha256:"},
    {"its pin and an unknown authority", NAMED(SAN), .issuer = STRANGER,
	.pins = PIN_BASE64, .refusal = NO_CA},
    {"its pin and another host", NAMED("DNS:a.example"), .pins = PIN_BASE64,
	.refusal = NOT_FOR_US},
    {"the pin alone, unknown authority", NAMED("DNS:a.example"),
	.issuer = STRANGER, .pins = PIN_BASE64, .settings = "tls_verify = pin"},
    {"the pin alone, self-signed and ended",
	.order = {.first_day = -9, .last_day = -1}, .issuer = ITSELF,
	.pins = PIN_SECOND, .settings = "tls_verify = pin"},
    {"the pin alone, another key", NAMED(SAN), .pins = PIN_WRONG,
	.settings = "tls_verify = pin", .refusal = "is none of tls_pin"},
    {"the pin alone, a forged key", NAMED(SAN), .key = FORGED,
	.pins = PIN_BASE64, .settings = "tls_verify = pin",
	.refusal = "TLS failed"},

    /* versions and ciphers */
    {"TLS 1.0 only", NAMED(SAN), .newest = TLS1_VERSION,
	.refusal = "no version of TLS that tls_min allows"},
    {"TLS 1.1 only", NAMED(SAN), .newest = TLS1_1_VERSION,
	.refusal = "no version of TLS that tls_min allows"},
    {"TLS 1.2 only", NAMED(SAN), .newest = TLS1_2_VERSION},
    {"TLS 1.2 only, with RSA", NAMED(SAN), .key = RSA2048,
	.newest = TLS1_2_VERSION},
    {"TLS 1.2 only, but 1.3 wanted", NAMED(SAN), .newest = TLS1_2_VERSION,
	.settings = "tls_min = 1.3",
	.refusal = "no version of TLS that tls_min allows"},
    {"TLS 1.3 wanted", NAMED(SAN), .settings = "tls_min = 1.3"},
    {"a cipher of TLS 1.2", NAMED(SAN), .newest = TLS1_2_VERSION,
	.settings = "tls_ciphers = ECDHE+AESGCM, !AES128"},
    {"a cipher of TLS 1.3", NAMED(SAN),
	.settings = "tls_ciphers = TLS_CHACHA20_POLY1305_SHA256"},
    {"a cipher that the server lacks", NAMED(SAN), .newest = TLS1_2_VERSION,
	.settings = "tls_ciphers = ECDHE-RSA-AES256-GCM-SHA384",
	.refusal = "TLS failed"},
    {"a cipher without encryption", NAMED(SAN), .newest = TLS1_2_VERSION,
	.settings = "tls_ciphers = eNULL", .refusal = "TLS failed"},
    {"an unknown cipher", NAMED(SAN), .settings = "tls_ciphers = ROT13",
	.refusal = "OpenSSL knows no cipher ROT13"},
    {"an unknown cipher of TLS 1.3", NAMED(SAN),
	.settings = "tls_ciphers = ECDHE+AESGCM:TLS_ROT13",
	.refusal = "OpenSSL knows no cipher TLS_ROT13"},

    /* files */
    {"no such authorities", NAMED(SAN), .settings = "tls_ca = /nowhere/ca.pem",
	.refusal = "tls_ca = /nowhere/ca.pem cannot be read"},
    {"no such lists", NAMED(SAN), .settings = "tls_crl = /nowhere/crl.pem",
	.refusal = "tls_crl = /nowhere/crl.pem cannot be read"},
    {"lists that are none", NAMED(SAN), .settings = "tls_crl = /dev/null",
	.refusal = "tls_crl = /dev/null has no revocation list in PEM"},
};

static const struct {
	const char *basic; /* NULL: mint_authority */
	const char *constraints;
	enum key key;
	enum issuer by;
	bool is_trusted;
	bool is_shown; /* by a server, and then its own issuer, if that is */
	int first_day;
	int last_day;
} authorities[ISSUERS] = {
    [ROOT] = {.by = ITSELF, .key = P384, .is_trusted = true},
    [STRANGER] = {.by = ITSELF, .key = OTHER, .is_shown = true},
    [SUB] = {.by = ROOT, .key = OTHER, .is_shown = true},
    [SUB_RSA] = {.by = ROOT, .key = RSA2048, .is_shown = true},
    [SUB_LAST] = {.basic = "critical,CA:TRUE,pathlen:0",
	.by = ROOT,
	.key = OTHER,
	.is_shown = true},
    [SUBSUB] = {.by = SUB_LAST, .key = P384, .is_shown = true},
    [SUB_PLAIN] = {.basic = "critical,CA:FALSE",
	.by = ROOT,
	.key = OTHER,
	.is_shown = true},
    [SUB_OLD] = {.by = ROOT,
	.key = OTHER,
	.is_shown = true,
	.first_day = -90,
	.last_day = -1},
    [SUB_ALLOWED] = {.constraints = "critical,permitted;DNS:example.org",
	.by = ROOT,
	.key = OTHER,
	.is_shown = true},
    [SUB_DENIED] = {.constraints = "critical,excluded;DNS:example.org",
	.by = ROOT,
	.key = OTHER,
	.is_shown = true},
    [SUB_WEAK] = {.by = ROOT, .key = RSA1024, .is_shown = true},
    [OLD_ROOT] = {.by = ITSELF,
	.key = OTHER,
	.is_trusted = true,
	.first_day = -90,
	.last_day = -1},
    [CROSS] = {.by = ITSELF, .key = OTHER, .is_trusted = true, .is_shown = true},
    [NEW_CROSS] = {.by = ITSELF, .key = OTHER, .is_shown = true},
    [DEEP] = {.by = ROOT, .key = OTHER, .is_shown = true},
};

static const char *const authority_names[ISSUERS] = {[ROOT] = "ROOT",
    [STRANGER] = "STRANGER",
    [SUB] = "SUB",
    [SUB_RSA] = "SUB_RSA",
    [SUB_LAST] = "SUB_LAST",
    [SUBSUB] = "SUBSUB",
    [SUB_PLAIN] = "SUB_PLAIN",
    [SUB_OLD] = "SUB_OLD",
    [SUB_ALLOWED] = "SUB_ALLOWED",
    [SUB_DENIED] = "SUB_DENIED",
    [SUB_WEAK] = "SUB_WEAK",
    [OLD_ROOT] = "OLD_ROOT",
    [CROSS] = "CROSS",
    [NEW_CROSS] = "NEW_CROSS",
    [DEEP] = "DEEP"};

/* What all tests share; made once, before any of them is forked. */
static struct {
	struct scratch scratch;
	EVP_PKEY *keys[KEYS];
	struct mint_signer issuers[ISSUERS];
	X509 *shown[ISSUERS]; /* where it is not the issuer's own */
	X509 *deep[MANY];     /* from below the root */
} shop;

static EVP_PKEY *forge_key(const EVP_PKEY *shown, const EVP_PKEY *used)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *forged = NULL;
	BIGNUM *private = NULL;
	unsigned char public[200];
	size_t length = 0;
	OSSL_PARAM *parameters;

	(void)EVP_PKEY_get_octet_string_param(shown, OSSL_PKEY_PARAM_PUB_KEY,
	    public, sizeof public, &length);
	(void)EVP_PKEY_get_bn_param(used, OSSL_PKEY_PARAM_PRIV_KEY, &private);
	(void)OSSL_PARAM_BLD_push_utf8_string(builder,
	    OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	(void)OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
	    public, length);
	(void)OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY,
	    private);
	parameters = OSSL_PARAM_BLD_to_param(builder);
	(void)EVP_PKEY_fromdata_init(context);
	(void)EVP_PKEY_fromdata(context, &forged, EVP_PKEY_KEYPAIR, parameters);
	OSSL_PARAM_free(parameters);
	BN_clear_free(private);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_BLD_free(builder);
	return forged;
}

static void make_keys(void)
{
	shop.keys[P256] = EVP_EC_gen("P-256");
	shop.keys[OTHER] = EVP_EC_gen("P-256");
	shop.keys[P384] = EVP_EC_gen("P-384");
	shop.keys[ED25519] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	shop.keys[RSA1024] = EVP_RSA_gen(1024);
	shop.keys[RSA2048] = EVP_RSA_gen(2048);
	shop.keys[RSA3072] = EVP_RSA_gen(3072);
	shop.keys[RSA4096] = EVP_RSA_gen(4096);
	shop.keys[FORGED] = forge_key(shop.keys[P256], shop.keys[OTHER]);
}

static struct mint_order authority_order(enum issuer n)
{
	const char *basic = authorities[n].basic;

	return (struct mint_order){
	    .subject = authority_names[n],
	    .basic = basic != NULL ? basic : mint_authority,
	    .constraints = authorities[n].constraints,
	    .first_day = authorities[n].first_day,
	    .last_day = authorities[n].last_day,
	};
}

static void make_deep_chain(void)
{
	struct mint_signer by = shop.issuers[ROOT];

	for (int i = 0; i < MANY; i++) {
		struct mint_order order = {
		    .subject = "DEEP", .basic = mint_authority};
		char name[] = "DEEP 0";

		name[5] = (char)('0' + i);
		if (i < MANY - 1)
			order.subject = name;
		shop.deep[i] = mint_certificate(&order, &by, shop.keys[OTHER]);
		by = (struct mint_signer){shop.deep[i], shop.keys[OTHER]};
	}
}

static void make_authorities(void)
{
	for (int i = 0; i < ISSUERS; i++) {
		struct mint_order order = authority_order((enum issuer)i);
		enum issuer by = authorities[i].by;
		EVP_PKEY *key = shop.keys[authorities[i].key];

		if (i != ITSELF)
			shop.issuers[i] = (struct mint_signer){
			    mint_certificate(&order,
				by != ITSELF ? &shop.issuers[by] : NULL, key),
			    key};
	}
	struct mint_order cross = authority_order(CROSS);
	struct mint_order new_cross = authority_order(NEW_CROSS);

	shop.shown[CROSS] =
	    mint_certificate(&cross, &shop.issuers[OLD_ROOT], shop.keys[OTHER]);
	shop.shown[NEW_CROSS] =
	    mint_certificate(&new_cross, &shop.issuers[ROOT], shop.keys[OTHER]);
	make_deep_chain();
}

/* In a directory the file is known by the hash of a name. */
static FILE *open_for(struct scratch *scratch, const char *directory,
    const X509_NAME *name, char kind)
{
	struct buf path = {0};
	const char *whole;
	FILE *file;

	buf_addf(&path, "%s/%08lx.%s0", directory,
	    X509_NAME_hash_ex(name, NULL, NULL, NULL), kind == 'r' ? "r" : "");
	whole = scratch_path(scratch, buf_string(&path));
	file = fopen(whole, "w");
	ck_assert_msg(file != NULL, "%s", whole);
	buf_free(&path);
	return file;
}

static void open_shop(void)
{
	FILE *bundle;

	make_keys();
	make_authorities();
	scratch_make(&shop.scratch);
	ck_assert_int_eq(mkdir(scratch_path(&shop.scratch, "ca"), 0700), 0);
	bundle = fopen(scratch_path(&shop.scratch, "ca.pem"), "w");
	ck_assert_ptr_nonnull(bundle);
	for (int i = 0; i < ISSUERS; i++) {
		X509 *certificate = shop.issuers[i].certificate;
		FILE *file;

		if (!authorities[i].is_trusted)
			continue;
		file = open_for(&shop.scratch, "ca",
		    X509_get_subject_name(certificate), 'c');
		(void)PEM_write_X509(file, certificate);
		(void)PEM_write_X509(bundle, certificate);
		ck_assert_int_eq(fclose(file), 0);
	}
	ck_assert_int_eq(fclose(bundle), 0);
}

static void close_shop(void)
{
	scratch_remove(&shop.scratch);
	for (int i = 0; i < MANY; i++)
		X509_free(shop.deep[i]);
	for (int i = 0; i < ISSUERS; i++) {
		X509_free(shop.shown[i]);
		X509_free(shop.issuers[i].certificate);
	}
	for (int i = 0; i < KEYS; i++)
		EVP_PKEY_free(shop.keys[i]);
}

/* One verdict: what the server has, and where the client's files are. */
struct trial {
	const struct verdict *verdict;
	struct scratch scratch;
	X509 *certificate;
	SSL_CTX *context;
	int listener;
	unsigned port;
	pid_t server;
};

enum { VISITS = 4 }; /* STARTTLS or implicit, with file or directory */

static X509 *make_certificate(const struct verdict *verdict)
{
	struct mint_order order = verdict->order;
	const struct mint_signer *by =
	    verdict->issuer != ITSELF ? &shop.issuers[verdict->issuer] : NULL;

	if (order.subject == NULL)
		order.subject = "mail";
	if (order.usage == NULL)
		order.usage = "serverAuth";
	else if (*order.usage == '\0')
		order.usage = NULL;
	return mint_certificate(&order, by, shop.keys[verdict->key]);
}

static void add_shown(SSL_CTX *context, enum issuer issuer)
{
	if (issuer == DEEP)
		for (int i = MANY - 1; i >= 0; i--)
			(void)SSL_CTX_add1_chain_cert(context, shop.deep[i]);
	else
		for (; authorities[issuer].is_shown;
		     issuer = authorities[issuer].by)
			(void)SSL_CTX_add1_chain_cert(context,
			    shop.shown[issuer] != NULL ?
				shop.shown[issuer] :
				shop.issuers[issuer].certificate);
}

/* What is weak or wrong about it is for the client to find. */
static SSL_CTX *make_context(const struct trial *trial)
{
	const struct verdict *verdict = trial->verdict;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(context, 0);
	(void)SSL_CTX_set_cipher_list(context, "ALL:eNULL");
	(void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	(void)SSL_CTX_set_max_proto_version(context, verdict->newest);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, trial->certificate),
	    1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context,
			     shop.keys[verdict->key]),
	    1);
	if (verdict->chain == WHOLE)
		add_shown(context, verdict->issuer);
	return context;
}

static void write_list(struct trial *trial, FILE *file, enum issuer issuer,
    X509 *revoked)
{
	enum lists lists = trial->verdict->lists;
	struct mint_signer by = shop.issuers[issuer];
	bool is_below = issuer == trial->verdict->issuer && issuer != ROOT;
	X509_CRL *crl;
	FILE *hashed;

	if (is_below && lists == LIST_MISSING)
		return;
	if (is_below && lists == LIST_FORGED)
		by.key = shop.keys[P384];
	crl = mint_crl(&by, revoked, is_below && lists == LIST_ENDED ? -1 : 7);
	hashed = open_for(&trial->scratch, "crl",
	    X509_get_subject_name(by.certificate), 'r');
	(void)PEM_write_X509_CRL(file, crl);
	(void)PEM_write_X509_CRL(hashed, crl);
	ck_assert_int_eq(fclose(hashed), 0);
	X509_CRL_free(crl);
}

static void write_lists(struct trial *trial)
{
	const struct verdict *verdict = trial->verdict;
	FILE *file = fopen(scratch_path(&trial->scratch, "crl.pem"), "w");
	X509 *leaf = verdict->lists == LIST_LEAF ? trial->certificate : NULL;
	X509 *issuer = verdict->lists == LIST_ISSUER ?
	    shop.issuers[SUB].certificate :
	    NULL;

	FILE *stranger;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(mkdir(scratch_path(&trial->scratch, "crl"), 0700), 0);
	stranger = open_for(&trial->scratch, "crl",
	    X509_get_subject_name(shop.issuers[STRANGER].certificate), 'c');
	(void)PEM_write_X509(stranger, shop.issuers[STRANGER].certificate);
	ck_assert_int_eq(fclose(stranger), 0);
	write_list(trial, file, ROOT, verdict->issuer == ROOT ? leaf : issuer);
	if (verdict->issuer != ROOT)
		write_list(trial, file, verdict->issuer, leaf);
	ck_assert_int_eq(fclose(file), 0);
}

/* The server's side: as little SMTP as there can be. */

static void say(SSL *ssl, int fd, const char *line)
{
	if (ssl != NULL)
		(void)SSL_write(ssl, line, (int)strlen(line));
	else
		(void)send(fd, line, strlen(line), MSG_NOSIGNAL);
}

static bool hear(SSL *ssl, int fd)
{
	char line[512];

	return (ssl != NULL ? SSL_read(ssl, line, sizeof line) :
			      (int)recv(fd, line, sizeof line, 0)) > 0;
}

/* True when the client has gone through with the handshake. */
static bool answer(SSL_CTX *context, int fd, bool is_implicit)
{
	SSL *ssl = SSL_new(context);
	bool is_agreed;

	(void)SSL_set_fd(ssl, fd);
	if (!is_implicit) {
		say(NULL, fd, "220 s ESMTP\r\n");
		(void)hear(NULL, fd);
		say(NULL, fd, "250-s\r\n250 STARTTLS\r\n");
		(void)hear(NULL, fd);
		say(NULL, fd, "220 go\r\n");
	}
	is_agreed = SSL_accept(ssl) == 1;
	if (is_agreed) {
		if (is_implicit)
			say(ssl, fd, "220 s ESMTP\r\n");
		if (hear(ssl, fd))
			say(ssl, fd, "250 s\r\n");
		while (hear(ssl, fd))
			;
	} else {
		/* To close before all was read would take back the alert. */
		(void)shutdown(fd, SHUT_WR);
		while (hear(NULL, fd))
			;
	}
	SSL_free(ssl);
	return is_agreed;
}

/* How many clients have. */
static int serve(const struct trial *trial)
{
	static const struct timeval limit = {.tv_sec = PATIENCE};
	int count = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < VISITS; i++) {
		int fd = accept(trial->listener, NULL, NULL);

		if (fd < 0)
			break;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
		    sizeof limit);
		if (answer(trial->context, fd, i % 2 != 0))
			count++;
		(void)close(fd);
	}
	return count;
}

static void start_server(struct trial *trial)
{
	static const struct timeval limit = {.tv_sec = PATIENCE};
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;

	trial->listener = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(trial->listener, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof limit);
	ck_assert_int_eq(bind(trial->listener, (struct sockaddr *)&address,
			     length),
	    0);
	ck_assert_int_eq(listen(trial->listener, VISITS), 0);
	ck_assert_int_eq(getsockname(trial->listener,
			     (struct sockaddr *)&address, &length),
	    0);
	trial->port = ntohs(address.sin_port);
	trial->server = fork();
	ck_assert_int_ge(trial->server, 0);
	if (trial->server == 0)
		_exit(serve(trial));
	(void)close(trial->listener);
}

/* The client's side. */

static void add_pins(struct buf *out, const struct trial *trial)
{
	static const char *const zeroes =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	enum pins pins = trial->verdict->pins;
	unsigned char digest[PIN_SIZE];

	ck_assert(certificate_pin(trial->certificate, digest));
	buf_add_string(out, "tls_pin = ");
	if (pins == PIN_SECOND || pins == PIN_WRONG)
		buf_addf(out, "sha256//%s", zeroes);
	if (pins == PIN_SECOND)
		buf_add_string(out, ", ");
	if (pins == PIN_BASE64 || pins == PIN_SECOND)
		pin_add(out, digest);
	for (int i = 0; i < PIN_SIZE; i++) {
		if (pins == PIN_COLONS)
			buf_addf(out, "%s%02X", i > 0 ? ":" : "", digest[i]);
		if (pins == PIN_HEX)
			buf_addf(out, "%02x", digest[i]);
	}
	buf_add_byte(out, '\n');
}

static void add_profile(struct buf *out, struct trial *trial, bool is_implicit,
    bool is_directory)
{
	const struct verdict *verdict = trial->verdict;
	const char *more = verdict->settings != NULL ? verdict->settings : "";

	buf_addf(out, "[profile main]\nhost = 127.0.0.1:%u\ntls = %s\n%s\n",
	    trial->port, is_implicit ? "implicit" : "starttls", more);
	buf_addf(out, "tls_name = %s\n",
	    verdict->expected != NULL ? verdict->expected : MAIL);
	if (strstr(more, "tls_ca") == NULL)
		buf_addf(out, "tls_ca = %s\n",
		    scratch_path(&shop.scratch,
			is_directory ? "ca" : "ca.pem"));
	if (verdict->lists != NO_LISTS)
		buf_addf(out, "tls_crl = %s\n",
		    scratch_path(&trial->scratch,
			is_directory ? "crl" : "crl.pem"));
	if (verdict->pins != NO_PINS)
		add_pins(out, trial);
}

/* One session; with NULL for summary as far as it gets. */
static int visit(const struct profile *profile, struct buf *summary,
    struct error *err)
{
	struct net_delay delay = {0};
	struct transcript transcript = {0};
	struct net *net =
	    net_connect(profile, &profile->smarthosts[0], &delay, err);
	struct smtp smtp = {.profile = profile, .hostname = "client.example"};
	int result;

	ck_assert_msg(net != NULL, "%s", err->text);
	smtp.chat.transport = net_transport(net);
	smtp.chat.transcript = &transcript;
	smtp.chat.peer = "server";
	result = session_begin(&smtp, err);
	if (result == 0)
		tls_add_summary(net_tls(net), summary);
	smtp_free(&smtp);
	transcript_free(&transcript);
	net_transport(net)->methods->close(net_transport(net));
	return result;
}

static void check_visit(struct trial *trial, bool is_implicit,
    bool is_directory)
{
	const struct verdict *verdict = trial->verdict;
	struct buf contents = {0};
	struct buf summary = {0};
	struct outcome outcome;
	struct error err = {0};
	int result;

	add_profile(&contents, trial, is_implicit, is_directory);
	outcome = outcome_good(buf_string(&contents));
	result = visit(outcome_profile(&outcome, NULL), &summary, &err);
	if (verdict->refusal == NULL)
		ck_assert_msg(result == 0, "%s: %s", verdict->name, err.text);
	else
		ck_assert_msg(result < 0 &&
			strstr(err.text, verdict->refusal) != NULL,
		    "%s: %s", verdict->name,
		    result < 0 ? err.text : buf_string(&summary));
	outcome_end(&outcome);
	buf_free(&summary);
	buf_free(&contents);
}

static void begin_trial(struct trial *trial, const struct verdict *verdict)
{
	trial->verdict = verdict;
	trial->certificate = make_certificate(verdict);
	trial->context = make_context(trial);
	scratch_make(&trial->scratch);
}

/* Who is refused sees no end of the handshake, nor a certificate of ours. */
static void end_trial(struct trial *trial)
{
	bool is_refused = trial->verdict->refusal != NULL;
	int status = 0;

	ck_assert_int_eq(waitpid(trial->server, &status, 0), trial->server);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), is_refused ? 0 : VISITS);
	scratch_remove(&trial->scratch);
	SSL_CTX_free(trial->context);
	X509_free(trial->certificate);
}

START_TEST(each_certificate_gets_its_verdict)
{
	struct trial trial = {0};

	begin_trial(&trial, &verdicts[_i]);
	if (trial.verdict->lists != NO_LISTS)
		write_lists(&trial);
	start_server(&trial);
	for (int i = 0; i < VISITS; i++)
		check_visit(&trial, i % 2 != 0, i / 2 != 0);
	end_trial(&trial);
}
END_TEST

/* Our own certificate; "%s" is where its files are. */
static const struct own_case {
	const char *name;
	const char *settings;
	const char *refusal;
} own_cases[] = {
    {"certificate and key", "tls_cert = %s/cert.pem\ntls_key = %s/key.pem",
	NULL},
    {"a certificate alone", "tls_cert = %s/alone.pem\ntls_key = %s/key.pem",
	NULL},
    {"a certificate without its chain",
	"tls_cert = %s/chainless.pem\ntls_key = %s/key.pem",
	"the server refuses the certificate in tls_cert"},
    {"one file", "tls_cert = %s/both.pem", NULL},
    {"encrypted, password",
	"tls_cert = %s/cert.pem\ntls_key = %s/encrypted.pem\n"
	"tls_key_password = geheim",
	NULL},
    {"encrypted, password in a file",
	"tls_cert = %s/cert.pem\ntls_key = %s/encrypted.pem\n"
	"tls_key_password_file = %s/password",
	NULL},
    {"encrypted, password of a command",
	"tls_cert = %s/cert.pem\ntls_key = %s/encrypted.pem\n"
	"tls_key_password_command = echo geheim",
	NULL},
    {"encrypted as it was of old",
	"tls_cert = %s/cert.pem\ntls_key = %s/old.pem\n"
	"tls_key_password = geheim",
	NULL},
    {"PKCS#12", "tls_cert = %s/own.p12\ntls_key_password = geheim", NULL},
    {"PKCS#12 without a password", "tls_cert = %s/open.p12", NULL},
    {"a password that nobody needs",
	"tls_cert = %s/both.pem\ntls_key_password_command = false", NULL},
    {"none", "", "the server asks for a certificate of ours; see tls_cert"},
    {"no password", "tls_cert = %s/cert.pem\ntls_key = %s/encrypted.pem",
	"encrypted.pem is encrypted; set tls_key_password_file"},
    {"a wrong password",
	"tls_cert = %s/cert.pem\ntls_key = %s/encrypted.pem\n"
	"tls_key_password = falsch",
	"encrypted.pem; see tls_key_password"},
    {"no password for PKCS#12", "tls_cert = %s/own.p12",
	"own.p12 is encrypted; set tls_key_password_file"},
    {"a wrong password for PKCS#12",
	"tls_cert = %s/own.p12\ntls_key_password = falsch",
	"the password does not fit tls_cert = "},
    {"no such password file",
	"tls_cert = %s/own.p12\ntls_key_password_file = /nowhere/x",
	"tls_key_password_file: /nowhere/x cannot be opened"},
    {"a command that fails",
	"tls_cert = %s/own.p12\ntls_key_password_command = false",
	"tls_key_password_command: the command ended with exit status 1"},
    {"another key", "tls_cert = %s/cert.pem\ntls_key = %s/other.pem",
	"/other.pem does not fit the certificate in tls_cert = "},
    {"no such certificate", "tls_cert = /nowhere/cert.pem",
	"tls_cert: /nowhere/cert.pem cannot be opened"},
    {"no such key", "tls_cert = %s/cert.pem\ntls_key = /nowhere/key.pem",
	"tls_key: /nowhere/key.pem cannot be opened"},
    {"no key in its file", "tls_cert = %s/cert.pem\ntls_key = %s/cert.pem",
	"cert.pem has no private key in PEM"},
    {"no certificate in its file",
	"tls_cert = %s/key.pem\ntls_key = %s/key.pem",
	"key.pem cannot be used: "},
    {"neither PEM nor PKCS#12", "tls_cert = %s/password",
	"is neither PEM nor PKCS#12"},
    {"a weak key", "tls_cert = %s/weak.pem", "ee key too small"},
};

static FILE *open_own(struct trial *trial, const char *name)
{
	FILE *file = fopen(scratch_path(&trial->scratch, name), "w");

	ck_assert_ptr_nonnull(file);
	return file;
}

static void write_certificates(FILE *file, X509 *certificate)
{
	(void)PEM_write_X509(file, certificate);
	(void)PEM_write_X509(file, shop.issuers[SUB].certificate);
}

static void write_key(FILE *file, enum key key, const char *password)
{
	(void)PEM_write_PKCS8PrivateKey(file, shop.keys[key],
	    password != NULL ? EVP_aes_256_cbc() : NULL, password,
	    password != NULL ? (int)strlen(password) : 0, NULL, NULL);
	ck_assert_int_eq(fclose(file), 0);
}

static void write_old_key(struct trial *trial)
{
	BIO *bio = BIO_new_file(scratch_path(&trial->scratch, "old.pem"), "w");

	ck_assert_int_eq(PEM_write_bio_PrivateKey_traditional(bio,
			     shop.keys[P256], EVP_aes_128_cbc(),
			     (const unsigned char *)"geheim", 6, NULL, NULL),
	    1);
	BIO_free(bio);
}

static void write_pkcs12(struct trial *trial, const char *name, X509 *own,
    const char *password)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	FILE *file = open_own(trial, name);
	PKCS12 *archive;

	(void)sk_X509_push(chain, shop.issuers[SUB].certificate);
	archive = PKCS12_create(password, "own", shop.keys[P256], own, chain,
	    password != NULL ? 0 : -1, password != NULL ? 0 : -1, 0, 0, 0);
	ck_assert_int_eq(i2d_PKCS12_fp(file, archive), 1);
	ck_assert_int_eq(fclose(file), 0);
	PKCS12_free(archive);
	sk_X509_free(chain);
}

static void write_own(struct trial *trial)
{
	static const struct mint_order order = {
	    .subject = "client", .usage = "clientAuth"};
	X509 *own =
	    mint_certificate(&order, &shop.issuers[SUB], shop.keys[P256]);
	X509 *weak =
	    mint_certificate(&order, &shop.issuers[SUB], shop.keys[RSA1024]);
	X509 *alone =
	    mint_certificate(&order, &shop.issuers[ROOT], shop.keys[P256]);
	FILE *file = open_own(trial, "cert.pem");

	write_certificates(file, own);
	ck_assert_int_eq(fclose(file), 0);
	write_key(open_own(trial, "key.pem"), P256, NULL);
	write_key(open_own(trial, "other.pem"), OTHER, NULL);
	write_key(open_own(trial, "encrypted.pem"), P256, "geheim");
	write_old_key(trial);
	file = open_own(trial, "chainless.pem");
	(void)PEM_write_X509(file, own);
	ck_assert_int_eq(fclose(file), 0);
	file = open_own(trial, "alone.pem");
	(void)PEM_write_X509(file, alone);
	ck_assert_int_eq(fclose(file), 0);
	file = open_own(trial, "both.pem");
	write_certificates(file, own);
	write_key(file, P256, NULL);
	file = open_own(trial, "weak.pem");
	write_certificates(file, weak);
	write_key(file, RSA1024, NULL);
	write_pkcs12(trial, "own.p12", own, "geheim");
	write_pkcs12(trial, "open.p12", own, NULL);
	(void)scratch_write(&trial->scratch, "password", text_of("geheim\n"));
	X509_free(alone);
	X509_free(weak);
	X509_free(own);
}

/* The settings with the directory of the trial for each "%s". */
static void add_settings(struct buf *out, const char *settings,
    const struct trial *trial)
{
	const char *at;

	while ((at = strstr(settings, "%s")) != NULL) {
		buf_add(out, (struct text){settings, (size_t)(at - settings)});
		buf_add_string(out, trial->scratch.directory);
		settings = at + 2;
	}
	buf_add_string(out, settings);
}

START_TEST(our_own_certificate_is_shown_or_said_to_be_of_no_use)
{
	const struct own_case *c = &own_cases[_i];
	struct verdict verdict = {c->name, NAMED(SAN), .refusal = c->refusal};
	struct trial trial = {0};
	struct buf settings = {0};

	begin_trial(&trial, &verdict);
	SSL_CTX_set_verify(trial.context,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	ck_assert_int_eq(SSL_CTX_load_verify_file(trial.context,
			     scratch_path(&shop.scratch, "ca.pem")),
	    1);
	write_own(&trial);
	add_settings(&settings, c->settings, &trial);
	verdict.settings = buf_string(&settings);
	start_server(&trial);
	for (int i = 0; i < VISITS; i++)
		check_visit(&trial, i % 2 != 0, i / 2 != 0);
	end_trial(&trial);
	buf_free(&settings);
}
END_TEST

static const struct {
	struct verdict verdict;
	const char *summary;
} summaries[] = {
    {{"weeks left", .order = {.names = SAN, .last_day = 23}},
	"certificate mail.example.org verified, 2[23] days left$"},
    {{"days left", .order = {.names = SAN, .last_day = 20}},
	"verified, \\(19\\|20\\) days left, WARNING: it ends on 20[0-9-]*$"},
    {{"hours left", .order = {.names = SAN, .last_day = 1}},
	"verified, [01] days left, WARNING: it ends on 20[0-9-]*$"},
    {{"not verified", NAMED(SAN), .settings = "tls_verify = no"},
	"NOT VERIFIED (tls_verify = no)$"},
    {{"pinned", .order = {.names = SAN, .last_day = 1}, .pins = PIN_BASE64,
	 .settings = "tls_verify = pin"},
	"certificate mail.example.org has a key of tls_pin$"},
};
static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool is_match;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_NOSUB), 0);
	is_match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_match;
}

START_TEST(the_summary_says_what_was_verified)
{
	struct trial trial = {0};

	begin_trial(&trial, &summaries[_i].verdict);
	start_server(&trial);
	for (int i = 0; i < VISITS; i++) {
		struct buf contents = {0};
		struct buf summary = {0};
		struct outcome outcome;
		struct error err = {0};

		add_profile(&contents, &trial, i % 2 != 0, i / 2 != 0);
		outcome = outcome_good(buf_string(&contents));
		(void)visit(outcome_profile(&outcome, NULL), &summary, &err);
		ck_assert_msg(matches(summaries[_i].summary,
				  buf_string(&summary)),
		    "%s", buf_string(&summary));
		outcome_end(&outcome);
		buf_free(&summary);
		buf_free(&contents);
	}
	end_trial(&trial);
}
END_TEST

#define BASE64_PIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEX_PIN                                                                \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

START_TEST(a_pin_is_read_in_each_way_it_is_written)
{
	static const char *const ways[] = {BASE64_PIN, HEX_PIN,
	    "sha256:" BASE64_PIN, "sha256//" BASE64_PIN, "SHA256:" HEX_PIN,
	    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
	    "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"};

	for (int i = 0; i < COUNT(ways); i++) {
		unsigned char digest[PIN_SIZE] = {0};
		struct buf shown = {0};

		ck_assert_msg(pin_read(text_of(ways[i]), digest) == 0, "%s",
		    ways[i]);
		pin_add(&shown, digest);
		ck_assert_str_eq(buf_string(&shown), "sha256:" BASE64_PIN);
		buf_free(&shown);
	}
}
END_TEST

static const char *const bad_pins[] = {"", "sha256:", "sha1:" BASE64_PIN,
    BASE64_PIN "=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", HEX_PIN "0", HEX_PIN "00",
    HEX_PIN ":", ":" HEX_PIN, "0" HEX_PIN, "sha256://" HEX_PIN, "x" HEX_PIN};

START_TEST(what_is_no_pin_is_refused)
{
	unsigned char digest[PIN_SIZE];

	ck_assert_int_eq(pin_read(text_of(bad_pins[_i]), digest), -1);
}
END_TEST

Suite *suite_certificates(void)
{
	Suite *suite = suite_create("certificates");
	TCase *matrix = tcase_create("matrix");
	TCase *pins = tcase_create("pins");

	tcase_add_unchecked_fixture(matrix, open_shop, close_shop);
	tcase_add_loop_test(matrix, each_certificate_gets_its_verdict, 0,
	    COUNT(verdicts));
	tcase_add_loop_test(matrix,
	    our_own_certificate_is_shown_or_said_to_be_of_no_use, 0,
	    COUNT(own_cases));
	tcase_add_loop_test(matrix, the_summary_says_what_was_verified, 0,
	    COUNT(summaries));
	tcase_add_test(pins, a_pin_is_read_in_each_way_it_is_written);
	tcase_add_loop_test(pins, what_is_no_pin_is_refused, 0,
	    COUNT(bad_pins));
	suite_add_tcase(suite, pins);
	suite_add_tcase(suite, matrix);
	return suite;
}
