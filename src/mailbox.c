#include "mailbox.h"

#include "token.h"

/*
 * RFC 5322 sections 3.4 and 4.4:
 *
 * address-list = *([CFWS] ",") (mailbox / group) *("," [mailbox / group / CFWS])
 * group        = phrase ":" [mailbox-list / obs-group-list] ";"
 * mailbox      = [phrase] "<" [route] addr-spec ">" / addr-spec
 */

/* One element of a list while it is being read. */
struct item {
	const char *start; /* of the element, behind a group's colon */
	struct text name;  /* what stands before "<" */
	struct text spec;  /* from its first token to the last one */
	struct text angle; /* "<", once it has been met */
	struct text whole; /* from the name or "<" to ">" */
	bool is_closed;    /* by ">" */
	bool has_at;
};

/* Make a view end where the token does. */
static void extend(struct text *view, struct text token)
{
	if (view->length == 0)
		*view = token;
	else
		view->length = (size_t)(token.data - view->data) + token.length;
}

static void open_angle(struct item *item, struct text token)
{
	item->name = text_trim((struct text){
	    item->start, (size_t)(token.data - item->start)});
	item->angle = token;
	item->whole = item->name.length > 0 ? item->name : token;
	item->spec = text_part(token, token.length, token.length);
	item->has_at = false;
}

/* False if the token ends the item. */
static bool item_add(struct item *item, struct text token)
{
	bool has_angle = item->angle.length > 0;
	bool is_inside = has_angle && !item->is_closed;

	if (!is_inside && (text_is(token, ",") || text_is(token, ";")))
		return false;
	if (text_is(token, "<") && !has_angle) {
		open_angle(item, token);
	} else if (text_is(token, ">") && is_inside) {
		extend(&item->whole, token);
		item->is_closed = true;
	} else if (text_is(token, ":") && !has_angle && !item->has_at) {
		*item = (struct item){.start = token.data + token.length};
	} else {
		/* Behind ">" this takes the bracket in, and is refused. */
		if (item->is_closed && item->spec.length == 0)
			item->spec = item->angle;
		extend(&item->spec, token);
		item->has_at = item->has_at || text_is(token, "@");
	}
	return true;
}

/* The comment that these bytes begin with, with its parentheses. */
static struct text first_comment(struct text bytes)
{
	struct text token = bytes;

	while (bytes.length > 0) {
		enum token kind = token_next(&bytes, &token);

		if (kind == TOKEN_COMMENT)
			return token;
		if (kind != TOKEN_SPACE)
			break;
	}
	return text_part(token, 0, 0);
}

/* The item ends where the rest of the list begins. */
static void item_view(const struct item *item, struct text rest,
    struct mailbox *box)
{
	const char *end = item->spec.data + item->spec.length;

	*box = (struct mailbox){
	    .name = item->name,
	    .spec = item->spec,
	    .whole = item->whole,
	    .is_bare = item->spec.length > 0 && !item->has_at,
	};
	if (item->angle.length == 0) {
		box->whole = item->spec;
		box->comment = first_comment((struct text){
		    end, (size_t)(rest.data - end)});
	} else if (!item->is_closed) {
		box->spec = item->angle;
		extend(&box->spec, item->spec);
	}
}

bool mailbox_next(struct text *rest, struct mailbox *box)
{
	while (rest->length > 0) {
		struct item item = {.start = rest->data};
		struct text token;

		while (token_next_word(rest, &token))
			if (!item_add(&item, token))
				break;
		if (item.spec.length > 0 || item.angle.length > 0) {
			item_view(&item, *rest, box);
			return true;
		}
	}
	return false;
}
