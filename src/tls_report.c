#include "tls_report.h"

#include <openssl/evp.h>
#include <openssl/objects.h>

#include "certificate.h"

enum { REPORT_NAMES = 50 };

static void add_key(struct buf *buf, const X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *signature = OBJ_nid2ln(X509_get_signature_nid(certificate));

	if (key != NULL)
		buf_addf(buf, "%s, %d bits, ", EVP_PKEY_get0_type_name(key),
		    EVP_PKEY_get_bits(key));
	buf_addf(buf, "signed with %s",
	    signature != NULL ? signature : "something unknown");
}

static void add_dates(struct buf *buf, const X509 *certificate)
{
	int days;

	certificate_add_date(buf, X509_get0_notBefore(certificate));
	buf_add_string(buf, " to ");
	certificate_add_date(buf, X509_get0_notAfter(certificate));
	days = certificate_days_left(certificate);
	if (days < 0)
		buf_add_string(buf, ", ended");
	else
		buf_addf(buf, ", %d days left", days);
}

static void add_certificate(struct buf *buf, const X509 *certificate, int n)
{
	buf_addf(buf, "certificate %d\n  subject  ", n + 1);
	certificate_add_name(buf, X509_get_subject_name(certificate));
	buf_add_string(buf, "\n  issuer   ");
	certificate_add_name(buf, X509_get_issuer_name(certificate));
	if (n == 0) {
		buf_add_string(buf, "\n  for      ");
		certificate_add_hosts(buf, certificate, REPORT_NAMES);
	}
	buf_add_string(buf, "\n  key      ");
	add_key(buf, certificate);
	buf_add_string(buf, "\n  valid    ");
	add_dates(buf, certificate);
	buf_add_byte(buf, '\n');
}

void tls_report_add(struct buf *buf, const SSL *ssl)
{
	const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	unsigned char digest[PIN_SIZE];

	buf_addf(buf, "protocol   %s\ncipher     %s\n", SSL_get_version(ssl),
	    SSL_get_cipher_name(ssl));
	for (int i = 0; i < sk_X509_num(chain); i++)
		add_certificate(buf, sk_X509_value(chain, i), i);
	if (sk_X509_num(chain) > 0 &&
	    certificate_pin(sk_X509_value(chain, 0), digest)) {
		buf_add_string(buf, "tls_pin = ");
		pin_add(buf, digest);
		buf_add_byte(buf, '\n');
	}
}
