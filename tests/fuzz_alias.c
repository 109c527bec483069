/*
 * fuzz_alias.c - aliases files, and who is behind what stands in them
 */
#include <stdint.h>
#include <stdlib.h>

#include "address.h"
#include "alias.h"
#include "expand.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct site site = {"example.com", "web1.example.com"};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/*
 * "/self" includes itself; in any other file stands what its path says, with
 * ";" for the line ends, so that the input decides on that as well.
 */
static int read_include(const char *path, struct buf *contents,
    struct error *err)
{
	struct text text = text_of(path);

	if (text_is(text, "/self")) {
		buf_add_string(contents, "anna\n:include:/self\n");
		return 0;
	}
	if (text_is(text, "/none"))
		return fail(err, ERROR_CONFIG, "%s is not there", path);
	for (size_t i = 1; i < text.length; i++)
		buf_add_byte(contents, path[i] == ';' ? '\n' : path[i]);
	return 0;
}

static void require_sentences(const struct strlist *list)
{
	require(list->count <= ALIAS_MAX_PROBLEMS);
	for (size_t i = 0; i < list->count; i++)
		require(utf8_is_valid(text_of(list->items[i])));
}

static void require_order(const struct aliases *aliases)
{
	for (size_t i = 0; i < aliases->count; i++) {
		const struct alias *alias = &aliases->items[i];

		require(aliases_find(aliases, text_of(alias->name)) == alias);
	}
}

static void expand(const struct expanding *expanding, const char *name)
{
	struct strlist addresses = {0};
	struct error err = {0};
	struct error unused;
	size_t steps = expanding->trace->count;

	if (expand_address(expanding, name, &addresses, &err) < 0)
		require(err.kind != ERROR_NONE &&
		    utf8_is_valid(text_of(err.text)));
	else
		require(addresses.count > 0);
	/* Once before "*" and once behind it. */
	steps = expanding->trace->count - steps;
	require(steps <= 2 * expanding->aliases->count);
	for (size_t i = 0; i < addresses.count; i++) {
		struct text address = text_of(addresses.items[i]);

		require(address.length > 0);
		require(address_check(address, &unused) == 0);
		for (size_t k = 0; k < i && i < 100; k++)
			require(!text_is(address, addresses.items[k]));
	}
	strlist_free(&addresses);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strlist problems = {0};
	struct strlist warnings = {0};
	struct trace trace = {0};
	struct aliases aliases = {0};
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_include,
	    .warnings = &warnings,
	    .trace = &trace,
	};

	aliases_read(&aliases, "f", (struct text){(const char *)data, size},
	    &site, &problems);
	require_order(&aliases);
	expand(&expanding, "root@localhost");
	for (size_t i = 0; i < aliases.count && i < 10; i++) {
		struct buf address = {0};

		buf_addf(&address, "%s@example.com", aliases.items[i].name);
		expand(&expanding, buf_string(&address));
		buf_free(&address);
	}
	expand_all(&expanding, &problems);
	require_sentences(&problems);
	require_sentences(&warnings);
	trace_free(&trace);
	aliases_free(&aliases);
	strlist_free(&warnings);
	strlist_free(&problems);
	return 0;
}
