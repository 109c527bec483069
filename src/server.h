/*
 * server.h - the server of one SMTP session (RFC 5321), for -bs
 *
 * Straight-line dialogue over a feed; what becomes of mail is for the desk to
 * say.  Nothing but replies is ever written.
 */
#ifndef SERVER_H
#define SERVER_H

#include "error.h"
#include "serving.h"

/*
 * From greeting to QUIT or the end of input, 0.  -1 with ERROR_NETWORK when the
 * client did not speak in time or could not be answered, and with the refusal.
 */
int server_run(struct server *, struct error *);

#endif
