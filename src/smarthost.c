/*
 * host    = command / ( entry *( "," entry ) )
 * command = "|" *byte
 * entry   = *blank ( "unix:/" *byte / "srv:" name / name [ ":" port ] /
 *           address / "[" address "]" [ ":" port ] ) *blank
 */
#include "smarthost.h"

#include "value.h"

static const char unix_prefix[] = "unix:";
static const char srv_prefix[] = "srv:";

bool smarthost_next(struct text *rest, struct text *entry)
{
	struct text all = text_trim(*rest);

	if (!text_begins(all, "|"))
		return text_split(rest, ',', entry);
	*entry = all;
	*rest = (struct text){NULL, 0};
	return true;
}

static int fail_entry(struct error *err)
{
	return fail(err, ERROR_CONFIG,
	    "takes NAME, NAME:PORT, [ADDRESS]:PORT, unix:/path, srv:DOMAIN "
	    "with commas between, or |COMMAND");
}

/* What DNS can have a name for, once idn.h has made ASCII of it. */
/* Colons are for addresses only (RFC 4291 2.2), which are hexadecimal. */
static bool has_odd_colon(struct text name)
{
	if (text_find(name, ':') == name.length)
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (strchr("0123456789abcdefABCDEF:.", name.data[i]) == NULL)
			return true;
	return false;
}

static bool is_host(struct text name)
{
	if (has_odd_colon(name))
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_8bit(name.data[i]) &&
		    !value_is_host(text_part(name, i, i + 1)))
			return false;
	return name.length > 0 && name.length <= VALUE_MAX_HOST;
}

/* An address without brackets has more than one colon, and so no port. */
static struct text take_name(struct text host, struct text *rest)
{
	size_t end = text_find(host, ':');
	struct text behind = text_part(host, end + 1, host.length);

	if (text_begins(host, "[")) {
		end = text_find(host, ']');
		*rest = text_part(host, end + 1, host.length);
		return text_part(host, 1, end < host.length ? end : 0);
	}
	if (text_find(behind, ':') < behind.length)
		end = host.length;
	*rest = text_part(host, end, host.length);
	return text_part(host, 0, end);
}

static int read_name(struct text entry, struct smarthost *smarthost,
    struct text *name, struct error *err)
{
	struct text rest;
	unsigned long long number;

	*name = take_name(entry, &rest);
	if (!is_host(*name))
		return fail_entry(err);
	if (rest.length == 0)
		return 0;
	if (!text_begins(rest, ":") ||
	    text_number(text_part(rest, 1, rest.length), VALUE_MAX_PORT,
		&number) < 0 ||
	    number == 0)
		return fail_entry(err);
	smarthost->port = (unsigned)number;
	return 0;
}

/* A host may be called srv, and no domain is a number. */
static bool begins_with_srv(struct text entry)
{
	unsigned long long port;

	return text_begins(entry, srv_prefix) &&
	    text_number(text_part(entry, strlen(srv_prefix), entry.length),
		VALUE_MAX_PORT, &port) < 0;
}

int smarthost_read(struct text entry, struct smarthost *smarthost,
    struct text *name, struct error *err)
{
	entry = text_trim(entry);
	*smarthost = (struct smarthost){.kind = SMARTHOST_NAME};
	if (text_begins(entry, "|")) {
		smarthost->kind = SMARTHOST_COMMAND;
		*name = text_trim(text_part(entry, 1, entry.length));
		return name->length > 0 ? 0 : fail_entry(err);
	}
	if (text_begins(entry, unix_prefix)) {
		smarthost->kind = SMARTHOST_UNIX;
		*name = text_part(entry, strlen(unix_prefix), entry.length);
		return text_begins(*name, "/") ? 0 : fail_entry(err);
	}
	if (begins_with_srv(entry)) {
		smarthost->kind = SMARTHOST_SRV;
		*name = text_part(entry, strlen(srv_prefix), entry.length);
		return is_host(*name) && text_find(*name, ':') == name->length ?
		    0 :
		    fail_entry(err);
	}
	return read_name(entry, smarthost, name, err);
}

/* "smtp.example.com" is below "example.com", and so is that itself. */
static bool is_below(struct text name, struct text domain)
{
	size_t above = name.length - domain.length;

	return name.length >= domain.length &&
	    text_equal_nocase(text_part(name, above, name.length), domain) &&
	    (above == 0 || name.data[above - 1] == '.');
}

const char *smarthost_identity(const struct smarthost *smarthost)
{
	const char *domain = smarthost->domain;

	if (smarthost->kind != SMARTHOST_NAME)
		return "localhost";
	if (domain != NULL &&
	    !is_below(text_of(smarthost->name), text_of(domain)))
		return domain;
	return smarthost->name;
}

void smarthost_add(struct buf *buf, const struct smarthost *smarthost)
{
	const char *name = smarthost->name;

	switch (smarthost->kind) {
	case SMARTHOST_NAME:
		buf_addf(buf, strchr(name, ':') != NULL ? "[%s]:%u" : "%s:%u",
		    name, smarthost->port);
		break;
	case SMARTHOST_UNIX:
		buf_addf(buf, "%s%s", unix_prefix, name);
		break;
	case SMARTHOST_SRV:
		buf_addf(buf, "%s%s", srv_prefix, name);
		break;
	case SMARTHOST_COMMAND:
		buf_addf(buf, "|%s", name);
		break;
	}
}
