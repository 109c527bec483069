#include "site.h"

#include "address.h"

bool site_is_local(const struct site *site, struct text address,
    struct text *local)
{
	struct text domain = address_domain(address);

	if (domain.length == 0 ||
	    !(text_is_nocase(domain, site->domain) ||
		text_is_nocase(domain, site->hostname) ||
		text_is_nocase(domain, "localhost")))
		return false;
	*local = text_part(address, 0, address.length - domain.length - 1);
	return true;
}
