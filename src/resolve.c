#include "resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "aside.h"
#include "idn.h"

struct question {
	const char *name;
	char port[8];
	int family;
};

static int family_of(enum ip_version ip)
{
	static const int families[] = {
	    [IP_ANY] = AF_UNSPEC, [IP_4] = AF_INET, [IP_6] = AF_INET6};

	return families[ip];
}

static int look_up(const struct question *question, int flags,
    struct addresses *addresses)
{
	struct addrinfo hints = {.ai_family = question->family,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV | flags};
	struct addrinfo *found = NULL;
	int code = getaddrinfo(question->name, question->port, &hints, &found);

	if (code != 0)
		return code;
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
		struct address *address = &addresses->items[addresses->count];

		if (addresses->count == ADDRESSES_MAX)
			break;
		if (at->ai_addrlen > sizeof address->bytes)
			continue;
		memcpy(&address->bytes, at->ai_addr, at->ai_addrlen);
		address->length = at->ai_addrlen;
		addresses->count++;
	}
	freeaddrinfo(found);
	return 0;
}

static struct question ask_for(const char *name, unsigned port,
    enum ip_version ip)
{
	struct question question = {.name = name, .family = family_of(ip)};

	(void)snprintf(question.port, sizeof question.port, "%u", port);
	return question;
}

bool resolve_numeric(const char *name, unsigned port, struct address *address)
{
	struct question question = ask_for(name, port, IP_ANY);
	struct addresses addresses = {0};

	if (look_up(&question, AI_NUMERICHOST, &addresses) != 0 ||
	    addresses.count == 0)
		return false;
	*address = addresses.items[0];
	return true;
}

/* What the child has to say: getaddrinfo()'s code, then the addresses. */
struct finding {
	int code;
	struct addresses addresses;
};

static void find_aside(const void *question, struct buf *answer)
{
	struct finding finding = {0};

	finding.code = look_up(question, 0, &finding.addresses);
	buf_add(answer, (struct text){(const char *)&finding, sizeof finding});
}

static int fail_code(const struct question *question, int code,
    struct error *err)
{
	bool is_unknown = code == EAI_NONAME;

#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
	is_unknown = is_unknown || code == EAI_NODATA;
#endif
#if defined(EAI_ADDRFAMILY) && EAI_ADDRFAMILY != EAI_NONAME
	is_unknown = is_unknown || code == EAI_ADDRFAMILY;
#endif
	if (is_unknown && question->family != AF_UNSPEC)
		return fail(err, ERROR_NO_HOST,
		    "%s does not exist or has no IPv%d address; see ip",
		    question->name, question->family == AF_INET ? 4 : 6);
	if (is_unknown)
		return fail(err, ERROR_NO_HOST, "%s does not exist",
		    question->name);
	return fail(err, ERROR_NETWORK, "the address of %s was not found: %s",
	    question->name, gai_strerror(code));
}

static int resolve_ascii(const struct question *question, int64_t deadline,
    struct addresses *addresses, struct error *err)
{
	struct finding finding = {.code = EAI_FAIL};
	struct buf answer = {0};
	int result = aside_ask(find_aside, question, deadline, &answer, err);

	if (result < 0) {
		(void)fail(err, ERROR_NETWORK,
		    "the address of %s was not found: no name server "
		    "answered in time",
		    question->name);
	} else {
		if (answer.length == sizeof finding)
			memcpy(&finding, answer.data, sizeof finding);
		if (finding.code != 0)
			result = fail_code(question, finding.code, err);
	}
	*addresses = finding.addresses;
	addresses_interleave(addresses);
	buf_free(&answer);
	return result;
}

int resolve_name(const char *name, unsigned port, enum ip_version ip,
    int64_t deadline, struct addresses *addresses, struct error *err)
{
	struct question question = ask_for(name, port, ip);
	struct buf ascii = {0};
	int result = -1;

	*addresses = (struct addresses){0};
	/* The most frequent ones cost nothing. */
	if (look_up(&question, AI_NUMERICHOST, addresses) == 0)
		return 0;
	if (idn_add_ascii(&ascii, text_of(name), ERROR_CONFIG, err) == 0) {
		question.name = buf_string(&ascii);
		result = resolve_ascii(&question, deadline, addresses, err);
	}
	buf_free(&ascii);
	return result;
}

void addresses_interleave(struct addresses *addresses)
{
	struct addresses old = *addresses;
	bool is_used[ADDRESSES_MAX] = {false};
	int family = 0; /* the last one */

	for (size_t n = 0; n < old.count; n++) {
		size_t best = old.count;

		for (size_t i = old.count; i-- > 0;) {
			bool is_other = old.items[i].bytes.ss_family != family;

			if (is_used[i])
				continue;
			if (best == old.count || is_other ||
			    old.items[best].bytes.ss_family == family)
				best = i;
		}
		is_used[best] = true;
		family = old.items[best].bytes.ss_family;
		addresses->items[n] = old.items[best];
	}
}

void address_add(struct buf *buf, const struct address *address)
{
	char host[NI_MAXHOST] = "?";
	char port[NI_MAXSERV] = "?";

	(void)getnameinfo((const struct sockaddr *)&address->bytes,
	    address->length, host, sizeof host, port, sizeof port,
	    NI_NUMERICHOST | NI_NUMERICSERV);
	buf_addf(buf, "[%.64s]:%.8s", host, port);
}
