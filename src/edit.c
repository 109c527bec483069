#include "edit.h"

#include <stdlib.h>
#include <string.h>

static void note_edit(const struct rewriting *rewriting,
    const struct edit *edit, const char *before, const char *after)
{
	if (rewriting->trace == NULL)
		return;
	trace_add(rewriting->trace,
	    &(struct step){
		.stage = "header",
		.before = before,
		.after = after,
		.cause = edit->text,
		.origin = edit->origin,
	    });
}

void edit_append(struct message *message, const struct rewriting *rewriting,
    const struct edit *edit, struct text value)
{
	char *name = text_dup(edit->name);

	message_append(message, name, value);
	note_edit(rewriting, edit, NULL,
	    message->fields[message->field_count - 1].text);
	free(name);
}

/* A header without From and Date is none, RFC 5322 3.6. */
static bool is_removed(const struct edit *edit, struct text name)
{
	if (edit->kind == EDIT_SET)
		return text_equal_nocase(name, edit->name);
	return !text_is_nocase(name, "From") && !text_is_nocase(name, "Date") &&
	    pattern_matches_name(&edit->removed, name);
}

/* From the field of that index on. */
static void remove_fields(struct message *message,
    const struct rewriting *rewriting, const struct edit *edit, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < message->field_count; i++) {
		struct field *field = &message->fields[i];

		if (is_removed(edit, field_name(field))) {
			note_edit(rewriting, edit, field->text, NULL);
			free(field->text);
		} else {
			message->fields[kept++] = *field;
		}
	}
	message->field_count = kept;
}

static void replace(struct field *field, const struct rewriting *rewriting,
    const struct edit *edit, struct text value)
{
	char *before = text_dup(field_text(field));
	struct buf body = {0};

	buf_add_byte(&body, ' ');
	buf_add(&body, value);
	message_replace(field, buf_text(&body));
	if (strcmp(before, field->text) != 0)
		note_edit(rewriting, edit, before, field->text);
	buf_free(&body);
	free(before);
}

static void set(struct message *message, const struct rewriting *rewriting,
    const struct edit *edit, struct text value)
{
	size_t i = 0;

	while (i < message->field_count &&
	    !is_removed(edit, field_name(&message->fields[i])))
		i++;
	if (i < message->field_count) {
		replace(&message->fields[i], rewriting, edit, value);
		remove_fields(message, rewriting, edit, i + 1);
	} else {
		edit_append(message, rewriting, edit, value);
	}
}

/* On one line, whatever the variables hold. */
static void add_value(struct buf *value, const struct rewriting *rewriting,
    const struct edit *edit)
{
	struct captures none = {0};
	struct variables variables =
	    rewrite_variables(rewriting, "", text_of(""), &none);

	template_add(value, edit->value, &variables);
	for (size_t i = 0; i < value->length; i++)
		if (byte_is_control(value->data[i]))
			value->data[i] = ' ';
}

void edit_apply(struct message *message, const struct rewriting *rewriting,
    const struct edit *edit)
{
	struct buf value = {0};

	switch (edit->kind) {
	case EDIT_ADD:
		add_value(&value, rewriting, edit);
		edit_append(message, rewriting, edit, buf_text(&value));
		break;
	case EDIT_SET:
		add_value(&value, rewriting, edit);
		set(message, rewriting, edit, buf_text(&value));
		break;
	case EDIT_REMOVE:
		remove_fields(message, rewriting, edit, 0);
		break;
	}
	buf_free(&value);
}
