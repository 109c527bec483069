#include "alias.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "buf.h"
#include "error.h"
#include "mem.h"
#include "token.h"
#include "utf8.h"

/* A file being read; an alias is finished when the next one begins. */
struct reading {
	struct aliases *aliases;
	const struct site *site;
	struct strlist *problems;
	struct buf entry; /* one alias, its lines joined */
	unsigned first;   /* line of the entry; 0: there is none */
	unsigned last;    /* the same, of its last line that ended with "\" */
};

PRINTF(3, 4)
static void complain(const struct reading *reading, unsigned line,
    const char *format, ...)
{
	va_list values;
	char *sentence;

	if (reading->problems->count >= ALIAS_MAX_PROBLEMS)
		return;
	va_start(values, format);
	sentence = mem_format(format, values);
	va_end(values);
	strlist_addf(reading->problems, "%s:%u: %s", reading->aliases->file,
	    line, sentence);
	free(sentence);
}

static void complain_of_name(const struct reading *reading,
    const struct buf *name, const char *what)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, buf_text(name));
	complain(reading, reading->first, "%s %s", buf_string(&shown), what);
	buf_free(&shown);
}

static void complain_of_repeat(const struct reading *reading,
    const struct alias *alias, unsigned line)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, text_of(alias->name));
	complain(reading, alias->line,
	    "%s is defined twice, the first time in line %u",
	    buf_string(&shown), line);
	buf_free(&shown);
}

static int compare_names(struct text a, struct text b)
{
	size_t length = a.length < b.length ? a.length : b.length;

	for (size_t i = 0; i < length; i++) {
		int order = byte_lower(a.data[i]) - byte_lower(b.data[i]);

		if (order != 0)
			return order;
	}
	return (a.length > b.length) - (a.length < b.length);
}

static int compare_aliases(const void *a, const void *b)
{
	const struct alias *first = a;
	const struct alias *second = b;
	int order = compare_names(text_of(first->name), text_of(second->name));

	if (order == 0)
		order = first->line < second->line ? -1 : 1;
	return order;
}

static int compare_key(const void *key, const void *item)
{
	const struct text *name = key;
	const struct alias *alias = item;

	return compare_names(*name, text_of(alias->name));
}

static void add_alias(struct reading *reading, struct text name,
    struct text targets)
{
	struct aliases *aliases = reading->aliases;

	aliases->items =
	    mem_grow(aliases->items, aliases->count, sizeof *aliases->items);
	aliases->items[aliases->count++] = (struct alias){
	    .name = text_dup(name),
	    .targets = text_dup(targets),
	    .line = reading->first,
	};
}

/* A name may be written as an address, too, if it is one of this host. */
static void read_alias(struct reading *reading, struct text key,
    struct text targets)
{
	struct buf address = {0};
	struct text name;
	struct text rest = targets;
	struct text target;
	enum target_kind kind;
	struct error cause;

	if (address_write(&address, key, reading->site->domain, &cause) < 0)
		complain(reading, reading->first, "%s", cause.text);
	else if (!site_is_local(reading->site, buf_text(&address), &name))
		complain_of_name(reading, &address,
		    "is no address of this host, so it can have no alias");
	else if (!alias_next_target(&rest, &kind, &target))
		complain_of_name(reading, &address,
		    "is an alias without targets");
	else
		add_alias(reading, name, targets);
	buf_free(&address);
}

static void end_entry(struct reading *reading)
{
	struct text entry = buf_text(&reading->entry);
	struct text rest = entry;
	struct text key = entry;

	if (reading->first == 0)
		return;
	(void)token_split(&rest, ':', &key);
	if (reading->entry.is_full)
		complain(reading, reading->first,
		    "an alias longer than %d bytes", ALIAS_MAX_LINE);
	else if (text_find(entry, '\0') < entry.length)
		complain(reading, reading->first, "a NUL byte in the alias");
	else if (text_begins(entry, "+"))
		complain(reading, reading->first,
		    "\"+\" stands for the aliases of NIS, which is not asked");
	else if (key.length == entry.length)
		complain(reading, reading->first,
		    "no alias, which is NAME: TARGET, TARGET");
	else
		read_alias(reading, text_trim(key), text_trim(rest));
	buf_clear(&reading->entry);
}

static void read_line(struct reading *reading, unsigned number,
    struct text line)
{
	bool is_joined = reading->last > 0 && number == reading->last + 1;
	bool is_more = is_joined || byte_is_blank(line.data[0]);
	struct text text = text_trim(line);

	if (is_more && reading->first == 0) {
		complain(reading, number,
		    "a blank begins the line, but no alias goes on here");
		return;
	}
	if (!is_more) {
		end_entry(reading);
		reading->first = number;
	} else if (!is_joined) {
		buf_add_byte(&reading->entry, ' ');
	}
	reading->last = 0;
	if (text.data[text.length - 1] == '\\') {
		text.length--;
		reading->last = number;
	}
	buf_add(&reading->entry, text);
}

/* They are sorted, and where the names are equal by line. */
static void drop_repeats(struct reading *reading)
{
	struct aliases *aliases = reading->aliases;
	size_t kept = 0;

	for (size_t i = 0; i < aliases->count; i++) {
		struct alias *alias = &aliases->items[i];
		const struct alias *last = NULL;

		if (kept > 0)
			last = &aliases->items[kept - 1];
		if (last == NULL ||
		    !text_is_nocase(text_of(alias->name), last->name)) {
			aliases->items[kept++] = *alias;
			continue;
		}
		complain_of_repeat(reading, alias, last->line);
		free(alias->name);
		free(alias->targets);
	}
	aliases->count = kept;
}

void aliases_read(struct aliases *aliases, const char *file,
    struct text contents, const struct site *site, struct strlist *problems)
{
	struct reading reading = {
	    .aliases = aliases,
	    .site = site,
	    .problems = problems,
	    .entry = {.ceiling = ALIAS_MAX_LINE},
	};
	unsigned number = 0;
	struct text line;

	aliases->file = mem_dup(file);
	while (alias_next_line(&contents, &number, &line))
		read_line(&reading, number, line);
	end_entry(&reading);
	buf_free(&reading.entry);
	if (aliases->count > 0)
		qsort(aliases->items, aliases->count, sizeof *aliases->items,
		    compare_aliases);
	drop_repeats(&reading);
}

void aliases_free(struct aliases *aliases)
{
	for (size_t i = 0; i < aliases->count; i++) {
		free(aliases->items[i].name);
		free(aliases->items[i].targets);
	}
	free(aliases->items);
	free(aliases->file);
	*aliases = (struct aliases){0};
}

static const struct alias *find(const struct aliases *aliases, struct text name)
{
	if (aliases->count == 0)
		return NULL;
	return bsearch(&name, aliases->items, aliases->count,
	    sizeof *aliases->items, compare_key);
}

const struct alias *aliases_find(const struct aliases *aliases,
    struct text name)
{
	const struct alias *alias = find(aliases, name);

	return alias != NULL ? alias : find(aliases, text_of("*"));
}

bool alias_next_line(struct text *rest, unsigned *number, struct text *line)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	if (*number == 0 && text_begins(*rest, byte_order_mark))
		*rest = text_part(*rest, 3, rest->length);
	while (text_split(rest, '\n', line)) {
		struct text trimmed = text_trim(*line);

		*number += 1;
		if (trimmed.length > 0 && trimmed.data[0] != '#')
			return true;
	}
	return false;
}

/* Nothing stands before or behind the quotes. */
static bool is_quoted(struct text part)
{
	struct text rest = part;
	struct text token;

	return part.length > 0 && token_next(&rest, &token) == TOKEN_QUOTED &&
	    rest.length == 0 && token_is_closed(token);
}

static struct text unquote(struct text part)
{
	return is_quoted(part) ? text_trim(token_inside(part)) : part;
}

/* "anna@example.org" in quotes means the address, "a b" the name in them. */
static struct text take_tag(struct text part, enum target_kind *kind)
{
	struct text inside = unquote(part);

	*kind = TARGET_ADDRESS;
	if (text_begins_nocase(inside, ":include:")) {
		*kind = TARGET_INCLUDE;
		return unquote(text_trim(text_part(inside, 9, inside.length)));
	}
	if (text_begins(inside, "|")) {
		*kind = TARGET_COMMAND;
		return unquote(text_trim(text_part(inside, 1, inside.length)));
	}
	if (text_begins(inside, "\\")) {
		*kind = TARGET_LITERAL;
		return text_part(inside, 1, inside.length);
	}
	if (text_begins(inside, "/")) {
		*kind = TARGET_FILE;
		return inside;
	}
	return text_find(inside, '@') < inside.length ? inside : part;
}

bool alias_next_target(struct text *rest, enum target_kind *kind,
    struct text *target)
{
	while (token_split(rest, ',', target)) {
		*target = text_trim(*target);
		if (target->length > 0) {
			*target = take_tag(*target, kind);
			return true;
		}
	}
	return false;
}
