#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "bearer.h"
#include "remedy.h"
#include "respond.h"
#include "saslprep.h"
#include "scram.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define LITERAL(bytes)                                                         \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

#define BINDING "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
#define ENDING  "3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"

enum { STEPS_MAX = 3 };

/* --- what is said -------------------------------------------------------- */

/* The mechanism, who logs in, and each challenge with its response. */
static const struct dialog {
	struct sasl sasl;
	const char *challenges[STEPS_MAX];
	struct text responses[STEPS_MAX]; /* then there is no more to say */
} dialogs[] = {
    /* RFC 4616 section 4 */
    {{.mechanism = SASL_PLAIN,
	 .user = LITERAL("tim"),
	 .secret = LITERAL("tanstaaftanstaaf")},
	{""}, {LITERAL("\0tim\0tanstaaftanstaaf")}},
    {{.mechanism = SASL_PLAIN,
	 .user = LITERAL("\xc3\xa4"),
	 .secret = LITERAL("p\xc2\xa0\xe2\x82\xac\xc2\xad")},
	{""}, {LITERAL("\0\xc3\xa4\0p \xe2\x82\xac")}},
    /* RFC 2195 section 2 */
    {{.mechanism = SASL_CRAM_MD5,
	 .user = LITERAL("tim"),
	 .secret = LITERAL("tanstaaftanstaaf")},
	{"<1896.697170952@postoffice.reston.mci.net>"},
	{LITERAL("tim b913a602c7eda7a495b4e6e7334d3890")}},
    /* RFC 2202 section 2: a key that is longer than a block */
    {{.mechanism = SASL_CRAM_MD5,
	 .user = LITERAL("x"),
	 .secret = LITERAL(
	     "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	     "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	     "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	     "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	     "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	     "\xaa")},
	{"Test Using Larger Than Block-Size Key - Hash Key First"},
	{LITERAL("x 6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd")}},
    /* whatever the prompts say */
    {{.mechanism = SASL_LOGIN,
	 .user = LITERAL("tim"),
	 .secret = LITERAL("secret")},
	{"Username:", "Password:"}, {LITERAL("tim"), LITERAL("secret")}},
    {{.mechanism = SASL_LOGIN,
	 .user = LITERAL("tim"),
	 .secret = LITERAL("secret")},
	{"Password:", ""}, {LITERAL("tim"), LITERAL("secret")}},
    /* RFC 4422 A.4 */
    {{.mechanism = SASL_EXTERNAL}, {""}, {LITERAL("")}},
    {{.mechanism = SASL_EXTERNAL, .user = LITERAL("fred@example.com")}, {""},
	{LITERAL("fred@example.com")}},
    /* Google's description of the mechanism */
    {{.mechanism = SASL_XOAUTH2,
	 .user = LITERAL("someuser@example.com"),
	 .secret = LITERAL("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")},
	{""},
	{LITERAL("user=someuser@example.com\1auth=Bearer "
		 "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1")}},
    /* RFC 7628 section 4.1 */
    {{.mechanism = SASL_OAUTHBEARER,
	 .user = LITERAL("user@example.com"),
	 .secret = LITERAL("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="),
	 .host = LITERAL("server.example.com"),
	 .port = 143},
	{""},
	{LITERAL("n,a=user@example.com,\1host=server.example.com\1port=143\1"
		 "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
		 "\1\1")}},
    {{.mechanism = SASL_OAUTHBEARER,
	 .user = LITERAL("a=b,c"),
	 .secret = LITERAL("t")},
	{""}, {LITERAL("n,a=a=3Db=2Cc,\1auth=Bearer t\1\1")}},
    /* RFC 5802 section 5 */
    {{.mechanism = SASL_SCRAM_SHA_1,
	 .user = LITERAL("user"),
	 .secret = LITERAL("pencil"),
	 .nonce = LITERAL("fyko+d2lbbFgONRv9qkxdawL")},
	{"", "r=fyko+d2lbbFgONRv9qkxdawL" ENDING,
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
	{LITERAL("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"),
	    LITERAL("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		    "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
	    LITERAL("")}},
    /* RFC 7677 section 3 */
    {{.mechanism = SASL_SCRAM_SHA_256,
	 .user = LITERAL("user"),
	 .secret = LITERAL("pencil"),
	 .nonce = LITERAL("rOprNGfwEbeRWgbNEkqO")},
	{"",
	    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
	{LITERAL("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
	    LITERAL("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)"
		    "hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
	    LITERAL("")}},
    /* bound to the connection; a user that would be syntax; SASLprep */
    {{.mechanism = SASL_SCRAM_SHA_256_PLUS,
	 .user = LITERAL("a,b=c"),
	 .secret = LITERAL("I\xc2\xa0X\xc2\xad"),
	 .nonce = LITERAL("abcdefgh"),
	 .binding_kind = "tls-exporter",
	 .binding = LITERAL(BINDING),
	 .offers_binding = true},
	{"", "r=abcdefghXYZ,s=c2FsdHNhbHQ=,i=4096",
	    "v=x/zXijaKWWnggeRhKp3D9YRQ7u+nM6sZDzqsGlrMxiY=,x=new"},
	{LITERAL("p=tls-exporter,,n=a=2Cb=3Dc,r=abcdefgh"),
	    LITERAL("c=cD10bHMtZXhwb3J0ZXIsLEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFl"
		    "aW1xdXl9g,r=abcdefghXYZ,"
		    "p=GxBZAmSYkwZtGUepzQsWM90Jet8h/yDsInQdtTHZGqk="),
	    LITERAL("")}},
    {{.mechanism = SASL_SCRAM_SHA_1_PLUS,
	 .user = LITERAL("a,b=c"),
	 .secret = LITERAL("I X"),
	 .nonce = LITERAL("abcdefgh"),
	 .binding_kind = "tls-server-end-point",
	 .binding = LITERAL(BINDING),
	 .offers_binding = true},
	{"", "r=abcdefghXYZ,s=c2FsdHNhbHQ=,i=4096",
	    "v=acrhCrxi8xJ8ZvWBtID1eX5K0Ik="},
	{LITERAL("p=tls-server-end-point,,n=a=2Cb=3Dc,r=abcdefgh"),
	    LITERAL("c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsQUJDREVGR0hJSktMTU5PUFF"
		    "SU1RVVldYWVpbXF1eX2A=,r=abcdefghXYZ,"
		    "p=U1f/UVBWtcmJY/qzQW4G/dj9U4c="),
	    LITERAL("")}},
    /* we could bind, but the server seems not to */
    {{.mechanism = SASL_SCRAM_SHA_256,
	 .user = LITERAL("user"),
	 .secret = LITERAL("pencil"),
	 .nonce = LITERAL("abcdefgh"),
	 .binding_kind = "tls-exporter",
	 .binding = LITERAL(BINDING)},
	{"", "r=abcdefghXYZ,s=c2FsdHNhbHQ=,i=4096",
	    "v=xO/xvdHFPeHfEAsjzDVrYiYdTtksacsLBMDQQmVDGc4="},
	{LITERAL("y,,n=user,r=abcdefgh"),
	    LITERAL("c=eSws,r=abcdefghXYZ,"
		    "p=+zIHMUeVRgxMO7v4trFeKehS3IPj/kVhI7A2CZKF7Ag="),
	    LITERAL("")}},
    /* RFC 2831 section 4 */
    {{.mechanism = SASL_DIGEST_MD5,
	 .user = LITERAL("chris"),
	 .secret = LITERAL("secret"),
	 .nonce = LITERAL("OA6MHXh6VqTrRk"),
	 .service = "imap",
	 .host = LITERAL("elwood.innosoft.com")},
	{"realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\","
	 "algorithm=md5-sess,charset=utf-8",
	    "rspauth=ea40f60335c427b5527b84dbabcdfffd"},
	{LITERAL("charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com"
		 "\",nonce=\"OA6MG9tEQGm2hh\",cnonce=\"OA6MHXh6VqTrRk\","
		 "digest-uri=\"imap/elwood.innosoft.com\",nc=00000001,"
		 "qop=auth,response=d388dad90d4bbd760a152321f2143af7"),
	    LITERAL("")}},
    {{.mechanism = SASL_DIGEST_MD5,
	 .user = LITERAL("chris"),
	 .secret = LITERAL("secret"),
	 .nonce = LITERAL("OA9BSuZWMSpW8m"),
	 .service = "acap",
	 .host = LITERAL("elwood.innosoft.com")},
	{"realm=\"elwood.innosoft.com\",nonce=\"OA9BSXrbuRhWay\",qop=\"auth\","
	 "algorithm=md5-sess,charset=utf-8",
	    "rspauth=2f0b3d7c3c2e486600ef710726aa2eae"},
	{LITERAL("charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com"
		 "\",nonce=\"OA9BSXrbuRhWay\",cnonce=\"OA9BSuZWMSpW8m\","
		 "digest-uri=\"acap/elwood.innosoft.com\",nc=00000001,"
		 "qop=auth,response=6084c6db3fede7352c551284490fd0fc"),
	    LITERAL("")}},
    /* a realm of one's own, quotes, ISO 8859-1, odd but legal blanks */
    {{.mechanism = SASL_DIGEST_MD5,
	 .user = LITERAL("ann\"e@b.example"),
	 .secret = LITERAL("p\xc3\xa4"),
	 .nonce = LITERAL("C"),
	 .service = "smtp",
	 .host = LITERAL("mx")},
	{" nonce = \"\\N\" , realm=a.example,,\trealm=\"b.example\","
	 "qop=\"auth-int , auth\", algorithm=\"MD5-sess\"",
	    "rspauth=14cdbe09b31770f7c01028f81afa80a0"},
	{LITERAL("username=\"ann\\\"e@b.example\",realm=\"b.example\","
		 "nonce=\"N\",cnonce=\"C\",digest-uri=\"smtp/mx\",nc=00000001,"
		 "qop=auth,response=a78d7f6538964a128553427dcb543651"),
	    LITERAL("")}},
};

static void check_response(const struct buf *response, struct text expected)
{
	ck_assert_msg(response->length == expected.length &&
		memcmp(buf_string(response), expected.data, expected.length) ==
		    0,
	    "\"%s\", not \"%s\"", buf_string(response), expected.data);
}

START_TEST(a_mechanism_says_what_it_has_to_say_and_no_more)
{
	const struct dialog *dialog = &dialogs[_i];
	struct sasl sasl = dialog->sasl;
	struct buf response = {0};
	struct error err = {0};

	for (int i = 0; i < STEPS_MAX && dialog->challenges[i] != NULL; i++) {
		ck_assert(!sasl.is_complete);
		buf_clear(&response);
		ck_assert_msg(sasl_respond(&sasl,
				  text_of(dialog->challenges[i]), &response,
				  &err) == 0,
		    "%s", err.text);
		check_response(&response, dialog->responses[i]);
	}
	ck_assert(sasl.is_complete);
	if (sasl_proof(sasl.mechanism) != SASL_TOKEN) {
		buf_clear(&response);
		ck_assert_int_eq(sasl_respond(&sasl, text_of("more"), &response,
				     &err),
		    -1);
		ck_assert_int_eq(err.kind, ERROR_LOGIN);
		ck_assert_uint_eq(response.length, 0);
	}
	sasl_free(&sasl);
	ck_assert_uint_eq(sasl.memory.length, 0);
	buf_wipe(&response);
}
END_TEST

/* --- wrong servers ------------------------------------------------------- */

#define NONCE "fyko+d2lbbFgONRv9qkxdawL"
#define FIRST "r=" NONCE ENDING
#define SALT  ",s=QSXCR+Q6sek8bf92"

/* What a server says to the responses of SCRAM; the last of it is refused. */
static const struct {
	const char *first;
	const char *last;
	const char *says;
} wrong_scrams[] = {
    {"", NULL, "not one of SCRAM"},
    {"r", NULL, "not one of SCRAM"},
    {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", NULL, "not one of SCRAM"},
    {"m=x," FIRST, NULL, "not one of SCRAM"},
    {"e=unknown-user", NULL, "refused the login: unknown-user"},
    {"e=\x1b[2J\xff", NULL, "refused the login: \\x1B[2J\\xFF"},
    {"s=QSXCR+Q6sek8bf92,r=" NONCE "x,i=4096", NULL, "not one of SCRAM"},
    {"r=" NONCE "x,i=4096,s=QSXCR+Q6sek8bf92", NULL, "not one of SCRAM"},
    {"r=" NONCE "x" SALT, NULL, "not one of SCRAM"},
    /* the nonce: an old one, ours alone, a part of it, bytes it may not have */
    {"r=" NONCE SALT ",i=4096", NULL, "nonce"},
    {"r=fyko" SALT ",i=4096", NULL, "nonce"},
    {"r=" SALT ",i=4096", NULL, "nonce"},
    {"r=x" NONCE SALT ",i=4096", NULL, "nonce"},
    {"r=FYKO+d2lbbFgONRv9qkxdawLxxx" SALT ",i=4096", NULL, "nonce"},
    {"r=" NONCE " x" SALT ",i=4096", NULL, "nonce"},
    {"r=" NONCE "\xc3\xa4" SALT ",i=4096", NULL, "nonce"},
    {"r=" NONCE "x,s=,i=4096", NULL, "salt"},
    {"r=" NONCE "x,s=QSX,i=4096", NULL, "salt"},
    {"r=" NONCE "x,s=Q*XC,i=4096", NULL, "salt"},
    {"r=" NONCE "x" SALT ",i=", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=0", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=1", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=4095", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=1000001", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=2147483647", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=4294971392", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=18446744073709555712", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=+4096", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=-4096", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i= 4096", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=4096 ", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=0x1000", NULL, "iterations"},
    {"r=" NONCE "x" SALT ",i=4e3", NULL, "iterations"},
    /* the signature: none, another, a part, more, of the other digest */
    {FIRST, "", "not one of SCRAM"},
    {FIRST, "v", "not one of SCRAM"},
    {FIRST, "v=", "does not know the password"},
    {FIRST, "v=rmF9pqV8S7suAoZWja4dJRkFsK!=", "not one of SCRAM"},
    {FIRST, "v=rmF9pqV8S7suAoZWja4dJRkFsKU=", "does not know the password"},
    {FIRST, "v=rmF9pqV8S7suAoZWja4dJRkF", "does not know the password"},
    {FIRST, "v=rmF9pqV8S7suAoZWja4dJRkFsKQA", "does not know the password"},
    {FIRST, "x=1,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "not one of SCRAM"},
    {FIRST, "V=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "not one of SCRAM"},
    {FIRST, FIRST, "not one of SCRAM"},
    {FIRST, "e=invalid-proof", "refused the login: invalid-proof"},
    {FIRST, "e=invalid-proof,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	"refused the login: invalid-proof"},
};

/* Responds to all but the last, which must be refused with these words. */
static void check_refused(struct sasl *sasl, const char *first,
    const char *last, const char *says)
{
	struct buf response = {0};
	struct error err = {0};

	if (last != NULL)
		ck_assert_msg(sasl_respond(sasl, text_of(first), &response,
				  &err) == 0,
		    "%s", err.text);
	buf_clear(&response);
	ck_assert_int_eq(sasl_respond(sasl, text_of(last ? last : first),
			     &response, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_LOGIN);
	ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
	ck_assert_ptr_null(strstr(err.text, "pencil"));
	ck_assert_uint_eq(response.length, 0);
	ck_assert(!sasl->is_complete);
	buf_wipe(&response);
	sasl_free(sasl);
}

START_TEST(a_wrong_server_gets_no_further_with_scram)
{
	struct sasl sasl = {.mechanism = SASL_SCRAM_SHA_1,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of(NONCE)};
	struct buf response = {0};
	struct error err = {0};

	ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response, &err), 0);
	buf_wipe(&response);
	check_refused(&sasl, wrong_scrams[_i].first, wrong_scrams[_i].last,
	    wrong_scrams[_i].says);
}
END_TEST

START_TEST(many_iterations_are_bounded_work)
{
	struct sasl sasl = {.mechanism = SASL_SCRAM_SHA_256,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of(NONCE)};
	struct buf response = {0};
	struct error err = {0};

	ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response, &err), 0);
	ck_assert_int_eq(sasl_respond(&sasl,
			     text_of("r=" NONCE "x" SALT ",i=1000000"),
			     &response, &err),
	    0);
	buf_wipe(&response);
	sasl_free(&sasl);
}
END_TEST

START_TEST(what_is_to_be_bound_needs_something_to_be_bound_to)
{
	struct sasl sasl = {.mechanism = SASL_SCRAM_SHA_256_PLUS,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of(NONCE)};

	check_refused(&sasl, "", NULL, "needs TLS");
}
END_TEST

/* The server has -PLUS and somebody chose the other: that is no downgrade. */
START_TEST(a_choice_against_binding_is_no_complaint)
{
	struct sasl sasl = {.mechanism = SASL_SCRAM_SHA_256,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of(NONCE),
	    .binding_kind = "tls-exporter",
	    .binding = text_of(BINDING),
	    .offers_binding = true};
	struct buf response = {0};
	struct error err = {0};

	ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response, &err), 0);
	ck_assert_str_eq(buf_string(&response), "n,,n=user,r=" NONCE);
	buf_wipe(&response);
	sasl_free(&sasl);
}
END_TEST

#define MD5   "algorithm=md5-sess"
#define RIGHT "nonce=\"N\"," MD5

static const struct {
	const char *first;
	const char *last;
	const char *says;
} wrong_digests[] = {
    {"", NULL, "not one of DIGEST-MD5"},
    {"nonce", NULL, "not one of DIGEST-MD5"},
    {"=", NULL, "not one of DIGEST-MD5"},
    {"=x," RIGHT, NULL, "not one of DIGEST-MD5"},
    {MD5, NULL, "not one of DIGEST-MD5"},
    {"nonce=\"\"," MD5, NULL, "not one of DIGEST-MD5"},
    {"nonce=\"N\"", NULL, "not one of DIGEST-MD5"},
    {"nonce=\"N\",algorithm=md5", NULL, "not one of DIGEST-MD5"},
    {MD5 ",nonce=\"N", NULL, "not one of DIGEST-MD5"},
    {MD5 ",nonce=\"N\\", NULL, "not one of DIGEST-MD5"},
    {MD5 ",nonce=\"N\"x", NULL, "not one of DIGEST-MD5"},
    {MD5 ",nonce=\"N\r\n\"", NULL, "not one of DIGEST-MD5"},
    {MD5 ",nonce=\"N\",realm=\"\x1b[2J\"", NULL, "not one of DIGEST-MD5"},
    {RIGHT ",qop=\"auth-int,auth-conf\"", NULL, "whole session"},
    {RIGHT, "", "does not know the password"},
    {RIGHT, "rspauth", "does not know the password"},
    {RIGHT, "rspauth=", "does not know the password"},
    {RIGHT, "rspauth=ea40f60335c427b5527b84dbabcdfffd",
	"does not know the password"},
    {RIGHT, RIGHT, "does not know the password"},
};

START_TEST(a_wrong_server_gets_no_further_with_digest_md5)
{
	struct sasl sasl = {.mechanism = SASL_DIGEST_MD5,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of("C"),
	    .service = "smtp",
	    .host = text_of("mx")};

	check_refused(&sasl, wrong_digests[_i].first, wrong_digests[_i].last,
	    wrong_digests[_i].says);
}
END_TEST

START_TEST(a_challenge_of_digest_md5_has_at_most_2048_bytes)
{
	struct sasl sasl = {.mechanism = SASL_DIGEST_MD5,
	    .user = text_of("user"),
	    .secret = text_of("pencil"),
	    .nonce = text_of("C"),
	    .service = "smtp",
	    .host = text_of("mx")};
	struct buf challenge = {0};

	buf_add_string(&challenge, RIGHT ",x=");
	while (challenge.length <= 2048)
		buf_add_byte(&challenge, 'x');
	check_refused(&sasl, buf_string(&challenge), NULL,
	    "not one of DIGEST-MD5");
	buf_free(&challenge);
}
END_TEST

/* As on a machine whose policy has taken them out of OpenSSL. */
START_TEST(a_digest_that_cannot_be_made_is_an_error)
{
	static const enum sasl_mechanism md5[] = {
	    SASL_CRAM_MD5, SASL_DIGEST_MD5};

	ck_assert_int_eq(EVP_set_default_properties(NULL, "fips=yes"), 1);
	for (int i = 0; i < COUNT(md5); i++) {
		struct sasl sasl = {.mechanism = md5[i],
		    .user = text_of("tim"),
		    .secret = text_of("pencil"),
		    .nonce = text_of("C"),
		    .service = "smtp",
		    .host = text_of("mx")};

		check_refused(&sasl, RIGHT, NULL, "OpenSSL has no MD5");
	}
	ck_assert_int_eq(EVP_set_default_properties(NULL, ""), 1);
}
END_TEST

/* --- tokens -------------------------------------------------------------- */

static const struct {
	enum sasl_mechanism mechanism;
	const char *challenge;
	const char *answer;
	const char *problem;
} token_errors[] = {
    /* RFC 7628 section 4.3 */
    {SASL_OAUTHBEARER,
	"{\"status\":\"invalid_token\",\"scope\":\"example_scope\","
	"\"openid-configuration\":\"https://example.com/.well-known/"
	"openid-configuration\"}",
	"\1", "status invalid_token, scope example_scope"},
    {SASL_OAUTHBEARER, "", "\1", ""},
    {SASL_OAUTHBEARER, "no JSON", "\1", ""},
    {SASL_OAUTHBEARER, "{\"status\":{\"x\":\"scope\"}", "\1", ""},
    {SASL_OAUTHBEARER, "{ \"scope\" : \"a b\" }", "\1", "scope a b"},
    {SASL_OAUTHBEARER, "{\"status\":\"a\\u0041b\"}", "\1", "status a"},
    {SASL_OAUTHBEARER, "{\"status\":\"\x1b[2J\"}", "\1", "status \\x1B[2J"},
    {SASL_OAUTHBEARER, "{\"status\":\"x", "\1", "status x"},
    {SASL_OAUTHBEARER, "{\"status\":\"", "\1", ""},
    {SASL_OAUTHBEARER, "{\"status", "\1", ""},
    /* a server that repeats the token is not repeated */
    {SASL_OAUTHBEARER, "{\"status\":\"t0ken-of-anna is old\"}", "\1", ""},
    {SASL_OAUTHBEARER, "{\"status\":\"t0ken-of-ann...\"}", "\1", ""},
    {SASL_XOAUTH2,
	"{\"status\":\"401\",\"schemes\":\"bearer mac\","
	"\"scope\":\"https://mail.google.com/\"}",
	"", "status 401, scope https://mail.google.com/"},
};

START_TEST(an_error_about_a_token_is_answered_and_kept_in_words)
{
	struct sasl sasl = {.mechanism = token_errors[_i].mechanism,
	    .user = text_of("anna"),
	    .secret = text_of("t0ken-of-anna")};
	struct buf response = {0};
	struct error err = {0};

	ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response, &err), 0);
	ck_assert(sasl.is_complete);
	buf_clear(&response);
	ck_assert_int_eq(sasl_respond(&sasl,
			     text_of(token_errors[_i].challenge), &response,
			     &err),
	    0);
	ck_assert_str_eq(buf_string(&response), token_errors[_i].answer);
	ck_assert_str_eq(buf_string(&sasl.problem), token_errors[_i].problem);
	ck_assert(!sasl.is_complete);
	ck_assert_int_eq(sasl_respond(&sasl, text_of("{}"), &response, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_LOGIN);
	buf_wipe(&response);
	sasl_free(&sasl);
}
END_TEST

START_TEST(the_example_of_xoauth2_has_its_base64)
{
	struct sasl sasl = {.mechanism = SASL_XOAUTH2,
	    .user = text_of("someuser@example.com"),
	    .secret = text_of("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")};
	struct buf response = {0};
	struct buf coded = {0};
	struct error err = {0};

	ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response, &err), 0);
	base64_encode(&coded, buf_text(&response));
	ck_assert_str_eq(buf_string(&coded),
	    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRm"
	    "dDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
	buf_free(&coded);
	buf_wipe(&response);
}
END_TEST

/* --- SASLprep ------------------------------------------------------------ */

static const struct {
	struct text text;
	const char *prepared; /* NULL: refused */
} prepared_cases[] = {
    /* RFC 4013 section 3, as far as it goes without normalization */
    {LITERAL("I\xc2\xadX"), "IX"},
    {LITERAL("user"), "user"},
    {LITERAL("USER"), "USER"},
    {LITERAL("\x07"), NULL},
    /* spaces */
    {LITERAL(" a b "), " a b "},
    {LITERAL("a\xc2\xa0\xe1\x9a\x80\xe2\x80\x80\xe2\x80\x8b\xe3\x80\x80"),
	"a     "},
    /* nothing */
    {LITERAL("a\xe2\x80\x8d\xef\xb8\x8f\xef\xbb\xbf\xcd\x8f"
	     "b"),
	"ab"},
    {LITERAL("\xc2\xad"), NULL},
    {LITERAL(""), NULL},
    /* neither the one nor the other */
    {LITERAL("p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x98\x80=,\"\\"),
	"p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x98\x80=,\"\\"},
    /* forbidden, or no UTF-8 */
    {LITERAL("a\0b"), NULL},
    {LITERAL("a\tb"), NULL},
    {LITERAL("a\nb"), NULL},
    {LITERAL("a\x7f"), NULL},
    {LITERAL("a\xc2\x85"), NULL},
    {LITERAL("\xdb\x9d"), NULL},
    {LITERAL("\xe2\x80\xa8"), NULL},
    {LITERAL("\xe2\x80\xae"), NULL},
    {LITERAL("\xe2\x81\xaa"), NULL},
    {LITERAL("\xcd\x80"), NULL},
    {LITERAL("\xee\x80\x80"), NULL},
    {LITERAL("\xf3\xb0\x80\x80"), NULL},
    {LITERAL("\xf4\x8f\xbf\xbd"), NULL},
    {LITERAL("\xef\xb7\x90"), NULL},
    {LITERAL("\xef\xbf\xbe"), NULL},
    {LITERAL("\xf0\x9f\xbf\xbf"), NULL},
    {LITERAL("\xef\xbf\xbd"), NULL},
    {LITERAL("\xe2\xbf\xb0"), NULL},
    {LITERAL("\xf3\xa0\x80\x81"), NULL},
    {LITERAL("\xf3\xa0\x81\x81"), NULL},
    {LITERAL("a\xff"), NULL},
    {LITERAL("\xed\xa0\x80"), NULL},
    {LITERAL("\xc0\x80"), NULL},
};

START_TEST(names_and_passwords_are_prepared)
{
	const char *prepared = prepared_cases[_i].prepared;
	struct buf out = {0};
	struct error err = {0};
	int result = saslprep(prepared_cases[_i].text, "password", &out, &err);

	ck_assert_int_eq(result, prepared != NULL ? 0 : -1);
	if (prepared != NULL) {
		ck_assert_str_eq(buf_string(&out), prepared);
	} else {
		ck_assert_int_eq(err.kind, ERROR_CONFIG);
		ck_assert_ptr_nonnull(strstr(err.text, "the password"));
	}
	buf_wipe(&out);
}
END_TEST

START_TEST(what_cannot_be_prepared_is_not_sent)
{
	static const enum sasl_mechanism strict[] = {
	    SASL_PLAIN, SASL_SCRAM_SHA_256};

	for (int i = 0; i < COUNT(strict); i++) {
		struct sasl sasl = {.mechanism = strict[i],
		    .user = text_of("us\aer"),
		    .secret = text_of("pencil"),
		    .nonce = text_of(NONCE)};
		struct buf response = {0};
		struct error err = {0};

		ck_assert_int_eq(sasl_respond(&sasl, text_of(""), &response,
				     &err),
		    -1);
		ck_assert_int_eq(err.kind, ERROR_CONFIG);
		ck_assert_ptr_nonnull(strstr(err.text, "the user"));
		buf_wipe(&response);
		sasl_free(&sasl);
	}
}
END_TEST

/* --- what there is to know ----------------------------------------------- */

static const struct {
	const char *name;
	enum sasl_mechanism mechanism;
	enum sasl_proof proof;
	bool has_initial;
	bool reads_challenge;
	bool has_nonce;
	bool is_bound;
} mechanism_cases[] = {
    {"SCRAM-SHA-256-PLUS", SASL_SCRAM_SHA_256_PLUS, SASL_PASSWORD, true, true,
	true, true},
    {"SCRAM-SHA-1-PLUS", SASL_SCRAM_SHA_1_PLUS, SASL_PASSWORD, true, true, true,
	true},
    {"SCRAM-SHA-256", SASL_SCRAM_SHA_256, SASL_PASSWORD, true, true, true,
	false},
    {"SCRAM-SHA-1", SASL_SCRAM_SHA_1, SASL_PASSWORD, true, true, true, false},
    {"PLAIN", SASL_PLAIN, SASL_PASSWORD, true, false, false, false},
    {"LOGIN", SASL_LOGIN, SASL_PASSWORD, false, false, false, false},
    {"OAUTHBEARER", SASL_OAUTHBEARER, SASL_TOKEN, true, false, false, false},
    {"XOAUTH2", SASL_XOAUTH2, SASL_TOKEN, true, false, false, false},
    {"EXTERNAL", SASL_EXTERNAL, SASL_CERTIFICATE, true, false, false, false},
    {"CRAM-MD5", SASL_CRAM_MD5, SASL_PASSWORD, false, true, false, false},
    {"DIGEST-MD5", SASL_DIGEST_MD5, SASL_PASSWORD, false, true, true, false},
};

START_TEST(a_mechanism_has_a_name_and_its_ways)
{
	const char *name = mechanism_cases[_i].name;
	enum sasl_mechanism mechanism = mechanism_cases[_i].mechanism;
	char *lower = text_dup(text_of(name));

	for (char *at = lower; *at != '\0'; at++)
		*at = byte_lower(*at);
	ck_assert_int_eq(COUNT(mechanism_cases), SASL_MECHANISMS);
	ck_assert_str_eq(sasl_name(mechanism), name);
	ck_assert_int_eq(sasl_find(text_of(name)), mechanism);
	ck_assert_int_eq(sasl_find(text_of(lower)), mechanism);
	ck_assert_int_eq(sasl_find(text_of("")), SASL_MECHANISMS);
	ck_assert_int_eq(sasl_find(text_of("SCRAM")), SASL_MECHANISMS);
	ck_assert_int_eq(sasl_find(text_part(text_of(name), 0, 4)),
	    SASL_MECHANISMS);
	ck_assert_int_eq(sasl_proof(mechanism), mechanism_cases[_i].proof);
	ck_assert_int_eq(sasl_has_initial(mechanism),
	    mechanism_cases[_i].has_initial);
	ck_assert_int_eq(sasl_reads_challenge(mechanism),
	    mechanism_cases[_i].reads_challenge);
	ck_assert_int_eq(sasl_has_nonce(mechanism),
	    mechanism_cases[_i].has_nonce);
	ck_assert_int_eq(sasl_is_bound(mechanism),
	    mechanism_cases[_i].is_bound);
	free(lower);
}
END_TEST

/* --- known causes -------------------------------------------------------- */

static const struct {
	const char *host;
	enum sasl_proof proof;
	const char *lines;
	const char *says; /* NULL: nothing */
} remedy_cases[] = {
    {"smtp.gmail.com", SASL_PASSWORD,
	"534-5.7.9 Application-specific password required. For more\n"
	"534-5.7.9 information, go to\n"
	"534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor",
	"app password"},
    {"relay", SASL_PASSWORD,
	"535-5.7.8 Username and Password not accepted. For more information, "
	"go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials "
	"x - gsmtp",
	"app password"},
    {"smtp.gmail.com", SASL_TOKEN,
	"535-5.7.8 Username and Password not accepted. For more information, "
	"go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials",
	"scope https://mail.google.com/"},
    {"smtp.office365.com", SASL_PASSWORD,
	"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is "
	"disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled",
	"organization"},
    {"smtp.office365.com", SASL_TOKEN,
	"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication\n"
	"535 5.7.139 is disabled for the Mailbox.",
	"this mailbox"},
    {"smtp.office365.com", SASL_PASSWORD,
	"535 5.7.139 Authentication unsuccessful, basic authentication is "
	"disabled. [x]",
	"token"},
    {"smtp.office365.com", SASL_TOKEN,
	"535 5.7.3 Authentication unsuccessful [x]", "SMTP.Send"},
    {"smtp.mail.yahoo.com", SASL_PASSWORD, "535 5.7.0 (#MBR1212) Incorrect",
	"app password"},
    {"email-smtp.eu-west-1.amazonaws.com", SASL_PASSWORD,
	"535 Authentication Credentials Invalid", "access key"},
    {"SMTP.SENDGRID.NET", SASL_PASSWORD, "535 no", "apikey"},
    {"mail.example.org", SASL_PASSWORD, "535 5.7.8 no", NULL},
    {"notgmx.net", SASL_PASSWORD, "535 5.7.8 no", NULL},
    {"net", SASL_PASSWORD, "535 5.7.8 no", NULL},
    {"", SASL_PASSWORD, "535 5.7.8 no", NULL},
    {"mail.gmx.net", SASL_CERTIFICATE, "535 5.7.8 no", NULL},
};

START_TEST(a_known_cause_is_told)
{
	struct reply reply = {0};
	struct text rest = text_of(remedy_cases[_i].lines);
	struct text line;
	const char *remedy;

	while (text_split(&rest, '\n', &line))
		(void)reply_add(&reply, line);
	remedy = remedy_find(text_of(remedy_cases[_i].host),
	    remedy_cases[_i].proof, &reply);
	if (remedy_cases[_i].says == NULL)
		ck_assert_ptr_null(remedy);
	else
		ck_assert(remedy != NULL &&
		    strstr(remedy, remedy_cases[_i].says) != NULL);
	reply_free(&reply);
}
END_TEST

Suite *suite_sasl(void)
{
	Suite *suite = suite_create("sasl");
	TCase *tests = tcase_create("sasl");

	tcase_set_timeout(tests, 60); /* a million iterations under valgrind */
	tcase_add_loop_test(tests,
	    a_mechanism_says_what_it_has_to_say_and_no_more, 0, COUNT(dialogs));
	tcase_add_loop_test(tests, a_wrong_server_gets_no_further_with_scram, 0,
	    COUNT(wrong_scrams));
	tcase_add_test(tests, many_iterations_are_bounded_work);
	tcase_add_test(tests,
	    what_is_to_be_bound_needs_something_to_be_bound_to);
	tcase_add_test(tests, a_choice_against_binding_is_no_complaint);
	tcase_add_loop_test(tests,
	    a_wrong_server_gets_no_further_with_digest_md5, 0,
	    COUNT(wrong_digests));
	tcase_add_test(tests, a_challenge_of_digest_md5_has_at_most_2048_bytes);
	tcase_add_test(tests, a_digest_that_cannot_be_made_is_an_error);
	tcase_add_loop_test(tests,
	    an_error_about_a_token_is_answered_and_kept_in_words, 0,
	    COUNT(token_errors));
	tcase_add_test(tests, the_example_of_xoauth2_has_its_base64);
	tcase_add_loop_test(tests, names_and_passwords_are_prepared, 0,
	    COUNT(prepared_cases));
	tcase_add_test(tests, what_cannot_be_prepared_is_not_sent);
	tcase_add_loop_test(tests, a_mechanism_has_a_name_and_its_ways, 0,
	    COUNT(mechanism_cases));
	tcase_add_loop_test(tests, a_known_cause_is_told, 0,
	    COUNT(remedy_cases));
	suite_add_tcase(suite, tests);
	return suite;
}
