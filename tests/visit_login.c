#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base64.h"
#include "serve.h"

static const char challenge[] = "<20261122.1@mail.example.net>";

/* Ours, not those of the program: one mistake may not hide another. */
static const char server_nonce[] = "%hvYDpWUa2RaTCAfuxFIlj)hNlF";
static const char salt[] = "sixteen bytes or";

enum { ITERATIONS = 4096, DIGEST_SIZE = 32, EXPORTED = 32 };

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

static bool is_offered(const struct serve *serve, struct text name)
{
	struct text rest = text_of(serve->mechanisms);
	struct text word;

	while (text_word(&rest, &word))
		if (text_equal_nocase(word, name))
			return true;
	return false;
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

static bool take_token(struct login *login, struct text initial,
    const struct buf *expected)
{
	bool is_right = take_initial(login, initial) && check(login, expected);

	/* A refusal comes as a challenge, which wants an answer. */
	if (!is_right)
		(void)ask(login, "{\"status\":\"401\",\"schemes\":\"Bearer\"}");
	return is_right;
}

static const char *token_of(const struct login *login)
{
	return login->serve->token != NULL ? login->serve->token : "";
}

static bool check_xoauth2(struct login *login, struct text initial)
{
	struct buf expected = {0};
	bool is_right;

	buf_addf(&expected, "user=%s\1auth=Bearer %s\1\1", login->serve->user,
	    token_of(login));
	is_right = take_token(login, initial, &expected);
	buf_free(&expected);
	return is_right;
}

/* Host and port are what the client thinks they are: looked at, not checked. */
static bool check_oauthbearer(struct login *login, struct text initial)
{
	struct buf expected = {0};
	struct text rest;
	struct text part = {"", 0};
	bool is_right;

	buf_addf(&expected, "auth=Bearer %s", token_of(login));
	is_right = take_initial(login, initial);
	rest = buf_text(&login->response);
	while (is_right && !text_begins(part, "auth="))
		is_right = text_split(&rest, '\1', &part);
	is_right = is_right && text_is(part, buf_string(&expected));
	if (!is_right)
		(void)ask(login, "{\"status\":\"invalid_token\"}");
	buf_free(&expected);
	return is_right;
}

static bool check_external(struct login *login, struct text initial)
{
	return take_initial(login, initial) && login->wire->ssl != NULL &&
	    SSL_get0_peer_certificate(login->wire->ssl) != NULL &&
	    SSL_get_verify_result(login->wire->ssl) == X509_V_OK;
}

/* SCRAM-SHA-256 (RFC 7677), from the server's side. */

static void add_exported(const struct login *login, struct buf *buf)
{
	static const char label[] = "EXPORTER-Channel-Binding"; /* RFC 9266 */
	unsigned char bytes[EXPORTED] = {0};

	(void)SSL_export_keying_material(login->wire->ssl, bytes, sizeof bytes,
	    label, sizeof label - 1, NULL, 0, 0); /* or nothing matches */
	buf_add(buf, (struct text){(const char *)bytes, sizeof bytes});
}

static void sign(const unsigned char *key, struct text text, unsigned char *out)
{
	unsigned length = 0;

	(void)HMAC(EVP_sha256(), key, DIGEST_SIZE,
	    (const unsigned char *)text.data, text.length, out, &length);
}

/* The proof that must come, and the signature that must be shown for it. */
static void make_proof(const struct login *login, struct text messages,
    struct buf *proof, struct buf *signature)
{
	const char *password = login->serve->password;
	unsigned char salted[DIGEST_SIZE];
	unsigned char key[DIGEST_SIZE];
	unsigned char stored[DIGEST_SIZE];
	unsigned char bytes[DIGEST_SIZE];

	(void)PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
	    (const unsigned char *)salt, sizeof salt - 1, ITERATIONS,
	    EVP_sha256(), sizeof salted, salted);
	sign(salted, text_of("Client Key"), key);
	(void)EVP_Digest(key, sizeof key, stored, NULL, EVP_sha256(), NULL);
	sign(stored, messages, bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] ^= key[i];
	base64_encode(proof, (struct text){(char *)bytes, sizeof bytes});
	sign(salted, text_of("Server Key"), key);
	sign(key, messages, bytes);
	buf_add_string(signature, "v=");
	base64_encode(signature, (struct text){(char *)bytes, sizeof bytes});
}

struct scram {
	struct buf header; /* "p=tls-exporter,,", and behind it the binding */
	struct buf nonce;  /* both parts */
	struct buf messages;
};

/* "n=USER,r=NONCE" behind one of the headers that are right here. */
static bool read_first(struct login *login, const char *header,
    struct scram *scram)
{
	struct text first = buf_text(&login->response);
	struct buf bare = {0};

	if (!text_begins(first, header))
		return false;
	first = text_part(first, strlen(header), first.length);
	buf_addf(&bare, "n=%s,r=", login->serve->user);
	if (!text_begins(first, buf_string(&bare))) {
		buf_free(&bare);
		return false;
	}
	buf_add(&scram->nonce, text_part(first, bare.length, first.length));
	buf_add_string(&scram->nonce, server_nonce);
	buf_add(&scram->messages, first);
	buf_free(&bare);
	return true;
}

static bool ask_proof(struct login *login, struct scram *scram)
{
	struct buf first = {0};
	bool is_heard;

	buf_addf(&first, "r=%s,s=", buf_string(&scram->nonce));
	base64_encode(&first, text_of(salt));
	buf_addf(&first, ",i=%d", ITERATIONS);
	buf_addf(&scram->messages, ",%s,", buf_string(&first));
	is_heard = ask(login, buf_string(&first));
	buf_free(&first);
	return is_heard;
}

/* "c=BINDING,r=NONCE,p=PROOF"; then it is our turn to prove. */
static bool check_proof(struct login *login, struct scram *scram)
{
	struct buf expected = {0};
	struct buf signature = {0};
	bool is_right;

	buf_add_string(&expected, "c=");
	base64_encode(&expected, buf_text(&scram->header));
	buf_addf(&expected, ",r=%s", buf_string(&scram->nonce));
	buf_add(&scram->messages, buf_text(&expected));
	buf_add_string(&expected, ",p=");
	make_proof(login, buf_text(&scram->messages), &expected, &signature);
	is_right = check(login, &expected) &&
	    ask(login, buf_string(&signature)) && login->response.length == 0;
	buf_free(&expected);
	buf_free(&signature);
	return is_right;
}

static bool run_scram(struct login *login, struct text initial,
    const char *header, struct scram *scram)
{
	bool is_right = take_initial(login, initial) &&
	    read_first(login, header, scram) && ask_proof(login, scram) &&
	    check_proof(login, scram);

	buf_free(&scram->header);
	buf_free(&scram->nonce);
	buf_free(&scram->messages);
	return is_right;
}

/* A client that could bind says so; where we can, that is a downgrade. */
static bool check_scram(struct login *login, struct text initial)
{
	const char *header = login->wire->ssl != NULL ? "y,," : "n,,";
	struct scram scram = {0};

	if (is_offered(login->serve, text_of("SCRAM-SHA-256-PLUS")))
		header = "n,,";
	buf_add_string(&scram.header, header);
	return run_scram(login, initial, header, &scram);
}

static bool check_scram_plus(struct login *login, struct text initial)
{
	static const char header[] = "p=tls-exporter,,";
	struct scram scram = {0};

	if (login->wire->ssl == NULL)
		return false;
	buf_add_string(&scram.header, header);
	add_exported(login, &scram.header);
	return run_scram(login, initial, header, &scram);
}

static const struct {
	const char *name;
	bool (*check)(struct login *, struct text initial);
} mechanisms[] = {
    {"PLAIN", check_plain},
    {"LOGIN", check_login},
    {"CRAM-MD5", check_cram_md5},
    {"XOAUTH2", check_xoauth2},
    {"OAUTHBEARER", check_oauthbearer},
    {"EXTERNAL", check_external},
    {"SCRAM-SHA-256", check_scram},
    {"SCRAM-SHA-256-PLUS", check_scram_plus},
};

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
