/*
 * proxy = "socks5://" [ word ":" word "@" ] host [ ":" port ] [ "/" ]
 * word  = 1*( byte / "%" 2HEXDIG )
 * host and port as in smarthost.c
 */
#include "proxy.h"

#include <stdlib.h>

#include "smarthost.h"

static const char scheme[] = "socks5://";

static int fail_proxy(struct error *err)
{
	return fail(err, ERROR_CONFIG,
	    "takes socks5://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT, "
	    "with %%40 for @ and %%3A for : in user and password");
}

/* The value of a hexadecimal digit, or -1. */
static int digit_value(char byte)
{
	if (byte_is_digit(byte))
		return byte - '0';
	byte = byte_lower(byte);
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static int add_decoded(struct buf *buf, struct text word)
{
	for (size_t i = 0; i < word.length; i++) {
		int high;
		int low;

		if (word.data[i] != '%') {
			buf_add_byte(buf, word.data[i]);
			continue;
		}
		if (word.length - i < 3)
			return -1;
		high = digit_value(word.data[i + 1]);
		low = digit_value(word.data[i + 2]);
		if (high < 0 || low < 0)
			return -1;
		buf_add_byte(buf, (char)(high * 16 + low));
		i += 2;
	}
	return buf->length > 0 && buf->length <= PROXY_MAX_WORD ? 0 : -1;
}

static int read_login(struct proxy *proxy, struct text login)
{
	size_t colon = text_find(login, ':');

	proxy->has_login = true;
	if (add_decoded(&proxy->user, text_part(login, 0, colon)) < 0)
		return -1;
	return add_decoded(&proxy->password,
	    text_part(login, colon + 1, login.length));
}

static int read_host(struct proxy *proxy, struct text host, struct error *err)
{
	struct smarthost smarthost;
	struct text name;

	if (host.length > 0 && host.data[host.length - 1] == '/')
		host.length--;
	if (smarthost_read(host, &smarthost, &name, err) < 0 ||
	    smarthost.kind != SMARTHOST_NAME)
		return fail_proxy(err);
	proxy->host = text_dup(name);
	proxy->port = smarthost.port != 0 ? smarthost.port : PROXY_PORT;
	return 0;
}

int proxy_read(struct proxy *proxy, struct text value, struct error *err)
{
	struct text rest = text_part(value, strlen(scheme), value.length);
	size_t at = text_find(rest, '@');

	if (!text_begins_nocase(value, scheme))
		return fail_proxy(err);
	if (at == rest.length)
		return read_host(proxy, rest, err);
	if (read_login(proxy, text_part(rest, 0, at)) < 0)
		return fail_proxy(err);
	return read_host(proxy, text_part(rest, at + 1, rest.length), err);
}

void proxy_free(struct proxy *proxy)
{
	free(proxy->host);
	buf_wipe(&proxy->user);
	buf_wipe(&proxy->password);
	*proxy = (struct proxy){0};
}
