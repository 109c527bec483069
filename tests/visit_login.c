#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base64.h"
#include "serve.h"

static const char challenge[] = "<20261122.1@mail.example.net>";

struct login {
	const struct serve *serve;
	struct wire *wire;
	struct buf response; /* decoded */
};

static void say(struct wire *wire, const char *line)
{
	wire_say(wire, text_of(line));
	wire_say(wire, text_of("\r\n"));
}

static bool take_response(struct login *login, struct text line)
{
	buf_clear(&login->response);
	return base64_decode(&login->response, text_trim(line)) == 0;
}

/* Send a 334 with this text, in base64, and decode the answer. */
static bool ask(struct login *login, const char *text)
{
	struct buf line = {0};
	struct text answer;
	bool is_heard;

	buf_add_string(&line, "334 ");
	base64_encode(&line, text_of(text));
	say(login->wire, buf_string(&line));
	buf_free(&line);
	is_heard = wire_flush(login->wire) && wire_line(login->wire, &answer);
	return is_heard && take_response(login, answer);
}

/* The initial response (RFC 4954: "=" is an empty one), or ask for it. */
static bool take_initial(struct login *login, struct text initial)
{
	if (initial.length == 0)
		return ask(login, "");
	if (text_is(initial, "="))
		return take_response(login, text_of(""));
	return take_response(login, initial);
}

static bool check(const struct login *login, const struct buf *expected)
{
	return expected->length == login->response.length &&
	    memcmp(buf_string(expected), buf_string(&login->response),
		expected->length) == 0;
}

static bool check_plain(struct login *login, struct text initial)
{
	struct buf expected = {0};
	bool is_right;

	buf_add_byte(&expected, '\0');
	buf_add_string(&expected, login->serve->user);
	buf_add_byte(&expected, '\0');
	buf_add_string(&expected, login->serve->password);
	is_right = take_initial(login, initial) && check(login, &expected);
	buf_free(&expected);
	return is_right;
}

static bool check_login(struct login *login, struct text initial)
{
	bool is_right;

	if (initial.length > 0)
		is_right = take_response(login, initial);
	else
		is_right = ask(login, "Username:");
	is_right =
	    is_right && text_is(buf_text(&login->response), login->serve->user);
	/* Who the user is must not show before the password is there. */
	return ask(login, "Password:") && is_right &&
	    text_is(buf_text(&login->response), login->serve->password);
}

static bool check_cram_md5(struct login *login, struct text initial)
{
	const char *password = login->serve->password;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	struct buf expected = {0};
	bool is_right;

	if (initial.length > 0 || !ask(login, challenge))
		return false;
	(void)HMAC(EVP_md5(), password, (int)strlen(password),
	    (const unsigned char *)challenge, sizeof challenge - 1, digest,
	    &size);
	buf_addf(&expected, "%s ", login->serve->user);
	for (unsigned i = 0; i < size; i++)
		buf_addf(&expected, "%02x", digest[i]);
	is_right = check(login, &expected);
	buf_free(&expected);
	return is_right;
}

/* A refusal comes as a challenge, which wants an empty answer. */
static bool check_xoauth2(struct login *login, struct text initial)
{
	struct buf expected = {0};
	bool is_right;

	buf_addf(&expected, "user=%s\1auth=Bearer %s\1\1", login->serve->user,
	    login->serve->token != NULL ? login->serve->token : "");
	is_right = take_initial(login, initial) && check(login, &expected);
	buf_free(&expected);
	if (!is_right)
		(void)ask(login, "{\"status\":\"401\",\"schemes\":\"Bearer\"}");
	return is_right;
}

static const struct {
	const char *name;
	bool (*check)(struct login *, struct text initial);
} mechanisms[] = {
    {"PLAIN", check_plain},
    {"LOGIN", check_login},
    {"CRAM-MD5", check_cram_md5},
    {"XOAUTH2", check_xoauth2},
};

static bool is_offered(const struct serve *serve, struct text name)
{
	struct text rest = text_of(serve->mechanisms);
	struct text word;

	while (text_word(&rest, &word))
		if (text_equal_nocase(word, name))
			return true;
	return false;
}

bool visit_login(const struct serve *serve, struct wire *wire,
    struct text command)
{
	struct login login = {.serve = serve, .wire = wire};
	struct buf copy = {0}; /* the line is gone when more is read */
	struct text rest;
	struct text name;
	bool is_right = false;

	buf_add(&copy, command);
	rest = buf_text(&copy);
	(void)text_word(&rest, &name); /* AUTH itself */
	if (!text_word(&rest, &name) || !is_offered(serve, name)) {
		say(wire, "504 5.5.4 No such mechanism");
		buf_free(&copy);
		return false;
	}
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
		if (text_is_nocase(name, mechanisms[i].name))
			is_right = mechanisms[i].check(&login, text_trim(rest));
	say(wire,
	    is_right ? "235 2.7.0 Welcome" : "535 5.7.8 Wrong user or secret");
	buf_free(&login.response);
	buf_free(&copy);
	return is_right;
}
