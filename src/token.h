/*
 * token.h - the tokens of structured header fields
 *
 * Every byte belongs to one, so that what is not changed can be copied.
 * Nothing is refused: what is opened and not closed ends with the text.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include "buf.h"
#include "text.h"

enum token {
	TOKEN_SPACE,   /* blanks and folding */
	TOKEN_COMMENT, /* with its parentheses and those inside it */
	TOKEN_QUOTED,  /* with its quotes */
	TOKEN_LITERAL, /* with its brackets */
	TOKEN_ATOM,
	TOKEN_SPECIAL /* one byte */
};

/* Take the next token off *rest, which is not empty. */
enum token token_next(struct text *rest, struct text *token);

/* As token_next(), past blanks and comments; false at the end. */
bool token_next_word(struct text *rest, struct text *token);

/* What opens a comment, quoted string or literal is closed, too. */
bool token_is_closed(struct text token);

/* atext, with whatever is not ASCII (RFC 6532 3.2). */
bool token_is_atext(char byte);

/* As text_split(), but never inside another token. */
bool token_split(struct text *rest, char separator, struct text *part);

/* Without the quotes around it, if there are any. */
struct text token_inside(struct text token);

/* Add what a token means: without the backslashes and the folding in it. */
void token_add_plain(struct buf *, struct text inside);

/* The other way: add it in quotes, with the backslashes that it needs. */
void token_add_quoted(struct buf *, struct text plain);

/* A parameter of a MIME field (RFC 2045 5.1); the value with its quotes. */
struct param {
	struct text name;
	struct text value;
};

/* What stands between two semicolons; false when it is no parameter. */
bool param_read(struct text part, struct param *param);

#endif
