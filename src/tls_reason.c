#include "tls_reason.h"

#include <openssl/err.h>
#include <stddef.h>

const char *tls_reason(const char *otherwise)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	return text != NULL ? text : otherwise;
}
