#include "scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base64.h"
#include "saslprep.h"
#include "utf8.h"

struct digest {
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned length;
};

/* All that the password becomes; wiped by the caller. */
struct keys {
	struct digest salted;
	struct digest client; /* ClientKey */
	struct digest stored; /* StoredKey */
	struct digest server; /* ServerKey */
	struct digest client_signature;
	struct digest server_signature;
};

struct server_first {
	struct text nonce;
	struct buf salt;
	unsigned long long iterations;
};

static const EVP_MD *digest_of(const struct sasl *sasl)
{
	return sasl->mechanism == SASL_SCRAM_SHA_1 ||
		sasl->mechanism == SASL_SCRAM_SHA_1_PLUS ?
	    EVP_sha1() :
	    EVP_sha256();
}

static struct text digest_text(const struct digest *digest)
{
	return (struct text){(const char *)digest->bytes, digest->length};
}

static int fail_digest(const struct sasl *sasl, struct error *err)
{
	return fail(err, ERROR_LOGIN,
	    "%s is not possible, because OpenSSL does not have its digest "
	    "here; see auth",
	    sasl_name(sasl->mechanism));
}

/* As it is told to the server. */
static void add_header(const struct sasl *sasl, struct buf *buf)
{
	if (sasl_is_bound(sasl->mechanism))
		buf_addf(buf, "p=%s,,", sasl->binding_kind);
	else if (sasl->binding_kind != NULL && !sasl->offers_binding)
		buf_add_string(buf, "y,,");
	else
		buf_add_string(buf, "n,,");
}

static int say_first(struct sasl *sasl, struct buf *response, struct error *err)
{
	struct buf user = {0};
	int result = -1;

	if (sasl_is_bound(sasl->mechanism) && sasl->binding_kind == NULL)
		return fail(err, ERROR_LOGIN,
		    "%s needs TLS, which this connection does not have",
		    sasl_name(sasl->mechanism));
	if (saslprep(sasl->user, "user", &user, err) == 0) {
		buf_add_string(&sasl->memory, "n=");
		sasl_add_name(&sasl->memory, buf_text(&user));
		buf_add_string(&sasl->memory, ",r=");
		buf_add(&sasl->memory, sasl->nonce);
		add_header(sasl, response);
		buf_add(response, buf_text(&sasl->memory));
		result = 0;
	}
	buf_free(&user);
	return result;
}

/* Take "NAME=value" up to the next comma; false when it is not that one. */
static bool take_value(struct text *rest, char name, struct text *value)
{
	struct text part;

	if (!text_split(rest, ',', &part) || part.length < 2 ||
	    part.data[0] != name || part.data[1] != '=')
		return false;
	*value = text_part(part, 2, part.length);
	return true;
}

/* "e=" in the server's own word, such as invalid-encoding. */
static int fail_told(struct text word, struct error *err)
{
	struct buf visible = {0};

	utf8_add_visible(&visible, text_part(word, 0, 100));
	(void)fail(err, ERROR_LOGIN, "the server refused the login: %s",
	    buf_string(&visible));
	buf_free(&visible);
	return -1;
}

/* printable = %x21-2B / %x2D-7E; commas are gone already. */
static bool is_printable(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '!' || text.data[i] > '~')
			return false;
	return true;
}

static bool extends(struct text nonce, struct text ours)
{
	return nonce.length > ours.length &&
	    memcmp(nonce.data, ours.data, ours.length) == 0 &&
	    is_printable(nonce);
}

static int read_first(const struct sasl *sasl, struct text rest,
    struct server_first *first, struct error *err)
{
	struct text salt = {0};
	struct text number = {0};
	struct text word = {0};
	struct text copy = rest;

	if (take_value(&copy, 'e', &word))
		return fail_told(word, err);
	/* "m=" is an extension that must be understood; there is none. */
	if (!take_value(&rest, 'r', &first->nonce) ||
	    !take_value(&rest, 's', &salt) || !take_value(&rest, 'i', &number))
		return fail(err, ERROR_LOGIN,
		    "the server's first message is not one of SCRAM");
	if (!extends(first->nonce, sasl->nonce))
		return fail(err, ERROR_LOGIN,
		    "the server's nonce does not begin with ours, or adds "
		    "nothing: somebody may replay an old login");
	if (base64_decode(&first->salt, salt) < 0 || first->salt.length == 0)
		return fail(err, ERROR_LOGIN,
		    "the server's salt is not in base64");
	/* Strict decimal: no sign, no blanks, no overflow. */
	if (text_number(number, UINT32_MAX, &first->iterations) < 0 ||
	    first->iterations < SCRAM_MIN_ITERATIONS ||
	    first->iterations > SCRAM_MAX_ITERATIONS)
		return fail(err, ERROR_LOGIN,
		    "the server's number of SCRAM iterations is not between "
		    "%d and %d",
		    SCRAM_MIN_ITERATIONS, SCRAM_MAX_ITERATIONS);
	return 0;
}

static bool make_hmac(const struct sasl *sasl, const struct digest *key,
    struct text text, struct digest *out)
{
	return HMAC(digest_of(sasl), key->bytes, (int)key->length,
		   (const unsigned char *)text.data, text.length, out->bytes,
		   &out->length) != NULL;
}

/* SaltedPassword := Hi(Normalize(password), salt, i) */
static bool salt_password(const struct sasl *sasl, struct text password,
    const struct server_first *first, struct keys *keys)
{
	int size = EVP_MD_get_size(digest_of(sasl));

	if (size <= 0)
		return false;
	keys->salted.length = (unsigned)size;
	return PKCS5_PBKDF2_HMAC(password.data, (int)password.length,
		   (const unsigned char *)buf_string(&first->salt),
		   (int)first->salt.length, (int)first->iterations,
		   digest_of(sasl), size, keys->salted.bytes) == 1;
}

/* RFC 5802 section 3. */
static bool make_keys(const struct sasl *sasl, struct text password,
    const struct server_first *first, struct text messages, struct keys *keys)
{
	return salt_password(sasl, password, first, keys) &&
	    make_hmac(sasl, &keys->salted, text_of("Client Key"),
		&keys->client) &&
	    EVP_Digest(keys->client.bytes, keys->client.length,
		keys->stored.bytes, &keys->stored.length, digest_of(sasl),
		NULL) == 1 &&
	    make_hmac(sasl, &keys->stored, messages, &keys->client_signature) &&
	    make_hmac(sasl, &keys->salted, text_of("Server Key"),
		&keys->server) &&
	    make_hmac(sasl, &keys->server, messages, &keys->server_signature);
}

/* ClientProof := ClientKey XOR ClientSignature */
static void add_proof(struct buf *response, struct keys *keys)
{
	for (unsigned i = 0; i < keys->client.length; i++)
		keys->client.bytes[i] ^= keys->client_signature.bytes[i];
	buf_add_string(response, ",p=");
	base64_encode(response, digest_text(&keys->client));
}

static void add_final_without_proof(const struct sasl *sasl, struct text nonce,
    struct buf *response)
{
	struct buf bound = {0};

	add_header(sasl, &bound);
	if (sasl_is_bound(sasl->mechanism))
		buf_add(&bound, sasl->binding);
	buf_add_string(response, "c=");
	base64_encode(response, buf_text(&bound));
	buf_add_string(response, ",r=");
	buf_add(response, nonce);
	buf_wipe(&bound);
}

/* From here on the memory is what the server has to say. */
static int say_final(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	struct server_first first = {0};
	struct keys keys = {0};
	struct buf password = {0};
	int result = -1;

	if (read_first(sasl, challenge, &first, err) < 0 ||
	    saslprep(sasl->secret, "password", &password, err) < 0)
		goto out;
	add_final_without_proof(sasl, first.nonce, response);
	/* AuthMessage: what both sides have said. */
	buf_add_byte(&sasl->memory, ',');
	buf_add(&sasl->memory, challenge);
	buf_add_byte(&sasl->memory, ',');
	buf_add(&sasl->memory, buf_text(response));
	if (!make_keys(sasl, buf_text(&password), &first,
		buf_text(&sasl->memory), &keys)) {
		(void)fail_digest(sasl, err);
		goto out;
	}
	add_proof(response, &keys);
	buf_wipe(&sasl->memory);
	buf_add(&sasl->memory, digest_text(&keys.server_signature));
	result = 0;
out:
	OPENSSL_cleanse(&keys, sizeof keys);
	buf_wipe(&password);
	buf_free(&first.salt);
	return result;
}

static int check_final(struct sasl *sasl, struct text challenge,
    struct error *err)
{
	struct buf signature = {0};
	struct text copy = challenge;
	struct text value = {0};
	int result = 0;

	if (take_value(&copy, 'e', &value))
		return fail_told(value, err);
	if (!take_value(&challenge, 'v', &value) ||
	    base64_decode(&signature, value) < 0)
		result = fail(err, ERROR_LOGIN,
		    "the server's last message is not one of SCRAM");
	else if (signature.length != sasl->memory.length ||
	    CRYPTO_memcmp(buf_string(&signature), buf_string(&sasl->memory),
		signature.length) != 0)
		result = fail(err, ERROR_LOGIN,
		    "the server does not know the password (its SCRAM "
		    "signature is wrong): it is not the one it claims to be");
	buf_free(&signature);
	sasl->is_complete = result == 0;
	return result;
}

int scram_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	if (sasl->step == 0)
		return say_first(sasl, response, err);
	if (sasl->step == 1)
		return say_final(sasl, challenge, response, err);
	return check_final(sasl, challenge, err);
}
