#include "address.h"

#include <string.h>

#include "mailbox.h"
#include "token.h"
#include "utf8.h"

/*
 * What is read, RFC 5322 sections 3.4.1 and 4.4:
 *
 * spec       = [route] local-part ["@" domain]
 * route      = 1*([CFWS] "@" domain [CFWS] ",") ":"
 * local-part = word *("." word)
 * domain     = atom *("." atom) / domain-literal
 *
 * and what is written, RFC 5321 section 4.1.2:
 *
 * Mailbox    = Local-part "@" ( Domain / address-literal )
 */

static const char open_comment[] = "a comment is not closed";

enum { PART_MAX = 1024 }; /* bytes read of a part before it is too long */

static int refuse(struct error *err, struct text spec, const char *why)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, utf8_cut(spec, 200));
	(void)fail(err, ERROR_ADDRESS, "%s is no usable mail address: %s",
	    shown.length > 0 ? buf_string(&shown) : "\"\"", why);
	buf_free(&shown);
	return -1;
}

static const char *add_word(struct buf *local, struct text token)
{
	if (!token_is_closed(token))
		return "a quote is not closed";
	if (token.data[0] == '"')
		token_add_plain(local, token_inside(token));
	else
		buf_add(local, token);
	return NULL;
}

/* Words and dots, up to what is neither. */
static const char *read_local(struct text *rest, struct buf *local)
{
	const char *why = NULL;
	struct text ahead = *rest;
	struct text token;
	bool is_word_next = true;

	while (why == NULL && token_next_word(&ahead, &token)) {
		bool is_dot = text_is(token, ".");

		if (token.data[0] == '(')
			return open_comment;
		if (!is_dot && token.data[0] != '"' &&
		    !token_is_atext(token.data[0]))
			break;
		if (!is_dot && !is_word_next)
			return "blanks must be quoted";
		if (is_dot)
			buf_add_byte(local, '.');
		else
			why = add_word(local, token);
		is_word_next = is_dot;
		*rest = ahead;
	}
	if (why == NULL && local->length == 0)
		why = "there is nothing before the \"@\"";
	return why;
}

static const char *read_domain(struct text *rest, struct buf *domain)
{
	struct text token;
	bool is_label_next = true;

	while (token_next_word(rest, &token)) {
		bool is_dot = text_is(token, ".");

		if (token.data[0] == '(')
			return open_comment;
		if (!token_is_closed(token))
			return "a bracket is not closed";
		if (is_dot && is_label_next)
			return "the domain's dots are out of place";
		if (!is_dot && !is_label_next)
			return "something stands behind the domain; commas "
			       "separate addresses";
		is_label_next = is_dot;
		if (!is_dot && !token_is_atext(token.data[0]) &&
		    (token.data[0] != '[' || domain->length > 0))
			return "something stands in the domain's place";
		buf_add(domain, token);
	}
	/* The root's dot is for name servers, not for mail. */
	if (is_label_next && domain->length > 1)
		domain->data[--domain->length] = '\0';
	return domain->length > 0 ? NULL : "there is nothing behind the \"@\"";
}

/* General-address-literals beyond IPv6 have never been registered. */
static bool is_domain_byte(char byte, bool is_literal)
{
	if (byte_is_letter(byte) || byte_is_digit(byte) || byte == '-' ||
	    byte == '.')
		return true;
	return is_literal ? byte == ':' : byte == '_' || byte_is_8bit(byte);
}

static const char *check_domain(struct text domain)
{
	bool is_literal = domain.length > 0 && domain.data[0] == '[';
	struct text inside = domain;

	if (domain.length > ADDRESS_MAX_DOMAIN)
		return "the domain is longer than 255 bytes";
	if (is_literal)
		inside = text_part(domain, 1, domain.length - 1);
	if (is_literal && inside.length == 0)
		return "there is nothing in the brackets";
	for (size_t i = 0; i < inside.length; i++)
		if (!is_domain_byte(inside.data[i], is_literal))
			return "the domain has a character that none may have";
	return NULL;
}

static const char *check_local(struct text local, bool is_bare)
{
	if (local.length > ADDRESS_MAX_LOCAL)
		return "the part before the \"@\" is longer than 64 bytes";
	for (size_t i = 0; i < local.length; i++)
		if (byte_is_control(local.data[i]))
			return "it has a control character";
	if (is_bare && local.data[0] == '|')
		return "commands are not run";
	if (is_bare && local.data[0] == '/')
		return "files are not written";
	return NULL;
}

static bool is_dot_atom(struct text local)
{
	for (size_t i = 0; i < local.length; i++) {
		bool is_edge = i == 0 || i + 1 == local.length;

		if (local.data[i] == '.' ? is_edge || local.data[i - 1] == '.' :
					   !token_is_atext(local.data[i]))
			return false;
	}
	return local.length > 0;
}

static void add_local(struct buf *buf, struct text local)
{
	if (is_dot_atom(local))
		buf_add(buf, local);
	else
		token_add_quoted(buf, local);
}

/* "@a,@b:" before the address; RFC 5321 appendix F.2 says to ignore it. */
static void skip_route(struct text *rest)
{
	struct text ahead = *rest;
	struct text token;

	if (!token_next_word(&ahead, &token) || !text_is(token, "@"))
		return;
	while (token_next_word(&ahead, &token) && !text_is(token, ":"))
		if (text_is(token, "<") || text_is(token, ">"))
			return;
	*rest = ahead;
}

/* Split and check a spec; returns what is wrong with it, or NULL. */
static const char *read_spec(struct text spec, struct buf *local,
    struct buf *domain)
{
	struct text rest = spec;
	struct text token;
	const char *why;
	bool is_bare;

	skip_route(&rest);
	why = read_local(&rest, local);
	is_bare = !token_next_word(&rest, &token);
	if (why == NULL && !is_bare && !text_is(token, "@"))
		why = "a special character is not quoted";
	if (why == NULL && !is_bare)
		why = read_domain(&rest, domain);
	if (why == NULL)
		why = check_local(buf_text(local), is_bare);
	if (why == NULL)
		why = check_domain(buf_text(domain));
	if (why == NULL && !utf8_is_valid(spec))
		why = "it is not in UTF-8";
	return why;
}

const char *address_try(struct buf *buf, struct text spec, const char *domain)
{
	struct buf local = {.ceiling = PART_MAX};
	struct buf given = {.ceiling = PART_MAX};
	struct buf whole = {0};
	const char *why = read_spec(spec, &local, &given);

	if (why == NULL) {
		add_local(&whole, buf_text(&local));
		buf_add_byte(&whole, '@');
		buf_add_string(&whole,
		    given.length > 0 ? buf_string(&given) : domain);
		if (whole.length > ADDRESS_MAX)
			why = "it is longer than 254 bytes";
	}
	if (why == NULL)
		buf_add(buf, buf_text(&whole));
	buf_free(&whole);
	buf_free(&given);
	buf_free(&local);
	return why;
}

int address_write(struct buf *buf, struct text spec, const char *domain,
    struct error *err)
{
	const char *why = address_try(buf, spec, domain);

	return why == NULL ? 0 : refuse(err, spec, why);
}

int address_check(struct text address, struct error *err)
{
	struct buf again = {0};
	int result = 0;

	if (address.length == 0)
		return 0;
	result = address_write(&again, address, "", err);
	if (result == 0 &&
	    (again.length != address.length ||
		memcmp(again.data, address.data, address.length) != 0))
		result = refuse(err, address, "it is not in its SMTP form");
	buf_free(&again);
	return result;
}

bool address_is_international(struct text address)
{
	return text_has_8bit(address);
}

struct text address_domain(struct text address)
{
	for (size_t i = address.length; i > 0; i--)
		if (address.data[i - 1] == '@')
			return text_part(address, i, address.length);
	return text_part(address, address.length, address.length);
}

void address_qualify(struct buf *buf, struct text body, const char *domain)
{
	struct text rest = body;
	struct buf ignored = {0};
	struct error err;
	struct mailbox box;
	size_t done = 0;

	while (mailbox_next(&rest, &box)) {
		size_t end =
		    (size_t)(box.spec.data - body.data) + box.spec.length;

		/* Words that are no address stay as their author wrote them. */
		if (!box.is_bare ||
		    address_write(&ignored, box.spec, domain, &err) < 0)
			continue;
		buf_add(buf, text_part(body, done, end));
		buf_add_byte(buf, '@');
		buf_add_string(buf, domain);
		done = end;
	}
	buf_add(buf, text_part(body, done, body.length));
	buf_free(&ignored);
}
