#include "sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

static void give_up(struct sha256 *sha256)
{
	EVP_MD_CTX_free(sha256->context);
	sha256->context = NULL;
}

void sha256_begin(struct sha256 *sha256)
{
	/* No openssl.cnf, as in tls_context.c, whoever comes first. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	sha256->context = EVP_MD_CTX_new();
	if (sha256->context != NULL &&
	    EVP_DigestInit_ex(sha256->context, EVP_sha256(), NULL) != 1)
		give_up(sha256);
}

void sha256_add(struct sha256 *sha256, struct text text)
{
	if (sha256->context != NULL && text.length > 0 &&
	    EVP_DigestUpdate(sha256->context, text.data, text.length) != 1)
		give_up(sha256);
}

int sha256_end(struct sha256 *sha256, unsigned char sum[SHA256_SIZE],
    struct error *err)
{
	bool is_made = sha256->context != NULL &&
	    EVP_DigestFinal_ex(sha256->context, sum, NULL) == 1;

	give_up(sha256);
	if (!is_made)
		return fail(err, ERROR_SYSTEM, "OpenSSL gives no SHA-256");
	return 0;
}

void sha256_write(struct buf *buf, const unsigned char sum[SHA256_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		buf_add_byte(buf, digits[sum[i] >> 4]);
		buf_add_byte(buf, digits[sum[i] & 15]);
	}
}

bool sha256_read(unsigned char sum[SHA256_SIZE], struct text text)
{
	if (text.length != (size_t)2 * SHA256_SIZE)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		const char *digit = strchr(digits, text.data[i]);

		if (digit == NULL || *digit == '\0')
			return false;
		sum[i / 2] =
		    (unsigned char)(sum[i / 2] << 4 | (digit - digits));
	}
	return true;
}
