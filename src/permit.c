#include "permit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mailbox.h"
#include "mem.h"
#include "pattern.h"
#include "utf8.h"

struct permit {
	char *holder;
	struct origin origin;
	struct pattern *patterns;
	size_t count;
};

/* --- reading ------------------------------------------------------------- */

/* Names of users and groups, as useradd(8) and directories have them. */
static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		char byte = name.data[i];

		if (!byte_is_letter(byte) && !byte_is_digit(byte) &&
		    !byte_is_8bit(byte) && strchr("-_.+$\\", byte) == NULL)
			return false;
	}
	return name.length > 0;
}

static int read_holder(struct permit *permit, struct text holder,
    struct error *err)
{
	bool is_group = holder.length > 0 && holder.data[0] == '@';
	struct text name = text_part(holder, is_group ? 1 : 0, holder.length);

	if (!text_is(holder, "*") && !is_name(name))
		return fail(err, ERROR_CONFIG,
		    "takes USER, @GROUP or * before the colon, as in www-data: "
		    "*@example.com");
	permit->holder = text_dup(holder);
	return 0;
}

static int read_patterns(struct permit *permit, struct text list,
    struct error *err)
{
	const char *ignored; /* where it goes wrong */
	bool is_last = false;

	while (!is_last) {
		size_t end = pattern_find_end(list, ",");
		struct text text = text_trim(text_part(list, 0, end));
		struct pattern pattern = {0};

		if (pattern_parse(&pattern, text, &ignored, err) < 0)
			return -1;
		permit->patterns = mem_grow(permit->patterns, permit->count,
		    sizeof *permit->patterns);
		permit->patterns[permit->count++] = pattern;
		is_last = end == list.length;
		list = text_trim(text_part(list, end + 1, list.length));
	}
	return 0;
}

static int permit_read(struct permit *permit, struct text value,
    struct error *err)
{
	size_t colon = text_find(value, ':');
	struct text holder = text_trim(text_part(value, 0, colon));
	struct text list = text_part(value, colon + 1, value.length);

	if (colon == value.length)
		return fail(err, ERROR_CONFIG,
		    "takes a user and whom he may send as, as in www-data: "
		    "*@example.com");
	if (read_holder(permit, holder, err) < 0)
		return -1;
	return read_patterns(permit, text_trim(list), err);
}

static void permit_free(struct permit *permit)
{
	for (size_t i = 0; i < permit->count; i++)
		pattern_free(&permit->patterns[i]);
	free(permit->patterns);
	free(permit->holder);
}

int permits_add(struct permits *permits, struct text value,
    struct origin origin, struct error *err)
{
	struct permit permit = {.origin = origin};

	if (permit_read(&permit, value, err) < 0) {
		permit_free(&permit);
		return -1;
	}
	permits->items =
	    mem_grow(permits->items, permits->count, sizeof *permits->items);
	permits->items[permits->count++] = permit;
	return 0;
}

void permits_free(struct permits *permits)
{
	for (size_t i = 0; i < permits->count; i++)
		permit_free(&permits->items[i]);
	free(permits->items);
	*permits = (struct permits){0};
}

/* --- asking -------------------------------------------------------------- */

static bool permit_names(const struct permit *permit,
    const struct permit_holder *holder)
{
	if (strcmp(permit->holder, "*") == 0)
		return true;
	if (permit->holder[0] == '@')
		return strlist_has(&holder->groups, permit->holder + 1);
	return holder->login != NULL &&
	    strcmp(permit->holder, holder->login) == 0;
}

static bool permit_matches(const struct permit *permit, const struct site *site,
    const char *address)
{
	struct captures ignored;

	for (size_t i = 0; i < permit->count; i++)
		if (pattern_matches(&permit->patterns[i], site, address,
			&ignored))
			return true;
	return false;
}

/* Of those that name him the one to be told of is the first. */
static const struct permit *find_refusal(const struct permits *permits,
    const struct site *site, const struct permit_holder *holder,
    const char *address)
{
	const struct permit *first = NULL;

	for (size_t i = 0; i < permits->count; i++) {
		const struct permit *permit = &permits->items[i];

		if (!permit_names(permit, holder))
			continue;
		if (permit_matches(permit, site, address))
			return NULL;
		if (first == NULL)
			first = permit;
	}
	return first;
}

static int refuse(const struct permit *permit,
    const struct permit_holder *holder, const char *address, struct error *err)
{
	const char *login =
	    holder->login != NULL ? holder->login : "a stranger";
	struct buf shown = {0};
	struct buf where = {0};

	utf8_add_visible(&shown, text_of(address));
	origin_add(&where, permit->origin);
	(void)fail(err, ERROR_LOGIN,
	    "%s may not send as %s; see allow_from in %s", login,
	    buf_string(&shown), buf_string(&where));
	err->reply = 550;
	(void)snprintf(err->status, sizeof err->status, "5.7.1");
	buf_free(&shown);
	buf_free(&where);
	return -1;
}

/* RFC 5321 4.5.5: reports have the null sender, and nobody is behind it. */
int permits_check(const struct permits *permits, const struct site *site,
    const struct permit_holder *holder, const char *address, struct error *err)
{
	const struct permit *refusal = *address != '\0' ?
	    find_refusal(permits, site, holder, address) :
	    NULL;

	return refusal == NULL ? 0 : refuse(refusal, holder, address, err);
}

static int check_author(const struct permits *permits, const struct site *site,
    const struct permit_holder *holder, struct text spec, struct error *err)
{
	struct buf address = {0};
	bool is_good = address_try(&address, spec, site->domain) == NULL;
	const struct permit *refusal = find_refusal(permits, site, holder,
	    is_good ? buf_string(&address) : "");
	int result = 0;

	if (refusal != NULL)
		result = refuse(refusal, holder,
		    is_good ? buf_string(&address) : "nobody in particular",
		    err);
	buf_free(&address);
	return result;
}

static int check_field(const struct permits *permits, const struct site *site,
    const struct permit_holder *holder, struct text body, struct error *err)
{
	struct mailbox box;

	while (mailbox_next(&body, &box))
		if (check_author(permits, site, holder, box.spec, err) < 0)
			return -1;
	return 0;
}

int permits_check_authors(const struct permits *permits,
    const struct site *site, const struct permit_holder *holder,
    const struct message *message, struct error *err)
{
	const struct field *from = message_field(message, "From", NULL);

	for (; from != NULL; from = message_field(message, "From", from))
		if (check_field(permits, site, holder, field_body(from), err) <
		    0)
			return -1;
	return 0;
}
