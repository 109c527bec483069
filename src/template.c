#include "template.h"

#include "utf8.h"

/* The variables with names. */
static const struct text *find_variable(const struct variables *variables,
    struct text name)
{
	const struct {
		const char *name;
		const struct text *value;
	} named[] = {
	    {"local", &variables->local},
	    {"domain", &variables->domain},
	    {"name", &variables->name},
	    {"user", &variables->user},
	    {"host", &variables->host},
	};

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (text_is(name, named[i].name))
			return named[i].value;
	return NULL;
}

/* Take off *rest what stands before a "$", or a "$" and what belongs to it. */
static struct text next_piece(struct text *rest)
{
	struct text text = *rest;
	size_t n = 1;

	if (text.data[0] != '$')
		n = text_find(text, '$');
	else if (n < text.length &&
	    (text.data[n] == '$' || byte_is_digit(text.data[n])))
		n++;
	else
		while (n < text.length && byte_is_letter(text.data[n]))
			n++;
	*rest = text_part(text, n, text.length);
	return text_part(text, 0, n);
}

static int refuse_variable(struct text piece, int captures, struct error *err)
{
	struct text shown = utf8_cut(piece, 100);

	if (piece.length == 1)
		return fail(err, ERROR_CONFIG,
		    "has a $ without a name; $$ is a dollar");
	if (captures == TEMPLATE_NO_ADDRESS)
		return fail(err, ERROR_CONFIG,
		    "uses %.*s; the variables here are $user and $host, and "
		    "$$ is a dollar",
		    (int)shown.length, shown.data);
	return fail(err, ERROR_CONFIG,
	    "uses %.*s, which is no variable; the variables are $1 to $9, "
	    "$local, $domain, $name, $user and $host",
	    (int)shown.length, shown.data);
}

static int check_capture(char digit, int captures, struct error *err)
{
	if (digit - '0' <= captures)
		return 0;
	if (captures == 0)
		return fail(err, ERROR_CONFIG,
		    "uses $%c, but the pattern makes no capture", digit);
	return fail(err, ERROR_CONFIG,
	    "uses $%c, but the pattern makes only %d capture%s", digit,
	    captures, captures == 1 ? "" : "s");
}

static int check_piece(struct text piece, int captures, struct error *err)
{
	struct text name = text_part(piece, 1, piece.length);
	bool has_address = captures != TEMPLATE_NO_ADDRESS;
	struct variables none = {0};

	if (piece.data[0] != '$' || text_is(name, "$") ||
	    text_is(name, "user") || text_is(name, "host"))
		return 0;
	if (has_address && name.length > 0 && name.data[0] >= '1' &&
	    name.data[0] <= '9')
		return check_capture(name.data[0], captures, err);
	if (has_address && find_variable(&none, name) != NULL)
		return 0;
	return refuse_variable(piece, captures, err);
}

int template_check(struct text text, int captures, const char **spot,
    struct error *err)
{
	while (text.length > 0) {
		struct text piece = next_piece(&text);

		if (check_piece(piece, captures, err) < 0) {
			*spot = piece.data;
			return -1;
		}
	}
	return 0;
}

static void add_variable(struct buf *buf, struct text name,
    const struct variables *variables)
{
	const struct text *value = find_variable(variables, name);

	if (name.length > 0 && byte_is_digit(name.data[0])) {
		size_t n = (size_t)(name.data[0] - '1');

		if (n < variables->captures.count)
			value = &variables->captures.items[n];
	}
	if (value != NULL)
		buf_add(buf, *value);
}

void template_add(struct buf *buf, struct text text,
    const struct variables *variables)
{
	while (text.length > 0) {
		struct text piece = next_piece(&text);
		struct text name = text_part(piece, 1, piece.length);

		if (piece.data[0] != '$')
			buf_add(buf, piece);
		else if (text_is(name, "$"))
			buf_add_byte(buf, '$');
		else
			add_variable(buf, name, variables);
	}
}
