/*
 * text.h - a view of bytes that somebody else owns
 *
 * A struct text never owns what it points to and need not end with a NUL.
 * Case is folded for ASCII letters only, whatever the locale.  What runs for
 * each line of each message is inline: that is a quarter of its time.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *data;
	size_t length;
};

struct text text_of(const char *string);

/* The part from byte first up to, not including, byte end; clamped. */
static inline struct text text_part(struct text text, size_t first, size_t end)
{
	if (end > text.length)
		end = text.length;
	if (first > end)
		first = end;
	/* Nothing may be added to NULL, not even zero. */
	if (first > 0)
		text.data += first;
	text.length = end - first;
	return text;
}

bool text_is(struct text, const char *string);
bool text_is_nocase(struct text, const char *string);
bool text_equal_nocase(struct text, struct text);
bool text_begins(struct text, const char *prefix);
bool text_begins_nocase(struct text, const char *prefix);

/* Where the byte first occurs, or text.length. */
static inline size_t text_find(struct text text, char byte)
{
	const char *found = NULL;

	if (text.length > 0)
		found = memchr(text.data, byte, text.length);
	return found != NULL ? (size_t)(found - text.data) : text.length;
}

/* A byte above 127 is in it. */
bool text_has_8bit(struct text);

/* Without blanks, tabs, CR and LF at both ends. */
struct text text_trim(struct text);

/*
 * Take the part before the next separator off *rest.  False when *rest has
 * been used up: "a,,b" has three parts, "a," has one, "" has none.
 */
bool text_split(struct text *rest, char separator, struct text *part);

/* As text_split() at runs of blanks and tabs; never gives an empty word. */
bool text_word(struct text *rest, struct text *word);

/* Digits only, at most max (9 or more); -1 for anything else. */
int text_number(struct text, unsigned long long max, unsigned long long *value);

/* A copy that ends with a NUL, owned by the caller. */
char *text_dup(struct text);

/* ASCII only, whatever the locale. */
bool byte_is_blank(char);   /* SP HTAB */
bool byte_is_space(char);   /* SP HTAB CR LF */
bool byte_is_control(char); /* 0-31, 127 */
bool byte_is_8bit(char);
bool byte_is_digit(char);
bool byte_is_letter(char);
char byte_lower(char);

#endif
