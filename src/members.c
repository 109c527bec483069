#include "members.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "mailbox.h"
#include "utf8.h"

enum { SHOWN_TARGET = 100 /* bytes in a sentence */ };

/* One alias while it is read. */
struct entry {
	struct members *members;
	struct expansion *expansion;
	const struct alias *alias;
	unsigned depth;
	struct strlist paths; /* :include: files that have been met */
	bool has_failed;      /* and that was reported */
};

/* An :include: file while its lines are read. */
struct include {
	const struct include *up;
	const char *path;
	unsigned line;
	unsigned depth; /* aliases count as well */
};

/* --- what is said about it ------------------------------------------------ */

static void add_place(struct buf *buf, const struct expansion *expansion,
    const struct alias *alias)
{
	const struct origin origin = {
	    expansion->with->aliases->file, alias->line};

	origin_add(buf, origin);
	buf_add_string(buf, ": ");
}

static void add_include(struct buf *buf, const struct include *include)
{
	if (include == NULL)
		return;
	utf8_add_visible(buf, text_of(include->path));
	buf_addf(buf, ":%u: ", include->line);
}

/* A list of commands and files is none of sendoff's, but not a mistake. */
static void keep_problem(const struct expansion *expansion,
    const struct error *err)
{
	struct strlist *list = err->kind == ERROR_NO_USER ?
	    expansion->with->warnings :
	    expansion->problems;

	if (expansion->problems != NULL && list->count < ALIAS_MAX_PROBLEMS)
		strlist_add(list, text_of(err->text));
}

void expansion_report(struct expansion *expansion, const struct alias *alias,
    struct error *err)
{
	struct buf place = {0};

	add_place(&place, expansion, alias);
	(void)fail_within(err, "%s", buf_string(&place));
	buf_free(&place);
	if (expansion->first.kind == ERROR_NONE)
		expansion->first = *err;
	keep_problem(expansion, err);
}

static void report(struct entry *entry, const struct include *include,
    struct error *err)
{
	struct buf place = {0};

	add_include(&place, include);
	(void)fail_within(err, "%s", buf_string(&place));
	buf_free(&place);
	expansion_report(entry->expansion, entry->alias, err);
	entry->has_failed = true;
}

/* Commands and files; the same ones may be met for another recipient. */
static void pass_over(const struct entry *entry, const struct include *include,
    const char *what, struct text target)
{
	struct strlist *warnings = entry->expansion->with->warnings;
	struct buf sentence = {0};

	add_place(&sentence, entry->expansion, entry->alias);
	add_include(&sentence, include);
	buf_add_string(&sentence, what);
	utf8_add_visible(&sentence, utf8_cut(target, SHOWN_TARGET));
	if (warnings->count < ALIAS_MAX_PROBLEMS &&
	    !strlist_has(warnings, buf_string(&sentence)))
		strlist_add(warnings, buf_text(&sentence));
	buf_free(&sentence);
}

/* --- its targets ---------------------------------------------------------- */

/* False, and that is reported once, when it is too much. */
static bool has_room(struct entry *entry, const struct include *include)
{
	struct expansion *expansion = entry->expansion;
	struct error err;

	entry->has_failed |= expansion->targets >= EXPAND_MAX_ADDRESSES;
	if (expansion->targets > EXPAND_MAX_ADDRESSES)
		return false;
	if (expansion->targets++ < EXPAND_MAX_ADDRESSES)
		return true;
	(void)fail(&err, ERROR_CONFIG,
	    "the aliases of one recipient have more than %d targets",
	    EXPAND_MAX_ADDRESSES);
	report(entry, include, &err);
	return false;
}

/* What stands in an included file is not quoted: it may be any file. */
static void refuse_target(struct entry *entry, const struct include *include,
    struct text spec, const char *why)
{
	struct buf shown = {0};
	struct error err;

	if (include == NULL && spec.length > 0)
		utf8_add_visible(&shown, utf8_cut(spec, SHOWN_TARGET));
	(void)fail(&err, ERROR_ADDRESS, "%s is no usable mail address: %s",
	    shown.length > 0 ? buf_string(&shown) : "what stands there", why);
	report(entry, include, &err);
	buf_free(&shown);
}

static void add_addresses(struct entry *entry, const struct include *include,
    struct text target, struct strlist *list)
{
	const char *domain = entry->expansion->with->site->domain;
	struct mailbox box = {.spec = target};

	/* What has no mailbox in it is refused as it is. */
	(void)mailbox_next(&target, &box);
	do {
		struct buf address = {0};
		const char *why = address_try(&address, box.spec, domain);

		if (why == NULL)
			strlist_add(list, buf_text(&address));
		else
			refuse_target(entry, include, box.spec, why);
		buf_free(&address);
	} while (mailbox_next(&target, &box));
}

static void read_include(struct entry *, const struct include *up,
    struct text path);

static void read_targets(struct entry *entry, const struct include *include,
    struct text list)
{
	enum target_kind kind;
	struct text target;

	while (alias_next_target(&list, &kind, &target)) {
		if (!has_room(entry, include))
			return;
		switch (kind) {
		case TARGET_ADDRESS:
			add_addresses(entry, include, target,
			    &entry->members->addresses);
			break;
		case TARGET_LITERAL:
			add_addresses(entry, include, target,
			    &entry->members->finals);
			break;
		case TARGET_INCLUDE:
			read_include(entry, include, target);
			break;
		case TARGET_COMMAND:
			pass_over(entry, include,
			    "commands are not run, such as ", target);
			break;
		case TARGET_FILE:
			pass_over(entry, include,
			    "mail is not written to files, such as ", target);
			break;
		}
	}
}

/* --- the files that it includes ------------------------------------------- */

static bool is_being_read(const struct include *include, const char *path)
{
	while (include != NULL && strcmp(include->path, path) != 0)
		include = include->up;
	return include != NULL;
}

/* Returns why it is not, or NULL. */
static const char *refuse_include(const struct entry *entry,
    const struct include *include)
{
	if (!text_begins(text_of(include->path), "/"))
		return "its path does not begin with /";
	if (is_being_read(include->up, include->path))
		return "it includes itself";
	if (include->depth > EXPAND_MAX_DEPTH)
		return "too many aliases and files lead to it";
	if (entry->paths.count == EXPAND_MAX_INCLUDES)
		return "an alias cannot include that many files";
	return NULL;
}

static int open_include(struct entry *entry, const struct include *include,
    struct buf *file, struct error *err)
{
	const char *why = refuse_include(entry, include);
	struct text path = text_of(include->path);
	struct buf shown = {0};

	if (why == NULL) {
		strlist_add(&entry->paths, path);
		return entry->expansion->with->read(include->path, file, err);
	}
	utf8_add_visible(&shown, utf8_cut(path, SHOWN_TARGET));
	(void)fail(err, ERROR_CONFIG, ":include:%s is not followed: %s",
	    buf_string(&shown), why);
	buf_free(&shown);
	return -1;
}

static void read_include(struct entry *entry, const struct include *up,
    struct text path)
{
	char *name = text_dup(path);
	struct include include = {
	    .up = up,
	    .path = name,
	    .depth = (up != NULL ? up->depth : entry->depth) + 1,
	};
	struct buf file = {0};
	struct error err;
	struct text rest;
	struct text line;

	/* What has been read to its end is all here. */
	if (strlist_has(&entry->paths, name) && !is_being_read(up, name))
		goto out;
	if (open_include(entry, &include, &file, &err) < 0) {
		report(entry, up, &err);
		goto out;
	}
	rest = buf_text(&file);
	while (alias_next_line(&rest, &include.line, &line))
		read_targets(entry, &include, line);
out:
	buf_free(&file);
	free(name);
}

/* -------------------------------------------------------------------------- */

static void report_nobody(struct entry *entry)
{
	struct buf name = {0};
	struct error err;

	utf8_add_visible(&name, text_of(entry->alias->name));
	(void)fail(&err, ERROR_NO_USER, "the alias %s leads to nobody",
	    buf_string(&name));
	report(entry, NULL, &err);
	buf_free(&name);
}

void members_read(struct members *members, struct expansion *expansion,
    const struct alias *alias, unsigned depth)
{
	struct entry entry = {
	    .members = members,
	    .expansion = expansion,
	    .alias = alias,
	    .depth = depth,
	};

	read_targets(&entry, NULL, text_of(alias->targets));
	if (members->addresses.count == 0 && members->finals.count == 0 &&
	    !entry.has_failed)
		report_nobody(&entry);
	strlist_free(&entry.paths);
}

void members_free(struct members *members)
{
	strlist_free(&members->addresses);
	strlist_free(&members->finals);
}
