/*
 * command.h - the lines MAIL and RCPT with their parameters
 *
 * Each parameter is there only when the message needs it and the server
 * offers it: BODY (RFC 6152), SIZE (RFC 1870), SMTPUTF8 (RFC 6531), RET,
 * ENVID, NOTIFY, ORCPT (RFC 3461), REQUIRETLS (RFC 8689).
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "ehlo.h"
#include "envelope.h"
#include "message.h"

/*
 * The addresses are in the form that the server takes, see smtp_add_address().
 * ERROR_ADDRESS for anything that is not fit to stand in the line.
 */
int command_add_mail(struct buf *, const char *sender, const struct envelope *,
    const struct message *, const struct ehlo *, struct error *);
int command_add_rcpt(struct buf *, const char *address,
    const struct recipient *, const struct envelope *, const struct ehlo *,
    struct error *);

#endif
