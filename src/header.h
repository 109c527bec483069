/*
 * header.h - header fields for a server that wants ASCII in short lines
 *
 * Text, display names and comments become encoded words (words.h), parameters
 * of MIME fields extended ones (RFC 2231).  Nothing inside an address is
 * touched: it would be another address.
 */
#ifndef HEADER_H
#define HEADER_H

#include "buf.h"
#include "message.h"

/* ASCII throughout, unless 8-bit may stay, and no line over 998 bytes. */
bool header_is_fit(const struct message *, bool keeps_8bit);

/*
 * Add the whole field, without the last line end.  One that is fit stays as
 * it is; others are folded where they have blanks: at 76 columns, or at 998
 * bytes when their length is all that is wrong.  A list of addresses whose
 * lines are too long gets a blank behind each comma for that.
 */
void header_add_field(struct buf *, const struct field *, bool keeps_8bit);

#endif
