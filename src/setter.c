#include "setter.h"

#include <string.h>

#include "address.h"
#include "ehlo.h"
#include "mailbox.h"
#include "route.h"
#include "ruleset.h"
#include "sasl.h"
#include "settings.h"
#include "value.h"

/* A letter and what it stands for; the list ends with a factor of 0. */
struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit no_units[] = {{"", 1}, {"", 0}};
static const struct unit size_units[] = {
    {"", 1}, {"K", 1ULL << 10}, {"M", 1ULL << 20}, {"G", 1ULL << 30}, {"", 0}};
static const struct unit time_units[] = {{"", SETTER_SECOND},
    {"s", SETTER_SECOND}, {"m", 60L * SETTER_SECOND},
    {"h", 3600L * SETTER_SECOND}, {"d", SETTER_DAY}, {"", 0}};

void *setter_find_field(const struct key *key, void *fields)
{
	return (char *)fields + key->offset;
}

int set_text(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	(void)err; /* any text will do */
	*(const char **)setter_find_field(key, fields) = value;
	return 0;
}

/* The place of a word in a list "none, starttls, implicit", or -1. */
static int find_word(const char *words, const char *value)
{
	struct text rest = text_of(words);
	struct text word;

	for (int i = 0; text_split(&rest, ',', &word); i++)
		if (text_is(text_trim(word), value))
			return i;
	return -1;
}

int set_word(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	int i = find_word(key->words, value);

	if (i < 0)
		return fail(err, ERROR_CONFIG, "takes one of %s", key->words);
	/* The enums have no negative members, so they are unsigned. */
	*(unsigned *)setter_find_field(key, fields) =
	    (unsigned)i + (unsigned)key->min;
	return 0;
}

int set_bool(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	bool is_yes = find_word("yes, true, on, 1", value) >= 0;

	if (!is_yes && find_word("no, false, off, 0", value) < 0)
		return fail(err, ERROR_CONFIG, "takes yes or no");
	*(bool *)setter_find_field(key, fields) = is_yes;
	return 0;
}

/* Digits and, right behind them, a unit in any case. */
static int read_amount(struct text text, const struct unit *units,
    const struct key *key, uint64_t *amount)
{
	size_t digits = 0;
	unsigned long long number;
	struct text name;

	while (digits < text.length && byte_is_digit(text.data[digits]))
		digits++;
	name = text_part(text, digits, text.length);
	while (units->factor != 0 && !text_is_nocase(name, units->name))
		units++;
	if (units->factor == 0 ||
	    text_number(text_part(text, 0, digits), key->max, &number) < 0 ||
	    number > key->max / units->factor)
		return -1;
	*amount = number * units->factor;
	return *amount >= key->min ? 0 : -1;
}

int set_size(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	if (read_amount(text_of(value), size_units, key,
		setter_find_field(key, fields)) < 0)
		return fail(err, ERROR_CONFIG,
		    "takes a size such as 500K, 50M or 1G, at most %lluG",
		    (unsigned long long)key->max >> 30);
	return 0;
}

int setter_read_time(struct text text, const struct key *key,
    int64_t *milliseconds)
{
	uint64_t amount;

	if (read_amount(text, time_units, key, &amount) < 0)
		return -1;
	*milliseconds = (int64_t)amount;
	return 0;
}

/* A word is 0, which no time is. */
int set_time(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	int64_t *field = setter_find_field(key, fields);

	*field = 0;
	if (key->words != NULL && find_word(key->words, value) >= 0)
		return 0;
	if (setter_read_time(text_of(value), key, field) < 0)
		return fail(err, ERROR_CONFIG,
		    "takes %s%sa time such as 30s, 5m or 1h, from %llus to "
		    "%llud",
		    key->words != NULL ? key->words : "",
		    key->words != NULL ? " or " : "",
		    (unsigned long long)(key->min / SETTER_SECOND),
		    (unsigned long long)(key->max / SETTER_DAY));
	return 0;
}

int set_number(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	uint64_t number;

	if (read_amount(text_of(value), no_units, key, &number) < 0)
		return fail(err, ERROR_CONFIG,
		    "takes a number from %llu to %llu",
		    (unsigned long long)key->min, (unsigned long long)key->max);
	*(unsigned *)setter_find_field(key, fields) = (unsigned)number;
	return 0;
}

/* A size, and how many files to keep. */
int set_rotation(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	static const unsigned long long max_count = 1000;
	struct settings *settings = fields;
	struct text rest = text_of(value);
	struct text size;
	struct text count;
	unsigned long long number = 5;

	(void)text_word(&rest, &size);
	if (read_amount(size, size_units, key, &settings->transcript_max) < 0 ||
	    (text_word(&rest, &count) &&
		text_number(count, max_count, &number) < 0) ||
	    text_trim(rest).length > 0)
		return fail(err, ERROR_CONFIG,
		    "takes a size and a number of files, such as 10M 5");
	settings->transcript_count = (unsigned)number;
	return 0;
}

int set_path(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	if (value[0] != '/' &&
	    (key->words == NULL || find_word(key->words, value) < 0))
		return fail(err, ERROR_CONFIG,
		    "takes %s%sa path that begins with /",
		    key->words != NULL ? key->words : "",
		    key->words != NULL ? " or " : "");
	return set_text(key, value, fields, err);
}

/* What can stand behind the "@" of an address. */
int set_domain(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct buf address = {0};
	struct error cause;
	bool is_usable = value_is_host(text_of(value));

	buf_addf(&address, "postmaster@%s", value);
	is_usable = is_usable && address_check(buf_text(&address), &cause) == 0;
	buf_free(&address);
	if (!is_usable)
		return fail(err, ERROR_CONFIG,
		    "takes a name such as mail.example.com");
	return set_text(key, value, fields, err);
}

int set_variable(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	if (!value_is_variable(text_of(value)))
		return fail(err, ERROR_CONFIG,
		    "takes the name of an environment variable, without $");
	return set_text(key, value, fields, err);
}

/* One mailbox, or <> for the null sender. */
int set_address(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text rest = text_of(value);
	struct mailbox box;
	struct mailbox other;
	struct buf address = {0};
	struct error cause;
	bool is_usable = mailbox_next(&rest, &box) &&
	    !mailbox_next(&rest, &other) &&
	    (strcmp(value, "<>") == 0 ||
		address_write(&address, box.spec, "localhost", &cause) == 0);

	buf_free(&address);
	if (!is_usable)
		return fail(err, ERROR_CONFIG,
		    "takes one address such as alerts@example.com");
	return set_text(key, value, fields, err);
}

static int fail_auth(struct error *err)
{
	struct buf names = {0};

	for (int i = 0; i < SASL_MECHANISMS; i++) {
		buf_add_byte(&names, ' ');
		buf_add_string(&names, sasl_name((enum sasl_mechanism)i));
	}
	(void)fail(err, ERROR_CONFIG, "takes auto, off or some of%s",
	    buf_string(&names));
	buf_free(&names);
	return -1;
}

/* Those behind hand out what can be cracked at leisure: only when named. */
static void set_automatic(struct profile *profile)
{
	for (int i = 0; i < SASL_AUTOMATIC; i++)
		profile->mechanisms[i] = (enum sasl_mechanism)i;
	profile->mechanism_count = SASL_AUTOMATIC;
}

static void add_mechanism(struct profile *profile,
    enum sasl_mechanism mechanism)
{
	for (size_t i = 0; i < profile->mechanism_count; i++)
		if (profile->mechanisms[i] == mechanism)
			return;
	profile->mechanisms[profile->mechanism_count++] = mechanism;
}

int set_auth(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct profile *profile = fields;
	struct text rest = text_of(value);
	struct text word;

	(void)key; /* three fields are set, not the one at its offset */
	profile->mechanism_count = 0;
	profile->auth_is_auto = strcmp(value, "auto") == 0;
	if (profile->auth_is_auto)
		set_automatic(profile);
	if (profile->auth_is_auto || strcmp(value, "off") == 0)
		return 0;
	while (value_next_word(&rest, &word)) {
		enum sasl_mechanism mechanism = sasl_find(word);

		if (mechanism == SASL_MECHANISMS)
			return fail_auth(err);
		add_mechanism(profile, mechanism);
	}
	return profile->mechanism_count > 0 ? 0 : fail_auth(err);
}

int set_names(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text rest = text_of(value);
	struct text name;
	uint64_t count = 0;

	while (value_next_word(&rest, &name))
		count++;
	if (count == 0 || count > key->max)
		return fail(err, ERROR_CONFIG,
		    "takes names, at most %llu, with blanks or commas between",
		    (unsigned long long)key->max);
	return set_text(key, value, fields, err);
}

/* Whoever wants neither of these two says so with tls and auth. */
int set_extensions(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text rest = text_of(value);
	struct text word;
	unsigned all = 0;

	while (value_next_word(&rest, &word)) {
		unsigned found = ehlo_find(word);

		if (found == 0)
			return fail(err, ERROR_CONFIG,
			    "takes extensions such as PIPELINING, SIZE or "
			    "8BITMIME");
		if (found == EHLO_STARTTLS || found == EHLO_AUTH)
			return fail(err, ERROR_CONFIG,
			    "does not take STARTTLS or AUTH, see tls and auth");
		all |= found;
	}
	*(unsigned *)setter_find_field(key, fields) = all;
	return 0;
}

int add_rule(const struct key *key, struct text value, struct origin origin,
    void *fields, const char **spot, struct error *err)
{
	return ruleset_add_rule(fields, key->kind, value, origin, spot, err);
}

int add_edit(const struct key *key, struct text value, struct origin origin,
    void *fields, const char **spot, struct error *err)
{
	return ruleset_add_edit(fields, (enum edit_kind)key->kind, value,
	    origin, spot, err);
}

int add_redirect(const struct key *key, struct text value, struct origin origin,
    void *fields, const char **spot, struct error *err)
{
	(void)key; /* there is one kind only */
	return ruleset_set_redirect(fields, value, origin, spot, err);
}

int add_exceptions(const struct key *key, struct text value,
    struct origin origin, void *fields, const char **spot, struct error *err)
{
	(void)key;    /* there is one kind only */
	(void)origin; /* an exception does nothing that one could ask about */
	return ruleset_add_exceptions(fields, value, spot, err);
}

int add_route(const struct key *key, struct text value, struct origin origin,
    void *fields, const char **spot, struct error *err)
{
	return routes_add(fields, (enum route_side)key->kind, value, origin,
	    spot, err);
}

int add_permit(const struct key *key, struct text value, struct origin origin,
    void *fields, const char **spot, struct error *err)
{
	struct settings *settings = fields;

	(void)key;    /* there is one kind only */
	*spot = NULL; /* what stands in this section is not shown */
	return permits_add(&settings->permits, value, origin, err);
}
