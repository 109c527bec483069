/*
 * session.h - how a session opens and how it ends
 *
 * Straight-line dialogue: greeting, EHLO, STARTTLS, EHLO, AUTH, as far as the
 * profile asks for it.
 */
#ifndef SESSION_H
#define SESSION_H

#include "smtp.h"

/* From the greeting to a session that may send. */
int session_begin(struct smtp *, struct error *);

/* Say QUIT, unless it has been said; waits for nothing. */
void session_end(struct smtp *);

#endif
