#include "rewrite_header.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "decode.h"
#include "edit.h"
#include "mailbox.h"
#include "phrase.h"

/* The fields whose addresses have a scope. */
static const struct {
	const char *name;
	enum scope scope;
} address_fields[] = {
    {"From", SCOPE_FROM},
    {"Sender", SCOPE_SENDER},
    {"Reply-To", SCOPE_REPLY_TO},
    {"To", SCOPE_TO},
    {"Cc", SCOPE_CC},
    {"Resent-From", SCOPE_FROM},
    {"Resent-Sender", SCOPE_SENDER},
    {"Resent-Reply-To", SCOPE_REPLY_TO},
    {"Resent-To", SCOPE_TO},
    {"Resent-Cc", SCOPE_CC},
};

/* One ruleset's turn. */
struct turn {
	const struct rewriting *rewriting;
	const struct ruleset *ruleset;
	enum scope scope;
	struct strlist *warnings; /* NULL: each result must be an address */
	size_t room;              /* bytes that the header may still grow */
};

/* A mailbox for which there is a rule. */
struct match {
	struct mailbox box;
	struct buf address; /* of the box, in its SMTP form */
	struct buf name;    /* of the box, decoded */
	const struct rule *rule;
	struct variables variables; /* views into the two above */
};

/* --- one address --------------------------------------------------------- */

/* Without a rule, or an address that can be used, it is left alone. */
static bool match_find(struct match *match, const struct turn *turn)
{
	const struct rewriting *rewriting = turn->rewriting;
	struct text comment = match->box.comment;
	struct captures captures;
	struct error ignored;

	if (address_write(&match->address, match->box.spec,
		rewriting->site->domain, &ignored) < 0)
		return false;
	match->rule = rewrite_find(rewriting, turn->ruleset, turn->scope,
	    buf_string(&match->address), &captures);
	if (match->rule == NULL)
		return false;
	decode_phrase(&match->name,
	    match->box.name.length > 0 ?
		match->box.name :
		text_part(comment, 1, comment.length - 1));
	match->variables = rewrite_variables(rewriting,
	    buf_string(&match->address), buf_text(&match->name), &captures);
	return true;
}

static void match_free(struct match *match)
{
	buf_free(&match->name);
	buf_free(&match->address);
}

/* What the results take the place of. */
static struct text match_region(const struct match *match)
{
	const struct mailbox *box = &match->box;
	struct text region = box->whole;

	for (size_t i = 0; i < match->rule->target_count; i++)
		if (match->rule->targets[i].has_name && box->comment.length > 0)
			region.length =
			    (size_t)(box->comment.data - region.data) +
			    box->comment.length;
	return region;
}

/* In the mailbox as it stands, with its own bytes if that is no change. */
static void add_in_place(struct buf *out, const struct match *match,
    struct text address)
{
	struct text whole = match->box.whole;
	struct text spec = match->box.spec;
	size_t first = (size_t)(spec.data - whole.data);
	bool is_same = text_is(address, buf_string(&match->address));

	buf_add(out, text_part(whole, 0, first));
	buf_add(out, is_same ? spec : address);
	buf_add(out, text_part(whole, first + spec.length, whole.length));
}

static void add_named(struct buf *out, struct text name, struct text address)
{
	size_t start = out->length;
	bool has_name;

	phrase_add(out, name);
	has_name = out->length > start;
	if (has_name)
		buf_add_string(out, " <");
	buf_add(out, address);
	if (has_name)
		buf_add_byte(out, '>');
}

static int add_target(struct buf *out, const struct turn *turn,
    const struct match *match, const struct target *target, struct error *err)
{
	struct buf address = {0};
	struct buf name = {0};
	int result = rule_add_address(&address, match->rule, target,
	    &match->variables, turn->rewriting->site->domain, err);

	if (result == 0 && target->has_name) {
		rule_add_name(&name, target, &match->variables);
		add_named(out, buf_text(&name), buf_text(&address));
	} else if (result == 0) {
		add_in_place(out, match, buf_text(&address));
	}
	buf_free(&name);
	buf_free(&address);
	return result;
}

static int add_targets(struct buf *out, const struct turn *turn,
    const struct match *match, struct error *err)
{
	const struct rule *rule = match->rule;

	for (size_t i = 0; i < rule->target_count && !out->is_full; i++) {
		if (i > 0)
			buf_add_string(out, ", ");
		if (add_target(out, turn, match, &rule->targets[i], err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Add what stands for the region from now on: a result that is no address
 * leaves a recipient as it is.
 */
static int replace_region(struct buf *out, const struct turn *turn,
    const struct match *match, struct text region, struct error *err)
{
	size_t start = out->length;
	char *before;

	if (add_targets(out, turn, match, err) < 0) {
		if (turn->warnings == NULL ||
		    ((unsigned)turn->scope & SCOPE_SENDERS) != 0)
			return -1;
		strlist_add(turn->warnings, text_of(err->text));
		out->length = start;
		buf_add(out, region);
		return 0;
	}
	before = text_dup(region);
	rewrite_note(turn->rewriting, "rewrite", turn->scope, match->rule,
	    before, out->data + start);
	free(before);
	return 0;
}

/* --- lists and fields ---------------------------------------------------- */

static int rewrite_list(struct buf *out, const struct turn *turn,
    struct text list, struct error *err)
{
	struct text rest = list;
	struct mailbox box;
	size_t done = 0;
	int result = 0;

	while (result == 0 && !out->is_full && mailbox_next(&rest, &box)) {
		struct match match = {.box = box};

		if (match_find(&match, turn)) {
			struct text region = match_region(&match);
			size_t first = (size_t)(region.data - list.data);

			buf_add(out, text_part(list, done, first));
			result = replace_region(out, turn, &match, region, err);
			done = first + region.length;
		}
		match_free(&match);
	}
	buf_add(out, text_part(list, done, list.length));
	if (result == 0 && out->is_full)
		return fail(err, ERROR_MESSAGE,
		    "the message is not sent: [rewrite %s] makes its header "
		    "too long",
		    turn->ruleset->name);
	return result;
}

static int rewrite_field(struct field *field, struct turn *turn,
    struct error *err)
{
	struct text body = field_body(field);
	struct buf new = {.ceiling = body.length + turn->room};
	int result = rewrite_list(&new, turn, body, err);

	if (result == 0 && !text_is(body, buf_string(&new))) {
		if (new.length > body.length)
			turn->room -= new.length - body.length;
		message_replace(field, buf_text(&new));
	}
	buf_free(&new);
	return result;
}

static bool find_scope(struct text name, enum scope *scope)
{
	for (size_t i = 0; i < sizeof address_fields / sizeof *address_fields;
	     i++)
		if (text_is_nocase(name, address_fields[i].name)) {
			*scope = address_fields[i].scope;
			return true;
		}
	return false;
}

static int rewrite_fields(struct message *message, struct turn *turn,
    struct error *err)
{
	for (size_t i = 0; i < message->field_count; i++) {
		struct field *field = &message->fields[i];

		if (find_scope(field_name(field), &turn->scope) &&
		    rewrite_field(field, turn, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the whole header ---------------------------------------------------- */

static struct text from_body(const struct message *message)
{
	const struct field *from = message_field(message, "From", NULL);

	return from != NULL ? text_trim(field_body(from)) : text_of("");
}

/* The author as it was, for who reads and for who answers. */
static void keep_original(struct message *message, const struct turn *turn,
    const struct buf *original)
{
	static const char *const names[] = {"X-Original-From", "Reply-To"};
	char cause[] = "keep_original = yes";
	struct edit edit = {.text = cause};

	if (!turn->ruleset->keeps_original ||
	    text_is(from_body(message), buf_string(original)))
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		edit.name = text_of(names[i]);
		if (message_field(message, names[i], NULL) == NULL)
			edit_append(message, turn->rewriting, &edit,
			    buf_text(original));
	}
}

static int take_turn(struct message *message, struct turn *turn,
    struct error *err)
{
	const struct ruleset *ruleset = turn->ruleset;
	struct buf from = {0};
	int result;

	buf_add(&from, from_body(message));
	result = rewrite_fields(message, turn, err);
	if (result == 0) {
		keep_original(message, turn, &from);
		for (size_t i = 0; i < ruleset->edit_count; i++)
			edit_apply(message, turn->rewriting,
			    &ruleset->edits[i]);
	}
	buf_free(&from);
	return result;
}

int rewrite_header(const struct rewriting *rewriting, struct message *message,
    struct strlist *warnings, struct error *err)
{
	struct turn turn = {
	    .rewriting = rewriting,
	    .warnings = warnings,
	    .room = MESSAGE_MAX_HEADER,
	};

	for (size_t i = 0; i < rewriting->count; i++) {
		turn.ruleset = rewriting->rulesets[i];
		if (take_turn(message, &turn, err) < 0)
			return -1;
	}
	return 0;
}

int rewrite_mailbox(const struct rewriting *rewriting, enum scope scope,
    struct text mailbox, struct buf *buf, struct error *err)
{
	struct turn turn = {.rewriting = rewriting, .scope = scope};
	struct buf now = {0};
	int result = 0;

	buf_add(&now, mailbox);
	for (size_t i = 0; result == 0 && i < rewriting->count; i++) {
		struct buf new = {.ceiling = MESSAGE_MAX_HEADER};

		turn.ruleset = rewriting->rulesets[i];
		result = rewrite_list(&new, &turn, buf_text(&now), err);
		buf_free(&now);
		now = new;
	}
	if (result == 0)
		buf_add(buf, buf_text(&now));
	buf_free(&now);
	return result;
}
