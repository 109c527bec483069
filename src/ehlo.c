#include "ehlo.h"

#include <string.h>

/*
 * ehlo-line = ehlo-keyword *( SP ehlo-param )              RFC 5321 4.1.1.1
 */
static const struct {
	const char *keyword;
	unsigned extension;
} keywords[] = {
    {"8BITMIME", EHLO_8BITMIME},
    {"AUTH", EHLO_AUTH},
    {"CHUNKING", EHLO_CHUNKING},
    {"DSN", EHLO_DSN},
    {"LIMITS", EHLO_LIMITS},
    {"PIPELINING", EHLO_PIPELINING},
    {"REQUIRETLS", EHLO_REQUIRETLS},
    {"SIZE", EHLO_SIZE},
    {"SMTPUTF8", EHLO_SMTPUTF8},
    {"STARTTLS", EHLO_STARTTLS},
};

static void read_mechanisms(struct ehlo *ehlo, struct text words)
{
	struct text word;

	while (text_word(&words, &word)) {
		enum sasl_mechanism mechanism = sasl_find(word);

		if (mechanism != SASL_MECHANISMS)
			ehlo->mechanisms |= 1U << mechanism;
		if (ehlo->names.length > 0)
			buf_add_byte(&ehlo->names, ' ');
		buf_add(&ehlo->names, word);
	}
}

static void read_size(struct ehlo *ehlo, struct text words)
{
	unsigned long long size;
	struct text word;

	if (text_word(&words, &word) &&
	    text_number(word, UINT64_MAX, &size) == 0)
		ehlo->max_size = size;
}

/* limits = limit *( SP limit ), limit = name [ "=" value ]   RFC 9422 3 */
static void read_limits(struct ehlo *ehlo, struct text words)
{
	static const unsigned long long max = 999999;
	struct {
		const char *name;
		uint64_t *value;
	} limits[] = {{"MAILMAX=", &ehlo->max_mails},
	    {"RCPTMAX=", &ehlo->max_recipients},
	    {"RCPTDOMAINMAX=", &ehlo->max_domains}};
	struct text word;

	while (text_word(&words, &word))
		for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
			size_t length = strlen(limits[i].name);
			unsigned long long value;

			if (text_begins_nocase(word, limits[i].name) &&
			    text_number(text_part(word, length, word.length),
				max, &value) == 0)
				*limits[i].value = value;
		}
}

unsigned ehlo_find(struct text keyword)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (text_is_nocase(keyword, keywords[i].keyword))
			return keywords[i].extension;
	return 0;
}

static void read_line(struct ehlo *ehlo, struct text line, unsigned ignored)
{
	struct text word;
	unsigned found;

	/* "AUTH=LOGIN" is how servers spoke before RFC 2554. */
	if (text_begins_nocase(line, "AUTH=")) {
		ehlo->extensions |= EHLO_AUTH;
		read_mechanisms(ehlo, text_part(line, 5, line.length));
		return;
	}
	if (!text_word(&line, &word))
		return;
	found = ehlo_find(word) & ~ignored;
	ehlo->extensions |= found;
	if (found == EHLO_AUTH)
		read_mechanisms(ehlo, line);
	if (found == EHLO_SIZE)
		read_size(ehlo, line);
	if (found == EHLO_LIMITS)
		read_limits(ehlo, line);
}

void ehlo_read(struct ehlo *ehlo, const struct reply *reply, unsigned ignored)
{
	struct text rest = buf_text(&reply->text);
	struct text line;

	ehlo_free(ehlo);
	(void)text_split(&rest, '\n', &line);
	while (text_split(&rest, '\n', &line))
		read_line(ehlo, line, ignored);
}

void ehlo_free(struct ehlo *ehlo)
{
	buf_free(&ehlo->names);
	*ehlo = (struct ehlo){0};
}

bool ehlo_offers(const struct ehlo *ehlo, unsigned extension)
{
	return (ehlo->extensions & extension) != 0;
}
