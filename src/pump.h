/*
 * pump.h - the message on its way to the server, behind 354
 *
 * Through encode.h where the server cannot take it as it is, then through
 * dotstuff.h, in blocks of whole TLS records; the working set does not grow
 * with the message.
 */
#ifndef PUMP_H
#define PUMP_H

#include "dotstuff.h"
#include "encode.h"
#include "message.h"
#include "smtp.h"

struct pump {
	struct smtp *smtp;
	const struct message *message;
	bool keeps_8bit;   /* SMTPUTF8 was said, so the header may have UTF-8 */
	bool ends_session; /* QUIT may follow the message */
	bool is_ended;     /* the final dot is out, or may be */
	bool is_encoded;
	struct encode encode;
	struct dotstuff state;
	struct buf encoded;
	struct buf out;
};

/*
 * Before MAIL: look at the body if it may have to be encoded.  ERROR_MESSAGE
 * when it cannot be sent in any form.
 */
int pump_plan(struct pump *, struct smtp *, const struct message *,
    bool keeps_8bit, struct error *);

/*
 * Send all of it with the final dot, and at the end of the session QUIT in the
 * same write where PIPELINING is offered.  The answer has not been heard when
 * it returns 0.
 */
int pump_send(struct pump *, struct error *);

void pump_free(struct pump *);

#endif
