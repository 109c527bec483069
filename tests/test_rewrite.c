#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "decode.h"
#include "mailbox.h"
#include "rewrite.h"
#include "rewrite_header.h"
#include "suites.h"
#include "utf8.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { MAX_RULESETS = 4 };

/*
 * Rulesets as a configuration has them: a key and its value on each line, and
 * "--" between two sections.  The lines are those of the file "conf".
 */
struct rules {
	struct ruleset sets[MAX_RULESETS];
	const struct ruleset *pointers[MAX_RULESETS];
	struct site site;
	struct trace trace;
	struct rewriting rewriting;
};

static const struct {
	const char *name;
	unsigned scopes;
} scopes[] = {
    {"envelope_from", SCOPE_ENVELOPE_FROM},
    {"envelope_to", SCOPE_ENVELOPE_TO},
    {"from", SCOPE_FROM},
    {"to", SCOPE_TO},
    {"cc", SCOPE_CC},
    {"reply_to", SCOPE_REPLY_TO},
    {"sender", SCOPE_SENDER},
    {"senders", SCOPE_SENDERS},
    {"recipients", SCOPE_RECIPIENTS},
    {"all", SCOPE_ALL},
};

static unsigned find_scopes(struct text key)
{
	for (int i = 0; i < COUNT(scopes); i++)
		if (text_is(key, scopes[i].name))
			return scopes[i].scopes;
	return 0;
}

static int add_key(struct ruleset *set, struct text key, struct text value,
    struct origin origin, struct error *err)
{
	const char *spot;
	unsigned found = find_scopes(key);

	if (found != 0)
		return ruleset_add_rule(set, found, value, origin, &spot, err);
	if (text_is(key, "add_header"))
		return ruleset_add_edit(set, EDIT_ADD, value, origin, &spot,
		    err);
	if (text_is(key, "set_header"))
		return ruleset_add_edit(set, EDIT_SET, value, origin, &spot,
		    err);
	if (text_is(key, "remove_header"))
		return ruleset_add_edit(set, EDIT_REMOVE, value, origin, &spot,
		    err);
	if (text_is(key, "redirect"))
		return ruleset_set_redirect(set, value, origin, &spot, err);
	if (text_is(key, "redirect_except"))
		return ruleset_add_exceptions(set, value, &spot, err);
	set->keeps_original = true;
	return 0;
}

static void rules_open(struct rules *rules, const char *config)
{
	struct text rest = text_of(config);
	struct text line;
	struct error err = {0};
	size_t n = 0;

	*rules = (struct rules){
	    .site = {"d.example", "web1.d.example"},
	    .rewriting = {.user = "anna", .count = 1},
	};
	for (unsigned i = 1; text_split(&rest, '\n', &line); i++) {
		size_t equals = text_find(line, '=');
		struct origin origin = {"conf", i};

		if (text_is(line, "--"))
			n++;
		else if (add_key(&rules->sets[n],
			     text_trim(text_part(line, 0, equals)),
			     text_trim(text_part(line, equals + 1, line.length)),
			     origin, &err) < 0)
			ck_abort_msg("\"%s\" %s", config, err.text);
	}
	for (size_t i = 0; i <= n; i++) {
		rules->sets[i].name = "test";
		rules->pointers[i] = &rules->sets[i];
	}
	rules->rewriting.count = n + 1;
	rules->rewriting.rulesets = rules->pointers;
	rules->rewriting.site = &rules->site;
	rules->rewriting.trace = &rules->trace;
}

static void rules_close(struct rules *rules)
{
	trace_free(&rules->trace);
	for (size_t i = 0; i < rules->rewriting.count; i++)
		ruleset_free(&rules->sets[i]);
}

/* "stage scope: before => after (file:line)" for each step, on lines. */
static void add_trace(struct buf *buf, const struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		buf_addf(buf, "%s%s %s: %s => %s (", i > 0 ? "\n" : "",
		    step->stage, step->scope != NULL ? step->scope : "-",
		    step->before, step->after);
		origin_add(buf, step->origin);
		buf_add_byte(buf, ')');
	}
}

/* --- the envelope -------------------------------------------------------- */

static const struct {
	const char *rules;
	const char *address;
	const char *result; /* NULL: it fails */
	const char *words;  /* of the sentence */
} sender_cases[] = {
    {"", "a@b", "a@b", NULL},
    {"envelope_from = a@b -> c@d", "a@b", "c@d", NULL},
    {"envelope_from = a@b -> c@d", "A@B", "c@d", NULL},
    {"envelope_from = a@b -> c@d", "x@b", "x@b", NULL},
    {"senders = *@b -> $1@d", "a@b", "a@d", NULL},
    {"all = *@b -> $1@d", "a@b", "a@d", NULL},
    /* the other scopes are not the sender's */
    {"envelope_to = * -> c@d", "a@b", "a@b", NULL},
    {"recipients = * -> c@d", "a@b", "a@b", NULL},
    {"from = * -> c@d", "a@b", "a@b", NULL},
    {"to = * -> c@d", "a@b", "a@b", NULL},
    {"cc = * -> c@d", "a@b", "a@b", NULL},
    {"reply_to = * -> c@d", "a@b", "a@b", NULL},
    {"sender = * -> c@d", "a@b", "a@b", NULL},
    /* the first one that matches, in file order */
    {"senders = x@* -> 1@d\nsenders = a@* -> 2@d\nsenders = * -> 3@d", "a@b",
	"2@d", NULL},
    {"envelope_to = a@* -> 1@d\nenvelope_from = a@* -> 2@d", "a@b", "2@d",
	NULL},
    /* each section sees what the one before it made */
    {"senders = a@b -> c@d\n--\nsenders = c@d -> e@f\nsenders = * -> x@y",
	"a@b", "e@f", NULL},
    {"senders = a@b -> c@d\nsenders = c@d -> e@f", "a@b", "c@d", NULL},
    /* bare names */
    {"senders = root -> admin@x", "root@d.example", "admin@x", NULL},
    {"senders = root -> admin@x", "root@WEB1.d.example", "admin@x", NULL},
    {"senders = root -> admin@x", "root@localhost", "admin@x", NULL},
    {"senders = root -> admin@x", "root@elsewhere", "root@elsewhere", NULL},
    {"senders = root@x -> admin", "root@x", "admin@d.example", NULL},
    {"senders = * -> $user+$local@$host", "a@b", "anna+a@web1.d.example", NULL},
    {"senders = * -> $local@x.$domain", "a@b", "a@x.b", NULL},
    /* a name has no effect in an envelope, $name is empty */
    {"senders = * -> \"N\" <c@d>", "a@b", "c@d", NULL},
    {"senders = * -> n-$name@d", "a@b", "n-@d", NULL},
    {"senders = /^(.+)@b$/i -> $1@d", "A@B", "A@d", NULL},
    /* the null sender stays */
    {"senders = * -> c@d", "", "", NULL},
    {"all = /.*/ -> c@d", "", "", NULL},
    /* what is no address is one of the rule's */
    {"\nsenders = *@b -> $1@d", "\"a b\"@b", "\"a b\"@d", NULL},
    {"\nsenders = *@* -> a@$1", "\"x y\"@b", NULL, "conf:2: "},
    {"senders = *@b -> $1.$1.$1.$1@d", "aaaaaaaaaaaaaaaaaaaa@b", NULL,
	"conf:1: "},
    {"senders = *@b -> a@$1", "\"x y\"@b", NULL, "conf:1: "},
};

START_TEST(a_sender_becomes_what_the_first_rule_says)
{
	struct rules rules;
	struct buf sender = {0};
	struct error err = {0};
	const char *expected = sender_cases[_i].result;
	const char *words = sender_cases[_i].words;

	rules_open(&rules, sender_cases[_i].rules);
	ck_assert_int_eq(rewrite_sender(&rules.rewriting,
			     sender_cases[_i].address, &sender, &err),
	    expected != NULL ? 0 : -1);
	if (expected != NULL) {
		ck_assert_str_eq(buf_string(&sender), expected);
		ck_assert_int_eq(address_check(buf_text(&sender), &err), 0);
	} else {
		ck_assert_uint_eq(sender.length, 0);
		ck_assert_int_eq(err.kind, ERROR_ADDRESS);
		ck_assert_msg(text_begins(text_of(err.text), words), "%s",
		    err.text);
	}
	buf_free(&sender);
	rules_close(&rules);
}
END_TEST

/* Each address, with "<" and what it was before a redirect. */
static const struct {
	const char *rules;
	const char *address;
	const char *results;
	const char *words; /* of the sentence; NULL: it does not fail */
} recipient_cases[] = {
    {"", "a@b", "a@b", NULL},
    {"envelope_to = a@b -> c@d", "a@b", "c@d", NULL},
    {"recipients = a@b -> c@d", "a@b", "c@d", NULL},
    {"all = a@b -> c@d", "a@b", "c@d", NULL},
    {"senders = * -> c@d", "a@b", "a@b", NULL},
    {"to = * -> c@d\ncc = * -> c@d", "a@b", "a@b", NULL},
    {"recipients = root -> admin, oncall@x", "root@localhost",
	"admin@d.example oncall@x", NULL},
    {"recipients = *@old -> $1@new, \"N, M\" <x@y>, $1@old", "a@old",
	"a@new x@y a@old", NULL},
    /* several results go on separately */
    {"recipients = a@b -> c@d, e@f\n--\nrecipients = c@* -> g@h, i@j", "a@b",
	"g@h i@j e@f", NULL},
    {"recipients = a@b -> c@d, c@d", "a@b", "c@d c@d", NULL},
    {"recipients = /^(.+)@(.+)\\.old$/ -> $1@$2.new", "a@b.old", "a@b.new",
	NULL},
    /* what is good goes, the first of what is not is told */
    {"\nrecipients = *@*.x -> a@$2, a@$1, b@d, b@$1", "\"f g\"@c.x", "a@c b@d",
	"conf:2: the rule makes no address of \"f g\"@c.x: a@"},
    {"recipients = *@b -> $1@d\n--\nrecipients = *@d -> $1@e", "\"x y\"@b",
	"\"x y\"@e", NULL},
    {"recipients = * -> a@$local\n--\nrecipients = * -> x@y", "\"x y\"@b", "",
	"conf:1: "},
    /* the redirect comes behind the rules */
    {"redirect = qa@x", "a@b", "qa@x<a@b", NULL},
    {"redirect = qa@x, N <qb@x>", "a@b", "qa@x<a@b qb@x<a@b", NULL},
    {"redirect = qa\nrecipients = a@b -> c@d, e@f", "a@b",
	"qa@d.example<c@d qa@d.example<e@f", NULL},
    {"redirect = qa@x\nredirect_except = *@b", "a@B", "a@B", NULL},
    {"redirect = qa@x\nredirect_except = *@b", "a@c", "qa@x<a@c", NULL},
    {"redirect = qa@x\nredirect_except = x@*, /@b$/, root", "a@b", "a@b", NULL},
    {"redirect = qa@x\nredirect_except = x@*, /@b$/, root", "root@localhost",
	"root@localhost", NULL},
    {"redirect = qa@x\nredirect_except = x@*, /@b$/, root", "root@y",
	"qa@x<root@y", NULL},
    {"redirect = qa@x\nredirect_except = *@d\nrecipients = a@b -> c@d, e@f",
	"a@b", "c@d qa@x<e@f", NULL},
    {"redirect = qa@x", "qa@x", "qa@x<qa@x", NULL},
    /* the first original stays */
    {"redirect = c@d\n--\nredirect = e@f", "a@b", "e@f<a@b", NULL},
    {"redirect = c@d\n--\nrecipients = c@d -> g@h", "a@b", "g@h<a@b", NULL},
    {"recipients = a@b -> c@d\n--\nredirect = e@f", "a@b", "e@f<c@d", NULL},
};

static void add_list(struct buf *buf, const struct rewritten_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rewritten *item = &list->items[i];

		buf_addf(buf, "%s%s", i > 0 ? " " : "", item->address);
		if (item->original != NULL)
			buf_addf(buf, "<%s", item->original);
	}
}

START_TEST(a_recipient_becomes_what_rules_and_redirect_say)
{
	struct rules rules;
	struct rewritten_list list = {0};
	struct buf found = {0};
	struct error err = {0};
	const char *words = recipient_cases[_i].words;

	rules_open(&rules, recipient_cases[_i].rules);
	ck_assert_int_eq(rewrite_recipient(&rules.rewriting,
			     recipient_cases[_i].address, &list, &err),
	    words == NULL ? 0 : -1);
	add_list(&found, &list);
	ck_assert_str_eq(buf_string(&found), recipient_cases[_i].results);
	if (words != NULL) {
		ck_assert_int_eq(err.kind, ERROR_ADDRESS);
		ck_assert_msg(text_begins(text_of(err.text), words), "%s",
		    err.text);
	}
	buf_free(&found);
	rewritten_free(&list);
	rules_close(&rules);
}
END_TEST

START_TEST(the_first_bad_result_is_the_one_that_is_told)
{
	struct rules rules;
	struct rewritten_list list = {0};
	struct error err = {0};

	rules_open(&rules,
	    "recipients = * -> a@$local, ok@d\n--\nrecipients = * -> a@$local.x");
	ck_assert_int_eq(rewrite_recipient(&rules.rewriting, "\"x y\"@b", &list,
			     &err),
	    -1);
	ck_assert(text_begins(text_of(err.text), "conf:1: "));
	rewritten_free(&list);
	rules_close(&rules);
}
END_TEST

/* Else three sections of a thousand results each would fill the machine. */
START_TEST(one_recipient_does_not_become_more_than_can_be)
{
	struct rules rules;
	struct rewritten_list list = {0};
	struct buf config = {0};
	struct error err = {0};

	for (int n = 0; n < 3; n++) {
		buf_add_string(&config, n > 0 ? "\n--\n" : "");
		buf_add_string(&config, "recipients = * -> 0@x");
		for (int i = 1; i < 900; i++)
			buf_addf(&config, ", %d@x", i);
	}
	rules_open(&rules, buf_string(&config));
	ck_assert_int_eq(rewrite_recipient(&rules.rewriting, "a@b", &list,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert(text_begins(text_of(err.text), "conf:3: "));
	ck_assert_uint_le(list.count, REWRITE_MAX_RESULTS);
	rewritten_free(&list);
	buf_free(&config);
	rules_close(&rules);
}
END_TEST

/* --- the header ---------------------------------------------------------- */

static void open_message(struct message *message, const char *header)
{
	struct text rest = text_of(header);
	struct text line;
	struct error err = {0};

	*message = (struct message){.body.fd = -1};
	while (text_split(&rest, '\n', &line))
		ck_assert_int_eq(message_add_line(message, line, &err),
		    MESSAGE_FIELD);
}

static void add_header(struct buf *buf, const struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		if (i > 0)
			buf_add_byte(buf, '\n');
		buf_add(buf, field_text(&message->fields[i]));
	}
}

/* A header before and after; NULL: it stays as it is. */
struct header_case {
	const char *rules;
	const char *before;
	const char *after;
};

static void check_header(const struct header_case *row)
{
	struct rules rules;
	struct message message;
	struct strlist warnings = {0};
	struct buf found = {0};
	struct error err = {0};

	rules_open(&rules, row->rules);
	open_message(&message, row->before);
	ck_assert_msg(rewrite_header(&rules.rewriting, &message, &warnings,
			  &err) == 0,
	    "%s", err.text);
	add_header(&found, &message);
	ck_assert_str_eq(buf_string(&found),
	    row->after != NULL ? row->after : row->before);
	ck_assert_uint_eq(warnings.count, 0);
	if (row->after == NULL)
		ck_assert_uint_eq(rules.trace.count, 0);
	buf_free(&found);
	message_free(&message);
	rules_close(&rules);
}

#define EACH_FIELD                                                             \
	"From: a@b\nSender: a@b\nReply-To: a@b\nTo: a@b\nCc: a@b\n"            \
	"Resent-From: a@b\nResent-Sender: a@b\nResent-Reply-To: a@b\n"         \
	"Resent-To: a@b\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"

static const struct header_case scope_cases[] = {
    {"envelope_from = * -> c@d\nenvelope_to = * -> c@d", EACH_FIELD, NULL},
    {"from = * -> c@d", EACH_FIELD,
	"From: c@d\nSender: a@b\nReply-To: a@b\nTo: a@b\nCc: a@b\n"
	"Resent-From: c@d\nResent-Sender: a@b\nResent-Reply-To: a@b\n"
	"Resent-To: a@b\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"},
    {"sender = * -> c@d", EACH_FIELD,
	"From: a@b\nSender: c@d\nReply-To: a@b\nTo: a@b\nCc: a@b\n"
	"Resent-From: a@b\nResent-Sender: c@d\nResent-Reply-To: a@b\n"
	"Resent-To: a@b\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"},
    {"reply_to = * -> c@d", EACH_FIELD,
	"From: a@b\nSender: a@b\nReply-To: c@d\nTo: a@b\nCc: a@b\n"
	"Resent-From: a@b\nResent-Sender: a@b\nResent-Reply-To: c@d\n"
	"Resent-To: a@b\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"},
    {"to = * -> c@d", EACH_FIELD,
	"From: a@b\nSender: a@b\nReply-To: a@b\nTo: c@d\nCc: a@b\n"
	"Resent-From: a@b\nResent-Sender: a@b\nResent-Reply-To: a@b\n"
	"Resent-To: c@d\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"},
    {"cc = * -> c@d", EACH_FIELD,
	"From: a@b\nSender: a@b\nReply-To: a@b\nTo: a@b\nCc: c@d\n"
	"Resent-From: a@b\nResent-Sender: a@b\nResent-Reply-To: a@b\n"
	"Resent-To: a@b\nResent-Cc: c@d\nErrors-To: a@b\nSubject: a@b"},
    {"senders = * -> c@d", EACH_FIELD,
	"From: c@d\nSender: c@d\nReply-To: c@d\nTo: a@b\nCc: a@b\n"
	"Resent-From: c@d\nResent-Sender: c@d\nResent-Reply-To: c@d\n"
	"Resent-To: a@b\nResent-Cc: a@b\nErrors-To: a@b\nSubject: a@b"},
    {"recipients = * -> c@d", EACH_FIELD,
	"From: a@b\nSender: a@b\nReply-To: a@b\nTo: c@d\nCc: c@d\n"
	"Resent-From: a@b\nResent-Sender: a@b\nResent-Reply-To: a@b\n"
	"Resent-To: c@d\nResent-Cc: c@d\nErrors-To: a@b\nSubject: a@b"},
    {"all = * -> c@d", EACH_FIELD,
	"From: c@d\nSender: c@d\nReply-To: c@d\nTo: c@d\nCc: c@d\n"
	"Resent-From: c@d\nResent-Sender: c@d\nResent-Reply-To: c@d\n"
	"Resent-To: c@d\nResent-Cc: c@d\nErrors-To: a@b\nSubject: a@b"},
    {"to = * -> c@d", "tO : a@b\nTO:a@b", "tO : c@d\nTO:c@d"},
    {"to = a@b -> 1@d\nto = a@* -> 2@d\nto = * -> 3@d",
	"To: x@y, a@c, a@b, x@y", "To: 3@d, 2@d, 1@d, 3@d"},
    {"cc = * -> 1@d\nto = * -> 2@d\nto = a@b -> 3@d", "To: a@b", "To: 2@d"},
    {"to = a@b -> c@d\n--\nto = c@d -> e@f\nto = * -> x@y", "To: a@b, g@h",
	"To: e@f, x@y"},
    {"redirect = qa@x", EACH_FIELD, NULL},
};

START_TEST(a_scope_is_for_its_fields_only)
{
	check_header(&scope_cases[_i]);
}
END_TEST

/* Rules that give an address without a name, here of a@b. */
static const struct header_case kept_cases[] = {
    {"to = a@b -> c@d", "To: N <a@b>", "To: N <c@d>"},
    {"to = a@b -> <c@d>", "To: N <a@b>", "To: N <c@d>"},
    {"to = a@b -> c@d", "To: \"N, M\" (x) < a @ b > (y)",
	"To: \"N, M\" (x) < c@d > (y)"},
    {"to = a@b -> c@d", "To: a@b (Cron Daemon)", "To: c@d (Cron Daemon)"},
    {"to = a@b -> c@d", "To: (x)a(y)@(z)b(w)", "To: (x)c@d(w)"},
    {"to = a@b -> c@d", "To:\n\tx@y (a@b),\n\ta@b,\n  a@b\n\t,x@y",
	"To:\n\tx@y (a@b),\n\tc@d,\n  c@d\n\t,x@y"},
    {"to = a@b -> c@d", "To: =?x?q?a?= <a@b>, J\xc3\xbcrgen <A@B>",
	"To: =?x?q?a?= <c@d>, J\xc3\xbcrgen <c@d>"},
    {"to = a@b -> c@d", "To: <@x,@y:a@b>, @x:a@b", "To: <c@d>, c@d"},
    {"to = a@b -> c@d", "To: ,,a@b,,N<a@b>,", "To: ,,c@d,,N<c@d>,"},
    {"to = a@b -> c@d", "To: \"a\"@b.", "To: c@d"},
    {"to = a@b -> \"c d\"@e", "To: a@b, N <a@b>",
	"To: \"c d\"@e, N <\"c d\"@e>"},
    {"to = a@b -> c@d", "To: undisclosed-recipients:;", NULL},
    {"to = a@b -> c@d", "To: T : a@b , N <a@b>;, U:x@y,a@b;",
	"To: T : c@d , N <c@d>;, U:x@y,c@d;"},
    {"to = a@b -> c@d", "To: \"a@b\" <x@y>, x@y (a@b), \"a@b\"@x", NULL},
    {"to = a@b -> c@d", "To: a@b@c, <a@b> x, a b, <>, a@b (, a@b", NULL},
    {"to = * -> $local@$domain", "To: N <@x:A(c)@ \n b>, \"a\" @b ( x ) ,",
	NULL},
    {"to = * -> a@b", "To: < a@(x)b >, a.@b", "To: < a@(x)b >, a@b"},
    {"to = root -> a@b", "To: root (x)", "To: a@b (x)"},
};

START_TEST(what_a_rule_does_not_change_keeps_its_bytes)
{
	check_header(&kept_cases[_i]);
}
END_TEST

static const struct header_case name_cases[] = {
    {"from = a@b -> N <c@d>", "From: a@b", "From: N <c@d>"},
    {"from = a@b -> N <c@d>", "From: <a@b>", "From: N <c@d>"},
    {"from = a@b -> N <c@d>", "From: M <a@b> (x)", "From: N <c@d> (x)"},
    {"from = a@b -> N <c@d>", "From: \"M\"\n (x)\n <a@b>\n , x@y",
	"From: N <c@d>\n , x@y"},
    {"from = a@b -> \"N, M\" <c@d>", "From: a@b", "From: \"N, M\" <c@d>"},
    {"from = a@b -> \"J\xc3\xbcrgen\" <c@d>", "From: a@b",
	"From: =?UTF-8?B?SsO8cmdlbg==?= <c@d>"},
    {"from = a@b -> N <a@b>", "From: M <a@b>", "From: N <a@b>"},
    {"from = a@b -> N <a@b>", "From: N <a@b>", NULL},
    {"from = root -> \"root on $host\" <c@d>",
	"From: root@d.example (Cron Daemon)",
	"From: \"root on web1.d.example\" <c@d>"},
    {"from = root -> \"$user on web1\" <c@d>", "From: root (Cron Daemon)",
	"From: anna on web1 <c@d>"},
    {"from = a@b -> N <c@d>", "From: a@b (x) (y), (z) a@b(w)",
	"From: N <c@d> (y), (z) N <c@d>"},
    {"from = a@b -> N <c@d>", "From: T:a@b,M <a@b>;",
	"From: T:N <c@d>,N <c@d>;"},
    /* $name */
    {"from = * -> \"$name at X\" <c@d>", "From: root@h (Cron Daemon)",
	"From: Cron Daemon at X <c@d>"},
    {"from = * -> \"$name at X\" <c@d>", "From: \"M, N\" <a@b> (x)",
	"From: \"M, N at X\" <c@d> (x)"},
    {"from = * -> \"$name\" <c@d>",
	"From: =?utf-8?q?J=C3=BCrgen?=\n\t=?ISO-8859-1?B?IE38bGxlcg==?= <a@b>",
	"From: =?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?= <c@d>"},
    {"from = * -> \"$name via X\" <c@d>", "From: =?KOI8-R?B?8A==?= <a@b>",
	"From: =?UTF-8?B?0J8gdmlhIFg=?= <c@d>"},
    {"from = * -> \"$name via X\" <c@d>", "From: =?X-None?B?8A==?= <a@b>",
	"From: \"=?X-None?B?8A==?= via X\" <c@d>"},
    {"from = *@* -> \"$1 $2 $local $domain $user $$\" <c@d>", "From: a@b",
	"From: a b a b anna $ <c@d>"},
    /* a name that is empty takes the name away */
    {"from = * -> \"$name\" <c@d>", "From: a@b", "From: c@d"},
    {"from = * -> \"$name\" <c@d>", "From: <a@b>", "From: c@d"},
    {"from = * -> \"\" <c@d>", "From: N <a@b>, a@b (x)", "From: c@d, c@d"},
    /* nothing in a message gets out of a name */
    {"from = * -> \"$name\" <c@d>", "From: \"x\\\" <evil@x>, \\\"\" <root@h>",
	"From: \"x\\\" <evil@x>, \\\"\" <c@d>"},
    {"from = * -> \"$name\" <c@d>",
	"From: =?utf-8?q?a=0D=0ABcc=3A_x=40y?= <root@h>",
	"From: \"a  Bcc: x@y\" <c@d>"},
    {"from = * -> \"$name\" <c@d>", "From: root@h (\\) <evil@x>, \")",
	"From: \") <evil@x>,\" <c@d>"},
    {"from = * -> \"$local\" <c@d>", "From: \"x> , <evil@x\"@h",
	"From: \"\\\"x> , <evil@x\\\"\" <c@d>"},
    {"from = * -> $local@d", "From: \"x> , <evil@x\"@h",
	"From: \"x> , <evil@x\"@d"},
    {"from = * -> \"a $name\" <c@d>", "From: =?utf-8?b?PT94P3E/YT89?= <a@b>",
	"From: \"a =?x?q?a?=\" <c@d>"},
    /* a dollar in a message is no variable */
    {"from = * -> \"$name\" <c@d>", "From: \"$user\" <a@b>",
	"From: $user <c@d>"},
};

START_TEST(a_name_of_a_rule_takes_the_place_of_the_old_one)
{
	check_header(&name_cases[_i]);
}
END_TEST

static const struct header_case several_cases[] = {
    {"recipients = root -> a@b, c@d", "To: x@y,root@localhost,\n x@y",
	"To: x@y,a@b, c@d,\n x@y"},
    {"to = a@b -> c@d, e@f", "To: N <a@b> (x)", "To: N <c@d>, N <e@f> (x)"},
    {"to = a@b -> c@d, e@f", "To: a@b (x)", "To: c@d, e@f (x)"},
    {"to = a@b -> N <c@d>, e@f", "To: a@b (x)", "To: N <c@d>, e@f"},
    {"to = a@b -> c@d, \"M, N\" <e@f>, g@h", "To: X <a@b>",
	"To: X <c@d>, \"M, N\" <e@f>, X <g@h>"},
    {"to = a@b -> c@d, A@B", "To: T: < \"a\"@b >, x@y;",
	"To: T: < c@d >, < A@B >, x@y;"},
    {"to = a@b -> a@b, c@d\n--\nto = * -> e@f", "To: a@b", "To: e@f, e@f"},
    {"cc = root -> a, b", "Cc: root@d.example, a@d.example",
	"Cc: a@d.example, b@d.example, a@d.example"},
};

START_TEST(several_results_stand_behind_each_other)
{
	check_header(&several_cases[_i]);
}
END_TEST

static const struct header_case edit_cases[] = {
    {"add_header = X-A: b", "Subject: s", "Subject: s\nX-A: b"},
    {"add_header = X-A: b", "X-A: a", "X-A: a\nX-A: b"},
    {"add_header = X-From: $user on $host for $$1", "To: a@b",
	"To: a@b\nX-From: anna on web1.d.example for $1"},
    {"set_header = X-A: b", "Subject: s", "Subject: s\nX-A: b"},
    {"set_header = X-A: b", "x-a :a\n\tc\nSubject: s\nX-A: d\nX-AB: e\nx-a:",
	"x-a : b\nSubject: s\nX-AB: e"},
    {"set_header = X-A: b", "Subject: s\nX-A: b", NULL},
    {"remove_header = X-A", "x-a: 1\nX-AB: 2\nX-A: 3", "X-AB: 2"},
    {"remove_header = X-PHP-*", "x-php-script: 1\nX-Mailer: PHP\nX-PHP-A: 2",
	"X-Mailer: PHP"},
    {"remove_header = X-A, Sub* X-B", "X-A: 1\nX-B: 2\nX-C: 3\nSubject: s",
	"X-C: 3"},
    {"remove_header = *", "From: a@b\nDate: now\nTo: x\nfrom: c@d\nDATE: x",
	"From: a@b\nDate: now\nfrom: c@d\nDATE: x"},
    {"remove_header = X-*", "From: a@b", NULL},
    /* in file order, behind the addresses of the same section */
    {"add_header = X-A: 1\nremove_header = X-*\nadd_header = X-B: 2", "To: a@b",
	"To: a@b\nX-B: 2"},
    {"set_header = Reply-To: a@b\nreply_to = a@b -> c@d", "To: x@y",
	"To: x@y\nReply-To: a@b"},
    {"set_header = Reply-To: a@b\n--\nreply_to = a@b -> c@d", "To: x@y",
	"To: x@y\nReply-To: c@d"},
    /* the original is kept only where a rule changed From */
    {"keep_original = yes", "From: a@b", NULL},
    {"keep_original = yes\nfrom = x@y -> c@d\nto = * -> c@d",
	"From: a@b\nTo: a@b", "From: a@b\nTo: c@d"},
    {"keep_original = yes\nfrom = a@b -> c@d", "From: \"N\"\n <a@b>\nTo: x@y",
	"From: \"N\"\n <c@d>\nTo: x@y\nX-Original-From: \"N\"\n <a@b>\n"
	"Reply-To: \"N\"\n <a@b>"},
    {"keep_original = yes\nfrom = a@b -> c@d",
	"From: a@b\nreply-to: x@y\nx-original-from: z",
	"From: c@d\nreply-to: x@y\nx-original-from: z"},
    {"keep_original = yes\nall = a@b -> c@d", "From: a@b",
	"From: c@d\nX-Original-From: a@b\nReply-To: a@b"},
    {"keep_original = yes\nfrom = a@b -> c@d\n--\nkeep_original = yes\n"
     "senders = * -> e@f",
	"From: a@b", "From: e@f\nX-Original-From: a@b\nReply-To: e@f"},
    {"keep_original = yes\nfrom = * -> c@d", "Resent-From: a@b\nFrom: c@d",
	"Resent-From: c@d\nFrom: c@d"},
};

START_TEST(edits_come_behind_the_addresses_in_file_order)
{
	check_header(&edit_cases[_i]);
}
END_TEST

START_TEST(a_variable_does_not_break_a_line)
{
	struct rules rules;
	struct message message;
	struct buf found = {0};
	struct error err = {0};

	rules_open(&rules,
	    "add_header = X-A: $user\nset_header = X-B: $host\n"
	    "from = * -> \"$user $host\" <c@d>");
	rules.rewriting.user = "a\nBcc: x@y";
	rules.site.hostname = "h\r\n\r\nbody";
	open_message(&message, "From: a@b");
	ck_assert_int_eq(rewrite_header(&rules.rewriting, &message, NULL, &err),
	    0);
	add_header(&found, &message);
	ck_assert_str_eq(buf_string(&found),
	    "From: \"a Bcc: x@y h    body\" <c@d>\n"
	    "X-A: a Bcc: x@y\nX-B: h    body");
	buf_free(&found);
	message_free(&message);
	rules_close(&rules);
}
END_TEST

START_TEST(a_bad_result_fails_the_header_of_a_sender)
{
	static const char *const fields[] = {"From", "Sender", "Reply-To",
	    "Resent-From", "Resent-Sender", "Resent-Reply-To"};

	for (int i = 0; i < COUNT(fields); i++) {
		struct rules rules;
		struct message message = {.body.fd = -1};
		struct strlist warnings = {0};
		struct error err = {0};

		rules_open(&rules, "\nall = *@* -> a@$1");
		message_append(&message, fields[i], text_of("\"x y\"@b"));
		ck_assert_int_eq(rewrite_header(&rules.rewriting, &message,
				     &warnings, &err),
		    -1);
		ck_assert_int_eq(err.kind, ERROR_ADDRESS);
		ck_assert(text_begins(text_of(err.text), "conf:2: "));
		ck_assert_uint_eq(warnings.count, 0);
		message_free(&message);
		rules_close(&rules);
	}
}
END_TEST

START_TEST(a_bad_result_leaves_the_header_of_a_recipient)
{
	struct rules rules;
	struct message message;
	struct strlist warnings = {0};
	struct buf found = {0};
	struct error err = {0};

	rules_open(&rules, "\nto = *@* -> \"N\" <a@d>, a@$1");
	open_message(&message, "To: M <\"x y\"@b> (z), c@b, \"v w\"@b (u)");
	ck_assert_int_eq(rewrite_header(&rules.rewriting, &message, &warnings,
			     &err),
	    0);
	add_header(&found, &message);
	ck_assert_str_eq(buf_string(&found),
	    "To: M <\"x y\"@b> (z), N <a@d>, a@c, \"v w\"@b (u)");
	ck_assert_uint_eq(warnings.count, 2);
	ck_assert(text_begins(text_of(warnings.items[0]), "conf:2: "));
	strlist_free(&warnings);
	buf_free(&found);
	message_free(&message);
	rules_close(&rules);
}
END_TEST

/* --- one address of a scope ---------------------------------------------- */

START_TEST(a_mailbox_alone_becomes_what_it_does_in_the_header)
{
	struct rules rules;
	struct buf found = {0};
	struct error err = {0};

	rules_open(&rules,
	    "from = a@b -> N <c@d>\n--\nall = c@d -> e@f\nto = *@b -> a@$1");
	ck_assert_int_eq(rewrite_mailbox(&rules.rewriting, SCOPE_FROM,
			     text_of("a@b (x)"), &found, &err),
	    0);
	ck_assert_str_eq(buf_string(&found), "N <e@f>");
	buf_clear(&found);
	ck_assert_int_eq(rewrite_mailbox(&rules.rewriting, SCOPE_TO,
			     text_of("a@c (x)"), &found, &err),
	    0);
	ck_assert_str_eq(buf_string(&found), "a@c (x)");
	buf_clear(&found);
	ck_assert_int_eq(rewrite_mailbox(&rules.rewriting, SCOPE_TO,
			     text_of("\"x y\"@b"), &found, &err),
	    -1);
	ck_assert_uint_eq(found.length, 0);
	ck_assert(text_begins(text_of(err.text), "conf:4: "));
	buf_free(&found);
	rules_close(&rules);
}
END_TEST

/* --- the trace ----------------------------------------------------------- */

START_TEST(what_changed_is_told_and_nothing_else)
{
	struct rules rules;
	struct message message;
	struct rewritten_list list = {0};
	struct buf sender = {0};
	struct buf told = {0};
	struct error err = {0};

	rules_open(&rules,
	    "all = a@b -> c@d\nrecipients = root -> x@y, z@y\n"
	    "from = * -> $local@$domain\n"
	    "--\nadd_header = X-A: 1\nset_header = X-B: 2\n"
	    "remove_header = X-C\nkeep_original = yes\nfrom = c@d -> N <e@f>\n"
	    "redirect = qa\nredirect_except = x@y");
	open_message(&message,
	    "From: a@b\nTo: N <root@localhost>, k@l\n"
	    "X-B: 1\nX-C: 1\nX-B: 3");
	ck_assert_int_eq(rewrite_sender(&rules.rewriting, "a@b", &sender, &err),
	    0);
	ck_assert_int_eq(rewrite_recipient(&rules.rewriting, "root@d.example",
			     &list, &err),
	    0);
	ck_assert_int_eq(rewrite_header(&rules.rewriting, &message, NULL, &err),
	    0);
	add_trace(&told, &rules.trace);
	ck_assert_str_eq(buf_string(&told),
	    "rewrite envelope_from: a@b => c@d (conf:1)\n"
	    "rewrite envelope_to: root@d.example => x@y, z@y (conf:2)\n"
	    "redirect envelope_to: z@y => qa@d.example (conf:10)\n"
	    "rewrite from: a@b => c@d (conf:1)\n"
	    "rewrite to: N <root@localhost> => N <x@y>, N <z@y> (conf:2)\n"
	    "rewrite from: c@d => N <e@f> (conf:9)\n"
	    "header -:  => X-Original-From: c@d ()\n"
	    "header -:  => Reply-To: c@d ()\n"
	    "header -:  => X-A: 1 (conf:5)\n"
	    "header -: X-B: 1 => X-B: 2 (conf:6)\n"
	    "header -: X-B: 3 =>  (conf:6)\n"
	    "header -: X-C: 1 =>  (conf:7)");
	ck_assert_str_eq(rules.trace.steps[0].cause, "a@b -> c@d");
	ck_assert_str_eq(rules.trace.steps[6].cause, "keep_original = yes");
	ck_assert_str_eq(rules.trace.steps[8].cause, "X-A: 1");
	buf_free(&told);
	buf_free(&sender);
	rewritten_free(&list);
	message_free(&message);
	rules_close(&rules);
}
END_TEST

/* --- properties ---------------------------------------------------------- */

/* Rules whose results no pattern of theirs is for. */
static const char *const settled[] = {
    "all = *@old -> $1@new",
    "all = *@old -> \"$name\" <$1@new>",
    "all = *@old -> \"$local, $name\" <x@new>",
    "all = root -> \"root on $host\" <root@new>",
    "recipients = *@old -> $1@new, N <$1@newer>, m@new",
    "all = /^([^@]+)@(.*)old$/i -> \"\" <$1@$2new>",
    "all = a@old -> b@new\n--\nall = *@old -> \"J\xc3\xbcrgen\" <$1@new>",
};

static const char *const shards[] = {"a@old", "N <a@old>", "<\"x y\"@old>",
    "b@OLD (c, d)", "root@localhost (Cron Daemon)", ",", ", ", " ,\n\t", ":",
    ";", "T:", "(x)", "\"q, r\"", "<", ">", "\"", "(",
    "=?utf-8?q?=C3=BC?=", "J\xc3\xbcrgen <j@x.old>", "x@y", "\\", "a",
    "<@r:a@old>", "\"\\\"<\"@old", " ", "\n "};

static void add_random(struct buf *buf, unsigned *seed)
{
	unsigned count = 1 + (*seed >> 20) % 8;

	buf_clear(buf);
	for (unsigned i = 0; i < count; i++) {
		*seed = *seed * 1664525 + 1013904223;
		buf_add_string(buf, shards[(*seed >> 16) % COUNT(shards)]);
	}
}

/* Both into *out; a list that is not rewritten is left out. */
static void rewrite_twice(const struct rules *rules, enum scope scope,
    struct text list, struct buf out[2])
{
	struct error err = {0};

	buf_clear(&out[0]);
	buf_clear(&out[1]);
	if (rewrite_mailbox(&rules->rewriting, scope, list, &out[0], &err) < 0)
		return;
	ck_assert_int_eq(rewrite_mailbox(&rules->rewriting, scope,
			     buf_text(&out[0]), &out[1], &err),
	    0);
	if (strcmp(buf_string(&out[0]), buf_string(&out[1])) != 0)
		ck_abort_msg("\"%s\" became \"%s\" became \"%s\"", list.data,
		    buf_string(&out[0]), buf_string(&out[1]));
}

START_TEST(twice_is_once_where_rules_do_not_overlap)
{
	struct rules rules;
	struct buf list = {0};
	struct buf out[2] = {{0}, {0}};
	unsigned seed = 7;
	unsigned changed = 0;

	rules_open(&rules, settled[_i]);
	rules.rewriting.trace = NULL;
	for (int i = 0; i < 20000; i++) {
		add_random(&list, &seed);
		rewrite_twice(&rules, SCOPE_TO, buf_text(&list), out);
		if (strcmp(buf_string(&list), buf_string(&out[0])) != 0)
			changed++;
	}
	ck_assert_uint_gt(changed, 100);
	buf_free(&out[0]);
	buf_free(&out[1]);
	buf_free(&list);
	rules_close(&rules);
}
END_TEST

/* Those that can be used, or those with that address. */
static unsigned count_mailboxes(struct text list, const char *address)
{
	struct mailbox box;
	struct buf written = {0};
	struct error ignored;
	unsigned count = 0;

	while (mailbox_next(&list, &box)) {
		buf_clear(&written);
		if (address_write(&written, box.spec, "d.example", &ignored) ==
			0 &&
		    (address == NULL || text_is(buf_text(&written), address)))
			count++;
	}
	buf_free(&written);
	return count;
}

/* Whatever the names and comments hold, there are as many as before. */
START_TEST(no_address_comes_or_goes)
{
	struct rules rules;
	struct buf list = {0};
	struct buf out = {0};
	struct error err = {0};
	unsigned seed = 8;

	rules_open(&rules, "all = * -> \"$name $1 $local\" <x@new>");
	rules.rewriting.trace = NULL;
	for (int i = 0; i < 50000; i++) {
		unsigned count;

		add_random(&list, &seed);
		buf_clear(&out);
		count = count_mailboxes(buf_text(&list), NULL);
		ck_assert_int_eq(rewrite_mailbox(&rules.rewriting, SCOPE_FROM,
				     buf_text(&list), &out, &err),
		    0);
		if (count_mailboxes(buf_text(&out), NULL) != count ||
		    count_mailboxes(buf_text(&out), "x@new") != count)
			ck_abort_msg("\"%s\" became \"%s\"", buf_string(&list),
			    buf_string(&out));
	}
	buf_free(&out);
	buf_free(&list);
	rules_close(&rules);
}
END_TEST

/* --- size ---------------------------------------------------------------- */

/* A long list is one of these over and over. */
static const char *const repeated[] = {"a@old, ", "N <a@old>,\n ",
    "a@old (c (d)), ", "\"x\" <x@y>,", "(", "\"", "<", "a@old (", "(x)",
    "=?utf-8?q?a?= ", "=?", ",", ":"};

/* The time a test may take is its measure of linear time. */
START_TEST(a_long_field_takes_linear_time)
{
	struct rules rules;
	struct buf list = {0};
	struct buf out = {0};
	struct error err = {0};

	rules_open(&rules, "to = *@old -> \"$name\" <$1@new>, x@new");
	rules.rewriting.trace = NULL;
	while (list.length < 1024 * 1024)
		buf_add_string(&list, repeated[_i]);
	buf_add_string(&list, " <a@old>");
	ck_assert_int_eq(rewrite_mailbox(&rules.rewriting, SCOPE_TO,
			     buf_text(&list), &out, &err),
	    out.is_full ? -1 : 0);
	decode_phrase(&out, buf_text(&list));
	buf_free(&out);
	buf_free(&list);
	rules_close(&rules);
}
END_TEST

START_TEST(five_thousand_recipients_are_all_rewritten)
{
	struct rules rules;
	struct message message = {.body.fd = -1};
	struct buf list = {0};
	struct error err = {0};
	struct field *field;

	rules_open(&rules, "to = *@old -> $1@new");
	for (int i = 0; i < 5000; i++)
		buf_addf(&list, "%s\"N %d\" <a%d@old>", i > 0 ? ",\n " : "", i,
		    i);
	ck_assert_uint_gt(list.length, 100000);
	message_append(&message, "To", buf_text(&list));
	ck_assert_int_eq(rewrite_header(&rules.rewriting, &message, NULL, &err),
	    0);
	field = message_field(&message, "To", NULL);
	ck_assert_uint_eq(field_body(field).length, list.length + 1);
	ck_assert_uint_eq(rules.trace.count, 5000);
	message_free(&message);
	buf_free(&list);
	rules_close(&rules);
}
END_TEST

START_TEST(a_header_does_not_grow_without_end)
{
	struct rules rules;
	struct message message = {.body.fd = -1};
	struct buf config = {0};
	struct buf list = {0};
	struct error err = {0};

	buf_add_string(&config, "to = * -> 0@x");
	for (int i = 1; i < 900; i++)
		buf_addf(&config, ", %d@x", i);
	rules_open(&rules, buf_string(&config));
	rules.rewriting.trace = NULL;
	for (int i = 0; i < 100; i++)
		buf_add_string(&list, "a@b,");
	for (int i = 0; i < 100; i++)
		message_append(&message, "To", buf_text(&list));
	ck_assert_int_eq(rewrite_header(&rules.rewriting, &message, NULL, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	ck_assert(strstr(err.text, "[rewrite test]") != NULL);
	message_free(&message);
	buf_free(&list);
	buf_free(&config);
	rules_close(&rules);
}
END_TEST

/* --- what the header is read with ---------------------------------------- */

static const struct {
	const char *list;
	const char *whole;
	const char *comment;
} mailbox_cases[] = {
    {" a@b ", "a@b", ""},
    {" a@b (x) ", "a@b", "(x)"},
    {" a@b(x)(y) ", "a@b", "(x)"},
    {" a@b\n (x (y) \\)),", "a@b", "(x (y) \\))"},
    {"T: a@b (x);", "a@b", "(x)"},
    {"(z) a @ (y) b", "a @ (y) b", ""},
    {"a@b,(x)", "a@b", ""},
    {" < a@b > (x)", "< a@b >", ""},
    {" N (y)\n <a@b> (x),", "N (y)\n <a@b>", ""},
    {"T:\"N, M\" <a@b>;", "\"N, M\" <a@b>", ""},
    {"<@x:a@b>", "<@x:a@b>", ""},
    {"@x:a@b (c)", "@x:a@b", "(c)"},
    {"root (Cron Daemon)", "root", "(Cron Daemon)"},
};

START_TEST(a_mailbox_knows_where_it_stands)
{
	struct text rest = text_of(mailbox_cases[_i].list);
	struct mailbox box;

	ck_assert(mailbox_next(&rest, &box));
	ck_assert(text_is(box.whole, mailbox_cases[_i].whole));
	ck_assert(text_is(box.comment, mailbox_cases[_i].comment));
}
END_TEST

static const struct {
	const char *phrase;
	const char *decoded;
} decoded_cases[] = {
    {"", ""},
    {" \n\t", ""},
    {"John  Q.\n\tPublic", "John Q. Public"},
    {"\"Doe, \\\"J\\\"\" (x) II", "Doe, \"J\" II"},
    {"\"a\n b", "a b"},
    {"J\xc3\xbcrgen", "J\xc3\xbcrgen"},
    {"J\xfcrgen", "J?rgen"},
    {"a \\( b \\", "a ( b \\"},
    /* RFC 2047 */
    {"=?UTF-8?Q?J=C3=BCrgen_M=2e?=", "J\xc3\xbcrgen M."},
    {"=?utf-8?b?SsO8cmdlbg==?= X", "J\xc3\xbcrgen X"},
    {"=?iso-8859-1?q?J=FCrgen?=", "J\xc3\xbcrgen"},
    {"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"},
    {"=?utf-8?q?a?= \n\t =?utf-8?q?b?=", "ab"},
    {"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
    {"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\xc3\xbc"},
    {"\"=?utf-8?q?a?=\"", "=?utf-8?q?a?="},
    {"=?utf-8?q?"
     "?=",
	""},
    {"=?utf-8?q?a,(\"b?=", "a,(\"b"},
    /* for others to decode, or none at all */
    {"=?KOI8-R?B?8A==?= =?koi8-r*ru?B?8A==?=", "\xd0\x9f\xd0\x9f"},
    {"=?windows-1252?Q?J=F6rg_=80?=", "J\xc3\xb6rg \xe2\x82\xac"},
    {"=?EUC-JP?B?jw==?=", "=?EUC-JP?B?jw==?="},
    {"=?../x?B?8A==?= =?X-None?B?8A==?=", "=?../x?B?8A==?= =?X-None?B?8A==?="},
    {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
    {"=?utf-8?b?a?=", "=?utf-8?b?a?="},
    {"=?utf-8?q?=?=", "=?utf-8?q?=?="},
    {"=?utf-8?q?=4?=", "=?utf-8?q?=4?="},
    {"=?utf-8?q?=G0?=", "=?utf-8?q?=G0?="},
    {"=?utf-8?q?a b?=", "=?utf-8?q?a b?="},
    {"=?utf-8?q?a", "=?utf-8?q?a"},
    {"=?=?=?", "=?=?=?"},
    /* nothing that is no text */
    {"=?utf-8?q?a=0D=0Ab=00c=7F=C2=85d=FF?=", "a  b c  d?"},
    {"a\x1b[2J", "a [2J"},
};

START_TEST(a_phrase_is_decoded_to_clean_utf8)
{
	struct buf plain = {0};

	decode_phrase(&plain, text_of(decoded_cases[_i].phrase));
	ck_assert_str_eq(buf_string(&plain), decoded_cases[_i].decoded);
	ck_assert(utf8_is_valid(buf_text(&plain)));
	buf_free(&plain);
}
END_TEST

static TCase *envelope_tests(void)
{
	TCase *tests = tcase_create("envelope");

	tcase_add_loop_test(tests, a_sender_becomes_what_the_first_rule_says, 0,
	    COUNT(sender_cases));
	tcase_add_loop_test(tests,
	    a_recipient_becomes_what_rules_and_redirect_say, 0,
	    COUNT(recipient_cases));
	tcase_add_test(tests, the_first_bad_result_is_the_one_that_is_told);
	tcase_add_test(tests, one_recipient_does_not_become_more_than_can_be);
	return tests;
}

static TCase *header_tests(void)
{
	TCase *tests = tcase_create("header");

	tcase_add_loop_test(tests, a_scope_is_for_its_fields_only, 0,
	    COUNT(scope_cases));
	tcase_add_loop_test(tests, what_a_rule_does_not_change_keeps_its_bytes,
	    0, COUNT(kept_cases));
	tcase_add_loop_test(tests,
	    a_name_of_a_rule_takes_the_place_of_the_old_one, 0,
	    COUNT(name_cases));
	tcase_add_loop_test(tests, several_results_stand_behind_each_other, 0,
	    COUNT(several_cases));
	tcase_add_loop_test(tests,
	    edits_come_behind_the_addresses_in_file_order, 0,
	    COUNT(edit_cases));
	tcase_add_test(tests, a_variable_does_not_break_a_line);
	tcase_add_test(tests, a_bad_result_fails_the_header_of_a_sender);
	tcase_add_test(tests, a_bad_result_leaves_the_header_of_a_recipient);
	tcase_add_test(tests,
	    a_mailbox_alone_becomes_what_it_does_in_the_header);
	tcase_add_test(tests, what_changed_is_told_and_nothing_else);
	return tests;
}

static TCase *property_tests(void)
{
	TCase *tests = tcase_create("property");

	tcase_add_loop_test(tests, twice_is_once_where_rules_do_not_overlap, 0,
	    COUNT(settled));
	tcase_add_test(tests, no_address_comes_or_goes);
	tcase_add_loop_test(tests, a_long_field_takes_linear_time, 0,
	    COUNT(repeated));
	tcase_add_test(tests, five_thousand_recipients_are_all_rewritten);
	tcase_add_test(tests, a_header_does_not_grow_without_end);
	return tests;
}

static TCase *reading_tests(void)
{
	TCase *tests = tcase_create("reading");

	tcase_add_loop_test(tests, a_mailbox_knows_where_it_stands, 0,
	    COUNT(mailbox_cases));
	tcase_add_loop_test(tests, a_phrase_is_decoded_to_clean_utf8, 0,
	    COUNT(decoded_cases));
	return tests;
}

Suite *suite_rewrite(void)
{
	Suite *suite = suite_create("rewrite");

	suite_add_tcase(suite, envelope_tests());
	suite_add_tcase(suite, header_tests());
	suite_add_tcase(suite, property_tests());
	suite_add_tcase(suite, reading_tests());
	return suite;
}
