#include "address_test.h"

#include <string.h>
#include <unistd.h>

#include "file.h"
#include "follow.h"
#include "json.h"
#include "posting.h"
#include "show.h"
#include "token.h"

enum { BLOCK = 4096 }; /* bytes read at once */

struct inquiry {
	struct policy policy;
	struct trace trace;
	struct buf sender; /* of the mail that recipients would get */
	struct buf out;
	int fd;
	bool is_json;
	bool has_asked; /* there was an address */
	bool has_bad;   /* one of them cannot be delivered to */
};

/* What is done with each address; with an error it is none. */
typedef void inquirer(struct inquiry *, const struct person *,
    const struct error *);

static int begin(struct inquiry *inquiry, const struct options *options,
    const struct config *config, const struct identity *identity,
    struct error *err)
{
	const char *sender =
	    options->sender != NULL ? options->sender : identity->login;

	inquiry->is_json = options->is_json;
	inquiry->policy = policy_of(config, options, identity);
	inquiry->policy.trace = &inquiry->trace;
	return posting_add_sender(&inquiry->sender, sender,
	    inquiry->policy.site.domain, err);
}

static int end(struct inquiry *inquiry, int result, struct strlist *sentences,
    const struct error *err)
{
	if (result < 0)
		strlist_add(sentences, text_of(err->text));
	trace_free(&inquiry->trace);
	policy_free(&inquiry->policy);
	buf_free(&inquiry->sender);
	buf_free(&inquiry->out);
	return result;
}

static void add_side(struct inquiry *inquiry, const char *name)
{
	struct buf *out = &inquiry->out;

	if (inquiry->is_json) {
		json_add_key(out, name);
		show_json_steps(out, &inquiry->trace);
	} else {
		show_line(out, "  as a %s", name);
		show_steps(out, &inquiry->trace, 4);
	}
	trace_free(&inquiry->trace);
}

/* Nobody can send to the null sender. */
static void add_sides(struct inquiry *inquiry, const struct person *person)
{
	if (person->spec.length > 0) {
		(void)follow_recipient(&inquiry->policy, person,
		    buf_string(&inquiry->sender));
		add_side(inquiry, "recipient");
	}
	(void)follow_sender(&inquiry->policy, person);
	add_side(inquiry, "sender");
}

static void add_given(struct buf *buf, struct text given)
{
	buf_add_byte(buf, '{');
	json_add_key(buf, "address");
	json_add_string(buf, given);
}

static void test_json(struct inquiry *inquiry, const struct person *person,
    const struct error *err)
{
	struct buf *out = &inquiry->out;

	add_given(out, person->given);
	if (err != NULL)
		json_add_member(out, "error", err->text);
	else
		add_sides(inquiry, person);
	buf_add_string(out, "}\n");
}

static void test(struct inquiry *inquiry, const struct person *person,
    const struct error *err)
{
	struct buf *out = &inquiry->out;

	if (inquiry->has_asked)
		buf_add_byte(out, '\n');
	show_line(out, "%.*s", (int)person->given.length, person->given.data);
	if (err != NULL)
		show_line(out, "  %s", err->text);
	else
		add_sides(inquiry, person);
}

static bool follow(struct inquiry *inquiry, const struct person *person,
    const struct error *err)
{
	bool is_good = err == NULL &&
	    follow_recipient(&inquiry->policy, person,
		buf_string(&inquiry->sender));

	inquiry->has_bad = inquiry->has_bad || !is_good;
	return is_good;
}

static void verify_json(struct inquiry *inquiry, const struct person *person,
    const struct error *err)
{
	struct buf *out = &inquiry->out;
	bool is_good = follow(inquiry, person, err);

	add_given(out, person->given);
	json_add_key(out, "deliverable");
	buf_add_string(out, is_good ? "true" : "false");
	if (err != NULL)
		json_add_member(out, "error", err->text);
	else
		add_side(inquiry, "recipient");
	buf_add_string(out, "}\n");
}

static void add_verdict(struct inquiry *inquiry, struct text given,
    const char *verdict, const char *what, const char *way)
{
	show_line(&inquiry->out, "%.*s ... %s: %s%s%s", (int)given.length,
	    given.data, verdict, what, way != NULL ? " through " : "",
	    way != NULL ? way : "");
}

/* What becomes of the header is no matter here. */
static void verify(struct inquiry *inquiry, const struct person *person,
    const struct error *err)
{
	struct trace *trace = &inquiry->trace;
	const char *way = NULL;

	(void)follow(inquiry, person, err);
	if (err != NULL)
		add_verdict(inquiry, person->given, "undeliverable", err->text,
		    NULL);
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step_is(step, "error"))
			add_verdict(inquiry, person->given, "undeliverable",
			    step->after, NULL);
		else if (step_is(step, "result") &&
		    strcmp(step->scope, "envelope_to") == 0)
			add_verdict(inquiry, person->given, "deliverable",
			    step->after, way);
		else if (step_is(step, "route"))
			way = step->after;
	}
	trace_free(trace);
}

static int inquire(struct inquiry *inquiry, struct text list,
    inquirer *do_inquire, struct error *err)
{
	const char *domain = inquiry->policy.site.domain;
	struct text part;
	int result = 0;

	while (result == 0 && token_split(&list, ',', &part)) {
		struct person person = {0};
		struct error bad;

		if (text_trim(part).length == 0)
			continue;
		if (person_read(&person, part, domain, &bad) == 0)
			do_inquire(inquiry, &person, NULL);
		else
			do_inquire(inquiry, &person, &bad);
		inquiry->has_asked = true;
		person_free(&person);
		result = show_print(&inquiry->out, inquiry->fd, err);
	}
	return result;
}

static int inquire_arguments(struct inquiry *inquiry,
    const struct options *options, inquirer *do_inquire, struct error *err)
{
	int result = 0;

	for (int i = 0; result == 0 && i < options->recipient_count; i++)
		result = inquire(inquiry, text_of(options->recipients[i]),
		    do_inquire, err);
	return result;
}

/* The next line off the buf, or a piece of one that is too long. */
static bool next_line(struct buf *in, bool is_at_end, struct text *line,
    size_t *length)
{
	struct text all = buf_text(in);

	*length = text_find(all, '\n');
	if (*length == all.length && !is_at_end &&
	    all.length < ADDRESS_TEST_MAX_LINE)
		return false;
	*line = text_part(all, 0, *length);
	*length = *length < all.length ? *length + 1 : *length;
	return *length > 0;
}

static int inquire_lines(struct inquiry *inquiry, struct buf *in,
    bool *is_at_end, inquirer *do_inquire, struct error *err)
{
	struct text line;
	size_t length;
	int result = 0;

	while (result == 0 && next_line(in, *is_at_end, &line, &length)) {
		if (text_is(text_trim(line), "/quit")) {
			*is_at_end = true;
			return 0;
		}
		result = inquire(inquiry, line, do_inquire, err);
		buf_skip(in, length);
	}
	return result;
}

/* For a person who types; a program that writes gets nothing but answers. */
static int prompt(const struct inquiry *inquiry, const char *words,
    struct error *err)
{
	if (inquiry->is_json || isatty(STDIN_FILENO) == 0 ||
	    isatty(inquiry->fd) == 0)
		return 0;
	return file_write(inquiry->fd, text_of(words), "standard output", err);
}

static int read_more(const struct inquiry *inquiry, struct buf *in,
    bool *is_at_end, struct error *err)
{
	ssize_t count;

	if (prompt(inquiry, "> ", err) < 0)
		return -1;
	count = file_read(STDIN_FILENO, buf_room(in, BLOCK), BLOCK,
	    "standard input", err);
	if (count < 0)
		return -1;
	in->length += (size_t)count;
	*is_at_end = count == 0;
	return *is_at_end ? prompt(inquiry, "\n", err) : 0;
}

static int inquire_input(struct inquiry *inquiry, inquirer *do_inquire,
    struct error *err)
{
	struct buf in = {0};
	bool is_at_end = false;
	int result = 0;

	while (result == 0 && !is_at_end) {
		result = read_more(inquiry, &in, &is_at_end, err);
		if (result == 0)
			result = inquire_lines(inquiry, &in, &is_at_end,
			    do_inquire, err);
	}
	buf_free(&in);
	return result;
}

int test_addresses(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	inquirer *do_inquire = options->is_json ? test_json : test;
	struct inquiry inquiry = {.fd = fd};
	int result = begin(&inquiry, options, config, identity, err);

	if (result == 0)
		result = options->recipient_count > 0 ?
		    inquire_arguments(&inquiry, options, do_inquire, err) :
		    inquire_input(&inquiry, do_inquire, err);
	return end(&inquiry, result, sentences, err);
}

int verify_recipients(const struct options *options,
    const struct config *config, const struct identity *identity, int fd,
    struct strlist *sentences, struct error *err)
{
	inquirer *do_inquire = options->is_json ? verify_json : verify;
	struct inquiry inquiry = {.fd = fd};
	int result = begin(&inquiry, options, config, identity, err);

	if (result == 0)
		result = inquire_arguments(&inquiry, options, do_inquire, err);
	if (result == 0 && !inquiry.has_asked)
		result = fail(err, ERROR_USAGE,
		    "there are no recipients: give some to verify");
	result = end(&inquiry, result, sentences, err);
	/* The output has said why. */
	if (result == 0 && inquiry.has_bad)
		result = fail(err, ERROR_NO_USER,
		    "not all recipients are deliverable");
	return result;
}
