#include "idn.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* What idn2.h declares; the header is not needed to build. */
enum { IDN2_OK = 0, IDN2_NFC_INPUT = 1, IDN2_NONTRANSITIONAL = 8 };

struct idn2 {
	void *library;
	int (*to_ascii)(const char *name, char **out, int flags);
	const char *(*reason)(int code);
	void (*release)(void *memory);
};

/* By the number of its interface, which the functions above belong to. */
static const char *const library_names[] = {
#ifdef __APPLE__
    "libidn2.0.dylib",
#else
    "libidn2.so.0",
#endif
    "libidn2.so", /* OpenBSD numbers in its own way */
};

typedef void function(void);

/* ISO C has no conversion from an object's address to a function's. */
static function *find_function(void *library, const char *name)
{
	void *found = dlsym(library, name);
	function *result = NULL;

	memcpy(&result, &found, sizeof result);
	return result;
}

static bool find_functions(struct idn2 *idn2)
{
	idn2->to_ascii = (int (*)(const char *, char **,
	    int))find_function(idn2->library, "idn2_to_ascii_8z");
	idn2->reason =
	    (const char *(*)(int))find_function(idn2->library, "idn2_strerror");
	idn2->release =
	    (void (*)(void *))find_function(idn2->library, "idn2_free");
	return idn2->to_ascii != NULL && idn2->reason != NULL &&
	    idn2->release != NULL;
}

static int load(struct idn2 *idn2, struct text name, struct error *err)
{
	const size_t count = sizeof library_names / sizeof *library_names;

	for (size_t i = 0; i < count && idn2->library == NULL; i++)
		idn2->library = dlopen(library_names[i], RTLD_NOW);
	if (idn2->library != NULL && find_functions(idn2))
		return 0;
	(void)fail(err, ERROR_SYSTEM,
	    "the name %.*s is not ASCII and libidn2, which converts it, is not "
	    "installed; install it, or write the name as xn--...",
	    (int)name.length, name.data);
	return -1;
}

static int add_converted(struct buf *buf, struct text name,
    enum error_kind kind, struct error *err)
{
	struct idn2 idn2 = {0};
	char *string = text_dup(name);
	char *ascii = NULL;
	int result = load(&idn2, name, err);
	int code = 0;

	if (result == 0)
		code = idn2.to_ascii(string, &ascii,
		    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result == 0 && code != IDN2_OK)
		result = fail(err, kind, "%.*s cannot be a host name: %s",
		    (int)name.length, name.data, idn2.reason(code));
	if (result == 0) {
		buf_add_string(buf, ascii);
		idn2.release(ascii);
	}
	if (idn2.library != NULL)
		(void)dlclose(idn2.library);
	free(string);
	return result;
}

int idn_add_ascii(struct buf *buf, struct text name, enum error_kind kind,
    struct error *err)
{
	if (text_has_8bit(name))
		return add_converted(buf, name, kind, err);
	buf_add(buf, name);
	return 0;
}
