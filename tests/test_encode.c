#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "encode.h"
#include "header.h"
#include "phrase.h"
#include "scan.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* A message as it comes in: header, blank line, body. */
static void read_message(struct message *message, struct text bytes)
{
	struct scan scan = {.body = &message->body};
	struct error err;
	struct text line;
	enum message_line kind = MESSAGE_FIELD;

	message->body.fd = -1;
	while (kind == MESSAGE_FIELD && text_split(&bytes, '\n', &line)) {
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		kind = message_add_line(message, line, &err);
	}
	buf_add(&message->body.memory, bytes);
	scan_add(&scan, bytes);
	scan_end(&scan);
}

/* Both passes, in pieces of that many bytes. */
static void encode_body(struct encode *encode, const struct message *message,
    size_t size, struct buf *out)
{
	struct text body = buf_text(&message->body.memory);

	for (size_t i = 0; i < body.length; i += size)
		encode_look(encode, text_part(body, i, i + size));
	encode_plan(encode);
	encode_add_header(encode, message, encode->offers_8bitmime, out);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < body.length; i += size)
		encode_add(encode, text_part(body, i, i + size), out);
}

static void encode_message(struct text bytes, bool offers_8bitmime, size_t size,
    struct buf *out)
{
	struct message message = {0};
	struct encode encode = {0};

	read_message(&message, bytes);
	encode_begin(&encode, &message, offers_8bitmime);
	encode_body(&encode, &message, size, out);
	encode_free(&encode);
	message_free(&message);
}

static bool is_7bit(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (byte_is_8bit(text.data[i]) || text.data[i] == '\0')
			return false;
	return true;
}

static size_t longest_line(struct text text)
{
	size_t longest = 0;
	struct text line;

	while (text_split(&text, '\n', &line)) {
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		if (line.length > longest)
			longest = line.length;
	}
	return longest;
}

/* Fields, and what they become for a server that wants ASCII. */
static const struct {
	const char *field;
	const char *expected;
} field_cases[] = {
    /* What is ASCII stays byte for byte. */
    {"Subject:  plain \n\t text ", "Subject:  plain \n\t text "},
    {"To: \"A, B\" (c) <a@x> , b@y", "To: \"A, B\" (c) <a@x> , b@y"},
    {"Content-Type: text/plain; name=\"a b\"",
	"Content-Type: text/plain; name=\"a b\""},
    /* Text: only the words that need it, with the blanks between them. */
    {"Subject: \xc3\xbc", "Subject: =?UTF-8?B?w7w=?="},
    {"Subject:\xc3\xbc", "Subject: =?UTF-8?B?w7w=?="},
    {"Subject: one \xc3\xbc two", "Subject: one =?UTF-8?B?w7w=?= two"},
    {"Subject: \xc3\xbc  \xc3\xbc x", "Subject: =?UTF-8?B?w7wgIMO8?= x"},
    {"Subject: \xc3\xbc\n \xc3\xbc", "Subject: =?UTF-8?B?w7wgw7w=?="},
    {"Subject: \xc3\xbc\n x ", "Subject: =?UTF-8?B?w7w=?=\n x "},
    {"Subject: \xfc", "Subject: =?unknown-8bit?B?/A==?="},
    {"X-Any: \\\"\xc3\xbc\"", "X-Any: =?UTF-8?B?XCLDvCI=?="},
    /* Blanks next to an encoded word that was there would vanish. */
    {"Subject: =?utf-8?q?a?= \xc3\xbc",
	"Subject: =?utf-8?q?a?= =?UTF-8?B?IMO8?="},
    {"Subject: \xc3\xbc =?utf-8?q?a?=",
	"Subject: =?UTF-8?B?w7wg?= =?utf-8?q?a?="},
    /* Folded before a line gets too long, but never behind the name. */
    {"Subject: this is text that leaves no room for a word on its line \xc3\xbc",
	"Subject: this is text that leaves no room for a word on its line\n"
	" =?UTF-8?B?w7w=?="},
    {"X-A-Name-That-Leaves-No-Room-For-A-Word-On-Its-Line-As-It-Is-Long: \xc3\xbc",
	"X-A-Name-That-Leaves-No-Room-For-A-Word-On-Its-Line-As-It-Is-Long: "
	"=?UTF-8?B?w7w=?="},
    /* Names and comments, never the address. */
    {"From: J\xc3\xbcrgen <j@x>", "From: =?UTF-8?B?SsO8cmdlbg==?= <j@x>"},
    {"From: \"J\xc3\xbcr \\\"X\\\" M\" <j@x>",
	"From: =?UTF-8?B?SsO8ciAiWCIgTQ==?= <j@x>"},
    {"From: \"J\xc3\xbcrgen\n M\"<j@x>", "From: =?UTF-8?B?SsO8cmdlbiBN?=<j@x>"},
    {"To: a <a@x>, \xc3\xbc <\xc3\xbc@x>, b@y",
	"To: a <a@x>, =?UTF-8?B?w7w=?= <\xc3\xbc@x>, b@y"},
    {"Cc: \"a, b\" <a@x>, \xc3\xbc@y", "Cc: \"a, b\" <a@x>, \xc3\xbc@y"},
    {"From: j@x ( J\xc3\xbcrgen (\xc3\xbc \\) y) z)",
	"From: j@x ( =?UTF-8?B?SsO8cmdlbg==?= (=?UTF-8?B?w7wgKSB5?=) z)"},
    {"To: \xc3\xbc: a@x, \xc3\xa4 <b@x>;, c@x",
	"To: =?UTF-8?B?w7w=?=: a@x, =?UTF-8?B?w6Q=?= <b@x>;, c@x"},
    {"To: \xc3\xbc (\xc3\xa4) \xc3\xb6 <a@x>",
	"To: =?UTF-8?B?w7w=?= (=?UTF-8?B?w6Q=?=) =?UTF-8?B?w7Y=?= <a@x>"},
    {"To: <@a,@b:c@d>, [x, \xc3\xbc <e@f>",
	"To: <@a,@b:c@d>, [x, =?UTF-8?B?w7w=?= <e@f>"},
    {"To: <@a,@\xc3\xbc:c@d>", "To: <@a,@\xc3\xbc:c@d>"},
    {"To: [x, \xc3\xbc <a@[::1]>", "To: [x, =?UTF-8?B?w7w=?= <a@[::1]>"},
    {"Reply-To: a@[IPv6:::1], \xc3\xbc <b@x>",
	"Reply-To: a@[IPv6:::1], =?UTF-8?B?w7w=?= <b@x>"},
    /* Structured without names. */
    {"Received: from \xc3\xbc (\xc3\xbc) by x",
	"Received: from \xc3\xbc (=?UTF-8?B?w7w=?=) by x"},
    {"Message-ID: <\xc3\xbc@x>", "Message-ID: <\xc3\xbc@x>"},
    /* Parameters. */
    {"Content-Disposition: attachment; filename=\"\xc3\xbc b.pdf\"; size=3",
	"Content-Disposition: attachment; "
	"filename*=UTF-8''%C3%BC%20b.pdf; size=3"},
    {"Content-Type: a/b; name=\xc3\xbc b.pdf;\n charset=x;",
	"Content-Type: a/b; name*=UTF-8''%C3%BC%20b.pdf;\n charset=x;"},
    {"Content-Type: a/b; name=\"\xfc\\\";\" (\xc3\xbc); x=\"y;\"",
	"Content-Type: a/b; name*=unknown-8bit''%FC%22%3B "
	"(=?UTF-8?B?w7w=?=); x=\"y;\""},
    {"Content-Type: a/b; name=\"\xc3\xbc\" = c",
	"Content-Type: a/b; name*=UTF-8''%C3%BC = c"},
    {"Content-Type: a/b; name*0=\"\xc3\xbc\"",
	"Content-Type: a/b; name*0=\"\xc3\xbc\""},
    {"Content-Type: a/b; name=\""
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc.pdf\"",
	"Content-Type: a/b;\n name*0*=UTF-8''%C3%BC%C3%BC%C3%BC%C3%BC"
	"%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC;\n name*1*=%C3%BC%C3%BC%C3%BC.pdf"},
};

static void change_field(struct text field, bool keeps_8bit, struct buf *out)
{
	struct message header = {.body.fd = -1};
	struct error err;
	struct text line;

	while (text_split(&field, '\n', &line))
		ck_assert_int_eq(message_add_line(&header, line, &err),
		    MESSAGE_FIELD);
	ck_assert_uint_eq(header.field_count, 1);
	header_add_field(out, &header.fields[0], keeps_8bit);
	message_free(&header);
}

START_TEST(a_field_becomes_ascii)
{
	struct buf out = {0};

	change_field(text_of(field_cases[_i].field), false, &out);
	ck_assert_str_eq(buf_string(&out), field_cases[_i].expected);
	buf_free(&out);
}
END_TEST

START_TEST(a_field_keeps_8bit_where_that_may_be)
{
	struct buf out = {0};

	change_field(text_of(field_cases[_i].field), true, &out);
	ck_assert_str_eq(buf_string(&out), field_cases[_i].field);
	buf_free(&out);
}
END_TEST

/* Encoded words and folds come apart again: the text is the same. */
static void decode_words(struct text text, struct buf *out)
{
	bool is_after_word = false;
	struct text line;
	struct text word;

	while (text_split(&text, '\n', &line))
		while (text_split(&line, ' ', &word)) {
			bool is_word = text_begins_nocase(word, "=?UTF-8?B?");

			if (word.length == 0)
				continue;
			if (out->length > 0 && !(is_word && is_after_word))
				buf_add_byte(out, ' ');
			if (is_word)
				ck_assert_int_eq(base64_decode(out,
						     text_part(word, 10,
							 word.length - 2)),
				    0);
			else
				buf_add(out, word);
			is_after_word = is_word;
		}
}

START_TEST(long_text_is_split_between_characters_and_folded)
{
	for (int column = 1; column < 60; column++) {
		struct buf field = {0};
		struct buf out = {0};
		struct buf again = {0};

		buf_addf(&field, "Subject: %0*d", column, 0);
		for (int i = 0; i < 100; i++)
			buf_add_string(&field, " \xe2\x82\xac\xf0\x9f\x98\x80");
		for (int i = 0; i < 40; i++)
			buf_add_string(&field, " tail");
		change_field(buf_text(&field), false, &out);
		ck_assert(is_7bit(buf_text(&out)));
		ck_assert_uint_le(longest_line(buf_text(&out)), 76);
		decode_words(buf_text(&out), &again);
		ck_assert_str_eq(buf_string(&again), buf_string(&field));
		buf_free(&field);
		buf_free(&out);
		buf_free(&again);
	}
}
END_TEST

START_TEST(a_long_list_without_blanks_is_folded_behind_its_commas)
{
	struct buf field = {0};
	struct buf out = {0};
	struct text rest;
	struct text line;

	buf_add_string(&field, "To: \"a,b\"<c@d>");
	for (int i = 0; i < 200; i++)
		buf_addf(&field, ",user%d@example.com", i);
	change_field(buf_text(&field), true, &out);
	ck_assert_uint_le(longest_line(buf_text(&out)), 998);
	buf_clear(&field);
	rest = buf_text(&out);
	while (text_split(&rest, '\n', &line))
		buf_add(&field, line);
	ck_assert_ptr_nonnull(strstr(buf_string(&field),
	    "To: \"a,b\"<c@d>, user0@example.com, user1@example.com"));
	ck_assert_ptr_nonnull(strstr(buf_string(&field),
	    ", user199@example.com"));
	buf_free(&field);
	buf_free(&out);
}
END_TEST

START_TEST(a_line_over_998_bytes_is_folded_at_blanks_only)
{
	struct buf field = {0};
	struct buf out = {0};
	struct message header = {.body.fd = -1};
	size_t kept = 0;

	buf_add_string(&field, "References:");
	for (int i = 0; i < 100; i++)
		buf_addf(&field, " <%d.abcdefghijklmnopqrstuvwxyz@x>", i);
	buf_addf(&field, " %01200d", 0);
	message_append(&header, "X", buf_text(&field));
	ck_assert(!header_is_fit(&header, true));
	message_free(&header);
	change_field(buf_text(&field), true, &out);
	for (size_t i = 0; i < out.length; i++)
		if (out.data[i] != '\n')
			out.data[kept++] = out.data[i];
		else
			ck_assert_int_eq(out.data[i + 1], ' ');
	ck_assert_uint_eq(out.length - kept, 4);
	ck_assert_mem_eq(out.data, field.data, field.length);
	buf_free(&field);
	buf_free(&out);
}
END_TEST

START_TEST(a_name_of_our_own_is_encoded_in_the_same_way)
{
	struct buf out = {0};

	phrase_add(&out, text_of("J\xc3\xbcrgen"));
	ck_assert_str_eq(buf_string(&out), "=?UTF-8?B?SsO8cmdlbg==?=");
	buf_free(&out);
}
END_TEST

#define X100                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X75                                                                    \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                               \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define MIME_FIELDS "MIME-Version: 1.0\nContent-Type: "

/* Whole messages; the body's last line end is what dotstuff.h adds. */
static const struct {
	const char *message;
	const char *expected;
	bool offers_8bitmime;
} message_cases[] = {
    /* No MIME at all. */
    {
	.message = "A: b\n\nGr\xc3\xbc\xc3\x9f"
		   "e, all the rest is plain text\n",
	.expected =
	    "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "Gr=C3=BC=C3=9Fe, all the rest is plain text\n",
    },
    {
	.message = "A: b\n\nGr\xfc\xdf"
		   "e, and what else is there\n",
	.expected = "A: b\nMIME-Version: 1.0\n"
		    "Content-Type: text/plain; charset=unknown-8bit\n"
		    "Content-Transfer-Encoding: quoted-printable\n\n"
		    "Gr=FC=DFe, and what else is there\n",
    },
    {
	.message = "A: b\n\n\xc3\xbc\n\xc3\xbc\n",
	.expected =
	    "A: b\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n\nw7wNCsO8DQo=",
    },
    /* A character that is cut short is no UTF-8. */
    {
	.message = "A: b\n\nsome text that ends with half a \xe2\x82",
	.expected = "A: b\nMIME-Version: 1.0\n"
		    "Content-Type: text/plain; charset=unknown-8bit\n"
		    "Content-Transfer-Encoding: quoted-printable\n\n"
		    "some text that ends with half a =E2=82",
    },
    /* MIME says more than we could. */
    {
	.message = MIME_FIELDS "text/plain; charset=iso-8859-1\n"
			       "content-transfer-encoding: 8BIT\nA: b\n\n"
			       "Gr\xfc\xdf"
			       "e = 1 \t\r\n.\r\n\r\nthe end\r\n",
	.expected =
	    MIME_FIELDS "text/plain; charset=iso-8859-1\nA: b\n"
			"Content-Transfer-Encoding: quoted-printable\n\n"
			"Gr=FC=DFe =3D 1 =09\n.\n\nthe end\n",
    },
    {
	.message =
	    MIME_FIELDS "text/plain\nContent-Transfer-Encoding: binary\n\n"
			"nine in ten bytes are ASCII here \xc3\xbc\n",
	.expected =
	    MIME_FIELDS "text/plain\nContent-Transfer-Encoding: base64\n\n"
			"bmluZSBpbiB0ZW4gYnl0ZXMgYXJlIEFTQ0lJIGhlcmUgw7wK",
    },
    {
	.message = MIME_FIELDS "image/png\n\na\x80\nb\r\nc\n",
	.expected =
	    MIME_FIELDS "image/png\nContent-Transfer-Encoding: base64\n\n"
			"YYAKYg0KYwo=",
    },
    {
	.message = MIME_FIELDS "text\n\nnine in ten bytes are ASCII \xc3\xbc\n",
	.expected =
	    MIME_FIELDS "text\nContent-Transfer-Encoding: quoted-printable\n\n"
			"nine in ten bytes are ASCII =C3=BC\n",
    },
    /* Bare CR, lines too long. */
    {
	.message = "A: b\n\na\rb\n",
	.expected = "A: b\n\na\rb\n",
	.offers_8bitmime = true,
    },
    {
	.message = MIME_FIELDS "image/x\n\na\rb\n",
	.expected = MIME_FIELDS
	"image/x\nContent-Transfer-Encoding: base64\n\nYQ1iCg==",
	.offers_8bitmime = true,
    },
    {
	.message = MIME_FIELDS "text/x\n\n" X1000 "-\n",
	.expected = MIME_FIELDS
	"text/x\nContent-Transfer-Encoding: quoted-printable\n\n" X75 "=\n" X75
	"=\n" X75 "=\n" X75 "=\n" X75 "=\n" X75 "=\n" X75 "=\n" X75 "=\n" X75
	"=\n" X75 "=\n" X75 "=\n" X75 "=\n" X75 "=\n"
	"xxxxxxxxxxxxxxxxxxxxxxxxx-\n",
	.offers_8bitmime = true,
    },
    /* Multiparts: only the parts that need it, labels up to the top. */
    {
	.message = MIME_FIELDS
	"multipart/mixed; boundary=\"b c\"\n"
	"Content-Transfer-Encoding: 8bit\n\n"
	"pre\xc3\xa4mble\n--b c\n\nplain\n--b c  \n"
	"Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n"
	"<p>only one letter \xc3\xbc\n\n--b c--\nepilog\xc3\xbc\n",
	.expected =
	    MIME_FIELDS "multipart/mixed; boundary=\"b c\"\n"
			"Content-Transfer-Encoding: 7bit\n\n"
			"pre??mble\n--b c\n\nplain\n--b c  \n"
			"Content-Type: text/html\n"
			"Content-Transfer-Encoding: quoted-printable\n\n"
			"<p>only one letter =C3=BC\n\n--b c--\nepilog??\n",
    },
    /* The line end before a boundary is not content; CRLF stays. */
    {
	.message =
	    MIME_FIELDS "multipart/mixed; boundary=b\n\n--b\r\n"
			"Content-Type: a/b\r\n\r\n\x80\r\n--b\r\n\r\n\r\n--b--",
	.expected = MIME_FIELDS
	"multipart/mixed; boundary=b\n\n--b\r\n"
	"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
	"gA==\r\n--b\r\n\r\n\r\n--b--",
    },
    /* Of two boundaries the first one counts. */
    {
	.message = MIME_FIELDS "multipart/mixed; boundary=b; boundary=c\n\n"
			       "--b\n\n\xc3\xbc\n--c\n",
	.expected =
	    MIME_FIELDS "multipart/mixed; boundary=b; boundary=c\n\n--b\n"
			"Content-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: base64\n\n"
			"w7wNCi0tYw0K",
    },
    /* A line that we begin must not look like a boundary. */
    {
	.message = MIME_FIELDS "multipart/mixed; boundary=b\n\n--b\n\n" X75
			       "--b\n--b \xc3\xbc\n--b--\n",
	.expected =
	    MIME_FIELDS "multipart/mixed; boundary=b\n\n--b\n"
			"Content-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: quoted-printable\n\n" X75
			"=\n=2D-b\n--b =C3=BC\n--b--\n",
    },
    /* An outer boundary ends the inner multipart. */
    {
	.message = MIME_FIELDS
	"multipart/mixed; boundary=o\n\n--o\n"
	"Content-Type: multipart/mixed; boundary=i\n\n--i\n\n\xc3\xbc"
	"\n--o\n\n--i\n--o--\n--o\n\n\xc3\xbc\n",
	.expected =
	    MIME_FIELDS "multipart/mixed; boundary=o\n\n--o\n"
			"Content-Type: multipart/mixed; boundary=i\n\n--i\n"
			"Content-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: base64\n\nw7w="
			"\n--o\n\n--i\n--o--\n--o\n\n??\n",
    },
    /* A part's own header, in a message inside a message too. */
    {
	.message =
	    MIME_FIELDS "multipart/digest; boundary=b\n\n--b\n\n"
			"Subject: \xc3\xbc\n\n\xc3\xbc\n--b\n"
			"Content-Type: application/pdf; name=\"\xc3\xbc.pdf\"\n"
			"Content-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
	.expected = MIME_FIELDS
	"multipart/digest; boundary=b\n\n--b\n\n"
	"Subject: =?UTF-8?B?w7w=?=\nMIME-Version: 1.0\n"
	"Content-Type: text/plain; charset=utf-8\n"
	"Content-Transfer-Encoding: base64\n\nw7w=\n--b\n"
	"Content-Type: application/pdf; name*=UTF-8''%C3%BC.pdf\n"
	"Content-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
    },
    {
	.message =
	    MIME_FIELDS "message/rfc822\nContent-Transfer-Encoding: binary\n\n"
			"no field, \xc3\xbc\n",
	.expected =
	    MIME_FIELDS "message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
			"MIME-Version: 1.0\n"
			"Content-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: quoted-printable\n\n"
			"no field, =C3=BC\n",
    },
    /* A server with 8BITMIME gets no more than it must. */
    {
	.message = MIME_FIELDS "multipart/mixed; boundary=b\n"
			       "Content-Transfer-Encoding: binary\n\n--b\n"
			       "X: \xc3\xbc\n\nASCII\n--b\n"
			       "Content-Type: a/b\n\na\rb\n--b--\n",
	.expected =
	    MIME_FIELDS "multipart/mixed; boundary=b\n"
			"Content-Transfer-Encoding: 8bit\n\n--b\n"
			"X: \xc3\xbc\n\nASCII\n--b\nContent-Type: a/b\n"
			"Content-Transfer-Encoding: base64\n\nYQ1i\n--b--\n",
	.offers_8bitmime = true,
    },
    {
	.message = MIME_FIELDS "multipart/mixed; boundary=b\n\n" X1000
			       "\n--b\n\n--b--\n",
	.expected = MIME_FIELDS "multipart/mixed; boundary=b\n\n" X100 X100 X100
	    X100 X100 X100 X100 X100 X100 X75
				"xxxxxxxxxxxxxxxxxxxxxxx\n xx\n--b\n\n--b--\n",
	.offers_8bitmime = true,
    },
};

START_TEST(a_message_becomes_what_the_server_can_take)
{
	struct buf out = {0};

	encode_message(text_of(message_cases[_i].message),
	    message_cases[_i].offers_8bitmime, 4096, &out);
	ck_assert_str_eq(buf_string(&out), message_cases[_i].expected);
	buf_free(&out);
}
END_TEST

START_TEST(a_message_in_small_pieces_becomes_the_same)
{
	struct text bytes = text_of(message_cases[_i].message);

	for (size_t size = 1; size < 100; size++) {
		struct buf out = {0};

		encode_message(bytes, message_cases[_i].offers_8bitmime, size,
		    &out);
		ck_assert_str_eq(buf_string(&out), message_cases[_i].expected);
		buf_free(&out);
	}
}
END_TEST

/* These stay as they are whatever the server lacks. */
static const char *const untouched[] = {
    "A: b\n\n",
    "A: b\n\nonly ASCII\n",
    MIME_FIELDS "multipart/signed; boundary=b\n\n--b\n\n\xc3\xbc\n--b--\n",
    MIME_FIELDS "multipart/mixed; boundary=o\nContent-Transfer-Encoding: "
		"8bit\n\n--o\n"
		"Content-Type: multipart/signed; boundary=b\n\n--b\n"
		"X: \xc3\xbc\n\n\xc3\xbc\n--b--\n--o--\n",
    MIME_FIELDS "multipart/mixed\n\n--b\n\n\xc3\xbc\n--b--\n",
    MIME_FIELDS "multipart/mixed; boundary=\"\"\n\n--\n\n\xc3\xbc\n",
    MIME_FIELDS "multipart/mixed; boundary=never\n\n--b\n\n\xc3\xbc\n",
    MIME_FIELDS "text/plain\nContent-Transfer-Encoding: base64\n\n\xc3\xbc\n",
    MIME_FIELDS "text/plain\nContent-Transfer-Encoding: x-uue\n\n\xc3\xbc\n",
    MIME_FIELDS "message/partial; number=1\n\nA: b\n\n\xc3\xbc\n",
    MIME_FIELDS "message/rfc822\nContent-Transfer-Encoding: base64\n\n\xc3\n",
    MIME_FIELDS "multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: text/plain\nContent-Transfer-Encoding: "
		"quoted-printable\n\n" X1000 "\n--b--",
};

START_TEST(what_must_be_left_alone_is)
{
	struct buf out = {0};

	encode_message(text_of(untouched[_i]), false, 4096, &out);
	ck_assert_str_eq(buf_string(&out), untouched[_i]);
	buf_free(&out);
}
END_TEST

START_TEST(what_is_left_over_is_known)
{
	static const char bytes[] = MIME_FIELDS
	    "multipart/signed; boundary=b\n\n--b\n\n\xc3\xbc\0\n--b--\n";
	struct message message = {0};
	struct encode encode = {0};
	struct buf out = {0};

	read_message(&message, (struct text){bytes, sizeof bytes - 1});
	encode_begin(&encode, &message, false);
	encode_body(&encode, &message, 10, &out);
	ck_assert(encode.leaves_8bit);
	ck_assert(encode.leaves_nul);
	buf_free(&out);
	encode_free(&encode);
	message_free(&message);
}
END_TEST

START_TEST(nothing_is_needed_for_what_the_server_can_take)
{
	struct body body = {.longest_line = 998, .has_8bit = true};

	ck_assert(!encode_is_needed(&body, true));
	ck_assert(encode_is_needed(&body, false));
	body = (struct body){.longest_line = 999};
	ck_assert(encode_is_needed(&body, true));
	body = (struct body){.has_bare_cr = true};
	ck_assert(encode_is_needed(&body, true));
	body = (struct body){.has_nul = true};
	ck_assert(encode_is_needed(&body, true));
}
END_TEST

START_TEST(a_zeroed_encode_changes_no_header)
{
	struct encode encode = {0};
	struct message message = {0};
	struct buf out = {0};

	read_message(&message, text_of("A:b\nC: d\n e\n\n"));
	encode_add_header(&encode, &message, false, &out);
	ck_assert_str_eq(buf_string(&out), "A:b\nC: d\n e\n");
	buf_free(&out);
	encode_free(&encode);
	message_free(&message);
}
END_TEST

/* Past each limit the rest stays as it is, and nothing breaks. */

START_TEST(too_many_parts_leave_the_rest_alone)
{
	struct buf bytes = {0};
	struct buf out = {0};

	buf_add_string(&bytes, MIME_FIELDS "multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 2 * MIME_MAX_PARTS; i++)
		buf_add_string(&bytes, "--b\n\n\xc3\xbc\n");
	encode_message(buf_text(&bytes), false, 5000, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "w7w=\n--b\n\n\xc3\xbc\n--b"));
	ck_assert_mem_eq(out.data + out.length - 4, "\n\xc3\xbc\n", 4);
	buf_free(&bytes);
	buf_free(&out);
}
END_TEST

START_TEST(a_multipart_too_deep_is_left_alone)
{
	for (int depth = MIME_MAX_DEPTH; depth < MIME_MAX_DEPTH + 2; depth++) {
		struct buf bytes = {0};
		struct buf out = {0};

		buf_add_string(&bytes,
		    MIME_FIELDS "multipart/mixed; boundary=b1\n\n");
		for (int i = 2; i <= depth; i++)
			buf_addf(&bytes,
			    "--b%d\nContent-Type: multipart/mixed; "
			    "boundary=b%d\n\n",
			    i - 1, i);
		buf_addf(&bytes, "--b%d\n\n\xc3\xbc\n--b3\n\n\xc3\xbc\n",
		    depth);
		encode_message(buf_text(&bytes), false, 5000, &out);
		ck_assert(is_7bit(buf_text(&out)) == (depth == MIME_MAX_DEPTH));
		/* What an outer boundary begins is understood again. */
		ck_assert_ptr_nonnull(strstr(out.data, "\n--b3\nContent-"));
		buf_free(&bytes);
		buf_free(&out);
	}
}
END_TEST

START_TEST(a_long_line_in_the_header_of_a_part_is_folded)
{
	struct buf out = {0};

	encode_message(text_of(MIME_FIELDS "multipart/mixed; boundary=b\n\n"
					   "--b\nX: " X1000 " y\n\n--b--\n"),
	    true, 5000, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "x\n y\n\n--b--\n"));
	buf_free(&out);
}
END_TEST

START_TEST(text_with_a_nul_becomes_base64)
{
	static const char bytes[] = "A: b\n\nonly one NUL \0 in it";
	struct buf out = {0};

	encode_message((struct text){bytes, sizeof bytes - 1}, true, 5, &out);
	ck_assert_str_eq(buf_string(&out),
	    "A: b\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
	    "b25seSBvbmUgTlVMIAAgaW4gaXQ=");
	buf_free(&out);
}
END_TEST

START_TEST(a_part_with_too_long_a_header_is_left_alone)
{
	struct buf bytes = {0};
	struct buf out = {0};

	buf_add_string(&bytes, MIME_FIELDS "multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 2; i++) {
		buf_add_string(&bytes, "--b\nX: y\n");
		for (int k = 0; k < MIME_MAX_HEADER; k++)
			buf_add_string(&bytes, i == 0 ? "z" : "z:\n");
		buf_add_string(&bytes, "\n\n\xc3\xbc\n");
	}
	encode_message(buf_text(&bytes), false, 5000, &out);
	ck_assert_str_eq(buf_string(&out), buf_string(&bytes));
	buf_free(&bytes);
	buf_free(&out);
}
END_TEST

START_TEST(a_boundary_has_at_most_200_bytes)
{
	for (int length = MIME_MAX_BOUNDARY; length < MIME_MAX_BOUNDARY + 2;
	     length++) {
		struct buf bytes = {0};
		struct buf out = {0};

		buf_addf(&bytes,
		    MIME_FIELDS "multipart/mixed; boundary=%0*d\n\n"
				"--%0*d\n\n\xc3\xbc\n",
		    length, 0, length, 0);
		encode_message(buf_text(&bytes), false, 5000, &out);
		ck_assert(is_7bit(buf_text(&out)) ==
		    (length == MIME_MAX_BOUNDARY));
		buf_free(&bytes);
		buf_free(&out);
	}
}
END_TEST

START_TEST(a_file_that_changed_between_the_passes_does_no_harm)
{
	struct message message = {0};
	struct encode encode = {0};
	struct buf out = {0};

	read_message(&message, text_of(message_cases[10].message));
	encode_begin(&encode, &message, false);
	encode_look(&encode, buf_text(&message.body.memory));
	encode_plan(&encode);
	for (int i = 0; i < 300; i++)
		encode_add(&encode, text_of("\x80\r--b c\n\n"), &out);
	ck_assert_uint_gt(out.length, 0);
	buf_free(&out);
	encode_free(&encode);
	message_free(&message);
}
END_TEST

/*
 * Messages made at random, the same ones in every run; what they contain is
 * known, so it can be compared with what an independent reader finds.
 */

enum { MAX_LEAVES = 64, MESSAGES = 400 };

struct world {
	unsigned state;
	const char *line_end;
	unsigned boundaries;
	struct buf message;
	struct buf leaves[MAX_LEAVES];
	bool are_text[MAX_LEAVES];
	size_t count;
};

static unsigned draw(struct world *world, unsigned below)
{
	world->state = world->state * 1103515245u + 12345u;
	return (world->state >> 16) % below;
}

static void add_line(struct world *world, const char *line)
{
	buf_add_string(&world->message, line);
	buf_add_string(&world->message, world->line_end);
}

static const char x100[] = X100;

static void add_random_line(struct world *world, struct buf *leaf)
{
	static const char *const pieces[] = {"word", " ", "  ", "\t", "=", "-",
	    "--", ".", "From ", "\xc3\xbc", "\xe2\x82\xac", "\xff", "=3D",
	    "--=_b", x100, "?", "\x7f"};
	unsigned count = draw(world, 30);

	for (unsigned i = 0; i < count; i++)
		buf_add_string(leaf,
		    pieces[draw(world, sizeof pieces / sizeof *pieces)]);
}

static void add_random_leaf(struct world *world, bool is_text)
{
	struct buf *leaf = &world->leaves[world->count];
	unsigned count = draw(world, 8);
	bool is_odd = draw(world, 4) == 0;

	for (unsigned i = 0; i < count; i++) {
		if (draw(world, 3) > 0)
			add_random_line(world, leaf);
		if (is_odd && draw(world, 3) == 0)
			buf_add(leaf, (struct text){"\0\r", 2});
		if (is_odd)
			buf_add_byte(leaf, 'x');
		if (i + 1 < count)
			buf_add_string(leaf, world->line_end);
	}
	world->are_text[world->count++] = is_text;
	buf_add(&world->message, buf_text(leaf));
	buf_add_string(&world->message, world->line_end);
}

static void add_random_parts(struct world *world, unsigned depth);

static void add_random_part(struct world *world, unsigned depth)
{
	static const char *const labels[] = {"X: y",
	    "Content-Transfer-Encoding: 8bit",
	    "Content-Transfer-Encoding: 7bit", "X-\xc3\xbc: \xc3\xbc"};
	unsigned kind = draw(world, depth < 4 ? 6 : 3);

	if (kind == 5) {
		add_line(world, "Content-Type: message/rfc822");
		add_line(world, "");
		add_line(world, "Subject: \xc3\xbc");
		kind = draw(world, 5);
	}
	add_line(world, labels[draw(world, 3)]);
	if (kind < 3) {
		if (kind > 0)
			add_line(world,
			    kind == 1 ? "Content-Type: text/plain" :
					"Content-Type: image/png");
		add_line(world, "");
		add_random_leaf(world, kind < 2);
	} else {
		add_random_parts(world, depth);
	}
}

/* RECURSION: as deep as add_random_part() lets it, 4. */
static void add_random_parts(struct world *world, unsigned depth)
{
	unsigned boundary = world->boundaries++;
	unsigned count = draw(world, 3);
	struct buf line = {0};

	buf_addf(&line, "Content-Type: multipart/mixed; boundary=\"=_b%u_\"",
	    boundary);
	add_line(world, buf_string(&line));
	add_line(world, "");
	add_line(world, "preamble \xc3\xbc");
	buf_clear(&line);
	buf_addf(&line, "--=_b%u_", boundary);
	for (unsigned i = 0; i <= count; i++) {
		add_line(world, buf_string(&line));
		add_random_part(world, depth + 1);
	}
	buf_add_string(&line, "--");
	add_line(world, buf_string(&line));
	add_line(world, "epilogue \xc3\xbc");
	buf_free(&line);
}

/* The independent reader; line by line, as its input has no odd boundaries. */
struct reader {
	struct buf leaves[MAX_LEAVES];
	size_t count;
	struct buf content; /* of the current leaf, encoded */
	bool is_in_header;
	bool is_in_leaf;
	bool is_composite;
	bool is_message;
	bool is_quoted;
	bool is_base64;
};

static int hex_digit(char byte)
{
	if (byte_is_digit(byte))
		return byte - '0';
	ck_assert(byte >= 'A' && byte <= 'F');
	return byte - 'A' + 10;
}

static void decode_quoted(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] != '=') {
			buf_add_byte(out, text.data[i]);
		} else if (text.data[i + 1] == '\n') {
			i++;
		} else {
			buf_add_byte(out,
			    (char)(hex_digit(text.data[i + 1]) * 16 +
				hex_digit(text.data[i + 2])));
			i += 2;
		}
	}
}

static void end_leaf(struct reader *reader)
{
	struct text content = buf_text(&reader->content);
	struct buf *leaf = &reader->leaves[reader->count];
	struct text line;

	if (!reader->is_in_leaf)
		return;
	reader->is_in_leaf = false;
	reader->count++;
	/* The last line end is the boundary's. */
	if (content.length > 0)
		content.length--;
	if (content.length > 0 && content.data[content.length - 1] == '\r')
		content.length--;
	if (reader->is_quoted || reader->is_base64)
		ck_assert_uint_le(longest_line(content), 76);
	if (reader->is_quoted)
		decode_quoted(leaf, content);
	else if (!reader->is_base64)
		buf_add(leaf, content);
	while (reader->is_base64 && text_split(&content, '\n', &line))
		ck_assert_int_eq(base64_decode(leaf, text_trim(line)), 0);
	buf_clear(&reader->content);
}

static void read_field(struct reader *reader, struct text line)
{
	if (text_begins_nocase(line, "content-type: multipart/"))
		reader->is_composite = true;
	if (text_begins_nocase(line, "content-type: message/"))
		reader->is_message = true;
	if (text_is_nocase(line, "content-transfer-encoding: base64"))
		reader->is_base64 = true;
	if (text_is_nocase(line, "content-transfer-encoding: quoted-printable"))
		reader->is_quoted = true;
	if (line.length > 0)
		return;
	reader->is_in_header = reader->is_message;
	reader->is_in_leaf = !reader->is_message && !reader->is_composite;
	reader->is_message = false;
}

static void read_line(struct reader *reader, struct text line)
{
	struct text trimmed = text_trim(line);

	if (text_begins_nocase(trimmed, "--=_b") && trimmed.length > 6 &&
	    byte_is_digit(trimmed.data[5])) {
		end_leaf(reader);
		reader->is_in_header =
		    !text_is(text_part(trimmed, trimmed.length - 2,
				 trimmed.length),
			"--");
		reader->is_composite = false;
		reader->is_message = false;
		reader->is_quoted = false;
		reader->is_base64 = false;
	} else if (reader->is_in_header) {
		read_field(reader, trimmed);
	} else if (reader->is_in_leaf) {
		buf_add(&reader->content, line);
		buf_add_byte(&reader->content, '\n');
	}
}

/* Text may have had its line ends changed to CRLF, or to LF. */
static void drop_line_ends(struct buf *buf)
{
	size_t kept = 0;

	for (size_t i = 0; i < buf->length; i++)
		if (buf->data[i] != '\r' || i + 1 == buf->length ||
		    buf->data[i + 1] != '\n')
			buf->data[kept++] = buf->data[i];
	buf->length = kept;
}

static void compare(struct world *world, struct text encoded)
{
	struct reader reader = {.is_in_header = true};
	struct text line;

	while (text_split(&encoded, '\n', &line))
		read_line(&reader, line);
	end_leaf(&reader);
	ck_assert_uint_eq(reader.count, world->count);
	for (size_t i = 0; i < reader.count; i++) {
		struct buf *leaf = &world->leaves[i];

		if (world->are_text[i]) {
			drop_line_ends(leaf);
			drop_line_ends(&reader.leaves[i]);
		}
		ck_assert_uint_eq(reader.leaves[i].length, leaf->length);
		ck_assert_int_eq(memcmp(buf_string(&reader.leaves[i]),
				     buf_string(leaf), leaf->length),
		    0);
		buf_free(&reader.leaves[i]);
	}
	buf_free(&reader.content);
}

static void make_world(struct world *world, unsigned seed)
{
	*world = (struct world){.state = seed};
	world->line_end = draw(world, 2) == 0 ? "\n" : "\r\n";
	add_line(world, "MIME-Version: 1.0");
	add_random_parts(world, 0);
}

static void free_world(struct world *world)
{
	for (size_t i = 0; i < world->count; i++)
		buf_free(&world->leaves[i]);
	buf_free(&world->message);
}

START_TEST(every_part_can_be_read_as_it_was)
{
	for (unsigned seed = 0; seed < MESSAGES; seed++) {
		struct world world;
		struct buf out = {0};

		make_world(&world, seed);
		encode_message(buf_text(&world.message), false, 4096, &out);
		ck_assert(is_7bit(buf_text(&out)));
		ck_assert_uint_le(longest_line(buf_text(&out)), 998);
		compare(&world, buf_text(&out));
		buf_free(&out);
		free_world(&world);
	}
}
END_TEST

START_TEST(with_8bitmime_every_part_can_be_read_as_well)
{
	for (unsigned seed = 0; seed < MESSAGES; seed++) {
		struct world world;
		struct buf out = {0};

		make_world(&world, seed);
		encode_message(buf_text(&world.message), true, 4096, &out);
		ck_assert_uint_le(longest_line(buf_text(&out)), 998);
		compare(&world, buf_text(&out));
		buf_free(&out);
		free_world(&world);
	}
}
END_TEST

START_TEST(pieces_of_any_size_give_the_same)
{
	static const size_t sizes[] = {1, 2, 3, 7, 57, 76, 100, 1000};

	for (unsigned seed = 0; seed < MESSAGES / 4; seed++) {
		struct world world;
		struct buf whole = {0};

		make_world(&world, seed);
		encode_message(buf_text(&world.message), false, 1 << 20,
		    &whole);
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			struct buf out = {0};

			encode_message(buf_text(&world.message), false,
			    sizes[i], &out);
			ck_assert_uint_eq(out.length, whole.length);
			ck_assert_mem_eq(out.data, whole.data, out.length);
			buf_free(&out);
		}
		buf_free(&whole);
		free_world(&world);
	}
}
END_TEST

START_TEST(what_was_encoded_needs_it_no_more)
{
	for (unsigned seed = 0; seed < MESSAGES / 4; seed++) {
		struct world world;
		struct buf once = {0};
		struct buf twice = {0};

		make_world(&world, seed);
		encode_message(buf_text(&world.message), false, 4096, &once);
		encode_message(buf_text(&once), false, 4096, &twice);
		ck_assert_uint_eq(once.length, twice.length);
		ck_assert_mem_eq(once.data, twice.data, once.length);
		buf_free(&once);
		buf_free(&twice);
		free_world(&world);
	}
}
END_TEST

Suite *suite_encode(void)
{
	Suite *suite = suite_create("encode");
	TCase *fields = tcase_create("fields");
	TCase *messages = tcase_create("messages");
	TCase *random = tcase_create("random");

	tcase_add_loop_test(fields, a_field_becomes_ascii, 0,
	    COUNT(field_cases));
	tcase_add_loop_test(fields, a_field_keeps_8bit_where_that_may_be, 0,
	    COUNT(field_cases));
	tcase_add_test(fields,
	    long_text_is_split_between_characters_and_folded);
	tcase_add_test(fields, a_line_over_998_bytes_is_folded_at_blanks_only);
	tcase_add_test(fields,
	    a_long_list_without_blanks_is_folded_behind_its_commas);
	tcase_add_test(fields, a_name_of_our_own_is_encoded_in_the_same_way);
	tcase_add_loop_test(messages,
	    a_message_becomes_what_the_server_can_take, 0,
	    COUNT(message_cases));
	tcase_add_loop_test(messages,
	    a_message_in_small_pieces_becomes_the_same, 0,
	    COUNT(message_cases));
	tcase_add_loop_test(messages, what_must_be_left_alone_is, 0,
	    COUNT(untouched));
	tcase_add_test(messages, what_is_left_over_is_known);
	tcase_add_test(messages,
	    nothing_is_needed_for_what_the_server_can_take);
	tcase_add_test(messages, a_zeroed_encode_changes_no_header);
	tcase_add_test(messages, too_many_parts_leave_the_rest_alone);
	tcase_add_test(messages, a_multipart_too_deep_is_left_alone);
	tcase_add_test(messages, a_long_line_in_the_header_of_a_part_is_folded);
	tcase_add_test(messages, text_with_a_nul_becomes_base64);
	tcase_add_test(messages, a_part_with_too_long_a_header_is_left_alone);
	tcase_add_test(messages, a_boundary_has_at_most_200_bytes);
	tcase_add_test(messages,
	    a_file_that_changed_between_the_passes_does_no_harm);
	tcase_add_test(random, every_part_can_be_read_as_it_was);
	tcase_add_test(random, with_8bitmime_every_part_can_be_read_as_well);
	tcase_add_test(random, pieces_of_any_size_give_the_same);
	tcase_add_test(random, what_was_encoded_needs_it_no_more);
	tcase_set_timeout(random, 60);
	suite_add_tcase(suite, fields);
	suite_add_tcase(suite, messages);
	suite_add_tcase(suite, random);
	return suite;
}
