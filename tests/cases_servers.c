#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenario.h"

/* What servers are like, and what they do to us. */

#define SECRET    "s3cret-Wort"
#define LOGIN     "user = anna\npassword = " SECRET
#define LOGIN_TLS "tls = starttls\n" LOGIN
#define SERVER    "--user anna --password " SECRET
#define TO_BEN    "-f anna@example.org ben@example.net"
#define MESSAGE   "Subject: hello\n\nHello, Ben.\n"

static void write_token(struct trial *trial)
{
	trial_write(trial, "token", text_of("t0ken-of-anna\n"));
}

/* The first is out of date when it is read. */
static void write_two_tokens(struct trial *trial)
{
	trial_write(trial, "token", text_of("0ld-token-of-anna\n"));
	trial_write(trial, "fresh", text_of("t0ken-of-anna\n"));
}

static void write_password(struct trial *trial)
{
	trial_write(trial, "token", text_of(SECRET "\n"));
}

/* Which certificates are good for localhost, for 127.0.0.1, for nobody. */
static const struct {
	const char *kind;
	bool is_good_name;
	bool is_good_address;
} certificates[] = {
    {"valid", true, true},
    {"intermediate", true, true},
    {"name-only", true, false},
    {"address-only", false, true},
    {"expired", false, false},
    {"not-yet-valid", false, false},
    {"wrong-name", false, false},
    {"cn-only", false, false},
    {"partial-wildcard", false, false},
    {"bare-wildcard", false, false},
    {"self-signed", false, false},
    {"unknown-ca", false, false},
    {"missing-intermediate", false, false},
    {"limited-ca", false, false},
    {"leaf-as-ca", false, false},
    {"wrong-usage", false, false},
    {"weak-key", false, false},
    {"weak-digest", false, false},
};

static const char *const tls_modes[] = {"starttls", "implicit"};

static void add_certificate(struct scenarios *scenarios, const char *kind,
    const char *mode, const char *host, bool is_good)
{
	struct scenario row = {.options = TO_BEN,
	    .input = MESSAGE,
	    .exit_code = is_good ? 0 : 69,
	    .messages = is_good ? 1 : 0,
	    .says = is_good ? NULL : "certificate",
	    .hides = SECRET};

	row.name = scenarios_text(scenarios, "certificate %s, %s, %s", kind,
	    mode, host);
	row.server = scenarios_text(scenarios,
	    SERVER " --certificate %s --tls %s", kind, mode);
	row.settings = scenarios_text(scenarios, LOGIN "\nhost = %s\ntls = %s",
	    host, mode);
	scenarios_add(scenarios, &row);
}

static void add_certificates(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++)
		for (size_t mode = 0; mode < 2; mode++) {
			add_certificate(scenarios, certificates[i].kind,
			    tls_modes[mode], "localhost",
			    certificates[i].is_good_name);
			add_certificate(scenarios, certificates[i].kind,
			    tls_modes[mode], "127.0.0.1",
			    certificates[i].is_good_address);
		}
}

static const char *const failures[] = {"hang", "close", "busy"};
static const char *const stages[] = {"connect", "greeting", "ehlo", "starttls",
    "handshake", "auth", "mail", "rcpt", "data", "dot"};

/* Some do not exist: nobody can say 421 before there is a connection. */
static bool is_possible(const char *failure, const char *stage,
    const char *mode)
{
	if (strcmp(stage, "connect") == 0)
		return strcmp(failure, "busy") != 0;
	return strcmp(stage, "starttls") != 0 || strcmp(mode, "starttls") == 0;
}

static void add_failure(struct scenarios *scenarios, const char *failure,
    const char *stage, const char *mode)
{
	bool is_hanging = strcmp(failure, "hang") == 0;
	bool is_connect = strcmp(stage, "connect") == 0;
	struct scenario row = {.options = TO_BEN,
	    .input = MESSAGE,
	    .exit_code = 75,
	    .hides = SECRET,
	    .milliseconds = 4000};

	/* In the middle of a handshake 421 is no SMTP, and no TLS either. */
	if (strcmp(stage, "handshake") == 0)
		row.other_exit = 76;
	if (strcmp(stage, "dot") == 0 && strcmp(failure, "busy") != 0)
		row.says = "twice";
	row.name = scenarios_text(scenarios, "server %s at %s, %s", failure,
	    stage, mode);
	row.server = scenarios_text(scenarios, SERVER " --tls %s --%s %s", mode,
	    failure, stage);
	row.settings = scenarios_text(scenarios,
	    LOGIN "\ntls = %s\ntimeout = %s\nconnect_timeout = %s", mode,
	    is_hanging ? "1s" : "5s", is_hanging && is_connect ? "1s" : "5s");
	scenarios_add(scenarios, &row);
}

static void add_failures(struct scenarios *scenarios)
{
	for (size_t mode = 0; mode < 2; mode++)
		for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
			for (size_t f = 0; f < 3; f++)
				if (is_possible(failures[f], stages[i],
					tls_modes[mode]))
					add_failure(scenarios, failures[f],
					    stages[i], tls_modes[mode]);
}

static const struct scenario ipv6 = {.name = "a server at an IPv6 address",
    .server = SERVER " --ipv6",
    .settings = LOGIN_TLS "\nhost = ::1",
    .options = TO_BEN,
    .input = MESSAGE,
    .messages = 1};

static void add_ipv6(struct scenarios *scenarios)
{
	const struct sockaddr_in6 address = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Not every machine has it. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		scenarios_add(scenarios, &ipv6);
	if (fd >= 0)
		(void)close(fd); /* only a question */
}

static const struct scenario rows[] = {
    {.name = "no TLS, no login",
	.server = "--tls none",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.round_trips = 5,
	.arrives = "^MAIL FROM:<anna@example.org>"},
    {.name = "STARTTLS and login",
	.server = SERVER,
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.round_trips = 9,
	.arrives = "^AUTH PLAIN anna$",
	.hides = SECRET},
    {.name = "implicit TLS and login",
	.server = SERVER " --tls implicit",
	.settings = "tls = implicit\n" LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.round_trips = 7,
	.arrives = "^TLS TLSv1.3$",
	.hides = SECRET},
    {.name = "-v shows the session without the password",
	.server = SERVER,
	.settings = LOGIN_TLS,
	.options = "-v " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.may_speak = true,
	.says = "> AUTH PLAIN \\[hidden\\]",
	.hides = SECRET},
    {.name = "authorities in a hashed directory",
	.server = SERVER,
	.settings = LOGIN_TLS "\ntls_ca = {certs}/ca",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "authorities in a bundle",
	.server = SERVER " --certificate intermediate",
	.settings = LOGIN_TLS "\ntls_ca = {certs}/bundle.pem",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "an unknown authority in a bundle",
	.server = SERVER " --certificate unknown-ca",
	.settings = LOGIN_TLS "\ntls_ca = {certs}/bundle.pem",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.says = "issued by CN = Stranger, see tls_ca$",
	.hides = SECRET},
    {.name = "a certificate for another host says for which",
	.server = SERVER " --certificate wrong-name",
	.settings = "host = localhost\n" LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.says =
	    "it is for mail.example.net, 192.0.2.1; host must be one of its names$",
	.hides = SECRET},
    {.name = "an expired certificate says since when",
	.server = SERVER " --certificate expired",
	.settings = "host = localhost\n" LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.says = "has expired on 20[0-9-]*$",
	.hides = SECRET},
    {.name = "the system's authorities do not know the test's",
	.server = SERVER,
	.config =
	    "[sendmail]\nhostname = client.example.org\n"
	    "queue = never\nlog = {dir}/log\ntranscript = {dir}/transcript\n"
	    "[profile test]\nhost = 127.0.0.1\nport = {port}\n"
	    "tls = starttls\n" LOGIN "\n",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.hides = SECRET},
    {.name = "no authorities in the file",
	.server = SERVER,
	.settings = LOGIN_TLS "\ntls_ca = {dir}/conf",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.other_exit = 78,
	.hides = SECRET},
    {.name = "verification that is switched off",
	.server = SERVER " --certificate self-signed",
	.settings = LOGIN_TLS "\ntls_verify = no",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "TLS 1.1 only",
	.server = SERVER " --tls11",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.other_exit = 76,
	.hides = SECRET},
    {.name = "STARTTLS is not offered",
	.server = SERVER " --tls none",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.says = "STARTTLS",
	.hides = SECRET},
    {.name = "EHLO is refused but TLS is needed",
	.server = SERVER " --hide EHLO",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.hides = SECRET},
    {.name = "EHLO is refused and nothing is needed",
	.server = "--tls none --hide EHLO",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "implicit TLS to a server that speaks first",
	.server = SERVER,
	.settings = "tls = implicit\n" LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.other_exit = 76,
	.hides = SECRET},
    {.name = "a password in the clear",
	.server = SERVER " --tls none",
	.settings = LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.other_exit = 78,
	.says = "auth_plaintext",
	.hides = SECRET},
    {.name = "a password in the clear because it is wanted",
	.server = SERVER " --tls none",
	.settings = LOGIN "\nauth_plaintext = yes",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "login by LOGIN",
	.server = SERVER " --mechanisms LOGIN",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH LOGIN anna$",
	.hides = SECRET},
    {.name = "login by CRAM-MD5",
	.server = SERVER,
	.settings = LOGIN_TLS "\nauth = CRAM-MD5",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH CRAM-MD5 anna$",
	.hides = SECRET},
    {.name = "login by SCRAM-SHA-256-PLUS",
	.server = SERVER
	" --mechanisms PLAIN\\x20SCRAM-SHA-256\\x20SCRAM-SHA-256-PLUS",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH SCRAM-SHA-256-PLUS anna$",
	.hides = SECRET},
    {.name = "login by SCRAM-SHA-256",
	.server = SERVER " --mechanisms PLAIN\\x20SCRAM-SHA-256",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH SCRAM-SHA-256 anna$",
	.hides = SECRET},
    {.name = "login by SCRAM-SHA-256 in the clear, when allowed",
	.server = SERVER " --tls none --mechanisms SCRAM-SHA-256",
	.settings = "tls = none\nauth_plaintext = yes\n" LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH SCRAM-SHA-256 anna$",
	.hides = SECRET},
    {.name = "no SCRAM in the clear, when not allowed",
	.server = SERVER " --tls none --mechanisms SCRAM-SHA-256",
	.settings = "tls = none\n" LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.says = "not encrypted",
	.hides = SECRET},
    {.name = "SCRAM named where -PLUS is offered",
	.server = SERVER " --mechanisms SCRAM-SHA-256\\x20SCRAM-SHA-256-PLUS",
	.settings = LOGIN_TLS "\nauth = SCRAM-SHA-256",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH SCRAM-SHA-256 anna$",
	.hides = SECRET},
    {.name = "a wrong password by SCRAM",
	.server = "--user anna --password another"
		  " --mechanisms SCRAM-SHA-256-PLUS",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.hides = SECRET},
    {.name = "login by OAUTHBEARER",
	.server = SERVER
	" --token t0ken-of-anna --mechanisms XOAUTH2\\x20OAUTHBEARER",
	.settings = "tls = starttls\nuser = anna\ntoken = t0ken-of-anna",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH OAUTHBEARER anna$",
	.hides = "t0ken-of-anna"},
    {.name = "a wrong token by OAUTHBEARER",
	.server = SERVER " --token another --mechanisms OAUTHBEARER",
	.settings = "tls = starttls\nuser = anna\ntoken = t0ken-of-anna",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.says = "it says: status invalid_token",
	.hides = "t0ken-of-anna"},
    {.name = "a token that has expired is fetched once more",
	.server = SERVER " --token t0ken-of-anna",
	.settings = "tls = starttls\nuser = anna\ntoken_command = sh -c "
		    "'cat {dir}/token && cp {dir}/fresh {dir}/token'",
	.prepare = write_two_tokens,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH XOAUTH2 anna$",
	.hides = "t0ken-of-anna"},
    {.name = "login by XOAUTH2",
	.server = SERVER " --token t0ken-of-anna",
	.settings = "tls = starttls\nuser = anna\ntoken = t0ken-of-anna",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^AUTH XOAUTH2 anna$",
	.hides = "t0ken-of-anna"},
    {.name = "a token from a file",
	.server = SERVER " --token t0ken-of-anna",
	.settings = "tls = starttls\nuser = anna\ntoken_file = {dir}/token",
	.prepare = write_token,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = "t0ken-of-anna"},
    {.name = "a token from a command",
	.server = SERVER " --token t0ken-of-anna",
	.settings =
	    "tls = starttls\nuser = anna\ntoken_command = cat {dir}/token",
	.prepare = write_token,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = "t0ken-of-anna"},
    {.name = "a token of 10 KB",
	.server = SERVER " --token {long}",
	.settings = "tls = starttls\nuser = anna\ntoken = {long}",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "a password from a file",
	.server = SERVER,
	.settings = "tls = starttls\nuser = anna\npassword_file = {dir}/token",
	.prepare = write_password,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "a password from a command",
	.server = SERVER,
	.settings =
	    "tls = starttls\nuser = anna\npassword_command = cat {dir}/token",
	.prepare = write_password,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "a password from a file that is not there",
	.server = SERVER,
	.settings = "tls = starttls\nuser = anna\npassword_file = {dir}/token",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78,
	.says = "/token"},
    {.name = "a password from a command that fails",
	.server = SERVER,
	.settings = "tls = starttls\nuser = anna\npassword_command = false",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78},
    {.name = "a wrong password",
	.server = "--user anna --password another",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.says = "anna.*535",
	.hides = SECRET},
    {.name = "a wrong password by LOGIN",
	.server = "--user anna --password another --mechanisms LOGIN",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.hides = SECRET},
    {.name = "a wrong password by CRAM-MD5",
	.server = "--user anna --password another",
	.settings = LOGIN_TLS "\nauth = CRAM-MD5",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.hides = SECRET},
    {.name = "a wrong token",
	.server = SERVER " --token another",
	.settings = "tls = starttls\nuser = anna\ntoken = t0ken-of-anna",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.hides = "t0ken-of-anna"},
    {.name = "no mechanism in common",
	.server = SERVER " --mechanisms XOAUTH2",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.other_exit = 69,
	.hides = SECRET},
    {.name = "auto does not take DIGEST-MD5",
	.server = SERVER " --mechanisms DIGEST-MD5",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.hides = SECRET},
    {.name = "auto does not take CRAM-MD5",
	.server = SERVER " --mechanisms CRAM-MD5",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.other_exit = 69,
	.hides = SECRET},
    {.name = "no login offered",
	.server = "",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.other_exit = 69,
	.hides = SECRET},
    {.name = "the server wants a login that we do not have",
	.server = SERVER,
	.settings = "tls = starttls\nauth = off",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.other_exit = 77,
	.says = "530"},
    {.name = "replies one byte at a time",
	.server = SERVER " --trickle",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "no pipelining",
	.server = SERVER " --hide PIPELINING",
	.settings = LOGIN_TLS,
	.options = TO_BEN " carl@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<carl@example.net>"},
    {.name = "no extensions at all",
	.server = "--tls none --hide PIPELINING --hide 8BITMIME --hide SIZE "
		  "--hide DSN --hide SMTPUTF8 --hide ENHANCEDSTATUSCODES",
	.options = "-N success -R hdrs -V id1 " TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "delivery reports are asked for",
	.server = "--tls none",
	.options = "-N success,failure -R hdrs -V id1 " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<ben@example.net> .*NOTIFY=SUCCESS,FAILURE"},
    {.name = "the envelope id reaches the server",
	.server = "--tls none",
	.options = "-R hdrs -V id1 " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^MAIL FROM:<anna@example.org> .*RET=HDRS ENVID=id1"},
    {.name = "an 8-bit body",
	.server = "--tls none",
	.options = "-i -B8BITMIME " TO_BEN,
	.input = "Subject: hello\n\nGr\303\274\303\237e\n",
	.messages = 1,
	.arrives = "^MAIL FROM:<anna@example.org> .*BODY=8BITMIME"},
    {.name = "TLS required all the way",
	.server = SERVER,
	.settings = LOGIN_TLS,
	.options = "-O RequireTLS=yes " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^MAIL FROM:<anna@example.org> .*REQUIRETLS"},
    {.name = "TLS required all the way and not offered",
	.server = SERVER " --hide REQUIRETLS",
	.settings = LOGIN_TLS,
	.options = "-O RequireTLS=yes " TO_BEN,
	.input = MESSAGE,
	.exit_code = 69},
    {.name = "an international address",
	.server = "--tls none",
	.options = "-f anna@example.org j\303\274rgen@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^MAIL FROM:<anna@example.org> .*SMTPUTF8"},
    {.name = "an international address and no SMTPUTF8",
	.server = "--tls none --hide SMTPUTF8",
	.options = "-f anna@example.org j\303\274rgen@example.net",
	.input = MESSAGE,
	.exit_code = 69,
	.other_exit = 65},
    {.name = "a message larger than the server takes",
	.server = "--tls none --size 200",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 65,
	.says = "200"},
    {.name = "one of two recipients is unknown",
	.server = "--tls none",
	.options = "-f anna@example.org nouser@example.net ben@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.messages = 1,
	.says = "nouser@example.net.*550.*No such user here",
	.arrives = "^RCPT TO:<ben@example.net>"},
    {.name = "the worst of several refusals decides",
	.server = "--tls none",
	.options = "-f anna@example.org nouser@example.net later@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.says = "later@example.net.*450"},
    {.name = "port closed",
	.server = "--close connect",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "127\\.0\\.0\\.1"},
    {.name = "LMTP over a unix socket",
	.server = "--tls none --lmtp --socket {dir}/lmtp",
	.settings = "protocol = lmtp\nhost = unix:{dir}/lmtp",
	.options = TO_BEN " carl@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<carl@example.net>"},
    {.name = "LMTP refuses one recipient at the end",
	.server = "--tls none --lmtp --socket {dir}/lmtp",
	.settings = "protocol = lmtp\nhost = unix:{dir}/lmtp",
	.options = TO_BEN " spam@example.net carl@example.net",
	.input = MESSAGE,
	.exit_code = 69,
	.messages = 1,
	.says = "spam@example.net.*554"},
    {.name = "LMTP defers one recipient at the end",
	.server = "--tls none --lmtp --socket {dir}/lmtp",
	.settings = "protocol = lmtp\nhost = unix:{dir}/lmtp",
	.options = TO_BEN " defer@example.net",
	.input = MESSAGE,
	.exit_code = 75,
	.messages = 1,
	.says = "defer@example.net.*451"},
    {.name = "LMTP over a port",
	.server = "--tls none --lmtp",
	.settings = "protocol = lmtp",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "a password to a unix socket",
	.server = SERVER " --tls none --socket {dir}/smtp",
	.settings = LOGIN "\nhost = unix:{dir}/smtp",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "a unix socket that is not there",
	.settings = "host = unix:{dir}/nobody",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75},
};

/* Which refusal of whom ends how. */
static const struct {
	const char *sender;
	const char *recipient;
	int exit_code;
	int other_exit;
} refusals[] = {
    {"anna", "nouser", 67, 0},
    {"anna", "moved", 67, 0},
    {"anna", "badname", 67, 0},
    /* RFC 5321 4.5.3.1.10: a 552 to RCPT may mean 452. */
    {"anna", "full", 69, 75},
    {"anna", "denied", 69, 0},
    {"anna", "later", 75, 0},
    {"anna", "nodata", 69, 0},
    {"anna", "notnow", 75, 0},
    {"anna", "spam", 69, 0},
    {"anna", "toobig", 69, 65},
    {"anna", "defer", 75, 0},
    {"banned", "ben", 69, 0},
    {"slow", "ben", 75, 0},
};

static void add_refusals(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct scenario row = {.server = "--tls none",
		    .input = MESSAGE,
		    .exit_code = refusals[i].exit_code,
		    .other_exit = refusals[i].other_exit,
		    .says = "[45][0-9][0-9]"};

		row.name = scenarios_text(scenarios, "refused: from %s to %s",
		    refusals[i].sender, refusals[i].recipient);
		row.options = scenarios_text(scenarios,
		    "-f %s@example.org %s@example.net", refusals[i].sender,
		    refusals[i].recipient);
		scenarios_add(scenarios, &row);
	}
}

void cases_add_servers(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		scenarios_add(scenarios, &rows[i]);
	add_certificates(scenarios);
	add_failures(scenarios);
	add_refusals(scenarios);
	add_ipv6(scenarios);
}
