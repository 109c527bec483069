/*
 * mailing.h - one message to all its recipients, in one session
 *
 * In one transaction, if that is enough.  It takes several when there are more
 * recipients than the profile's max_recipients or the server's limits (RFC 9422)
 * allow in one, or when the server finds on its own that they are too many (RFC
 * 5321 4.5.3.1.10): it gets the others in another one as long as each admits
 * somebody.
 */
#ifndef MAILING_H
#define MAILING_H

#include "envelope.h"
#include "message.h"
#include "smtp.h"

/*
 * 0 when the dialogue came to its end, and the outcome of each recipient is in
 * the envelope.  -1 when it did not: recipients may then be open, and have not
 * got the message.  A sender or a message that was refused is not tried again
 * with other recipients.  With is_full (smtp.h) those who are open may get it
 * in another session.
 */
int mailing_run(struct smtp *, struct envelope *, const struct message *,
    struct error *);

/* The server allows another transaction in this session (RFC 9422 4.1). */
bool mailing_has_room(const struct smtp *);

#endif
