#include "setter_tls.h"

#include <string.h>

#include "pin.h"
#include "setter.h"
#include "settings.h"
#include "value.h"

int set_tls_verify(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct profile *profile = fields;
	const struct key answer = {.path = key->path};
	bool is_yes = false;

	if (strcmp(value, "pin") == 0) {
		profile->tls_verify = VERIFY_PIN;
		return 0;
	}
	if (set_bool(&answer, value, &is_yes, err) < 0)
		return fail(err, ERROR_CONFIG, "takes yes, pin or no");
	profile->tls_verify = is_yes ? VERIFY_YES : VERIFY_NO;
	return 0;
}

/* RFC 8996: nobody shall use them. */
int set_tls_min(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	if (strcmp(value, "1.0") == 0 || strcmp(value, "1.1") == 0)
		return fail(err, ERROR_CONFIG,
		    "takes 1.2 or 1.3: TLS %s protects nothing any more",
		    value);
	return set_word(key, value, fields, err);
}

/* Certificates have names in ASCII, A-labels (RFC 5280 section 7.2). */
int set_tls_name(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	if (!value_is_host(text_of(value)) || text_has_8bit(text_of(value)))
		return fail(err, ERROR_CONFIG,
		    "takes a name such as mail.example.com, in ASCII, or an "
		    "address");
	return set_text(key, value, fields, err);
}

/* Without "@": a security level of one's own could undo ours. */
static bool is_cipher_byte(char byte)
{
	return byte_is_letter(byte) || byte_is_digit(byte) ||
	    strchr(" \t,:-_+!.=", byte) != NULL;
}

int set_ciphers(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text text = text_of(value);
	bool has_name = false;

	for (size_t i = 0; i < text.length; i++) {
		if (!is_cipher_byte(text.data[i]))
			return fail(err, ERROR_CONFIG,
			    "takes names such as ECDHE+AESGCM and "
			    "TLS_AES_256_GCM_SHA384");
		has_name = has_name || byte_is_letter(text.data[i]);
	}
	if (!has_name)
		return fail(err, ERROR_CONFIG, "names no cipher");
	return set_text(key, value, fields, err);
}

int set_pins(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text rest = text_of(value);
	struct text word;
	unsigned char digest[PIN_SIZE];
	bool is_good = value_next_word(&rest, &word);

	while (is_good) {
		is_good = pin_read(word, digest) == 0;
		if (!value_next_word(&rest, &word))
			break;
	}
	if (!is_good)
		return fail(err, ERROR_CONFIG,
		    "takes the SHA-256 of a public key in base64 or "
		    "hexadecimal, which sendmail --tls-info prints");
	return set_text(key, value, fields, err);
}
