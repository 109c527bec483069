#include "tls_info.h"

#include <string.h>

#include "candidates.h"
#include "clock.h"
#include "file.h"
#include "net.h"
#include "posting.h"
#include "session.h"
#include "show.h"
#include "tls.h"

static void add_verdict(struct buf *out, const struct profile *profile,
    bool is_good)
{
	static const char *const words[] = {
	    [VERIFY_NO] = "no, as tls_verify = no says",
	    [VERIFY_YES] = "yes",
	    [VERIFY_PIN] = "by its key, which tls_pin has",
	};

	buf_addf(out, "verified   %s\n",
	    is_good ? words[profile->tls_verify] : "no");
}

/* The profile as it is, not the one that lets everything pass. */
static int judge(struct net *net, const struct profile *profile,
    struct buf *out, struct error *err)
{
	enum tls_verify rule = profile->tls_verify;
	int result = 0;

	buf_addf(out, "connected  %s\n", net_peer(net));
	tls_add_report(net_tls(net), out);
	if (rule != VERIFY_NO)
		result = tls_judge(net_tls(net), rule, err);
	add_verdict(out, profile, result == 0);
	return result;
}

/* What comes after TLS may fail: there is something to see all the same. */
static int look(const struct profile *profile, struct smtp *smtp,
    struct net *net, struct buf *out, struct error *err)
{
	int result = session_begin(smtp, err);
	struct error ignored;

	if (net_tls(net) != NULL &&
	    judge(net, profile, out, result < 0 ? &ignored : err) < 0)
		result = -1;
	if (result == 0)
		session_end(smtp);
	return result;
}

/* Nobody logs in, and no certificate ends the handshake. */
static int visit(const struct profile *profile,
    const struct smarthost *smarthost, const char *hostname, struct buf *out,
    struct error *err)
{
	struct profile lenient = *profile;
	struct net_delay delay = {0};
	struct transcript nowhere = {0};
	struct smtp smtp = {.profile = &lenient};
	struct buf peer = {0};
	struct net *net;
	int result = -1;

	lenient.tls = smarthost->tls;
	lenient.tls_verify = VERIFY_NO;
	lenient.mechanism_count = 0;
	smarthost_add(&peer, smarthost);
	buf_addf(out, "%sprofile %s, %s\n", out->length > 0 ? "\n" : "",
	    profile->name, buf_string(&peer));
	net = net_connect(&lenient, smarthost, &delay, err);
	if (net != NULL) {
		smtp.chat.transport = net_transport(net);
		smtp.chat.transcript = &nowhere;
		smtp.chat.peer = buf_string(&peer);
		smtp.hostname =
		    strchr(hostname, '.') != NULL ? hostname : net_local(net);
		result = look(profile, &smtp, net, out, err);
		smtp_free(&smtp);
		net_transport(net)->methods->close(net_transport(net));
	}
	buf_free(&peer);
	return result;
}

/* Any of them may get the mail. */
static int visit_all(const struct profile *profile, const char *hostname,
    struct buf *out, struct strlist *sentences, struct error *err)
{
	struct candidates candidates = {0};
	const struct smarthost *smarthost;
	int result = 0;

	candidates_begin(&candidates, profile, NULL, clock_now().seconds);
	while ((smarthost = candidates_next(&candidates, err)) != NULL)
		if (smarthost->tls != TLS_NONE &&
		    visit(profile, smarthost, hostname, out, err) < 0) {
			strlist_add(sentences, text_of(err->text));
			result = -1;
		}
	if (out->length == 0) {
		if (err->kind == ERROR_NONE)
			(void)fail(err, ERROR_USAGE,
			    "profile %s has no host that is reached over TLS: "
			    "there is nothing to look at; see tls",
			    profile->name);
		strlist_add(sentences, text_of(err->text));
		result = -1;
	}
	candidates_free(&candidates);
	return result;
}

int tls_info(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct site site = posting_site(config_settings(config), identity);
	const struct profile *profile =
	    config_profile(config, options->profile, err);
	struct buf out = {0};
	struct error trouble = {0};
	int result = -1;

	if (profile != NULL)
		result =
		    visit_all(profile, site.hostname, &out, sentences, err);
	else
		strlist_add(sentences, text_of(err->text));
	if (out.length > 0 &&
	    file_write(fd, buf_text(&out), "standard output", &trouble) < 0) {
		strlist_add(sentences, text_of(trouble.text));
		*err = trouble;
		result = -1;
	}
	buf_free(&out);
	return result;
}
