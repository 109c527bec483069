#include "certificate.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "utf8.h"

void certificate_add_name(struct buf *buf, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long length;

	if (bio == NULL)
		return;
	(void)X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	length = BIO_get_mem_data(bio, &data);
	if (length > 0)
		utf8_add_visible(buf,
		    utf8_cut((struct text){data, (size_t)length},
			CERTIFICATE_NAME_MAX));
	BIO_free(bio);
}

static struct text text_of_string(const ASN1_STRING *string)
{
	return (struct text){(const char *)ASN1_STRING_get0_data(string),
	    (size_t)ASN1_STRING_length(string)};
}

/* False for what is no host: mail addresses, URIs, oddly long addresses. */
static bool add_host(struct buf *buf, const GENERAL_NAME *name)
{
	char shown[INET6_ADDRSTRLEN];
	struct text address;
	int family;

	if (name->type == GEN_DNS) {
		utf8_add_visible(buf, text_of_string(name->d.dNSName));
		return true;
	}
	if (name->type != GEN_IPADD)
		return false;
	address = text_of_string(name->d.iPAddress);
	if (address.length != sizeof(struct in_addr) &&
	    address.length != sizeof(struct in6_addr))
		return false;
	family = address.length == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	if (inet_ntop(family, address.data, shown, sizeof shown) == NULL)
		return false;
	buf_add_string(buf, shown);
	return true;
}

void certificate_add_hosts(struct buf *buf, const X509 *certificate, int limit)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		struct buf host = {0};

		if (!add_host(&host, sk_GENERAL_NAME_value(names, i))) {
			buf_free(&host);
			continue;
		}
		if (count++ < limit)
			buf_addf(buf, "%s%s", count > 1 ? ", " : "",
			    buf_string(&host));
		buf_free(&host);
	}
	GENERAL_NAMES_free(names);
	if (count == 0)
		buf_add_string(buf, "no host name at all");
	if (count > limit)
		buf_addf(buf, " and %d more", count - limit);
}

void certificate_add_date(struct buf *buf, const ASN1_TIME *date)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(date, &tm) == 1)
		buf_addf(buf, "%04d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
	else
		buf_add_string(buf, "no date");
}

int certificate_days_left(const X509 *certificate)
{
	int days = 0;
	int seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL,
		X509_get0_notAfter(certificate)) != 1)
		return 0;
	/* Half a day ago is not "0 days left". */
	return days == 0 && seconds < 0 ? -1 : days;
}

bool certificate_pin(const X509 *certificate, unsigned char digest[PIN_SIZE])
{
	unsigned char *der = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool is_made = length > 0 &&
	    EVP_Digest(der, (size_t)length, digest, NULL, EVP_sha256(), NULL) ==
		1;

	OPENSSL_free(der);
	return is_made;
}
