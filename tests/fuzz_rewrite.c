/*
 * fuzz_rewrite.c - rules, an empty line, and a header for them
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "decode.h"
#include "mailbox.h"
#include "rewrite.h"
#include "rewrite_header.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_RULES = 8, MAX_FIELDS = 20, MAX_BOXES = 20 };

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool is_same(struct text a, struct text b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static const struct {
	const char *key;
	unsigned scopes;
} scopes[] = {{"all", SCOPE_ALL}, {"senders", SCOPE_SENDERS},
    {"recipients", SCOPE_RECIPIENTS}, {"from", SCOPE_FROM}, {"to", SCOPE_TO}};

static const struct {
	const char *key;
	enum edit_kind kind;
} edits[] = {{"add_header", EDIT_ADD}, {"set_header", EDIT_SET},
    {"remove_header", EDIT_REMOVE}};

/* What is refused is left out; expressions are a matter for the C library. */
static void add_line(struct ruleset *set, struct text line)
{
	struct text key = text_part(line, 0, text_find(line, '='));
	struct text value = text_part(line, key.length + 1, line.length);
	struct origin origin = {"conf", 1};
	struct error err;
	const char *spot;

	value = text_trim(value);
	if (value.length == 0 || text_find(value, '/') < value.length ||
	    text_find(value, '\0') < value.length)
		return;
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		if (text_is(key, scopes[i].key))
			(void)ruleset_add_rule(set, scopes[i].scopes, value,
			    origin, &spot, &err);
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
		if (text_is(key, edits[i].key))
			(void)ruleset_add_edit(set, edits[i].kind, value,
			    origin, &spot, &err);
	if (text_is(key, "redirect"))
		(void)ruleset_set_redirect(set, value, origin, &spot, &err);
	if (text_is(key, "redirect_except"))
		(void)ruleset_add_exceptions(set, value, &spot, &err);
	if (text_is(key, "keep_original"))
		set->keeps_original = true;
}

static void read_rules(struct ruleset *set, struct text *rest)
{
	struct text line;

	for (int i = 0; text_split(rest, '\n', &line) && line.length > 0; i++)
		if (i < MAX_RULES)
			add_line(set, line);
}

static void read_header(struct message *message, struct text rest)
{
	struct text line;
	struct error err;

	while (message->field_count < MAX_FIELDS &&
	    text_split(&rest, '\n', &line))
		if (message_add_line(message, line, &err) != MESSAGE_FIELD)
			break;
}

static void require_clean_words(struct text phrase)
{
	struct buf plain = {0};

	decode_phrase(&plain, phrase);
	require(utf8_is_valid(buf_text(&plain)));
	for (size_t i = 0; i < plain.length; i++)
		require(!byte_is_control(plain.data[i]));
	buf_free(&plain);
}

static void require_good_envelope(const struct rewriting *rewriting,
    const char *address)
{
	struct rewritten_list list = {0};
	struct buf sender = {0};
	struct error err = {0};

	if (rewrite_sender(rewriting, address, &sender, &err) == 0)
		require(sender.length > 0 || *address == '\0');
	require(address_check(buf_text(&sender), &err) == 0);
	if (rewrite_recipient(rewriting, address, &list, &err) < 0)
		require(text_begins(text_of(err.text), "conf:1: "));
	for (size_t i = 0; i < list.count; i++) {
		struct text now = text_of(list.items[i].address);

		require(now.length > 0 && address_check(now, &err) == 0);
	}
	rewritten_free(&list);
	buf_free(&sender);
}

/* How many, and are there none with a rule? */
struct census {
	size_t boxes;
	size_t usable;
	bool is_settled;
};

static struct census count(const struct rewriting *rewriting, enum scope scope,
    struct text list)
{
	struct census census = {.is_settled = true};
	struct captures ignored;
	struct error err;
	struct mailbox box;

	while (mailbox_next(&list, &box)) {
		struct buf address = {0};

		census.boxes++;
		require_clean_words(box.name);
		if (address_write(&address, box.spec, "d", &err) == 0) {
			census.usable++;
			if (rewrite_find(rewriting, rewriting->rulesets[0],
				scope, buf_string(&address), &ignored) != NULL)
				census.is_settled = false;
			if (census.usable < MAX_BOXES)
				require_good_envelope(rewriting,
				    buf_string(&address));
		}
		buf_free(&address);
	}
	return census;
}

static bool has_single_results(const struct ruleset *set)
{
	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i].target_count != 1)
			return false;
	return true;
}

/* Nobody comes, nobody goes, and what needs no rule stays as it is. */
static void require_good_list(const struct rewriting *rewriting,
    enum scope scope, struct text list)
{
	struct buf once = {0};
	struct buf twice = {0};
	struct error err = {0};
	struct census before = count(rewriting, scope, list);

	if (rewrite_mailbox(rewriting, scope, list, &once, &err) == 0) {
		struct text result = buf_text(&once);
		struct census after = count(rewriting, scope, result);

		require(after.boxes >= before.boxes);
		if (has_single_results(rewriting->rulesets[0]))
			require(after.boxes == before.boxes &&
			    after.usable == before.usable);
		if (before.is_settled)
			require(is_same(list, result));
		if (after.is_settled) {
			require(rewrite_mailbox(rewriting, scope, result,
				    &twice, &err) == 0);
			require(is_same(result, buf_text(&twice)));
		}
	}
	buf_free(&once);
	buf_free(&twice);
}

static bool has_addresses(struct text name)
{
	static const char *const names[] = {"From", "Sender", "Reply-To", "To",
	    "Cc", "Resent-From", "Resent-Sender", "Resent-Reply-To",
	    "Resent-To", "Resent-Cc"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_is_nocase(name, names[i]))
			return true;
	return false;
}

/* No field of another kind changes, and no line can begin a new field. */
static void require_good_header(const struct message *before,
    const struct message *after, const struct ruleset *set)
{
	for (size_t i = 0; i < after->field_count; i++) {
		struct text text = field_text(&after->fields[i]);

		for (size_t k = 0; k + 1 < text.length; k++)
			require(text.data[k] != '\n' ||
			    byte_is_blank(text.data[k + 1]));
	}
	if (set->edit_count > 0)
		return;
	require(after->field_count >= before->field_count);
	for (size_t i = 0; i < before->field_count; i++)
		if (!has_addresses(field_name(&before->fields[i])))
			require(is_same(field_text(&before->fields[i]),
			    field_text(&after->fields[i])));
}

static void rewrite_message(const struct rewriting *rewriting, struct text rest)
{
	struct message before = {.body.fd = -1};
	struct message after = {.body.fd = -1};
	struct strlist warnings = {0};
	struct error err = {0};

	read_header(&before, rest);
	message_share(&after, &before);
	for (size_t i = 0; i < before.field_count; i++) {
		struct text body = field_body(&before.fields[i]);

		require_good_list(rewriting, SCOPE_TO, body);
		require_good_list(rewriting, SCOPE_FROM, body);
	}
	if (rewrite_header(rewriting, &after, &warnings, &err) == 0)
		require_good_header(&before, &after, rewriting->rulesets[0]);
	else
		require(utf8_is_valid(text_of(err.text)));
	strlist_free(&warnings);
	message_free(&after);
	message_free(&before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct site site = {"d", "h.d"};
	struct text rest = {(const char *)data, size};
	struct ruleset set = {.name = "fuzz"};
	const struct ruleset *pointer = &set;
	struct trace trace = {0};
	struct rewriting rewriting = {&pointer, 1, &site, "anna", &trace};

	read_rules(&set, &rest);
	rewrite_message(&rewriting, rest);
	trace_free(&trace);
	ruleset_free(&set);
	return 0;
}
