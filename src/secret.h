/*
 * secret.h - the password or token, from wherever the profile says
 *
 * The value itself, a file, a command, an environment variable or a systemd
 * credential; where the profile names several, the first in this order: value,
 * file, command, variable, credential.  The first line counts.  No sentence
 * shows any part of the secret, of a command or of a name that may be a secret
 * set under the wrong key.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "settings.h"

enum {
	SECRET_MAX = 65536,       /* bytes */
	SECRET_TIME_LIMIT = 30000 /* milliseconds for a command */
};

/* The profile names a source for a password; for a token. */
bool secret_has_password(const struct profile *);
bool secret_has_token(const struct profile *);

/* ... for the password of tls_key. */
bool secret_has_key_password(const struct profile *);

/*
 * Fill the empty buf; the caller wipes it.  It stays empty when this fails:
 * ERROR_CONFIG says which source it was and why, ERROR_SYSTEM that a command
 * could not even be started.
 */
int secret_read_password(const struct profile *, struct buf *, struct error *);
int secret_read_token(const struct profile *, struct buf *, struct error *);
int secret_read_key_password(const struct profile *, struct buf *,
    struct error *);

#endif
