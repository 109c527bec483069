/*
 * sha256.h - SHA-256 of bytes that pass by
 */
#ifndef SHA256_H
#define SHA256_H

#include "buf.h"
#include "error.h"
#include "text.h"

enum { SHA256_SIZE = 32 }; /* bytes */

struct sha256 {
	struct evp_md_ctx_st *context; /* NULL: it has failed */
};

void sha256_begin(struct sha256 *);
void sha256_add(struct sha256 *, struct text);

/* Nothing of it is left then.  ERROR_SYSTEM, for a failure anywhere. */
int sha256_end(struct sha256 *, unsigned char sum[SHA256_SIZE], struct error *);

/* In small hexadecimal digits. */
void sha256_write(struct buf *, const unsigned char sum[SHA256_SIZE]);

/* The other way; false for anything else than 64 such digits. */
bool sha256_read(unsigned char sum[SHA256_SIZE], struct text);

#endif
