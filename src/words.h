/*
 * words.h - encoded words (RFC 2047)
 *
 * In UTF-8 where the bytes are valid UTF-8, else in "unknown-8bit" (RFC 1428),
 * so that no byte is lost.  All are base64.  What is ASCII already stays as it
 * is; a line that has become too long is for others to fold.
 */
#ifndef WORDS_H
#define WORDS_H

#include "buf.h"
#include "text.h"

enum { WORDS_MAX_LINE = 76 }; /* bytes of a line with an encoded word */

/* Add any text as encoded words with blanks between them. */
void words_add_encoded(struct buf *, struct text);

/* Add the body of a field of text, such as Subject. */
void words_add_text(struct buf *, struct text body);

/* Add a list of addresses; names and comments are encoded. */
void words_add_addresses(struct buf *, struct text body);

/* Add the body of any other structured field; comments are encoded. */
void words_add_tokens(struct buf *, struct text body);

const char *words_charset(struct text);

/* Whole characters off *rest, as many as max bytes hold, but at least one. */
struct text words_take(struct text *rest, size_t max);

/* The next blanks off *rest and the word behind them; either may be empty. */
void words_next(struct text *rest, struct text *gap, struct text *word);

#endif
