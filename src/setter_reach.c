#include "setter_reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "proxy.h"
#include "setter.h"
#include "smarthost.h"

/* The entries are kept when the profile is complete: see complete_hosts(). */
int set_host(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct text rest = text_of(value);
	struct text entry;
	struct text name;
	struct smarthost smarthost;
	int count = 0;

	while (smarthost_next(&rest, &entry)) {
		if (count++ == SMARTHOST_MAX)
			return fail(err, ERROR_CONFIG,
			    "takes at most %d smarthosts", SMARTHOST_MAX);
		if (smarthost_read(entry, &smarthost, &name, err) < 0)
			return -1;
		if (smarthost.kind == SMARTHOST_COMMAND && count > 1)
			return fail(err, ERROR_CONFIG,
			    "takes a command only as its whole value");
	}
	return set_text(key, value, fields, err);
}

int set_ip(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, value, bytes) != 1 &&
	    inet_pton(AF_INET6, value, bytes) != 1)
		return fail(err, ERROR_CONFIG,
		    "takes an address of this host such as 192.0.2.7 or "
		    "2001:db8::7");
	return set_text(key, value, fields, err);
}

int set_proxy(const struct key *key, const char *value, void *fields,
    struct error *err)
{
	struct proxy proxy = {0};
	int result = proxy_read(&proxy, text_of(value), err);

	proxy_free(&proxy);
	return result < 0 ? -1 : set_text(key, value, fields, err);
}
