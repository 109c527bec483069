#include "explain.h"

#include <stdlib.h>

#include "header_diff.h"
#include "json.h"
#include "show.h"
#include "submission.h"

static const char *const tls_words[] = {
    [TLS_NONE] = "none",
    [TLS_STARTTLS] = "starttls",
    [TLS_IMPLICIT] = "implicit",
};

/* --- for people ---------------------------------------------------------- */

static void add_setting(void *context, const struct config_setting *setting)
{
	struct strlist *cells = context;
	struct buf where = {0};

	origin_add(&where, setting->origin);
	show_cell(cells, setting->key);
	show_cell(cells, setting->value != NULL ? setting->value : "[hidden]");
	show_cell(cells, where.length > 0 ? buf_string(&where) : "default");
	buf_free(&where);
}

/* With NULL those of [sendmail]. */
static void show_settings(struct buf *out, const struct config *config,
    const struct profile *profile)
{
	struct strlist cells = {0};

	buf_add_byte(out, '\n');
	if (profile == NULL)
		buf_add_string(out, "settings of [sendmail]\n");
	else
		show_line(out, "settings of [profile %s]", profile->name);
	config_each_setting(config, profile, add_setting, &cells);
	show_table(out, &cells, 3, 2);
	strlist_free(&cells);
}

static void show_way(struct buf *out, const struct submission *submission,
    const struct delivery *delivery)
{
	struct strlist cells = {0};
	struct buf smarthost = {0};
	struct buf choice = {0};
	struct buf tls = {0};

	show_smarthost(&smarthost, delivery->profile);
	show_choice(&choice, submission->config, submission->policy.profile,
	    delivery->route);
	buf_addf(&tls, "TLS: %s", tls_words[delivery->profile->tls]);
	show_cell(&cells, "profile");
	show_cell(&cells, delivery->profile->name);
	show_cell(&cells, buf_string(&choice));
	show_cell(&cells, "smarthost");
	show_cell(&cells, buf_string(&smarthost));
	show_cell(&cells, buf_string(&tls));
	show_table(out, &cells, 3, 2);
	buf_free(&tls);
	buf_free(&choice);
	buf_free(&smarthost);
	strlist_free(&cells);
}

/* Each line of a folded field has the sign. */
static void show_field(struct buf *out, const struct difference *difference)
{
	struct text rest = field_text(difference->field);
	struct text line;

	while (text_split(&rest, '\n', &line))
		show_line(out, "    %c %.*s", difference->is_new ? '+' : '-',
		    (int)line.length, line.data);
}

static void show_header(struct buf *out, const struct submission *submission,
    const struct delivery *delivery)
{
	struct difference *differences;
	size_t count = header_diff(&submission->posting.message,
	    &delivery->message, &differences);

	buf_add_string(out, "  header (- as it came, + as it is sent)\n");
	for (size_t i = 0; i < count; i++)
		show_field(out, &differences[i]);
	free(differences);
}

static void show_envelope(struct buf *out, const struct envelope *envelope)
{
	buf_add_string(out, "  envelope\n");
	show_line(out, "    MAIL FROM:<%s>", envelope->sender);
	for (size_t i = 0; i < envelope->count; i++)
		show_line(out, "    RCPT TO:<%s>",
		    envelope->recipients[i].address);
}

static void show_deliveries(struct buf *out,
    const struct submission *submission)
{
	const struct plan *plan = &submission->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct delivery *delivery = &plan->deliveries[i];

		buf_add_byte(out, '\n');
		show_line(out, "delivery %zu of %zu", i + 1, plan->count);
		show_way(out, submission, delivery);
		show_header(out, submission, delivery);
		show_envelope(out, &delivery->envelope);
	}
}

static void show_failures(struct buf *out, const struct submission *submission)
{
	const struct plan *plan = &submission->plan;
	const struct strlist *warnings = &submission->policy.warnings;
	struct strlist cells = {0};

	for (size_t i = 0; i < plan->failure_count; i++) {
		show_cell(&cells, plan->failures[i].address);
		show_cell(&cells, plan->failures[i].error.text);
	}
	if (cells.count > 0)
		buf_add_string(out, "\nnot sent\n");
	show_table(out, &cells, 2, 2);
	strlist_free(&cells);
	if (warnings->count > 0)
		buf_add_string(out, "\nwarnings\n");
	for (size_t i = 0; i < warnings->count; i++)
		show_line(out, "  %s", warnings->items[i]);
}

/* A profile that an earlier delivery has too was shown with that. */
static bool is_first_of_profile(const struct plan *plan, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (plan->deliveries[i].profile == plan->deliveries[n].profile)
			return false;
	return true;
}

static void explain_to_people(struct buf *out,
    const struct submission *submission)
{
	const struct plan *plan = &submission->plan;

	buf_add_string(out, "addresses\n");
	if (submission->trace.count == 0)
		buf_add_string(out, "  stay as they are\n");
	show_steps(out, &submission->trace, 2);
	show_deliveries(out, submission);
	show_failures(out, submission);
	for (size_t i = 0; i < plan->count; i++)
		if (is_first_of_profile(plan, i))
			show_settings(out, submission->config,
			    plan->deliveries[i].profile);
	show_settings(out, submission->config, NULL);
}

/* --- for programs -------------------------------------------------------- */

static void add_json_setting(void *context,
    const struct config_setting *setting)
{
	struct buf *out = context;
	struct buf where = {0};

	origin_add(&where, setting->origin);
	json_add_comma(out);
	buf_add_byte(out, '{');
	json_add_member(out, "key", setting->key);
	json_add_member(out, "value",
	    setting->value != NULL ? setting->value : "[hidden]");
	json_add_member(out, "where",
	    where.length > 0 ? buf_string(&where) : "default");
	buf_add_byte(out, '}');
	buf_free(&where);
}

static void add_json_settings(struct buf *out, const struct config *config,
    const struct profile *profile)
{
	buf_add_byte(out, '[');
	config_each_setting(config, profile, add_json_setting, out);
	buf_add_byte(out, ']');
}

static void add_json_fields(struct buf *out,
    const struct difference *differences, size_t count, bool is_new)
{
	buf_add_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (differences[i].is_new != is_new)
			continue;
		json_add_comma(out);
		json_add_string(out, field_text(differences[i].field));
	}
	buf_add_byte(out, ']');
}

static void add_json_header(struct buf *out, const struct message *old,
    const struct message *new)
{
	struct difference *differences;
	size_t count = header_diff(old, new, &differences);

	json_add_key(out, "header");
	buf_add_byte(out, '{');
	json_add_key(out, "removed");
	add_json_fields(out, differences, count, false);
	json_add_key(out, "added");
	add_json_fields(out, differences, count, true);
	buf_add_byte(out, '}');
	free(differences);
}

static void add_json_envelope(struct buf *out, const struct envelope *envelope)
{
	json_add_key(out, "envelope");
	buf_add_byte(out, '{');
	json_add_member(out, "from", envelope->sender);
	json_add_key(out, "to");
	buf_add_byte(out, '[');
	for (size_t i = 0; i < envelope->count; i++) {
		json_add_comma(out);
		json_add_string(out, text_of(envelope->recipients[i].address));
	}
	buf_add_string(out, "]}");
}

static void add_json_delivery(struct buf *out,
    const struct submission *submission, const struct delivery *delivery)
{
	struct buf smarthost = {0};
	struct buf choice = {0};

	show_smarthost(&smarthost, delivery->profile);
	show_choice(&choice, submission->config, submission->policy.profile,
	    delivery->route);
	json_add_comma(out);
	buf_add_byte(out, '{');
	json_add_member(out, "profile", delivery->profile->name);
	json_add_member(out, "choice", buf_string(&choice));
	json_add_member(out, "smarthost", buf_string(&smarthost));
	json_add_member(out, "tls", tls_words[delivery->profile->tls]);
	add_json_header(out, &submission->posting.message, &delivery->message);
	add_json_envelope(out, &delivery->envelope);
	buf_add_byte(out, '}');
	buf_free(&choice);
	buf_free(&smarthost);
}

static void add_json_failures(struct buf *out, const struct plan *plan)
{
	json_add_key(out, "failures");
	buf_add_byte(out, '[');
	for (size_t i = 0; i < plan->failure_count; i++) {
		json_add_comma(out);
		buf_add_byte(out, '{');
		json_add_member(out, "address", plan->failures[i].address);
		json_add_member(out, "error", plan->failures[i].error.text);
		buf_add_byte(out, '}');
	}
	buf_add_byte(out, ']');
}

static void add_json_profiles(struct buf *out,
    const struct submission *submission)
{
	const struct plan *plan = &submission->plan;

	json_add_key(out, "settings");
	buf_add_byte(out, '{');
	json_add_key(out, "sendmail");
	add_json_settings(out, submission->config, NULL);
	json_add_key(out, "profiles");
	buf_add_byte(out, '{');
	for (size_t i = 0; i < plan->count; i++) {
		if (!is_first_of_profile(plan, i))
			continue;
		json_add_key(out, plan->deliveries[i].profile->name);
		add_json_settings(out, submission->config,
		    plan->deliveries[i].profile);
	}
	buf_add_string(out, "}}");
}

static void explain_to_programs(struct buf *out,
    const struct submission *submission)
{
	const struct plan *plan = &submission->plan;

	buf_add_byte(out, '{');
	json_add_key(out, "steps");
	show_json_steps(out, &submission->trace);
	json_add_key(out, "deliveries");
	buf_add_byte(out, '[');
	for (size_t i = 0; i < plan->count; i++)
		add_json_delivery(out, submission, &plan->deliveries[i]);
	buf_add_byte(out, ']');
	add_json_failures(out, plan);
	json_add_key(out, "warnings");
	show_json_list(out, &submission->policy.warnings);
	add_json_profiles(out, submission);
	buf_add_string(out, "}\n");
}

/* ------------------------------------------------------------------------- */

static int print(const struct submission *submission, bool is_json, int fd,
    struct error *err)
{
	struct buf out = {0};
	int result;

	if (is_json)
		explain_to_programs(&out, submission);
	else
		explain_to_people(&out, submission);
	result = show_print(&out, fd, err);
	buf_free(&out);
	return result;
}

int explain(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct submission submission = {0};
	int result =
	    submission_make(&submission, options, config, identity, err);

	if (result == 0)
		result = print(&submission, options->is_json, fd, err);
	if (result < 0)
		strlist_add(sentences, text_of(err->text));
	else
		result = submission_report(&submission, sentences, err);
	submission_free(&submission);
	return result;
}
