/*
 * login.h - AUTH (RFC 4954)
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "smtp.h"

/*
 * The profile has what it takes to log in, so it must be done.  A client
 * certificate without more is shown by TLS already: with auth = auto it is
 * used to log in, too, where the server offers that.
 */
bool login_is_wanted(const struct smtp *);

/*
 * Log in with the best mechanism that the server offers and the profile
 * allows.  When the server answers 504, 534 or 538, which are about the
 * mechanism, the next one has its turn; but behind a -PLUS only another one,
 * since somebody in the middle could have said that to be rid of it.  A token
 * that is refused is asked for once more and tried again if it is another.
 * ERROR_LOGIN says what was refused and where it is set.
 */
int login_do(struct smtp *, struct error *);

/* Whatever the server says from now on, it shall not show our secrets. */
void login_hide(struct smtp *);

#endif
