/*
 * login.h - AUTH (RFC 4954)
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "smtp.h"

/* The profile has what it takes to log in, so it must be done. */
bool login_is_wanted(const struct smtp *);

/*
 * Log in with the best mechanism that the server offers and the profile
 * allows, once.  ERROR_LOGIN says what was refused and where it is set.
 */
int login_do(struct smtp *, struct error *);

#endif
