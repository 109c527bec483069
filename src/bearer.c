#include "bearer.h"

#include <string.h>

#include "utf8.h"

enum {
	WORDS_MAX = 120, /* bytes shown of a value */
	ECHO_PART = 12   /* bytes of a token that are too many */
};

/*
 * The string that is the value of a key; the object is flat and its values
 * have no escapes (RFC 7628 section 3.2.2), else it is taken up to the first.
 */
static struct text find_value(struct text json, const char *key)
{
	struct text rest = json;
	struct text part;
	bool is_found = false;

	while (text_split(&rest, '"', &part)) {
		if (is_found && text_is(text_trim(part), ":"))
			return text_part(rest, 0, text_find(rest, '"'));
		is_found = text_is(part, key);
	}
	return (struct text){NULL, 0};
}

void bearer_add_problem(struct text json, struct buf *out)
{
	static const char *const keys[] = {
	    "status", "error", "error_description", "scope"};

	if (!text_begins(text_trim(json), "{"))
		return;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct text value = find_value(json, keys[i]);

		value = text_part(value, 0, text_find(value, '\\'));
		if (value.length == 0)
			continue;
		buf_addf(out, "%s%s ", out->length > 0 ? ", " : "", keys[i]);
		utf8_add_visible(out, utf8_cut(value, WORDS_MAX));
	}
}

/* Who repeats the token is not repeated. */
static bool repeats(struct text words, struct text token)
{
	token = text_part(token, 0, ECHO_PART);
	return token.length > 0 && words.length > 0 &&
	    memmem(words.data, words.length, token.data, token.length) != NULL;
}

/* From here on a yes of the server would be a mistake. */
static void note_problem(struct sasl *sasl, struct text challenge)
{
	sasl->is_complete = false;
	if (!repeats(challenge, sasl->secret))
		bearer_add_problem(challenge, &sasl->problem);
}

static void add_token(struct sasl *sasl, struct buf *response)
{
	buf_add_string(response, "auth=Bearer ");
	buf_add(response, sasl->secret);
	buf_add_string(response, "\1\1");
	sasl->is_complete = true;
}

/* client-resp = gs2-header kvsep *kvpair kvsep; RFC 7628 section 3.1. */
int oauthbearer_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	(void)err;
	if (sasl->step > 0) {
		note_problem(sasl, challenge);
		buf_add_byte(response, '\1');
		return 0;
	}
	buf_add_string(response, "n,a=");
	sasl_add_name(response, sasl->user);
	buf_add_string(response, ",\1");
	if (sasl->host.length > 0) {
		buf_add_string(response, "host=");
		buf_add(response, sasl->host);
		buf_add_byte(response, '\1');
	}
	if (sasl->port != 0)
		buf_addf(response, "port=%u\1", sasl->port);
	add_token(sasl, response);
	return 0;
}

int xoauth2_respond(struct sasl *sasl, struct text challenge,
    struct buf *response, struct error *err)
{
	(void)err;
	if (sasl->step > 0) {
		note_problem(sasl, challenge);
		return 0;
	}
	buf_add_string(response, "user=");
	buf_add(response, sasl->user);
	buf_add_byte(response, '\1');
	add_token(sasl, response);
	return 0;
}
