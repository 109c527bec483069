#include "tls_context.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "tls_client.h"
#include "tls_reason.h"

enum { SECURITY_LEVEL = 2 }; /* at least 112 bits */

static bool is_separator(char byte)
{
	return byte == ' ' || byte == '\t' || byte == ',' || byte == ':';
}

/* Words with blanks, commas or colons between. */
static bool next_cipher(struct text *rest, struct text *cipher)
{
	size_t first = 0;
	size_t end;

	while (first < rest->length && is_separator(rest->data[first]))
		first++;
	end = first;
	while (end < rest->length && !is_separator(rest->data[end]))
		end++;
	*cipher = text_part(*rest, first, end);
	*rest = text_part(*rest, end, rest->length);
	return cipher->length > 0;
}

static bool is_for_tls13(struct text cipher)
{
	return text_begins(cipher, "TLS_");
}

/*
 * OpenSSL skips in silence what it does not know; half of a list is not what
 * was asked for.  What takes something out, "!RC4", need not be known.
 */
static bool is_known(SSL_CTX *context, const char *cipher)
{
	if (is_for_tls13(text_of(cipher)))
		return SSL_CTX_set_ciphersuites(context, cipher) == 1;
	return strchr("!-+", cipher[0]) != NULL ||
	    SSL_CTX_set_cipher_list(context, cipher) == 1;
}

/* A version that no cipher is named for keeps its own. */
static int set_ciphers(SSL_CTX *context, const char *ciphers, struct error *err)
{
	struct text rest = text_of(ciphers);
	struct text word;
	struct buf old = {0};
	struct buf new = {0};
	int result = 0;

	while (result == 0 && next_cipher(&rest, &word)) {
		struct buf *list = is_for_tls13(word) ? &new : &old;
		char *cipher = text_dup(word);

		if (!is_known(context, cipher))
			result = fail(err, ERROR_CONFIG,
			    "tls_ciphers: OpenSSL knows no cipher %s", cipher);
		buf_addf(list, "%s%s", list->length > 0 ? ":" : "", cipher);
		free(cipher);
	}
	if (result == 0 &&
	    ((old.length > 0 &&
		 SSL_CTX_set_cipher_list(context, buf_string(&old)) != 1) ||
		(new.length > 0 &&
		    SSL_CTX_set_ciphersuites(context, buf_string(&new)) != 1)))
		result = fail(err, ERROR_CONFIG, "tls_ciphers leaves nothing");
	buf_free(&new);
	buf_free(&old);
	return result;
}

static int configure(SSL_CTX *context, const struct profile *profile,
    struct error *err)
{
	(void)SSL_CTX_set_min_proto_version(context,
	    profile->tls_min == TLS_MIN_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	(void)SSL_CTX_set_options(context,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	/* Our own chain is what the file says, not what can be found for it. */
	(void)SSL_CTX_set_mode(context,
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
		SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(context, 1);
	if (profile->tls_ciphers != NULL &&
	    set_ciphers(context, profile->tls_ciphers, err) < 0)
		return -1;
	if (profile->tls_cert != NULL)
		return tls_client_use(context, profile, err);
	return 0;
}

SSL_CTX *tls_context_make(const struct profile *profile, struct error *err)
{
	SSL_CTX *context = NULL;

	/* No openssl.cnf: what it could change must not depend on a file. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
		context = SSL_CTX_new(TLS_client_method());
	if (context == NULL) {
		(void)fail(err, ERROR_SYSTEM, "OpenSSL does not start: %s",
		    tls_reason("no reason given"));
		return NULL;
	}
	if (configure(context, profile, err) == 0)
		return context;
	SSL_CTX_free(context);
	return NULL;
}
