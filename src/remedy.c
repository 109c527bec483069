#include "remedy.h"

#include <string.h>

enum { PASSWORD = 1 << SASL_PASSWORD, TOKEN = 1 << SASL_TOKEN };

/*
 * The first row that fits is taken.  Without a domain it is for every host;
 * without words it is for a refused password or token, which is 535.
 */
static const struct {
	const char *domain; /* the host is in it */
	const char *words;  /* are in the reply, as they are */
	unsigned proofs;    /* of the login */
	const char *remedy;
} remedies[] = {
    {"", "Application-specific password required", PASSWORD,
	"Google wants an app password here, made at "
	"myaccount.google.com/apppasswords, or a token"},
    {"", "Please log in with your web browser", PASSWORD,
	"Google has locked this login until somebody logs in with a browser"},
    {"", "support.google.com/mail/?p=BadCredentials", PASSWORD,
	"Google takes an app password (myaccount.google.com/apppasswords) or "
	"a token, not the account's own password"},
    {"", "support.google.com/mail/?p=BadCredentials", TOKEN,
	"Google wants a token of this very user with the scope "
	"https://mail.google.com/"},
    {"", "SmtpClientAuthentication is disabled for the Tenant",
	PASSWORD | TOKEN,
	"SMTP AUTH is switched off for the whole Microsoft 365 organization; "
	"its administrator can allow it for this mailbox"},
    {"", "SmtpClientAuthentication is disabled", PASSWORD | TOKEN,
	"SMTP AUTH is switched off for this mailbox at Microsoft; its "
	"administrator can switch on Authenticated SMTP"},
    {"", "basic authentication is disabled", PASSWORD,
	"Microsoft takes no passwords here any more, only a token; see "
	"token_command"},
    {"", "security defaults policy", PASSWORD | TOKEN,
	"the security defaults of the Microsoft 365 organization forbid "
	"this login"},
    {"", "Conditional Access", PASSWORD | TOKEN,
	"a Conditional Access policy of the Microsoft 365 organization "
	"forbids this login"},
    {"office365.com", "Authentication unsuccessful", TOKEN,
	"Microsoft wants a token of this very user with the scope "
	"https://outlook.office.com/SMTP.Send"},
    {"outlook.com", "Authentication unsuccessful", TOKEN,
	"Microsoft wants a token of this very user with the scope "
	"https://outlook.office.com/SMTP.Send"},
    {"mail.yahoo.com", "", PASSWORD,
	"Yahoo wants an app password, made under Account security"},
    {"mail.aol.com", "", PASSWORD,
	"AOL wants an app password, made under Account security"},
    {"mail.me.com", "", PASSWORD,
	"iCloud wants an app-specific password, made at account.apple.com"},
    {"fastmail.com", "", PASSWORD,
	"Fastmail wants an app password, made under Privacy & Security"},
    {"amazonaws.com", "", PASSWORD,
	"Amazon SES wants the SMTP user and password of this region, not an "
	"access key"},
    {"sendgrid.net", "", PASSWORD,
	"at SendGrid the user is the word apikey and the password is the key"},
    {"gmx.net", "", PASSWORD,
	"GMX wants POP3 and IMAP access to be allowed in the mail settings"},
    {"gmx.com", "", PASSWORD,
	"GMX wants POP3 and IMAP access to be allowed in the mail settings"},
    {"web.de", "", PASSWORD,
	"WEB.DE wants POP3 and IMAP access to be allowed in the settings"},
};

static bool is_within(struct text host, const char *domain)
{
	size_t length = strlen(domain);
	size_t start = host.length - length;

	if (length == 0)
		return true;
	return length <= host.length &&
	    text_is_nocase(text_part(host, start, host.length), domain) &&
	    (start == 0 || host.data[start - 1] == '.' ||
		host.data[start - 1] == '-');
}

/* Over the line breaks, which may be anywhere in a long reply. */
static bool has_words(const struct reply *reply, const char *words)
{
	struct buf line = {0};
	struct text rest = buf_text(&reply->text);
	struct text part;
	bool is_there;

	while (text_split(&rest, '\n', &part)) {
		if (line.length > 0)
			buf_add_byte(&line, ' ');
		buf_add(&line, text_trim(part));
	}
	is_there = memmem(buf_string(&line), line.length, words,
		       strlen(words)) != NULL;
	buf_free(&line);
	return is_there;
}

const char *remedy_find(struct text host, enum sasl_proof proof,
    const struct reply *reply)
{
	for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
		if ((remedies[i].proofs & 1U << proof) != 0 &&
		    is_within(host, remedies[i].domain) &&
		    (remedies[i].words[0] != '\0' || reply->code == 535) &&
		    has_words(reply, remedies[i].words))
			return remedies[i].remedy;
	return NULL;
}
