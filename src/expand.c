#include "expand.h"

#include <stdlib.h>

#include "mem.h"
#include "utf8.h"

enum { SHOWN_CAUSE = 200 /* bytes of an alias in a trace */ };

/* What an alias has been followed for already. */
struct visits {
	bool before_star;
	bool behind_star;
};

struct walk {
	struct expansion expansion;
	struct strlist found;  /* who is behind it, with repeats */
	struct visits *visits; /* for each alias; NULL: none yet */
};

/* An alias on the way. */
struct frame {
	const struct frame *up;
	const struct alias *alias;
	const char *address; /* for which it was found */
	unsigned depth;      /* from 1 */
	bool is_behind_star; /* or "*" itself */
};

static void report(struct walk *walk, const struct alias *alias,
    const char *what)
{
	struct buf name = {0};
	struct error err;

	utf8_add_visible(&name, text_of(alias->name));
	(void)fail(&err, ERROR_CONFIG, "the alias %s %s", buf_string(&name),
	    what);
	expansion_report(&walk->expansion, alias, &err);
	buf_free(&name);
}

/* --- one alias ------------------------------------------------------------ */

static void join(struct buf *buf, const struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (buf->length > 0)
			buf_add_string(buf, ", ");
		buf_add_string(buf, list->items[i]);
	}
}

static void add_step(const struct expanding *with, const struct frame *frame,
    const struct members *members)
{
	struct text targets = text_of(frame->alias->targets);
	struct buf before = {0};
	struct buf after = {0};
	struct buf cause = {0};

	if (with->trace == NULL)
		return;
	buf_add_string(&before, frame->address);
	join(&after, &members->addresses);
	join(&after, &members->finals);
	utf8_add_visible(&cause, text_of(frame->alias->name));
	buf_add_string(&cause, ": ");
	utf8_add_visible(&cause, utf8_cut(targets, SHOWN_CAUSE));
	if (targets.length > SHOWN_CAUSE)
		buf_add_string(&cause, "...");
	trace_add(with->trace,
	    &(struct step){
		.stage = "alias",
		.scope = "envelope_to",
		.before = before.data,
		.after = after.data,
		.cause = cause.data,
		.origin = {with->aliases->file, frame->alias->line},
	    });
	buf_free(&cause);
	buf_free(&after);
	buf_free(&before);
}

static void follow(struct walk *, const struct frame *up, const char *address);

static void follow_members(struct walk *walk, const struct frame *frame)
{
	struct members members = {0};

	members_read(&members, &walk->expansion, frame->alias, frame->depth);
	add_step(walk->expansion.with, frame, &members);
	for (size_t i = 0; i < members.finals.count; i++)
		strlist_add(&walk->found, text_of(members.finals.items[i]));
	for (size_t i = 0; i < members.addresses.count; i++)
		follow(walk, frame, members.addresses.items[i]);
	members_free(&members);
}

/*
 * The recipient's own alias needs no mark, because it is on the way as long as
 * there is one.  So a recipient whose alias leads straight out costs nothing
 * for the aliases that it has nothing to do with.
 */
static bool *find_mark(struct walk *walk, const struct frame *frame)
{
	const struct aliases *aliases = walk->expansion.with->aliases;
	struct visits *visits;

	if (walk->visits == NULL)
		walk->visits = mem_alloc(aliases->count, sizeof(struct visits));
	visits = &walk->visits[frame->alias - aliases->items];
	return frame->is_behind_star ? &visits->behind_star :
				       &visits->before_star;
}

static void follow_alias(struct walk *walk, const struct frame *frame)
{
	bool *is_visited = find_mark(walk, frame);

	if (*is_visited)
		return;
	if (frame->depth > EXPAND_MAX_DEPTH) {
		report(walk, frame->alias,
		    "is not followed, because too many aliases lead to it");
		return;
	}
	*is_visited = true;
	follow_members(walk, frame);
}

/* --- from one alias to the next ------------------------------------------- */

/* The frames behind the first one, in the order in which they were made. */
static void add_names(struct buf *buf, const struct frame *first,
    const struct frame *last)
{
	if (first == last)
		return;
	add_names(buf, first, last->up);
	utf8_add_visible(buf, text_of(last->alias->name));
	buf_add_string(buf, ", ");
}

static void report_loop(struct walk *walk, const struct frame *first,
    const struct frame *last)
{
	struct buf what = {0};

	buf_add_string(&what, "leads back to itself: ");
	utf8_add_visible(&what, text_of(first->alias->name));
	buf_add_string(&what, ", ");
	add_names(&what, first, last);
	utf8_add_visible(&what, text_of(first->alias->name));
	report(walk, first->alias, buf_string(&what));
	buf_free(&what);
}

/* Where the way has been before, if not on the other side of "*". */
static const struct frame *find_same(const struct frame *frame)
{
	const struct frame *up = frame->up;

	while (up != NULL &&
	    (up->alias != frame->alias ||
		up->is_behind_star != frame->is_behind_star))
		up = up->up;
	return up;
}

static bool is_star(const struct alias *alias)
{
	return text_is(text_of(alias->name), "*");
}

/* The alias that applies on this way, or NULL. */
static const struct alias *find_alias(const struct expanding *with,
    const struct frame *up, const char *address)
{
	const struct alias *alias;
	struct text local;

	if (!site_is_local(with->site, text_of(address), &local))
		return NULL;
	alias = aliases_find(with->aliases, local);
	if (alias == NULL || up == NULL)
		return alias;
	if (alias == up->alias || (up->is_behind_star && is_star(alias)))
		return NULL;
	return alias;
}

static void follow(struct walk *walk, const struct frame *up,
    const char *address)
{
	const struct alias *alias =
	    find_alias(walk->expansion.with, up, address);
	struct frame frame = {
	    .up = up,
	    .alias = alias,
	    .address = address,
	    .depth = up != NULL ? up->depth + 1 : 1,
	};
	const struct frame *same;

	if (alias == NULL) {
		strlist_add(&walk->found, text_of(address));
		return;
	}
	frame.is_behind_star =
	    is_star(alias) || (up != NULL && up->is_behind_star);
	same = find_same(&frame);
	if (same != NULL)
		report_loop(walk, same, up);
	else if (up == NULL)
		follow_members(walk, &frame);
	else
		follow_alias(walk, &frame);
}

int expand_address(const struct expanding *expanding, const char *address,
    struct strlist *addresses, struct error *err)
{
	struct walk walk = {.expansion = {.with = expanding}};
	int result = 0;

	follow(&walk, NULL, address);
	strlist_drop_repeats(&walk.found);
	for (size_t i = 0; i < walk.found.count; i++)
		strlist_add(addresses, text_of(walk.found.items[i]));
	if (walk.expansion.first.kind != ERROR_NONE) {
		*err = walk.expansion.first;
		result = -1;
	}
	strlist_free(&walk.found);
	free(walk.visits);
	return result;
}

/* "*" is an alias like the others here; it adds no loop and no file. */
void expand_all(const struct expanding *expanding, struct strlist *problems)
{
	const struct aliases *aliases = expanding->aliases;
	struct walk walk = {
	    .expansion = {.with = expanding, .problems = problems},
	};

	for (size_t i = 0; i < aliases->count; i++) {
		const struct frame frame = {
		    .alias = &aliases->items[i],
		    .address = aliases->items[i].name,
		    .depth = 1,
		    .is_behind_star = true,
		};

		walk.expansion.targets = 0;
		follow_alias(&walk, &frame);
		strlist_free(&walk.found);
	}
	free(walk.visits);
}
