#include <stdlib.h>
#include <string.h>

#include "ehlo.h"
#include "file.h"
#include "keys.h"
#include "mem.h"
#include "outcome.h"
#include "report.h"
#include "sasl.h"
#include "suites.h"

#define MECHANISMS                                                             \
	"SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN " \
	"LOGIN OAUTHBEARER XOAUTH2 EXTERNAL CRAM-MD5 DIGEST-MD5"

#define PIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define LOGIN "user = u\npassword = " SECRET "\n"

enum { PROBLEMS_MAX = 5, FILE_MAX = 1024 * 1024 };

START_TEST(four_lines_will_do)
{
	struct outcome outcome = outcome_good("[profile main]\n"
					      "host = smtp.example.com\n"
					      "user = anna\n"
					      "password = secret\n");
	const struct settings *settings = config_settings(outcome.config);
	const struct profile *profile = outcome_profile(&outcome, NULL);

	ck_assert_str_eq(profile->name, "main");
	ck_assert_uint_eq(profile->smarthost_count, 1);
	ck_assert_str_eq(profile->smarthosts[0].name, "smtp.example.com");
	ck_assert_str_eq(profile->user, "anna");
	ck_assert_str_eq(profile->password, "secret");
	ck_assert_uint_eq(profile->smarthosts[0].port, 587);
	ck_assert_int_eq(profile->protocol, PROTOCOL_SMTP);
	ck_assert_int_eq(profile->tls, TLS_STARTTLS);
	ck_assert(profile->tls_verify);
	ck_assert(profile->auth_is_auto &&
	    profile->mechanism_count == SASL_AUTOMATIC);
	ck_assert(!profile->auth_plaintext && !profile->override_from);
	ck_assert_int_eq(profile->connect_timeout, 30 * 1000);
	ck_assert_int_eq(profile->timeout, 5 * 60 * 1000);
	ck_assert_uint_eq(profile->max_recipients, 100);
	ck_assert_uint_eq(profile->ignore_ehlo, 0);
	ck_assert_int_eq(profile->on_partial, PARTIAL_SEND);
	ck_assert_ptr_null(profile->from);
	ck_assert_str_eq(settings->log, "syslog");
	ck_assert_ptr_null(settings->transcript);
	ck_assert_ptr_null(settings->aliases);
	ck_assert_uint_eq(settings->max_size, 1024 * 1024 * 1024);
	ck_assert_uint_eq(settings->transcript_max, 10 * 1024 * 1024);
	ck_assert_uint_eq(settings->transcript_count, 5);
	ck_assert_int_eq(settings->transcript_body, SHOW_NONE);
	ck_assert(!settings->allow_X);
	outcome_end(&outcome);
}
END_TEST

struct value_case {
	const char *raw; /* what stands behind "user =" */
	const char *value;
};

static const struct value_case values[] = {
    {" anna", "anna"},
    {"anna", "anna"},
    {"\t anna \t", "anna"},
    {" anna\r", "anna"},
    {" a b", "a b"},
    {" a ; comment", "a"},
    {" a\t;comment", "a"},
    {" a;b", "a;b"},
    {" ;a ;b", ""},
    {";a ;b", ";a"},
    {" a # b", "a # b"},
    {" \" a ; # b \"", " a ; # b "},
    {" \"a\" ; comment", "a"},
    {" \"a\";comment", "a"},
    {" \"\\\"\\\\\\n\"", "\"\\\\n"},
    {" \"it's\"", "it's"},
    {" ' a ; \"\\\" '", " a ; \"\\\" "},
    {" it's", "it's"},
    {" a \"b\"", "a \"b\""},
    {" a\\b", "a\\b"},
    {" a\\\\b", "a\\\\b"},
    {" ${HOST}", "env.example"},
    {" a-${HOST}-b", "a-env.example-b"},
    {" \"${HOST} \"", "env.example "},
    {" '${HOST}'", "${HOST}"},
    {" ${EMPTY}a", "a"},
    {" ${DOLLAR}", "${HOST}"},
    {" $HOST $ $$ {}", "$HOST $ $$ {}"},
    {" a=b:c", "a=b:c"},
    {" [a]", "[a]"},
    {" \xc3\xa9", "\xc3\xa9"},
    {" a\n b\n\tc ; d\n\n ; e\n f", "a b c f"},
    {" 'a \n b'", NULL},
    {" 'a '\n ' b'", "a   b"},
    {"\n a", "a"},
};

START_TEST(a_value_is_what_it_looks_like)
{
	const struct value_case *c = &values[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, HOST "password = p\nuser =%s\n", c->raw);
	outcome = outcome_of(buf_text(&contents));
	if (c->value == NULL || c->value[0] == '\0') {
		ck_assert_int_eq(outcome.read, -1);
	} else {
		if (outcome.problems.count > 0)
			ck_abort_msg("%s: %s", c->raw,
			    outcome.problems.items[0]);
		ck_assert_str_eq(outcome_profile(&outcome, NULL)->user,
		    c->value);
	}
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(a_colon_is_as_good_as_an_equals_sign)
{
	struct outcome outcome =
	    outcome_good("[profile main]\nhost: h.example\n");

	ck_assert_str_eq(outcome_profile(&outcome, NULL)->host, "h.example");
	outcome_end(&outcome);
}
END_TEST

START_TEST(crlf_and_a_byte_order_mark_do_no_harm)
{
	struct outcome outcome =
	    outcome_good("\xef\xbb\xbf[profile main] ; main\r\n"
			 "# comment\r\n\r\n"
			 "host = h.example\r\n");

	ck_assert_str_eq(outcome_profile(&outcome, NULL)->host, "h.example");
	outcome_end(&outcome);
}
END_TEST

/* libinih alone would cut it at 200 bytes. */
START_TEST(a_line_may_be_64_kib_long)
{
	enum { LENGTH = 65000 };
	struct buf contents = {0};
	struct outcome outcome;
	char *token = mem_alloc(LENGTH + 1, 1);

	memset(token, 't', LENGTH);
	buf_addf(&contents, HOST "user = u\ntoken = %s\n", token);
	outcome = outcome_good(buf_string(&contents));
	ck_assert_str_eq(outcome_profile(&outcome, NULL)->token, token);
	outcome_end(&outcome);
	buf_free(&contents);
	free(token);
}
END_TEST

struct problem_case {
	const char *contents;
	const char *problems[PROBLEMS_MAX];
};

static const struct problem_case problem_cases[] = {
    /* the shape of the file */
    {"",
	{"f: no smarthost; it takes four lines: [profile mail], host = NAME, "
	 "user = NAME, password = SECRET"}},
    {HOST "nothing\n",
	{"f:3: neither [section] nor key = value nor a comment"}},
    {HOST "nothing ;=\n",
	{"f:3: neither [section] nor key = value nor a comment"}},
    {" [profile main]\n" HOST,
	{"f:1: neither [section] nor key = value nor a comment"}},
    {"[profile main\nhost = h\n" HOST, {"f:1: a section without its ]"}},
    {"[profile ;]\n" HOST, {"f:1: a section without its ]"}},
    {"[sendmail] log = none\n" HOST,
	{"f:1: something stands behind the ] of the section"}},
    {"[profile aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n" HOST,
	{"f:1: a section whose name is longer than 49 bytes"}},
    {HOST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n",
	{"f:3: a key whose name is longer than 49 bytes"}},
    {HOST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n",
	{"f:3: unknown key; see sendmail.conf(5) for those there are"}},
    {"[profile main]\nport = 25\n  host = h\n",
	{"f:3: a blank at its start makes this line part of the value above",
	    "f:1: [profile main] has no host, the server to send to"}},
    {HOST " [sendmail]\n",
	{"f:3: a blank at its start makes this line part of the value above"}},

    /* sections and keys */
    {"[Sendmail]\nlog = none\n" HOST,
	{"f:1: unknown section; did you mean [sendmail]?"}},
    {"[profiles x]\nhost = h\n" HOST,
	{"f:1: unknown section; did you mean [profile NAME]?"}},
    {"[rewrites x]\n" HOST,
	{"f:1: unknown section; did you mean [rewrite NAME]?"}},
    {"[routes]\n" HOST, {"f:1: unknown section; did you mean [route]?"}},
    {"[route x]\n" HOST, {"f:1: unknown section; did you mean [route]?"}},
    {"[rewrite]\n" HOST,
	{"f:1: a section is called [rewrite NAME], the name in letters, digits "
	 "and -_.@+"}},
    {"[" SECRET "]\n" HOST,
	{"f:1: unknown section; there are [sendmail], [profile NAME], "
	 "[rewrite NAME] and [route]"}},
    {"[]\n" HOST,
	{"f:1: unknown section; there are [sendmail], [profile NAME], "
	 "[rewrite NAME] and [route]"}},
    {"[sendmail x]\n" HOST, {"f:1: unknown section; did you mean [sendmail]?"}},
    {"[profile]\n" HOST,
	{"f:1: a section is called [profile NAME], the name in letters, digits "
	 "and -_.@+"}},
    {"[profile \"a b\"]\n" HOST,
	{"f:1: a section is called [profile NAME], the name in letters, digits "
	 "and -_.@+"}},
    {HOST "usr = x\n", {"f:3: unknown key; did you mean user?"}},
    {HOST "PORT = 25\n", {"f:3: unknown key; did you mean port?"}},
    {HOST "conect_timeout = 1\n",
	{"f:3: unknown key; did you mean connect_timeout?"}},
    {HOST SECRET " = " SECRET "\n",
	{"f:3: unknown key; see sendmail.conf(5) for those there are"}},
    {HOST "= x\n",
	{"f:3: unknown key; see sendmail.conf(5) for those there are"}},
    {"root:$6$" SECRET "\n" HOST, {"f:1: unknown key; did you mean host?"}},
    {"host = h\nlog = none\n" HOST,
	{"f:1: host belongs under [profile NAME]",
	    "f:2: log belongs under [sendmail]"}},
    {"[sendmail]\nhost = h\n" HOST, {"f:2: host belongs under [profile NAME]"}},
    {HOST "log = none\n", {"f:3: log belongs under [sendmail]"}},
    {HOST "to = a -> b\n", {"f:3: to belongs under [rewrite NAME]"}},
    {HOST "sender = a -> b\n",
	{"f:3: sender belongs under [rewrite NAME] or [route]"}},
    {"[sendmail]\nfrom = a\n" HOST,
	{"f:2: from belongs under [profile NAME] or [rewrite NAME]"}},
    {"[rewrite r]\npassword = " SECRET "\n" HOST,
	{"f:2: password belongs under [profile NAME]"}},
    {"[rewrite r]\nreplyto = a -> b\n" HOST,
	{"f:2: unknown key; did you mean reply_to?"}},
    {"[route]\nrecipients = a -> main\n" HOST,
	{"f:2: recipients belongs under [rewrite NAME]"}},
    {"[route]\nrecipent = a -> main\n" HOST,
	{"f:2: unknown key; did you mean recipient?"}},
    {HOST "port = 1\n\nport = 1\n",
	{"f:5: port is set twice, the first time in line 3"}},
    {HOST "port = x\nport = 1\n",
	{"f:3: port takes a number from 1 to 65535",
	    "f:4: port is set twice, the first time in line 3"}},
    {HOST LOGIN "[profile b]\nhost = b\n[profile main]\nuser = v\n",
	{"f:8: user is set twice, the first time in line 3"}},

    /* values */
    {HOST "user =\n" LOGIN,
	{"f:3: user has no value",
	    "f:4: user is set twice, the first time in line 3"}},
    {HOST "from = \"" SECRET "\n", {"f:3: from has no closing quote"}},
    {HOST "from = \"a\\\"\n", {"f:3: from has no closing quote"}},
    {HOST "from = '" SECRET "\n", {"f:3: from has no closing quote"}},
    {HOST "from = \"" SECRET "\" x\n",
	{"f:3: from has something behind the closing quote; quotes go around "
	 "the whole value"}},
    {HOST "from = ${NOWHERE}\n",
	{"f:3: from takes ${NOWHERE}, which the environment lacks"}},
    {HOST "from = ${" SECRET "\n",
	{"f:3: from has ${ without a name and }; single quotes keep it as it "
	 "is"}},
    {HOST "from = ${" SECRET "!}\n",
	{"f:3: from has ${ without a name and }; single quotes keep it as it "
	 "is"}},
    {HOST "from = ${}\n",
	{"f:3: from has ${ without a name and }; single quotes keep it as it "
	 "is"}},
    {HOST "tls = ${}\nport = x\n",
	{"f:3: tls has ${ without a name and }; single quotes keep it as it is",
	    "f:4: port takes a number from 1 to 65535"}},
    {HOST "from = ${1A}\n",
	{"f:3: from has ${ without a name and }; single quotes keep it as it "
	 "is"}},
    {HOST "user = u\npassword = a${" SECRET "}b\n",
	{"f:4: password takes a variable that the environment lacks; single "
	 "quotes keep ${ as it is"}},
    {HOST "from = ${LINES}\n", {"f:3: from holds a control character"}},
    {HOST "from = a\x01\n", {"f:3: from holds a control character"}},
    {HOST "from = \xff\n", {"f:3: from is not UTF-8"}},
    {HOST "from = ${LATIN}\n", {"f:3: from is not UTF-8"}},
    {HOST "password_command = a\n \"b\n",
	{"f:4: password_command has no closing quote",
	    "f:3: password_command needs user, the name to log in with"}},
    {HOST "override_from = maybe\n", {"f:3: override_from takes yes or no"}},
    {HOST "tls = " SECRET "\n",
	{"f:3: tls takes one of none, starttls, implicit"}},
    {HOST "tls = none, starttls\n",
	{"f:3: tls takes one of none, starttls, implicit"}},
    {HOST "timeout = 5 m\n",
	{"f:3: timeout takes a time such as 30s, 5m or 1h, from 1s to 1d"}},
    {HOST "max_recipients = 0\n",
	{"f:3: max_recipients takes a number from 1 to 100000"}},
    {HOST "max_recipients = 100001\n",
	{"f:3: max_recipients takes a number from 1 to 100000"}},
    {HOST "on_partial = " SECRET "\n",
	{"f:3: on_partial takes one of send, abort"}},
    {HOST "ignore_ehlo = SIZE PIPELINE\n",
	{"f:3: ignore_ehlo takes extensions such as PIPELINING, SIZE or "
	 "8BITMIME"}},
    {HOST "ignore_ehlo = SIZE, starttls\n",
	{"f:3: ignore_ehlo does not take STARTTLS or AUTH, see tls and auth"}},
    {HOST "ignore_ehlo = Auth\n",
	{"f:3: ignore_ehlo does not take STARTTLS or AUTH, see tls and auth"}},
    {HOST "tls_ca = ca.pem\n", {"f:3: tls_ca takes a path that begins with /"}},
    {HOST "tls_cert = own.pem\n",
	{"f:3: tls_cert takes a path that begins with /"}},
    {HOST "tls_crl = crl\n", {"f:3: tls_crl takes a path that begins with /"}},
    {HOST "tls_verify = maybe\n", {"f:3: tls_verify takes yes, pin or no"}},
    {HOST "tls_min = 1.1\n",
	{"f:3: tls_min takes 1.2 or 1.3: TLS 1.1 protects nothing any more"}},
    {HOST "tls_min = 1.0\n",
	{"f:3: tls_min takes 1.2 or 1.3: TLS 1.0 protects nothing any more"}},
    {HOST "tls_min = 2\n", {"f:3: tls_min takes one of 1.2, 1.3"}},
    {HOST "tls_name = a b\n",
	{"f:3: tls_name takes a name such as mail.example.com, in ASCII, or an "
	 "address"}},
    {HOST "tls_name = m\xc3\xbcller.example\n",
	{"f:3: tls_name takes a name such as mail.example.com, in ASCII, or an "
	 "address"}},
    {HOST "tls_ciphers = ALL:@SECLEVEL=0\n",
	{"f:3: tls_ciphers takes names such as ECDHE+AESGCM and "
	 "TLS_AES_256_GCM_SHA384"}},
    {HOST "tls_ciphers = :\n", {"f:3: tls_ciphers names no cipher"}},
    {HOST "tls_pin = sha256:" SECRET "\n",
	{"f:3: tls_pin takes the SHA-256 of a public key in base64 or "
	 "hexadecimal, which sendmail --tls-info prints"}},
    {HOST "tls_pin = " PIN ", x\n",
	{"f:3: tls_pin takes the SHA-256 of a public key in base64 or "
	 "hexadecimal, which sendmail --tls-info prints"}},
    {HOST "tls_verify = pin\n",
	{"f:3: tls_verify = pin needs tls_pin, the key to expect"}},
    {HOST "tls_verify = no\ntls_pin = " PIN "\n",
	{"f:4: tls_pin does nothing with tls_verify = no; tls_verify = pin "
	 "looks at nothing else"}},
    {HOST "tls = none\ntls_pin = " PIN "\ntls_crl = /c\ntls_cert = /c\n",
	{"f:4: tls_pin does nothing with tls = none",
	    "f:5: tls_crl does nothing with tls = none",
	    "f:6: tls_cert does nothing with tls = none"}},
    {HOST "tls_verify = no\ntls_crl = /c\n",
	{"f:4: tls_crl does nothing without tls_verify = yes"}},
    {HOST "tls_verify = pin\ntls_pin = " PIN "\ntls_crl = /c\n",
	{"f:5: tls_crl does nothing without tls_verify = yes"}},
    {HOST "tls_key = /k\n",
	{"f:3: tls_key needs tls_cert, the certificate that goes with it"}},
    {HOST "tls_key_password_file = /k\n",
	{"f:3: tls_key_password_file needs tls_cert, the certificate that goes "
	 "with it"}},
    {HOST "tls_cert = /c\ntls_key_password = " SECRET
	  "\ntls_key_password_command = x\n",
	{"f:5: tls_key_password_command and tls_key_password in line 4 are two "
	 "sources for one secret"}},
    {HOST "auth = PLAIN " SECRET "\n",
	{"f:3: auth takes auto, off or some of " MECHANISMS}},
    {HOST "auth = auto PLAIN\n",
	{"f:3: auth takes auto, off or some of " MECHANISMS}},
    {HOST "auth = ,\n", {"f:3: auth takes auto, off or some of " MECHANISMS}},
    {HOST "from = a@b.example, c@d.example\n",
	{"f:3: from takes one address such as alerts@example.com"}},
    {HOST "user = u\npassword_env = $" SECRET "\n",
	{"f:4: password_env takes the name of an environment variable, "
	 "without $"}},
    {"[sendmail]\nlog = sylog\n" HOST,
	{"f:2: log takes syslog, stderr, none or a path that begins with /"}},
    {"[sendmail]\nmax_size = 0\n" HOST,
	{"f:2: max_size takes a size such as 500K, 50M or 1G, at most 1024G"}},
    {"[sendmail]\ntranscript_max = 1M 5 5\n" HOST,
	{"f:2: transcript_max takes a size and a number of files, such as "
	 "10M 5"}},
    {"[sendmail]\naliases = aliases\n" HOST,
	{"f:2: aliases takes none or a path that begins with /"}},
    {"[sendmail]\ndomain = example.com.\n" HOST,
	{"f:2: domain takes a name such as mail.example.com"}},
    {"[sendmail]\ndomain = .example.com\n" HOST,
	{"f:2: domain takes a name such as mail.example.com"}},
    {"[sendmail]\nhostname = mail..com\n" HOST,
	{"f:2: hostname takes a name such as mail.example.com"}},
    {"[sendmail]\ndomain = @example.com\n" HOST,
	{"f:2: domain takes a name such as mail.example.com"}},

    /* what depends on two values */
    {HOST LOGIN "password_file = /x\n",
	{"f:5: password_file and password in line 4 are two sources for one "
	 "secret"}},
    {HOST "user = u\ntoken_file = /x\ntoken_command = x\n",
	{"f:5: token_command and token_file in line 4 are two sources for one "
	 "secret"}},
    {HOST "password = " SECRET "\n",
	{"f:3: password needs user, the name to log in with"}},
    {HOST "token_file = /t\n",
	{"f:3: token_file needs user, the name to log in with"}},
    {HOST "user = u\n",
	{"f:3: user needs a password or a token, such as password_file"}},
    {HOST LOGIN "auth = PLAIN XOAUTH2\n",
	{"f:5: auth names XOAUTH2, which needs a token"}},
    {HOST LOGIN "auth = EXTERNAL\n",
	{"f:5: auth names EXTERNAL, which needs a client certificate; see "
	 "tls_cert"}},
    {HOST LOGIN "auth = scram-sha-256 OAUTHBEARER\n",
	{"f:5: auth names OAUTHBEARER, which needs a token"}},
    {HOST "user = u\ntoken = " SECRET "\nauth = SCRAM-SHA-1-PLUS\n",
	{"f:5: auth names SCRAM-SHA-1-PLUS, which needs a password"}},
    {HOST "user = u\ntoken = " SECRET "\nauth = LOGIN\n",
	{"f:5: auth names LOGIN, which needs a password"}},
    {HOST "override_from = yes\n",
	{"f:3: override_from needs from, the address to use instead"}},
    {"[profile main]\n",
	{"f:1: [profile main] has no host, the server to send to"}},
    {"[sendmail]\ndefault_profile = mian\n" HOST,
	{"f:2: default_profile names no profile; did you mean main?"}},
    {"[sendmail]\ndefault_profile = " SECRET "\n" HOST,
	{"f:2: default_profile names no profile"}},
    {"[sendmail]\ndefault_profile = base\n[profile base]\n" HOST
     "inherit = base\n",
	{"f:2: default_profile names [profile base], which has no host"}},
    {HOST "inherit = " SECRET "\n", {"f:3: inherit names no profile"}},
    {HOST "inherit = main\n",
	{"f:3: inherit leads back to [profile main] itself"}},
    {HOST "inherit = b\n[profile b]\ninherit = c\n[profile c]\n"
	  "inherit = main\n",
	{"f:7: inherit leads back to [profile main] itself"}},
};

START_TEST(each_problem_is_a_sentence_with_file_and_line)
{
	const struct problem_case *c = &problem_cases[_i];
	struct outcome outcome = outcome_of(text_of(c->contents));

	outcome_compare(&outcome, c->contents, c->problems);
	ck_assert(outcome.read < 0 || outcome.check < 0);
	ck_assert_int_eq(outcome.error.kind, ERROR_CONFIG);
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_nul_byte_is_a_problem)
{
	static const char nul[] = "[sendmail]\nlog\0 = none\n" HOST;
	struct outcome outcome = outcome_of((struct text){nul, sizeof nul - 1});

	ck_assert_uint_eq(outcome.problems.count, 1);
	ck_assert_str_eq(outcome.problems.items[0],
	    "f:2: a NUL byte in the line");
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_longer_line_is_a_problem)
{
	enum { LENGTH = 65 * 1024 };
	struct buf contents = {0};
	struct outcome outcome;
	char *token = mem_alloc(LENGTH + 1, 1);

	memset(token, 't', LENGTH);
	buf_addf(&contents, HOST "from = %s\n", token);
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, 1);
	ck_assert_str_eq(outcome.problems.items[0],
	    "f:3: a line longer than 65536 bytes");
	outcome_end(&outcome);
	buf_free(&contents);
	free(token);
}
END_TEST

START_TEST(many_lines_make_no_longer_value)
{
	struct buf contents = {0};
	struct outcome outcome;

	buf_add_string(&contents, HOST "from = a\n");
	for (int i = 0; i < 2 * VALUE_MAX / 10; i++)
		buf_add_string(&contents, " 123456789\n");
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, 1);
	ck_assert_str_eq(outcome.problems.items[0],
	    "f:3: from is longer than 65536 bytes");
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(no_more_than_a_hundred_problems_are_told)
{
	struct buf contents = {0};
	struct outcome outcome = outcome_begin();

	for (int i = 0; i < 100000; i++)
		buf_add_string(&contents, "nonsense = 1\n");
	outcome_add(&outcome, "f", buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, REPORT_MAX);
	ck_assert_str_eq(outcome.error.text, outcome.problems.items[0]);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(the_hundred_are_those_of_reading_and_checking)
{
	struct buf contents = {0};
	struct outcome outcome;

	buf_add_string(&contents, "nonsense = 1\n");
	for (int i = 0; i < 200; i++)
		buf_addf(&contents, "[profile p%d]\n", i);
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, REPORT_MAX);
	ck_assert_str_eq(outcome.error.text, outcome.problems.items[1]);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(there_is_a_limit_to_profiles)
{
	struct buf contents = {0};
	struct outcome outcome;

	for (int i = 0; i < 1002; i++)
		buf_addf(&contents, "[profile p%d]\nhost = h\ninherit = p%d\n",
		    i, i < 999 ? i + 1 : 999);
	outcome = outcome_of(buf_text(&contents));
	ck_assert_uint_eq(outcome.problems.count, 3);
	ck_assert_str_eq(outcome.problems.items[0],
	    "f:3001: more than 1000 profiles");
	ck_assert_str_eq(outcome.problems.items[2],
	    "f:3000: inherit leads back to [profile p999] itself");
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

struct host_case {
	const char *lines; /* of the profile */
	const char *host;  /* NULL: refused */
	unsigned port;
	enum tls_mode tls;
};

static const struct host_case hosts[] = {
    {"host = h.example", "h.example", 587, TLS_STARTTLS},
    {"host = h.example:25", "h.example", 25, TLS_STARTTLS},
    {"host = h.example:465", "h.example", 465, TLS_IMPLICIT},
    {"host = h.example:465\ntls = none", "h.example", 465, TLS_NONE},
    {"host = h\nport = 465", "h", 465, TLS_IMPLICIT},
    {"host = h\ntls = implicit", "h", 465, TLS_IMPLICIT},
    {"host = h\ntls = implicit\nport = 587", "h", 587, TLS_IMPLICIT},
    {"host = h:2525\nport = 25", "h", 2525, TLS_STARTTLS},
    {"host = h\nprotocol = lmtp\ntls = none", "h", 24, TLS_NONE},
    {"host = 192.0.2.1", "192.0.2.1", 587, TLS_STARTTLS},
    {"host = [2001:db8::1]:25", "2001:db8::1", 25, TLS_STARTTLS},
    {"host = [2001:db8::1]", "2001:db8::1", 587, TLS_STARTTLS},
    {"host = 2001:db8::1", "2001:db8::1", 587, TLS_STARTTLS},
    {"host = \"h\"", "h", 587, TLS_STARTTLS},
    {"host = ${HOST}:26", "env.example", 26, TLS_STARTTLS},
    {"host = unix:/run/lmtp", "unix:/run/lmtp", 0, TLS_NONE},
    {"host = unix:/run/a:25", "unix:/run/a:25", 0, TLS_NONE},
    {"host = unix:/s\ntls = starttls", "unix:/s", 0, TLS_STARTTLS},
    {"host = h\xc3\xb6st:26", "h\xc3\xb6st", 26, TLS_STARTTLS},
    {"host = srv:h.example", "srv:h.example", 0, TLS_STARTTLS},
    {"host = srv:25", "srv", 25, TLS_STARTTLS},
    {"host = |nc h 25\ntls = none", "|nc h 25", 0, TLS_NONE},
    {"host = | a, b:c \ntls = none", "|a, b:c", 0, TLS_NONE},
    {.lines = "host = a b"},
    {.lines = "host = h:"},
    {.lines = "host = h:0"},
    {.lines = "host = h.example:25:25"},
    {.lines = "host = h:65536"},
    {.lines = "host = h:smtp"},
    {.lines = "host = :25"},
    {.lines = "host = [::1"},
    {.lines = "host = [::1]25"},
    {.lines = "host = []"},
    {.lines = "host = smtp://h"},
    {.lines = "host = unix:run"},
    {.lines = "host = srv:"},
    {.lines = "host = srv:h:25"},
    {.lines = "host = |"},
    {.lines = "host = a, |b"},
    {.lines = "host = a,, b"},
    {.lines = "host = a b, c"},
    {.lines = "host = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"},
};

/* The name as it is written, without a port. */
static void check_smarthost(const struct smarthost *smarthost,
    const struct host_case *expected)
{
	struct smarthost portless = *smarthost;
	struct buf name = {0};

	if (smarthost->kind == SMARTHOST_NAME)
		buf_add_string(&name, smarthost->name);
	else
		smarthost_add(&name, &portless);
	ck_assert_str_eq(buf_string(&name), expected->host);
	ck_assert_uint_eq(smarthost->port, expected->port);
	buf_free(&name);
}

static const struct list_case {
	const char *lines;
	const char *shown;
	enum tls_mode tls[3];
} lists[] = {
    {"host = a, b:25 ,[::1]:465", "a:587, b:25, [::1]:465",
	{TLS_STARTTLS, TLS_STARTTLS, TLS_IMPLICIT}},
    {"host = a,b:25,c:465\nport = 465", "a:465, b:25, c:465",
	{TLS_IMPLICIT, TLS_STARTTLS, TLS_IMPLICIT}},
    {"host = unix:/s, srv:d, h\nport = 26", "unix:/s, srv:d, h:26",
	{TLS_NONE, TLS_DEFAULT, TLS_STARTTLS}},
    {"host = a, b:465, srv:d\ntls = none", "a:587, b:465, srv:d",
	{TLS_NONE, TLS_NONE, TLS_NONE}},
    {"host = a, b:25, c:587\ntls = implicit", "a:465, b:25, c:587",
	{TLS_IMPLICIT, TLS_IMPLICIT, TLS_IMPLICIT}},
};

START_TEST(each_host_of_a_list_has_its_own_port_and_way_to_encrypt)
{
	struct buf contents = {0};
	struct buf shown = {0};
	struct outcome outcome;
	const struct profile *profile;

	buf_addf(&contents, "[profile main]\n%s\n", lists[_i].lines);
	outcome = outcome_good(buf_string(&contents));
	profile = outcome_profile(&outcome, NULL);
	ck_assert_uint_eq(profile->smarthost_count, 3);
	for (size_t i = 0; i < 3; i++) {
		buf_add_string(&shown, i > 0 ? ", " : "");
		smarthost_add(&shown, &profile->smarthosts[i]);
		ck_assert_int_eq(profile->smarthosts[i].tls, lists[_i].tls[i]);
	}
	ck_assert_str_eq(buf_string(&shown), lists[_i].shown);
	outcome_end(&outcome);
	buf_free(&shown);
	buf_free(&contents);
}
END_TEST

START_TEST(a_host_has_a_name_a_port_and_a_way_to_encrypt)
{
	const struct host_case *c = &hosts[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, "[profile main]\n%s\n", c->lines);
	outcome = outcome_of(buf_text(&contents));
	if (c->host == NULL) {
		struct error err;

		ck_assert_int_eq(outcome.read, -1);
		ck_assert_int_eq(outcome.check, 0);
		ck_assert_ptr_null(config_profile(outcome.config, NULL, &err));
	} else {
		const struct profile *profile = outcome_profile(&outcome, NULL);

		ck_assert_int_eq(outcome.read, 0);
		check_smarthost(&profile->smarthosts[0], c);
		ck_assert_uint_eq(profile->smarthost_count, 1);
		ck_assert_int_eq(profile->tls, c->tls);
	}
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

struct amount_case {
	const char *value;
	uint64_t amount;
	bool is_bad;
};

static const struct amount_case sizes[] = {
    {"1", 1, false},
    {"10k", 10240, false},
    {"50M", 52428800, false},
    {"1G", 1073741824, false},
    {"1024G", 1ULL << 40, false},
    {"1025G", 0, true},
    {"99999999999999999999", 0, true},
    {"18446744073709551616", 0, true},
    {"10KB", 0, true},
    {"10 K", 0, true},
    {"-1", 0, true},
    {"0x10", 0, true},
    {"K", 0, true},
};

START_TEST(a_size_is_a_number_of_bytes)
{
	const struct amount_case *c = &sizes[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, "[sendmail]\nmax_size = %s\n" HOST, c->value);
	outcome = outcome_of(buf_text(&contents));
	ck_assert_int_eq(outcome.read, c->is_bad ? -1 : 0);
	if (!c->is_bad)
		ck_assert_uint_eq(config_settings(outcome.config)->max_size,
		    c->amount);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

static const struct amount_case times[] = {
    {"1", 1000, false},
    {"30s", 30000, false},
    {"5m", 300000, false},
    {"2H", 7200000, false},
    {"1d", 86400000, false},
    {"0", 0, true},
    {"2d", 0, true},
    {"5min", 0, true},
    {"1m30s", 0, true},
    {"1.5m", 0, true},
};

START_TEST(a_time_is_kept_in_milliseconds)
{
	const struct amount_case *c = &times[_i];
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, HOST "timeout = %s\n", c->value);
	outcome = outcome_of(buf_text(&contents));
	ck_assert_int_eq(outcome.read, c->is_bad ? -1 : 0);
	if (!c->is_bad)
		ck_assert_int_eq(outcome_profile(&outcome, NULL)->timeout,
		    (int64_t)c->amount);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(every_other_type_is_read_as_well)
{
	struct outcome outcome = outcome_good(
	    "[sendmail]\ndefault_profile = main\ndomain = example.com\n"
	    "hostname = web1.example.com\naliases = none\nqueue = never\n"
	    "log = /var/log/mail\nlog_format = json\n"
	    "transcript = /var/log/t/\ntranscript_keep = failed\n"
	    "transcript_body = header\ntranscript_max = 0 7\n"
	    "allow_X = true\n"
	    "[profile main]\nhost = h\nprotocol = lmtp\ntls_verify = off\n"
	    "tls_ca = /etc/ca\nauth = cram-md5 PLAIN,login\n"
	    "auth_plaintext = 1\nuser = u\npassword_credential = c\n"
	    "from = Ann <ann@example.com>\noverride_from = on\n"
	    "connect_timeout = 1\nmax_recipients = 100000\n"
	    "ignore_ehlo = size,Pipelining  chunking\non_partial = abort\n");
	const struct settings *settings = config_settings(outcome.config);
	const struct profile *profile = outcome_profile(&outcome, NULL);

	ck_assert_str_eq(settings->default_profile, "main");
	ck_assert_str_eq(settings->domain, "example.com");
	ck_assert_str_eq(settings->hostname, "web1.example.com");
	ck_assert_str_eq(settings->aliases, "none");
	ck_assert_str_eq(settings->log, "/var/log/mail");
	ck_assert_int_eq(settings->log_format, LOG_JSON);
	ck_assert_str_eq(settings->transcript, "/var/log/t/");
	ck_assert_int_eq(settings->transcript_keep, KEEP_FAILED);
	ck_assert_int_eq(settings->transcript_body, SHOW_HEADER);
	ck_assert_uint_eq(settings->transcript_max, 0);
	ck_assert_uint_eq(settings->transcript_count, 7);
	ck_assert(settings->allow_X);
	ck_assert_int_eq(profile->protocol, PROTOCOL_LMTP);
	ck_assert(!profile->tls_verify);
	ck_assert_str_eq(profile->tls_ca, "/etc/ca");
	ck_assert(!profile->auth_is_auto);
	ck_assert_uint_eq(profile->mechanism_count, 3);
	ck_assert_int_eq(profile->mechanisms[0], SASL_CRAM_MD5);
	ck_assert(profile->auth_plaintext);
	ck_assert_str_eq(profile->password_credential, "c");
	ck_assert_str_eq(profile->from, "Ann <ann@example.com>");
	ck_assert(profile->override_from);
	ck_assert_int_eq(profile->connect_timeout, 1000);
	ck_assert_uint_eq(profile->max_recipients, 100000);
	ck_assert_uint_eq(profile->ignore_ehlo,
	    EHLO_SIZE | EHLO_PIPELINING | EHLO_CHUNKING);
	ck_assert_int_eq(profile->on_partial, PARTIAL_ABORT);
	outcome_end(&outcome);
}
END_TEST

START_TEST(the_keys_of_tls_are_read)
{
	struct outcome outcome = outcome_good(HOST
	    "tls_verify = pin\ntls_pin = sha256:" PIN " " PIN "\n"
	    "tls_name = 2001:db8::1\ntls_min = 1.3\n"
	    "tls_ciphers = ECDHE+AESGCM, !AES128: TLS_AES_256_GCM_SHA384\n"
	    "tls_cert = /c\ntls_key = /k\ntls_key_password = " SECRET "\n");
	const struct profile *profile = outcome_profile(&outcome, NULL);

	ck_assert_int_eq(profile->tls_verify, VERIFY_PIN);
	ck_assert_str_eq(profile->tls_pin, "sha256:" PIN " " PIN);
	ck_assert_str_eq(profile->tls_name, "2001:db8::1");
	ck_assert_int_eq(profile->tls_min, TLS_MIN_1_3);
	ck_assert_str_eq(profile->tls_ciphers,
	    "ECDHE+AESGCM, !AES128: TLS_AES_256_GCM_SHA384");
	ck_assert_str_eq(profile->tls_cert, "/c");
	ck_assert_str_eq(profile->tls_key, "/k");
	ck_assert_str_eq(profile->tls_key_password, SECRET);
	ck_assert_ptr_null(profile->tls_crl);
	ck_assert(config_has_secret(outcome.config, "f"));
	outcome_end(&outcome);
}
END_TEST

START_TEST(who_does_not_log_in_needs_no_secret)
{
	struct outcome outcome = outcome_good(HOST "user = u\nauth = off\n");

	ck_assert_uint_eq(outcome_profile(&outcome, NULL)->mechanism_count, 0);
	outcome_end(&outcome);
}
END_TEST

static const char *const senders[] = {"a@b.example", "<a@b.example>", "root",
    "<>", "\"a b\"@c.example", "A <a@b.example>"};

START_TEST(a_sender_is_any_one_address)
{
	struct buf contents = {0};
	struct outcome outcome;

	buf_addf(&contents, HOST "from = '%s'\n", senders[_i]);
	outcome = outcome_good(buf_string(&contents));
	ck_assert_str_eq(outcome_profile(&outcome, NULL)->from, senders[_i]);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(a_profile_inherits_what_it_does_not_set)
{
	struct outcome outcome = outcome_good(
	    "[profile c]\ninherit = b\nuser = carl\npassword_file = /c\n"
	    "[profile b]\ninherit = a\nport = 26\ntimeout = 1m\n"
	    "[profile a]\nhost = h.example:465\nuser = ann\n"
	    "password = " SECRET "\ntimeout = 2m\nconnect_timeout = 7\n");
	const struct profile *b = outcome_profile(&outcome, "b");
	const struct profile *c = outcome_profile(&outcome, "c");

	ck_assert_str_eq(b->user, "ann");
	ck_assert_str_eq(b->password, SECRET);
	ck_assert_str_eq(c->user, "carl");
	ck_assert_str_eq(c->password_file, "/c");
	ck_assert_ptr_null(c->password);
	ck_assert_str_eq(c->smarthosts[0].name, "h.example");
	ck_assert_uint_eq(c->smarthosts[0].port, 465);
	ck_assert_int_eq(c->tls, TLS_IMPLICIT);
	ck_assert_int_eq(c->timeout, 60 * 1000);
	ck_assert_int_eq(c->connect_timeout, 7 * 1000);
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_profile_to_inherit_from_need_not_be_complete)
{
	struct outcome outcome =
	    outcome_good("[profile login]\n" LOGIN "override_from = yes\n"
			 "[profile main]\nhost = h\n"
			 "inherit = login\nfrom = a@b.example\n");
	struct error err;

	ck_assert_str_eq(outcome_profile(&outcome, NULL)->name, "main");
	ck_assert_ptr_null(config_profile(outcome.config, "login", &err));
	ck_assert_str_eq(err.text, "[profile login] has no host");
	outcome_end(&outcome);
}
END_TEST

static void add_string(struct outcome *outcome, const char *name,
    const char *contents)
{
	outcome_add(outcome, name, text_of(contents));
	ck_assert_int_eq(outcome->read, 0);
}

START_TEST(the_file_read_first_wins)
{
	struct outcome outcome = outcome_begin();
	const struct profile *profile;

	add_string(&outcome, "user",
	    "[sendmail]\nmax_size = 1M\ndefault_profile = main\n"
	    "[profile main]\nuser = anna\npassword_file = /anna\n");
	add_string(&outcome, "system",
	    "[sendmail]\nmax_size = 2M\nlog = none\n"
	    "[profile main]\nhost = h\n" LOGIN "[profile other]\nhost = o\n");
	outcome_check(&outcome);
	ck_assert_int_eq(outcome.check, 0);
	profile = outcome_profile(&outcome, NULL);
	ck_assert_uint_eq(config_settings(outcome.config)->max_size, 1 << 20);
	ck_assert_str_eq(config_settings(outcome.config)->log, "none");
	ck_assert_str_eq(profile->user, "anna");
	ck_assert_str_eq(profile->smarthosts[0].name, "h");
	ck_assert_str_eq(profile->password_file, "/anna");
	ck_assert_ptr_null(profile->password);
	ck_assert_str_eq(outcome_profile(&outcome, "other")->host, "o");
	outcome_end(&outcome);
}
END_TEST

START_TEST(a_mistake_is_one_even_where_another_file_wins)
{
	struct outcome outcome = outcome_begin();

	add_string(&outcome, "user", HOST "port = 25\n");
	outcome_add(&outcome, "system", text_of(HOST "port = x\n"));
	ck_assert_int_eq(outcome.read, -1);
	ck_assert_str_eq(outcome.problems.items[0],
	    "system:3: port takes a number from 1 to 65535");
	outcome_end(&outcome);
}
END_TEST

struct secret_case {
	const char *lines;
	bool has_secret;
};

static const struct secret_case secrets[] = {
    {"password = " SECRET, true},
    {"password = '" SECRET "'", true},
    {"password = a${PASSWORD}", true},
    {"password = ${PASSWORD}\n " SECRET, true},
    {"password = " SECRET "\nport = x", true},
    {"token = \"" SECRET "\"", true},
    {"password = ${PASSWORD}", false},
    {"password = \"${PASSWORD}\"", false},
    {"password_file = /secret", false},
    {"password_command = echo secret", false},
    {"password_env = PASSWORD", false},
    {"token_file = /secret", false},
};

START_TEST(a_file_with_a_secret_is_known)
{
	struct buf contents = {0};
	struct outcome outcome = outcome_begin();

	add_string(&outcome, "first", HOST "user = u\npassword_file = /f\n");
	buf_addf(&contents, HOST "%s\n", secrets[_i].lines);
	outcome_add(&outcome, "second", buf_text(&contents));
	ck_assert(!config_has_secret(outcome.config, "first"));
	ck_assert(config_has_secret(outcome.config, "second") ==
	    secrets[_i].has_secret);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

struct choice_case {
	const char *contents;
	const char *name; /* asked for */
	const char *chosen;
	const char *sentence; /* where none is */
};

static const struct choice_case choices[] = {
    {HOST, NULL, "main", NULL},
    {HOST, "main", "main", NULL},
    {"[profile a]\nhost = a\n[profile b]\nhost = b\n", "b", "b", NULL},
    {"[profile a]\nhost = a\n[profile default]\nhost = b\n", NULL, "default",
	NULL},
    {"[sendmail]\ndefault_profile = a\n[profile a]\nhost = a\n"
     "[profile default]\nhost = b\n",
	NULL, "a", NULL},
    {"[profile a]\nhost = a\n[profile b]\nhost = b\n", NULL, NULL,
	"no profile is the default; set default_profile under [sendmail] or "
	"choose one with --profile"},
    {HOST, "mani", NULL, "there is no profile mani; did you mean main?"},
    {HOST, "\x1b[2J", NULL, "there is no profile \\x1B[2J"},
    {HOST, "", NULL, "there is no profile "},
};

START_TEST(the_profile_is_the_one_asked_for_or_the_default)
{
	const struct choice_case *c = &choices[_i];
	struct outcome outcome = outcome_good(c->contents);
	struct error err;
	const struct profile *profile =
	    config_profile(outcome.config, c->name, &err);

	if (c->chosen != NULL) {
		ck_assert_ptr_nonnull(profile);
		ck_assert_str_eq(profile->name, c->chosen);
	} else {
		ck_assert_ptr_null(profile);
		ck_assert_int_eq(err.kind, ERROR_CONFIG);
		ck_assert_str_eq(err.text, c->sentence);
	}
	outcome_end(&outcome);
}
END_TEST

START_TEST(each_value_knows_where_it_came_from)
{
	static const char *const login[] = {"token", "password", "user", NULL};
	static const char *const nothing[] = {"tls_ca", "nonsense", NULL};
	struct outcome outcome = outcome_begin();
	struct buf where = {0};
	const struct profile *profile;

	add_string(&outcome, "/etc/a",
	    "[profile main]\ninherit = b\nhost = h\n");
	add_string(&outcome, "/etc/b", "\n[profile b]\n" LOGIN);
	outcome_check(&outcome);
	profile = outcome_profile(&outcome, NULL);
	config_add_where(outcome.config, profile, login, &where);
	ck_assert_str_eq(buf_string(&where), "/etc/b:4");
	buf_clear(&where);
	config_add_where(outcome.config, profile, nothing, &where);
	ck_assert_str_eq(buf_string(&where), "[profile main]");
	buf_free(&where);
	outcome_end(&outcome);
}
END_TEST

START_TEST(checking_twice_finds_the_same)
{
	struct outcome outcome = outcome_good("[profile main]\nhost = h:465\n");
	const struct profile *profile;

	outcome_check(&outcome);
	ck_assert_int_eq(outcome.check, 0);
	profile = outcome_profile(&outcome, NULL);
	ck_assert_uint_eq(profile->smarthost_count, 1);
	ck_assert_str_eq(profile->smarthosts[0].name, "h");
	ck_assert_uint_eq(profile->smarthosts[0].port, 465);
	outcome_end(&outcome);
}
END_TEST

/* The files beside the code; make(1) runs the tests at the top. */
static struct buf file_beside(const char *path)
{
	struct buf file = {0};
	struct error err;

	if (file_add(&file, path, FILE_MAX, NULL, ERROR_NO_INPUT, &err) < 0)
		ck_abort_msg("%s", err.text);
	return file;
}

/* "[section]" or "key = value" of the example, commented out or not. */
struct example {
	struct text rest;
	struct text section; /* its first word */
	struct text key;
	struct text value;
};

static bool next_example(struct example *example)
{
	struct text line;

	while (text_split(&example->rest, '\n', &line)) {
		size_t equals;

		if (line.length > 1 && line.data[0] == '[')
			example->section =
			    text_part(line, 1, strcspn(line.data, " ]"));
		if (line.length > 0 && line.data[0] == ';')
			line = text_part(line, 1, line.length);
		equals = text_find(line, '=');
		example->key = text_trim(text_part(line, 0, equals));
		example->value =
		    text_trim(text_part(line, equals + 1, line.length));
		if (line.length > 0 && line.data[0] != '#' &&
		    equals < line.length)
			return true;
	}
	return false;
}

START_TEST(the_example_will_do)
{
	struct buf file = file_beside("sendmail.conf.example");
	struct outcome outcome = outcome_good(buf_string(&file));

	ck_assert_str_eq(outcome_profile(&outcome, NULL)->password,
	    "change me");
	ck_assert(config_has_secret(outcome.config, "f"));
	outcome_end(&outcome);
	buf_free(&file);
}
END_TEST

/* What the sections are called in the documents, and for a key in them. */
static const struct section {
	const char *name;
	const char *header;
	const char *manual;
} sections[] = {
    {"sendmail", "sendmail", "\n.Sh THE SENDMAIL SECTION\n"},
    {"profile", "profile main", "\n.Sh PROFILE SECTIONS\n"},
    {"rewrite", "rewrite example", "\n.Sh REWRITE SECTIONS\n"},
    {"route", "route", "\n.Sh THE ROUTE SECTION\n"},
};

static const char *header_of(const struct key *key)
{
	int i = 0;

	while (!key_is_in(key, sections[i].name))
		i++;
	return sections[i].header;
}

/* What the example shows for a key is valid, and the default if it has one. */
static void check_example(const struct key *key, const struct example *example)
{
	struct buf contents = {0};
	struct outcome outcome = outcome_begin();

	if (key->preset != NULL)
		ck_assert_msg(text_is(example->value, key->preset), "%s",
		    key->path);
	buf_addf(&contents, "[%s]\n%s = ", header_of(key), key_name(key));
	buf_add(&contents, example->value);
	outcome_add(&outcome, key->path, buf_text(&contents));
	ck_assert_msg(outcome.read == 0, "%s", outcome.error.text);
	outcome_end(&outcome);
	buf_free(&contents);
}

START_TEST(the_example_shows_each_key_once)
{
	struct buf file = file_beside("sendmail.conf.example");
	struct example example = {.rest = buf_text(&file)};
	bool is_shown[KEY_COUNT] = {0};

	while (next_example(&example)) {
		char *section = text_dup(example.section);
		const struct key *key = key_find(section, example.key);

		free(section);
		ck_assert_msg(key != NULL, "%.*s", (int)example.key.length,
		    example.key.data);
		ck_assert_msg(!is_shown[key - key_table], "%s", key->path);
		is_shown[key - key_table] = true;
		check_example(key, &example);
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		ck_assert_msg(is_shown[i], "%s", key_table[i].path);
	buf_free(&file);
}
END_TEST

/* The manual from a line that begins with this, up to one that ends it. */
static struct text manual_part(const struct buf *manual, const char *from,
    const char *to)
{
	const char *start = strstr(buf_string(manual), from);
	const char *stop;

	ck_assert_msg(start != NULL, "%s", from);
	stop = strstr(start + 1, to);
	ck_assert_msg(stop != NULL, "%s after %s", to, from);
	return (struct text){start, (size_t)(stop - start)};
}

/* "name = values": the part of the manual about one key. */
static void check_manual(const struct key *key, struct text item)
{
	char *string = text_dup(item);
	const char *default_text = strstr(string, "The default is\n.Cm ");
	struct buf expected = {0};

	buf_addf(&expected, "The default is\n.Cm %s .", key->preset);
	if (key->preset == NULL)
		ck_assert_msg(default_text == NULL, "%s", key->path);
	else
		ck_assert_msg(strstr(string, buf_string(&expected)) != NULL,
		    "%s", key->path);
	buf_free(&expected);
	free(string);
}

START_TEST(the_manual_has_each_key_with_its_default)
{
	static const char mark[] = "\n.It Cm ";
	struct buf manual = file_beside("man/sendmail.conf.5");
	struct text part = manual_part(&manual, sections[_i].manual, "\n.Sh ");
	char *string = text_dup(part);
	const char *item = strstr(string, mark);
	const char *section = sections[_i].name;
	size_t count = 0;

	for (; item != NULL; count++) {
		const char *next = strstr(item + 1, mark);
		struct text name = {item + strlen(mark), 0};
		const struct key *key;

		name.length = strcspn(name.data, " ");
		key = key_find(section, name);
		ck_assert_msg(key != NULL, "%.*s", (int)name.length, name.data);
		check_manual(key,
		    (struct text){item,
			next != NULL ? (size_t)(next - item) : strlen(item)});
		item = next;
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (key_is_in(&key_table[i], section))
			count--;
	ck_assert_uint_eq(count, 0);
	free(string);
	buf_free(&manual);
}
END_TEST

START_TEST(the_keys_can_be_listed)
{
	size_t n = 0;

	ck_assert_str_eq(config_key(0), "sendmail.default_profile");
	while (config_key(n) != NULL)
		n++;
	ck_assert_uint_eq(n, KEY_COUNT);
	ck_assert_ptr_null(config_key(n + 1));
}
END_TEST

/* Nothing about the secret in any sentence, whatever the file looks like. */
static void check_silence(struct text contents)
{
	struct outcome outcome = outcome_of(contents);

	for (size_t i = 0; i < outcome.problems.count; i++)
		if (strstr(outcome.problems.items[i], SECRET) != NULL)
			ck_abort_msg("%s", outcome.problems.items[i]);
	outcome_end(&outcome);
}

/* Every key there is, with the secret as its value. */
static struct buf every_key(const char *section, const char *before,
    const char *after)
{
	struct buf file = {0};

	buf_addf(&file, "[%s]\n",
	    section[0] == 'p' ? "profile main" : "sendmail");
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (key_is_in(&key_table[i], section))
			buf_addf(&file, "%s = %s" SECRET "%s\n",
			    key_name(&key_table[i]), before, after);
	return file;
}

struct wrap {
	const char *section;
	const char *before;
	const char *after;
};

static const struct wrap wraps[] = {
    {"sendmail", "", ""},
    {"profile", "", ""},
    {"profile", "\"", "\""},
    {"profile", "'", "'"},
    {"profile", "a\n ", ""},
};

START_TEST(a_file_cut_anywhere_gives_nothing_away)
{
	struct buf file =
	    every_key(wraps[_i].section, wraps[_i].before, wraps[_i].after);

	for (size_t n = 0; n < file.length; n++)
		check_silence(text_part(buf_text(&file), 0, n));
	buf_free(&file);
}
END_TEST

START_TEST(a_changed_byte_gives_nothing_away)
{
	struct buf file =
	    every_key(wraps[_i].section, wraps[_i].before, wraps[_i].after);

	for (size_t n = 0; n < file.length; n++)
		for (int bit = 0; bit < 8; bit++) {
			file.data[n] = (char)(file.data[n] ^ 1 << bit);
			check_silence(buf_text(&file));
			file.data[n] = (char)(file.data[n] ^ 1 << bit);
		}
	buf_free(&file);
}
END_TEST

START_TEST(the_example_may_be_cut_or_changed_anywhere)
{
	struct buf file = file_beside("sendmail.conf.example");

	for (size_t n = 0; n < file.length; n++) {
		check_silence(text_part(buf_text(&file), 0, n));
		file.data[n] = (char)~file.data[n];
		check_silence(buf_text(&file));
		file.data[n] = (char)~file.data[n];
	}
	buf_free(&file);
}
END_TEST

static void add_reading(TCase *tests)
{
	tcase_add_test(tests, four_lines_will_do);
	tcase_add_loop_test(tests, a_value_is_what_it_looks_like, 0,
	    COUNT(values));
	tcase_add_test(tests, a_colon_is_as_good_as_an_equals_sign);
	tcase_add_test(tests, crlf_and_a_byte_order_mark_do_no_harm);
	tcase_add_test(tests, a_line_may_be_64_kib_long);
	tcase_add_loop_test(tests,
	    each_problem_is_a_sentence_with_file_and_line, 0,
	    COUNT(problem_cases));
	tcase_add_test(tests, a_nul_byte_is_a_problem);
	tcase_add_test(tests, a_longer_line_is_a_problem);
	tcase_add_test(tests, many_lines_make_no_longer_value);
	tcase_add_test(tests, no_more_than_a_hundred_problems_are_told);
	tcase_add_test(tests, the_hundred_are_those_of_reading_and_checking);
	tcase_add_test(tests, there_is_a_limit_to_profiles);
	tcase_add_loop_test(tests,
	    a_host_has_a_name_a_port_and_a_way_to_encrypt, 0, COUNT(hosts));
	tcase_add_loop_test(tests,
	    each_host_of_a_list_has_its_own_port_and_way_to_encrypt, 0,
	    COUNT(lists));
	tcase_add_loop_test(tests, a_size_is_a_number_of_bytes, 0,
	    COUNT(sizes));
	tcase_add_loop_test(tests, a_time_is_kept_in_milliseconds, 0,
	    COUNT(times));
	tcase_add_test(tests, every_other_type_is_read_as_well);
	tcase_add_test(tests, the_keys_of_tls_are_read);
	tcase_add_test(tests, who_does_not_log_in_needs_no_secret);
	tcase_add_loop_test(tests, a_sender_is_any_one_address, 0,
	    COUNT(senders));
}

static void add_choosing(TCase *tests)
{
	tcase_add_test(tests, a_profile_inherits_what_it_does_not_set);
	tcase_add_test(tests, a_profile_to_inherit_from_need_not_be_complete);
	tcase_add_test(tests, the_file_read_first_wins);
	tcase_add_test(tests, a_mistake_is_one_even_where_another_file_wins);
	tcase_add_loop_test(tests, a_file_with_a_secret_is_known, 0,
	    COUNT(secrets));
	tcase_add_loop_test(tests,
	    the_profile_is_the_one_asked_for_or_the_default, 0, COUNT(choices));
	tcase_add_test(tests, each_value_knows_where_it_came_from);
	tcase_add_test(tests, checking_twice_finds_the_same);
}

static void add_documents(TCase *tests)
{
	tcase_add_test(tests, the_keys_can_be_listed);
	tcase_add_test(tests, the_example_will_do);
	tcase_add_test(tests, the_example_shows_each_key_once);
	tcase_add_loop_test(tests, the_manual_has_each_key_with_its_default, 0,
	    COUNT(sections));
}

static void add_damage(TCase *tests)
{
	enum { PATIENCE = 120 }; /* seconds, under a sanitizer */

	tcase_set_timeout(tests, PATIENCE);
	tcase_add_loop_test(tests, a_file_cut_anywhere_gives_nothing_away, 0,
	    COUNT(wraps));
	tcase_add_loop_test(tests, a_changed_byte_gives_nothing_away, 0,
	    COUNT(wraps));
	tcase_add_test(tests, the_example_may_be_cut_or_changed_anywhere);
}

Suite *suite_config(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *);
	} groups[] = {{"reading", add_reading}, {"choosing", add_choosing},
	    {"documents", add_documents}, {"damage", add_damage}};
	Suite *suite = suite_create("config");

	for (int i = 0; i < COUNT(groups); i++) {
		TCase *tests = tcase_create(groups[i].name);

		suite_add_tcase(suite, tests);
		groups[i].add(tests);
	}
	return suite;
}
