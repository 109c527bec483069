#include "digest.h"

#include "utf8.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { HEX_SIZE = 32 }; /* digits of an MD5 */

struct challenge {
	struct buf realm;
	struct buf nonce;
	bool has_realm;
	bool is_utf8;
	bool has_auth; /* qop, which is auth where it is missing */
	bool has_algorithm;
};

static int fail_md5(const struct sasl *sasl, struct error *err)
{
	return fail(err, ERROR_LOGIN,
	    "%s is not possible, because OpenSSL has no MD5 here; see auth",
	    sasl_name(sasl->mechanism));
}

static void add_hex(struct buf *buf, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		buf_addf(buf, "%02x", bytes[i]);
}

/* user SP hex(HMAC-MD5(password, challenge)); RFC 2195 section 2. */
int cram_respond(struct sasl *sasl, struct text challenge, struct buf *response,
    struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (HMAC(EVP_md5(), sasl->secret.data, (int)sasl->secret.length,
		(const unsigned char *)challenge.data, challenge.length, digest,
		&length) == NULL)
		return fail_md5(sasl, err);
	buf_add(response, sasl->user);
	buf_add_byte(response, ' ');
	add_hex(response, digest, length);
	sasl->is_complete = true;
	return 0;
}

/* The challenge of DIGEST-MD5. */

static void skip_space(struct text *rest)
{
	while (rest->length > 0 && byte_is_space(rest->data[0]))
		*rest = text_part(*rest, 1, rest->length);
}

static void take_token(struct text *rest, struct buf *value)
{
	size_t end = 0;

	while (end < rest->length && rest->data[end] != ',' &&
	    !byte_is_space(rest->data[end]))
		end++;
	buf_add(value, text_part(*rest, 0, end));
	*rest = text_part(*rest, end, rest->length);
}

/* False when there is no closing quote. */
static bool take_quoted(struct text *rest, struct buf *value)
{
	size_t i = 1;
	bool is_closed;

	while (i < rest->length && rest->data[i] != '"') {
		if (rest->data[i] == '\\' && i + 1 < rest->length)
			i++;
		buf_add_byte(value, rest->data[i++]);
	}
	is_closed = i < rest->length;
	*rest = text_part(*rest, i + 1, rest->length);
	return is_closed;
}

/* Take one directive; the value is emptied first. */
static bool take_directive(struct text *rest, struct text *name,
    struct buf *value)
{
	size_t end = text_find(*rest, '=');

	buf_clear(value);
	*name = text_trim(text_part(*rest, 0, end));
	*rest = text_part(*rest, end + 1, rest->length);
	skip_space(rest);
	if (rest->length > 0 && rest->data[0] == '"') {
		if (!take_quoted(rest, value))
			return false;
	} else {
		take_token(rest, value);
	}
	skip_space(rest);
	if (rest->length > 0 && rest->data[0] != ',')
		return false;
	while (rest->length > 0 &&
	    (rest->data[0] == ',' || byte_is_space(rest->data[0])))
		*rest = text_part(*rest, 1, rest->length);
	return name->length > 0;
}

/* The realm of anna@example.org is example.org, where it is on offer. */
static bool is_realm_of(struct text realm, struct text user)
{
	size_t at = text_find(user, '@');

	return text_equal_nocase(realm, text_part(user, at + 1, user.length));
}

static bool has_word(struct text list, const char *wanted)
{
	struct text word;

	while (text_split(&list, ',', &word))
		if (text_is_nocase(text_trim(word), wanted))
			return true;
	return false;
}

static void note_realm(const struct sasl *sasl, struct challenge *challenge,
    struct text value)
{
	if (challenge->has_realm && !is_realm_of(value, sasl->user))
		return;
	buf_clear(&challenge->realm);
	buf_add(&challenge->realm, value);
	challenge->has_realm = true;
}

static void note(const struct sasl *sasl, struct challenge *challenge,
    struct text name, struct text value)
{
	if (text_is_nocase(name, "realm"))
		note_realm(sasl, challenge, value);
	else if (text_is_nocase(name, "nonce"))
		buf_add(&challenge->nonce, value);
	else if (text_is_nocase(name, "qop"))
		challenge->has_auth = has_word(value, "auth");
	else if (text_is_nocase(name, "charset"))
		challenge->is_utf8 = text_is_nocase(value, "utf-8");
	else if (text_is_nocase(name, "algorithm"))
		challenge->has_algorithm = text_is_nocase(value, "md5-sess");
}

static bool is_quotable(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (byte_is_control(text.data[i]))
			return false;
	return true;
}

static int read_challenge(const struct sasl *sasl, struct text rest,
    struct challenge *challenge, struct error *err)
{
	struct buf value = {0};
	struct text name;
	bool is_sound = rest.length <= DIGEST_MAX_CHALLENGE;

	challenge->has_auth = true;
	while (is_sound && rest.length > 0) {
		is_sound = take_directive(&rest, &name, &value);
		if (is_sound)
			note(sasl, challenge, name, buf_text(&value));
	}
	buf_free(&value);
	if (!is_sound || challenge->nonce.length == 0 ||
	    !challenge->has_algorithm ||
	    !is_quotable(buf_text(&challenge->nonce)) ||
	    !is_quotable(buf_text(&challenge->realm)))
		return fail(err, ERROR_LOGIN,
		    "the server's challenge is not one of DIGEST-MD5");
	if (!challenge->has_auth)
		return fail(err, ERROR_LOGIN,
		    "the server wants DIGEST-MD5 to protect the whole "
		    "session, which TLS does better; see auth");
	return 0;
}

/* The answer. */

/*
 * As it is hashed: in ISO 8859-1 where that has all its characters, else in
 * UTF-8 (RFC 2831 section 2.1.2.1, A1).
 */
static void add_hashed(struct buf *buf, struct text text)
{
	struct text rest = text;
	bool is_latin = true;

	while (rest.length > 0) {
		int32_t point = utf8_next(&rest);

		is_latin = is_latin && point >= 0 && point <= 0xff;
	}
	if (!is_latin)
		buf_add(buf, text);
	while (is_latin && text.length > 0)
		buf_add_byte(buf, (char)utf8_next(&text));
}

static bool add_md5(struct buf *buf, struct text text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	bool is_made = EVP_Digest(text.data, text.length, digest, &length,
			   EVP_md5(), NULL) == 1;

	if (is_made)
		buf_add(buf, (struct text){(char *)digest, length});
	OPENSSL_cleanse(digest, sizeof digest);
	return is_made;
}

static bool add_md5_hex(struct buf *buf, struct text text)
{
	struct buf digest = {0};
	bool is_made = add_md5(&digest, text);

	add_hex(buf, (const unsigned char *)buf_string(&digest), digest.length);
	buf_wipe(&digest);
	return is_made;
}

static void add_uri(const struct sasl *sasl, struct buf *buf)
{
	buf_addf(buf, "%s/", sasl->service);
	buf_add(buf, sasl->host);
}

/* HEX(H(A1)), A1 = H(user:realm:password):nonce:cnonce */
static bool add_key(const struct sasl *sasl, const struct challenge *challenge,
    struct buf *key)
{
	struct buf login = {0};
	struct buf first = {0};
	bool is_made;

	add_hashed(&login, sasl->user);
	buf_add_byte(&login, ':');
	add_hashed(&login, buf_text(&challenge->realm));
	buf_add_byte(&login, ':');
	add_hashed(&login, sasl->secret);
	is_made = add_md5(&first, buf_text(&login));
	buf_add_byte(&first, ':');
	buf_add(&first, buf_text(&challenge->nonce));
	buf_add_byte(&first, ':');
	buf_add(&first, sasl->nonce);
	is_made = is_made && add_md5_hex(key, buf_text(&first));
	buf_wipe(&login);
	buf_wipe(&first);
	return is_made;
}

/* HEX(KD(key, nonce:nc:cnonce:qop:HEX(H(verb:digest-uri)))) */
static bool add_digest(const struct sasl *sasl, struct text nonce,
    const struct buf *key, const char *verb, struct buf *out)
{
	struct buf second = {0};
	struct buf all = {0};
	bool is_made;

	buf_addf(&second, "%s:", verb);
	add_uri(sasl, &second);
	buf_add(&all, buf_text(key));
	buf_add_byte(&all, ':');
	buf_add(&all, nonce);
	buf_add_string(&all, ":00000001:");
	buf_add(&all, sasl->nonce);
	buf_add_string(&all, ":auth:");
	is_made = add_md5_hex(&all, buf_text(&second)) &&
	    add_md5_hex(out, buf_text(&all));
	buf_free(&second);
	buf_wipe(&all);
	return is_made;
}

static void add_quoted(struct buf *buf, const char *name, struct text value)
{
	buf_addf(buf, "%s=\"", name);
	for (size_t i = 0; i < value.length; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_add_byte(buf, '\\');
		buf_add_byte(buf, value.data[i]);
	}
	buf_add_string(buf, "\",");
}

static void add_directives(const struct sasl *sasl,
    const struct challenge *challenge, struct text digest, struct buf *response)
{
	struct buf uri = {0};

	add_uri(sasl, &uri);
	if (challenge->is_utf8)
		buf_add_string(response, "charset=utf-8,");
	add_quoted(response, "username", sasl->user);
	if (challenge->has_realm)
		add_quoted(response, "realm", buf_text(&challenge->realm));
	add_quoted(response, "nonce", buf_text(&challenge->nonce));
	add_quoted(response, "cnonce", sasl->nonce);
	add_quoted(response, "digest-uri", buf_text(&uri));
	buf_add_string(response, "nc=00000001,qop=auth,response=");
	buf_add(response, digest);
	buf_free(&uri);
}

/* What the server must say goes to the memory. */
static int answer(struct sasl *sasl, struct text text, struct buf *response,
    struct error *err)
{
	struct challenge challenge = {0};
	struct buf digest = {0};
	struct buf key = {0};
	struct text nonce;
	int result = read_challenge(sasl, text, &challenge, err);

	if (result < 0)
		goto out;
	nonce = buf_text(&challenge.nonce);
	if (add_key(sasl, &challenge, &key) &&
	    add_digest(sasl, nonce, &key, "AUTHENTICATE", &digest) &&
	    add_digest(sasl, nonce, &key, "", &sasl->memory))
		add_directives(sasl, &challenge, buf_text(&digest), response);
	else
		result = fail_md5(sasl, err);
out:
	buf_wipe(&key);
	buf_wipe(&digest);
	buf_free(&challenge.realm);
	buf_free(&challenge.nonce);
	return result;
}

/* response-auth = "rspauth" "=" response-value; RFC 2831 section 2.1.3. */
static int check(struct sasl *sasl, struct text rest, struct error *err)
{
	struct buf value = {0};
	struct text name = {0};

	sasl->is_complete = take_directive(&rest, &name, &value) &&
	    text_is_nocase(name, "rspauth") &&
	    value.length == sasl->memory.length && value.length == HEX_SIZE &&
	    CRYPTO_memcmp(buf_string(&value), buf_string(&sasl->memory),
		HEX_SIZE) == 0;
	buf_free(&value);
	if (sasl->is_complete)
		return 0;
	return fail(err, ERROR_LOGIN,
	    "the server does not know the password (its rspauth is wrong): "
	    "it is not the one it claims to be");
}

int digest_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	if (sasl->step == 0)
		return answer(sasl, challenge, response, err);
	return check(sasl, challenge, err);
}
