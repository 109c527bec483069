#include "scenario.h"

/* What the profile says of TLS; the certificates are test_certificates.c's. */

#define SECRET    "s3cret-Wort"
#define LOGIN_TLS "tls = starttls\nuser = anna\npassword = " SECRET
#define SERVER    "--user anna --password " SECRET
#define TO_BEN    "-f anna@example.org ben@example.net"
#define MESSAGE   "Subject: hello\n\nHello, Ben.\n"
#define NO_PIN    "tls_pin = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void check_warning(struct trial *trial)
{
	static const char *const files[] = {"log", "transcript"};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		trial_expect_file(trial, files[i],
		    "verified, [45] days left, WARNING: it ends on 20", true);
}

static void check_no_verification(struct trial *trial)
{
	static const char *const files[] = {"log", "transcript"};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		trial_expect_file(trial, files[i],
		    "NOT VERIFIED \\(tls_verify = no\\)", true);
}

static const struct scenario rows[] = {
    {.name = "a certificate that ends soon is warned about",
	.server = SERVER " --certificate ending",
	.settings = LOGIN_TLS,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_warning,
	.hides = SECRET},
    {.name = "each line of the log says that nothing was verified",
	.server = SERVER " --certificate self-signed",
	.settings = LOGIN_TLS "\ntls_verify = no",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_no_verification,
	.hides = SECRET},
    {.name = "a key that is none of tls_pin",
	.server = SERVER,
	.settings = LOGIN_TLS "\n" NO_PIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 69,
	.says = "its public key, sha256:[A-Za-z0-9+/]{43}=, is none of tls_pin",
	.hides = SECRET},
    {.name = "a server that wants a certificate of ours gets one",
	.server = SERVER,
	.settings = LOGIN_TLS "\ntls_cert = {certs}/valid.pem",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.hides = SECRET},
    {.name = "a certificate of ours that is not there",
	.server = SERVER,
	.settings = LOGIN_TLS "\ntls_cert = {dir}/nothing.pem",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78,
	.says = "tls_cert: .*/nothing\\.pem cannot be opened",
	.hides = SECRET},
    {.name = "--tls-info prints chain and pin",
	.server = SERVER " --certificate intermediate",
	.settings = LOGIN_TLS,
	.options = "--tls-info",
	.prints = "^profile test, 127\\.0\\.0\\.1:[0-9]+$\n"
		  "^connected +\\[127\\.0\\.0\\.1\\]:[0-9]+$\n"
		  "^protocol +TLSv1\\.3$\n^cipher +TLS_\n"
		  "^certificate 1$\n^  subject +CN = intermediate$\n"
		  "^  for +localhost, 127\\.0\\.0\\.1, ::1$\n"
		  "^  valid +20.* to 20.*, [0-9]+ days left$\n"
		  "^certificate 2$\n^  issuer +CN = Test CA$\n"
		  "^tls_pin = sha256:[A-Za-z0-9+/]{43}=$\n^verified +yes$",
	.may_speak = true,
	.hides = SECRET},
    {.name = "--tls-info shows what is refused",
	.server = SERVER " --certificate expired --tls implicit",
	.settings = "tls = implicit\nauth = off",
	.options = "--tls-info",
	.exit_code = 69,
	.says = "has expired on 20",
	.prints = "^tls_pin = sha256:\n^verified +no$"},
    {.name = "--tls-info goes by the pin",
	.server = SERVER " --certificate valid",
	.settings = "tls = starttls\ntls_verify = pin\n" NO_PIN,
	.options = "--tls-info",
	.exit_code = 69,
	.says = "is none of tls_pin",
	.prints = "^verified +no$"},
    {.name = "--tls-info of a profile without TLS",
	.server = "--tls none",
	.settings = "tls = none",
	.options = "--tls-info",
	.exit_code = 64,
	.says = "no host that is reached over TLS"},
    {.name = "--tls-info looks at each host",
	.server = SERVER,
	.other_server = SERVER " --certificate expired",
	.settings = "host = 127.0.0.1:{port}, 127.0.0.1:{port2}\n"
		    "tls = starttls\nauth = off",
	.options = "--tls-info",
	.exit_code = 69,
	.says = "has expired on 20",
	.prints = "^verified +yes$\n^profile test, 127\n^verified +no$"},
    {.name = "--tls-info of a server without TLS",
	.server = SERVER " --tls none",
	.settings = "tls = starttls",
	.options = "--tls-info",
	.exit_code = 69,
	.prints = "^profile test, ",
	.says = "does not offer STARTTLS"},
};

void cases_add_tls(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		scenarios_add(scenarios, &rows[i]);
}
