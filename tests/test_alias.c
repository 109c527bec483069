#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "alias.h"
#include "expand.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define FILE_NAME "/etc/aliases"

static const struct site site = {"example.com", "web1.example.com"};

/* --- the file ------------------------------------------------------------ */

static struct aliases read_text(struct text contents, struct strlist *problems)
{
	struct aliases aliases = {0};

	aliases_read(&aliases, FILE_NAME, contents, &site, problems);
	return aliases;
}

/* A file without problems. */
static struct aliases read_good(const char *contents)
{
	struct strlist problems = {0};
	struct aliases aliases = read_text(text_of(contents), &problems);

	if (problems.count > 0)
		ck_abort_msg("%s\n%s", contents, problems.items[0]);
	strlist_free(&problems);
	return aliases;
}

static void require_alias(const struct aliases *aliases, const char *name,
    const char *targets, unsigned line)
{
	const struct alias *alias = aliases_find(aliases, text_of(name));

	ck_assert_ptr_nonnull(alias);
	ck_assert_str_eq(alias->targets, targets);
	ck_assert_uint_eq(alias->line, line);
}

START_TEST(one_alias_may_be_written_in_many_ways)
{
	static const struct {
		const char *file;
		const char *name;
		const char *targets;
		unsigned line;
	} cases[] = {
	    {"root: anna\n", "root", "anna", 1},
	    {"root: anna", "root", "anna", 1},
	    {"root:anna\r\n", "root", "anna", 1},
	    {"root \t:  anna \t\n", "root", "anna", 1},
	    {"\xef\xbb\xbfroot: anna\n", "root", "anna", 1},
	    {"# who\n\n \n\t# what\nroot: anna\n", "root", "anna", 5},
	    {"root: anna,\n  bert,\n\tcarla\n", "root", "anna, bert, carla", 1},
	    {"root:\n  anna\n", "root", "anna", 1},
	    {"root: anna,\n# not bert,\n\n  # nor\n  carla\n", "root",
		"anna, carla", 1},
	    {"root: anna, \\\nbert\n", "root", "anna, bert", 1},
	    {"root: anna\\\n\nbert: carla\n", "bert", "carla", 3},
	    {"Root: anna\n", "rOOT", "anna", 1},
	    {"root@example.com: anna\n", "root", "anna", 1},
	    {"root@WEB1.example.com: anna\n", "root", "anna", 1},
	    {"root@localhost: anna\n", "root", "anna", 1},
	    {"\"root\": anna\n", "root", "anna", 1},
	    {"\"a b\": anna\n", "\"a b\"", "anna", 1},
	    {"\"a:b\": anna\n", "\"a:b\"", "anna", 1},
	    {"owner-list: anna\n", "owner-list", "anna", 1},
	    {"MAILER-DAEMON: postmaster\n", "mailer-daemon", "postmaster", 1},
	    {"j\xc3\xbcrgen: anna\n", "j\xc3\xbcrgen", "anna", 1},
	    {"list: :include:/etc/list\n", "list", ":include:/etc/list", 1},
	    {"vacation: \"|prog -x, y\", anna\n", "vacation",
		"\"|prog -x, y\", anna", 1},
	    {"*: anna\n", "whoever", "anna", 1},
	    {"*: anna\nroot: bert\n", "root", "bert", 2},
	    {"a: b:c\n", "a", "b:c", 1},
	};

	for (int i = 0; i < COUNT(cases); i++) {
		struct aliases aliases = read_good(cases[i].file);

		require_alias(&aliases, cases[i].name, cases[i].targets,
		    cases[i].line);
		aliases_free(&aliases);
	}
}
END_TEST

START_TEST(the_file_of_a_system_is_read_unchanged)
{
	static const char file[] =
	    "#\n"
	    "#  @(#)aliases\t8.2 (Berkeley) 3/5/94\n"
	    "#\n"
	    "\n"
	    "# Basic system aliases -- these MUST be present.\n"
	    "MAILER-DAEMON:\tpostmaster\n"
	    "postmaster:\troot\n"
	    "\n"
	    "bin:\t\troot\n"
	    "nobody: /dev/null\n"
	    "ftp-adm:\tftp\n"
	    "ftp:\t\troot\n"
	    "decode:\t\t\"|/usr/bin/uudecode\"\n"
	    "dumper: \"|/usr/lib/dump -a \\\"x, y\\\"\"\n"
	    "majordomo: |\"/usr/lib/wrapper majordomo -l list\"\n"
	    "staff: anna, bert@example.org,\n"
	    "   # carla is on leave\n"
	    "   :include:/etc/mail/staff, \\postmaster\n"
	    "owner-staff:   anna\n"
	    "\n"
	    "# Person who should get root's mail\n"
	    "#root:\t\tmarc\n";
	struct aliases aliases = read_good(file);

	ck_assert_uint_eq(aliases.count, 11);
	require_alias(&aliases, "dumper", "\"|/usr/lib/dump -a \\\"x, y\\\"\"",
	    14);
	require_alias(&aliases, "staff",
	    "anna, bert@example.org, :include:/etc/mail/staff, \\postmaster",
	    16);
	ck_assert_ptr_null(aliases_find(&aliases, text_of("root")));
	ck_assert_ptr_null(aliases_find(&aliases, text_of("")));
	aliases_free(&aliases);
}
END_TEST

START_TEST(an_empty_file_has_no_aliases)
{
	static const char *const files[] = {"", "\n", "# root: anna", " \n\t"};

	for (int i = 0; i < COUNT(files); i++) {
		struct aliases aliases = read_good(files[i]);

		ck_assert_uint_eq(aliases.count, 0);
		ck_assert_ptr_null(aliases_find(&aliases, text_of("root")));
		aliases_free(&aliases);
	}
}
END_TEST

START_TEST(each_bad_line_is_named_and_the_rest_counts)
{
	static const struct {
		struct text line; /* between two good ones */
		const char *sentence;
	} cases[] = {
#define BAD(line, sentence)                                                    \
	{{line, sizeof(line) - 1}, FILE_NAME ":2: " sentence}
	    BAD("root anna", "no alias, which is NAME: TARGET, TARGET"),
	    BAD("\"root: anna", "no alias, which is NAME: TARGET, TARGET"),
	    BAD("root:", "root@example.com is an alias without targets"),
	    BAD("root: , ,", "root@example.com is an alias without targets"),
	    BAD(": anna",
		"\"\" is no usable mail address: there is nothing before the "
		"\"@\""),
	    BAD("a b: anna",
		"a b is no usable mail address: blanks must be quoted"),
	    BAD("r\xf6t: anna",
		"r\\xF6t is no usable mail address: it is not in UTF-8"),
	    BAD("root@example.org: anna",
		"root@example.org is no address of this host, so it can have "
		"no alias"),
	    BAD("+", "\"+\" stands for the aliases of NIS, which is not asked"),
	    BAD("+: +",
		"\"+\" stands for the aliases of NIS, which is not asked"),
	    BAD("+anna:",
		"\"+\" stands for the aliases of NIS, which is not asked"),
	    BAD("root: an\0na", "a NUL byte in the alias"),
	    BAD("First: anna",
		"First is defined twice, the first time in line 1"),
	    BAD("first@localhost: anna",
		"first is defined twice, the first time in line 1"),
#undef BAD
	};

	for (int i = 0; i < COUNT(cases); i++) {
		struct strlist problems = {0};
		struct buf file = {0};
		struct aliases aliases;

		buf_add_string(&file, "first: one\n");
		buf_add(&file, cases[i].line);
		buf_add_string(&file, "\n\nlast: two\n");
		aliases = read_text(buf_text(&file), &problems);
		ck_assert_uint_eq(problems.count, 1);
		ck_assert_str_eq(problems.items[0], cases[i].sentence);
		ck_assert_uint_eq(aliases.count, 2);
		require_alias(&aliases, "first", "one", 1);
		require_alias(&aliases, "last", "two", 4);
		aliases_free(&aliases);
		buf_free(&file);
		strlist_free(&problems);
	}
}
END_TEST

START_TEST(a_line_cannot_continue_what_is_not_there)
{
	struct strlist problems = {0};
	struct aliases aliases =
	    read_text(text_of("# a\n  root: anna\nbert: carla\n"), &problems);

	ck_assert_uint_eq(problems.count, 1);
	ck_assert_str_eq(problems.items[0],
	    FILE_NAME ":2: a blank begins the line, but no alias goes on here");
	ck_assert_uint_eq(aliases.count, 1);
	aliases_free(&aliases);
	strlist_free(&problems);
}
END_TEST

START_TEST(an_endless_alias_is_a_problem)
{
	struct strlist problems = {0};
	struct buf file = {0};
	struct aliases aliases;

	buf_add_string(&file, "big: x");
	while (file.length < 2 * ALIAS_MAX_LINE)
		buf_add_string(&file, ",\n  somebody@example.org");
	buf_add_string(&file, "\nlast: two\n");
	aliases = read_text(buf_text(&file), &problems);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_str_eq(problems.items[0],
	    FILE_NAME ":1: an alias longer than 1048576 bytes");
	ck_assert_uint_eq(aliases.count, 1);
	aliases_free(&aliases);
	buf_free(&file);
	strlist_free(&problems);
}
END_TEST

START_TEST(no_more_than_a_hundred_problems_are_told)
{
	struct strlist problems = {0};
	struct buf file = {0};
	struct aliases aliases;

	for (int i = 0; i < 300; i++)
		buf_add_string(&file, "bad\ngood: x\n");
	aliases = read_text(buf_text(&file), &problems);
	ck_assert_uint_eq(problems.count, ALIAS_MAX_PROBLEMS);
	ck_assert_uint_eq(aliases.count, 1);
	aliases_free(&aliases);
	buf_free(&file);
	strlist_free(&problems);
}
END_TEST

START_TEST(a_target_is_known_by_how_it_begins)
{
	static const struct {
		const char *list;
		const char *target;
		const char *rest;
		enum target_kind kind;
	} cases[] = {
	    {"anna", "anna", "", TARGET_ADDRESS},
	    {" anna , bert", "anna", " bert", TARGET_ADDRESS},
	    {",, anna,", "anna", "", TARGET_ADDRESS},
	    {"anna@example.org", "anna@example.org", "", TARGET_ADDRESS},
	    {"\"anna@example.org\"", "anna@example.org", "", TARGET_ADDRESS},
	    {"\"a b\"", "\"a b\"", "", TARGET_ADDRESS},
	    {"\"a, b\"@c, d", "\"a, b\"@c", " d", TARGET_ADDRESS},
	    {"Doe (J, K) <j@x>, d", "Doe (J, K) <j@x>", " d", TARGET_ADDRESS},
	    {"\\anna", "anna", "", TARGET_LITERAL},
	    {"\"\\anna\"", "anna", "", TARGET_LITERAL},
	    {":include:/etc/x, a", "/etc/x", " a", TARGET_INCLUDE},
	    {":Include: /etc/x", "/etc/x", "", TARGET_INCLUDE},
	    {"\":include:/etc/x, y\"", "/etc/x, y", "", TARGET_INCLUDE},
	    {":include:\"/etc/x, y\"", "/etc/x, y", "", TARGET_INCLUDE},
	    {"|prog -x, a", "prog -x", " a", TARGET_COMMAND},
	    {"\"|prog a, b\", c", "prog a, b", " c", TARGET_COMMAND},
	    {"|\"prog a, b\", c", "prog a, b", " c", TARGET_COMMAND},
	    {"| /bin/prog", "/bin/prog", "", TARGET_COMMAND},
	    {"/dev/null", "/dev/null", "", TARGET_FILE},
	    {"\"/var/a b\", c", "/var/a b", " c", TARGET_FILE},
	};

	for (int i = 0; i < COUNT(cases); i++) {
		struct text rest = text_of(cases[i].list);
		struct text target;
		enum target_kind kind;

		ck_assert(alias_next_target(&rest, &kind, &target));
		ck_assert_int_eq(kind, cases[i].kind);
		if (!text_is(target, cases[i].target) ||
		    !text_is(rest, cases[i].rest))
			ck_abort_msg("%s: %.*s", cases[i].list,
			    (int)target.length, target.data);
	}
}
END_TEST

/* --- who is behind it ---------------------------------------------------- */

/* What the reader below finds. */
static const struct {
	const char *path;
	const char *contents;
} files[] = {
    {"/list", "\xef\xbb\xbf# who\r\nanna\r\n\r\n bert@x, carla\n#dora"},
    {"/empty", "# nobody\n"},
    {"/self", "anna\n:include:/self\n"},
    {"/deep", "anna, :include:/deeper\n"},
    {"/deeper", "bert\n\n:include:/deep\n:include:/list\n"},
    {"/bad", "anna\n\nb c\nbert\n"},
    {"/relative", ":include:list\n"},
    {"/commands", "|x\n/y\n"},
    {"/staff", "staff, bert@x\n"},
    {"/club", "board\n"},
};

static int read_known(const char *path, struct buf *contents, struct error *err)
{
	for (int i = 0; i < COUNT(files); i++)
		if (strcmp(files[i].path, path) == 0) {
			buf_add_string(contents, files[i].contents);
			return 0;
		}
	return (fail)(err, ERROR_CONFIG, "%s is not there", path);
}

/* Each includes the next one. */
static int read_endless(const char *path, struct buf *contents,
    struct error *err)
{
	(void)err;
	buf_addf(contents, "anna\n:include:%sx\n", path);
	return 0;
}

/* Each includes two others. */
static int read_tree(const char *path, struct buf *contents, struct error *err)
{
	(void)err;
	buf_addf(contents, ":include:%sx\n:include:%sy\n", path, path);
	return 0;
}

static void join(struct buf *buf, const struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		buf_addf(buf, "%s%s", i > 0 ? ", " : "", list->items[i]);
}

struct example {
	const char *file;
	const char *address;
	const char *found;
	const char *sentence; /* behind the file's name; NULL: none */
	const char *warning;  /* the same */
	enum error_kind kind;
};

static void require_sentence(const char *expected, const char *said)
{
	ck_assert(strncmp(said, FILE_NAME, sizeof FILE_NAME - 1) == 0);
	ck_assert_str_eq(said + sizeof FILE_NAME - 1, expected);
}

static void require_expansion(const struct example *expected)
{
	struct aliases aliases = read_good(expected->file);
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct buf found = {0};
	struct error err = {0};
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	};
	int result =
	    expand_address(&expanding, expected->address, &addresses, &err);

	join(&found, &addresses);
	if (strcmp(buf_string(&found), expected->found) != 0 ||
	    (result == 0) != (expected->sentence == NULL))
		ck_abort_msg("%s%s: %s\n%s", expected->file, expected->address,
		    buf_string(&found), result < 0 ? err.text : "");
	if (result < 0)
		require_sentence(expected->sentence, err.text);
	ck_assert_int_eq(err.kind, expected->kind);
	ck_assert_uint_eq(warnings.count, expected->warning != NULL);
	if (expected->warning != NULL)
		require_sentence(expected->warning, warnings.items[0]);
	for (size_t i = 0; i < addresses.count; i++)
		ck_assert_int_eq(address_check(text_of(addresses.items[i]),
				     &err),
		    0);
	buf_free(&found);
	strlist_free(&addresses);
	strlist_free(&warnings);
	aliases_free(&aliases);
}

static void require_expansions(const struct example *cases, int count)
{
	for (int i = 0; i < count; i++)
		require_expansion(&cases[i]);
}

START_TEST(aliases_are_for_local_addresses_in_any_case)
{
	static const struct example cases[] = {
	    {.file = "root: anna@x\n",
		.address = "root@example.com",
		.found = "anna@x"},
	    {.file = "root: anna@x\n",
		.address = "root@localhost",
		.found = "anna@x"},
	    {.file = "root: anna@x\n",
		.address = "root@web1.example.com",
		.found = "anna@x"},
	    {.file = "root: anna@x\n",
		.address = "ROOT@Example.COM",
		.found = "anna@x"},
	    {.file = "root: anna@x\n",
		.address = "root@LocalHost",
		.found = "anna@x"},
	    {.file = "root@localhost: anna@x\n",
		.address = "root@example.com",
		.found = "anna@x"},
	    {.file = "root: anna@x\n", .address = "root@x", .found = "root@x"},
	    {.file = "root: anna@x\n",
		.address = "root@web2.example.com",
		.found = "root@web2.example.com"},
	    {.file = "root: anna@x\n",
		.address = "bert@example.com",
		.found = "bert@example.com"},
	    {.file = "root: anna@x\n",
		.address = "bert@localhost",
		.found = "bert@localhost"},
	    {.file = "", .address = "root@localhost", .found = "root@localhost"},
	    {.file = "\"a b\": anna@x\n",
		.address = "\"a b\"@localhost",
		.found = "anna@x"},
	    {.file = "j\xc3\xbcrgen: a@x\n",
		.address = "j\xc3\xbcrgen@localhost",
		.found = "a@x"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(targets_are_completed_and_followed)
{
	static const struct example cases[] = {
	    {.file = "root: anna\n",
		.address = "root@localhost",
		.found = "anna@example.com"},
	    {.file = "root: anna\nanna: bert\nbert: b@x\n",
		.address = "root@localhost",
		.found = "b@x"},
	    {.file = "root: anna@localhost\nanna: a@x\n",
		.address = "root@localhost",
		.found = "a@x"},
	    {.file = "root: ANNA@WEB1.example.com\nanna: a@x\n",
		.address = "root@localhost",
		.found = "a@x"},
	    {.file = "root: anna@y\nanna: a@x\n",
		.address = "root@localhost",
		.found = "anna@y"},
	    {.file = "root: a@x, b@x, a@x\n",
		.address = "root@localhost",
		.found = "a@x, b@x"},
	    {.file = "root: a, b\na: c@x, d@x\nb: d@x, c@x, e@x\n",
		.address = "root@localhost",
		.found = "c@x, d@x, e@x"},
	    {.file = "root: a, b\na: c\nb: c\nc: d@x\n",
		.address = "root@localhost",
		.found = "d@x"},
	    {.file = "root: Anna B. <a@x>, \"b c\"@x, \"d e\"\n",
		.address = "root@localhost",
		.found = "a@x, \"b c\"@x, \"d e\"@example.com"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_backslash_ends_it)
{
	static const struct example cases[] = {
	    {.file = "anna: \\anna, a@x\n",
		.address = "anna@localhost",
		.found = "anna@example.com, a@x"},
	    {.file = "root: \\anna\nanna: a@x\n",
		.address = "root@localhost",
		.found = "anna@example.com"},
	    {.file = "root: \\anna@localhost\nanna: a@x\n",
		.address = "root@localhost",
		.found = "anna@localhost"},
	    {.file = "root: \"\\anna\"\n*: a@x\n",
		.address = "root@localhost",
		.found = "anna@example.com"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(an_alias_that_names_itself_keeps_the_name)
{
	static const struct example cases[] = {
	    {.file = "anna: anna, a@x\n",
		.address = "anna@localhost",
		.found = "anna@example.com, a@x"},
	    {.file = "anna: Anna@localhost\n",
		.address = "anna@example.com",
		.found = "Anna@localhost"},
	    {.file = "root: anna\nanna: anna, a@x\n",
		.address = "root@localhost",
		.found = "anna@example.com, a@x"},
	    {.file = "staff: :include:/staff\n",
		.address = "staff@localhost",
		.found = "staff@example.com, bert@x"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_loop_is_told_and_the_rest_still_goes)
{
	static const struct example cases[] = {
	    {.file = "\na: b\nb: a\n",
		.address = "a@localhost",
		.found = "",
		.sentence = ":2: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	    {.file = "a: b, y@x\nb: c\nc: A, z@x\n",
		.address = "a@localhost",
		.found = "z@x, y@x",
		.sentence = ":1: the alias a leads back to itself: a, b, c, a",
		.kind = ERROR_CONFIG},
	    {.file = "r: a, y@x\na: b\nb: a\n",
		.address = "r@localhost",
		.found = "y@x",
		.sentence = ":2: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	    {.file = "club: :include:/club\nboard: :include:/list, club\n",
		.address = "club@localhost",
		.found = "anna@example.com, bert@x, carla@example.com",
		.sentence =
		    ":1: the alias club leads back to itself: club, board, club",
		.kind = ERROR_CONFIG},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_star_catches_who_has_no_alias)
{
	static const struct example cases[] = {
	    {.file = "*: a@x\n", .address = "whoever@localhost", .found = "a@x"},
	    {.file = "*: a@x\n", .address = "whoever@x", .found = "whoever@x"},
	    {.file = "*: a@x\nroot: b@x\n",
		.address = "root@localhost",
		.found = "b@x"},
	    {.file = "*: a@x\nroot: anna\n",
		.address = "root@localhost",
		.found = "a@x"},
	    {.file = "*: catch\n",
		.address = "whoever@localhost",
		.found = "catch@example.com"},
	    {.file = "*: catch\n",
		.address = "catch@localhost",
		.found = "catch@example.com"},
	    {.file = "*: catch@example.com\n",
		.address = "root@example.com",
		.found = "catch@example.com"},
	    {.file = "*: catch\ncatch: a@x, dog\n",
		.address = "whoever@localhost",
		.found = "a@x, dog@example.com"},
	    {.file = "*: a\nall: b, c\n",
		.address = "all@localhost",
		.found = "a@example.com"},
	    {.file = "*: *\n",
		.address = "whoever@localhost",
		.found = "*@example.com"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_star_makes_no_loop)
{
	static const struct example cases[] = {
	    {.file = "*: root\nroot: anna\n",
		.address = "root@localhost",
		.found = "anna@example.com"},
	    {.file = "*: root\nroot: anna\n",
		.address = "bert@localhost",
		.found = "anna@example.com"},
	    {.file = "*: root\nroot: anna\n",
		.address = "anna@localhost",
		.found = "anna@example.com"},
	    {.file = "*: root, y@x\nroot: anna, bert\n",
		.address = "root@localhost",
		.found = "anna@example.com, bert@example.com, y@x"},
	    {.file = "*: root\nroot: anna\ntop: root, bert\n",
		.address = "top@localhost",
		.found = "anna@example.com"},
	    {.file = "*: r, s\nr: s, bert\ns: anna\n",
		.address = "r@localhost",
		.found = "anna@example.com, bert@example.com"},
	    {.file = "*: root\nroot: adm\nadm: anna\n",
		.address = "root@localhost",
		.found = "anna@example.com"},
	    {.file = "*: root, y@x\nroot: anna, \\bert\nadm: root, carla\n",
		.address = "adm@localhost",
		.found = "bert@example.com, anna@example.com, y@x"},
	    {.file = "*: a, b\na: c\nb: d\n",
		.address = "b@localhost",
		.found = "c@example.com, d@example.com"},
	    {.file = "*: whoever\n*x: y@x\n",
		.address = "*@localhost",
		.found = "whoever@example.com"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_star_hides_no_loop)
{
	static const struct example cases[] = {
	    {.file = "a: b\nb: a, c\n*: d@x\n",
		.address = "a@localhost",
		.found = "d@x",
		.sentence = ":1: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	    {.file = "*: a, d@x\na: b\nb: a\nc: e\n",
		.address = "c@localhost",
		.found = "d@x",
		.sentence = ":2: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	    {.file = "*: r\nr: a, c\na: b\nb: a\n",
		.address = "r@localhost",
		.found = "c@example.com",
		.sentence = ":3: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	    {.file = "*: a\na: b\nb: a\n",
		.address = "whoever@localhost",
		.found = "",
		.sentence = ":2: the alias a leads back to itself: a, b, a",
		.kind = ERROR_CONFIG},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(an_included_file_is_a_list)
{
	static const struct example cases[] = {
	    {.file = "all: :include:/list, e@x\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@x, carla@example.com, e@x"},
	    {.file = "all: :include:/list\ncarla: c@x\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@x, c@x"},
	    {.file = "all: a, b\na: :include:/list\nb: :include:/list, b@x\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@x, carla@example.com, b@x"},
	    {.file = "all: :include:/list, :include:/list\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@x, carla@example.com"},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(a_bad_include_is_told_and_the_rest_still_goes)
{
	static const struct example cases[] = {
	    {.file = "\nall: :include:/none, a@x\n",
		.address = "all@localhost",
		.found = "a@x",
		.sentence = ":2: /none is not there",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:/none\n",
		.address = "all@localhost",
		.found = "",
		.sentence = ":1: /none is not there",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:list, a@x\n",
		.address = "all@localhost",
		.found = "a@x",
		.sentence = ":1: :include:list is not followed: its path "
			    "does not begin with /",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:, a@x\n",
		.address = "all@localhost",
		.found = "a@x",
		.sentence = ":1: :include: is not followed: its path "
			    "does not begin with /",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:/relative, a@x\n",
		.address = "all@localhost",
		.found = "a@x",
		.sentence = ":1: /relative:1: :include:list is not followed: "
			    "its path does not begin with /",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:/self\n",
		.address = "all@localhost",
		.found = "anna@example.com",
		.sentence = ":1: /self:2: :include:/self is not followed: it "
			    "includes itself",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:/deep\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@example.com, bert@x, "
			 "carla@example.com",
		.sentence = ":1: /deeper:3: :include:/deep is not followed: it "
			    "includes itself",
		.kind = ERROR_CONFIG},
	    {.file = "all: :include:/bad\n",
		.address = "all@localhost",
		.found = "anna@example.com, bert@example.com",
		.sentence =
		    ":1: /bad:3: what stands there is no usable mail address: blanks must be "
		    "quoted",
		.kind = ERROR_ADDRESS},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(commands_and_files_are_passed_over)
{
	static const struct example cases[] = {
	    {.file = "a: |prog -x, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.warning = ":1: commands are not run, such as prog -x"},
	    {.file = "a: \"|prog -x, y\", a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.warning = ":1: commands are not run, such as prog -x, y"},
	    {.file = "a: |x\ttab, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.warning = ":1: commands are not run, such as x\\x09tab"},
	    {.file = "\na: a@x, /var/box\n",
		.address = "a@localhost",
		.found = "a@x",
		.warning = ":2: mail is not written to files, such as "
			   "/var/box"},
	    {.file = "a: |x, a@x, |x\n",
		.address = "a@localhost",
		.found = "a@x",
		.warning = ":1: commands are not run, such as x"},
	    {.file = "nobody: /dev/null\n",
		.address = "nobody@localhost",
		.found = "",
		.sentence = ":1: the alias nobody leads to nobody",
		.warning =
		    ":1: mail is not written to files, such as /dev/null",
		.kind = ERROR_NO_USER},
	    {.file = "a: b, a@x\nb: \"|prog\"\n",
		.address = "a@localhost",
		.found = "a@x",
		.sentence = ":2: the alias b leads to nobody",
		.warning = ":2: commands are not run, such as prog",
		.kind = ERROR_NO_USER},
	    {.file = "a: :include:/empty\n",
		.address = "a@localhost",
		.found = "",
		.sentence = ":1: the alias a leads to nobody",
		.kind = ERROR_NO_USER},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(an_unusable_target_is_told_and_the_rest_still_goes)
{
	static const struct example cases[] = {
	    {.file = "a: b c, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.sentence =
		    ":1: b c is no usable mail address: blanks must be quoted",
		.kind = ERROR_ADDRESS},
	    {.file = "a: b c, :include:/none, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.sentence = ":1: b c is no usable mail address: blanks must "
			    "be quoted",
		.kind = ERROR_ADDRESS},
	    {.file = "a: \\, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.sentence =
		    ":1: what stands there is no usable mail address: there is "
		    "nothing before the \"@\"",
		.kind = ERROR_ADDRESS},
	    {.file = "a: b:, a@x\n",
		.address = "a@localhost",
		.found = "a@x",
		.sentence = ":1: b: is no usable mail address: a special "
			    "character is not quoted",
		.kind = ERROR_ADDRESS},
	    {.file = "a: b@x@y\n",
		.address = "a@localhost",
		.found = "",
		.sentence = ":1: b@x@y is no usable mail address: "
			    "something stands behind the domain; commas "
			    "separate addresses",
		.kind = ERROR_ADDRESS},
	    {.file = "a: \"b, c@x\n",
		.address = "a@localhost",
		.found = "",
		.sentence =
		    ":1: \"b, c@x is no usable mail address: a quote is not "
		    "closed",
		.kind = ERROR_ADDRESS},
	};

	require_expansions(cases, COUNT(cases));
}
END_TEST

START_TEST(depth_has_a_limit)
{
	static const char many[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	struct buf sentence = {0};
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct buf file = {0};
	struct aliases aliases;
	struct error err = {0};
	struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_endless,
	    .warnings = &warnings,
	};

	for (int i = 1; i <= EXPAND_MAX_DEPTH; i++)
		buf_addf(&file, "a%d: a%d, z%d@x\n", i, i + 1, i);
	buf_addf(&file, "a%d: z@x\nlist: :include:/\n", EXPAND_MAX_DEPTH + 1);
	buf_addf(&sentence,
	    FILE_NAME ":52: /%.*s:2: :include:/%.*s is not followed: too many "
		      "aliases and files lead to it",
	    EXPAND_MAX_DEPTH - 2, many, EXPAND_MAX_DEPTH - 1, many);
	aliases = read_good(buf_string(&file));

	ck_assert_int_eq(expand_address(&expanding, "a2@localhost", &addresses,
			     &err),
	    0);
	ck_assert_uint_eq(addresses.count, EXPAND_MAX_DEPTH);
	strlist_free(&addresses);

	ck_assert_int_lt(expand_address(&expanding, "a1@localhost", &addresses,
			     &err),
	    0);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_str_eq(err.text,
	    FILE_NAME
	    ":51: the alias a51 is not followed, because too many aliases "
	    "lead to it");
	ck_assert_uint_eq(addresses.count, EXPAND_MAX_DEPTH);
	strlist_free(&addresses);

	ck_assert_int_lt(expand_address(&expanding, "list@localhost",
			     &addresses, &err),
	    0);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_str_eq(err.text, buf_string(&sentence));
	buf_free(&sentence);
	ck_assert_uint_eq(addresses.count, 1);
	strlist_free(&addresses);
	buf_free(&file);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

/* Without a limit there would be 2^50 files to read. */
START_TEST(an_alias_may_include_a_thousand_files)
{
	struct strlist warnings = {0};
	struct strlist problems = {0};
	struct aliases aliases = read_good("a: :include:/a, a@x\n");
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_tree,
	    .warnings = &warnings,
	};

	expand_all(&expanding, &problems);
	ck_assert_uint_eq(problems.count, ALIAS_MAX_PROBLEMS);
	strlist_free(&problems);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

/* Four aliases, each with a third of what is allowed. */
static void add_crowds(struct buf *file)
{
	for (const char *next = "bcde"; *next != '\0'; next++) {
		buf_addf(file, "%c: x@%c", *next, *next);
		for (int i = 0; i < EXPAND_MAX_ADDRESSES / 3; i++)
			buf_addf(file, ",%d@%c", i, *next);
		buf_add_byte(file, '\n');
	}
}

START_TEST(addresses_have_a_limit)
{
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct strlist problems = {0};
	struct buf file = {0};
	struct aliases aliases;
	struct error err = {0};
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	};

	add_crowds(&file);
	aliases = read_good(buf_string(&file));
	expand_all(&expanding, &problems);
	ck_assert_uint_eq(problems.count, 0);
	aliases_free(&aliases);

	buf_add_string(&file, "a: b, c, d, e\n");
	aliases = read_good(buf_string(&file));
	ck_assert_int_lt(expand_address(&expanding, "a@localhost", &addresses,
			     &err),
	    0);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_str_eq(err.text,
	    FILE_NAME
	    ":3: the aliases of one recipient have more than 100000 targets");
	ck_assert_uint_eq(addresses.count, EXPAND_MAX_ADDRESSES - 4);
	expand_all(&expanding, &problems);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_str_eq(problems.items[0], err.text);
	aliases_free(&aliases);
	buf_free(&file);
	strlist_free(&problems);
	strlist_free(&addresses);
	strlist_free(&warnings);
}
END_TEST

START_TEST(who_was_there_before_stays)
{
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct aliases aliases = read_good("a: b@x\n");
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	};

	strlist_add(&addresses, text_of("before"));
	ck_assert_int_eq(expand_address(&expanding, "a@localhost", &addresses,
			     &err),
	    0);
	ck_assert_uint_eq(addresses.count, 2);
	ck_assert_str_eq(addresses.items[0], "before");
	ck_assert_str_eq(addresses.items[1], "b@x");
	strlist_free(&addresses);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

START_TEST(each_alias_leaves_a_step)
{
	static const struct {
		const char *before;
		const char *after;
		const char *cause;
		unsigned line;
	} expected[] = {
	    {"root@localhost", "anna@example.com, b@x, carla@example.com",
		"Root: anna, b@x, \\carla", 1},
	    {"anna@example.com",
		"d@x, anna@example.com, bert@x, carla@example.com",
		"anna: d@x, :include:/list", 2},
	};
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct trace trace = {0};
	struct aliases aliases = read_good("Root: anna, b@x, \\carla\n"
					   "anna: d@x,\n  :include:/list\n");
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	    .trace = &trace,
	};

	ck_assert_int_eq(expand_address(&expanding, "root@localhost",
			     &addresses, &err),
	    0);
	ck_assert_uint_eq(trace.count, COUNT(expected));
	for (int i = 0; i < COUNT(expected); i++) {
		const struct step *step = &trace.steps[i];

		ck_assert_str_eq(step->stage, "alias");
		ck_assert_str_eq(step->scope, "envelope_to");
		ck_assert_str_eq(step->before, expected[i].before);
		ck_assert_str_eq(step->after, expected[i].after);
		ck_assert_str_eq(step->cause, expected[i].cause);
		ck_assert_str_eq(step->origin.file, FILE_NAME);
		ck_assert_uint_eq(step->origin.line, expected[i].line);
	}
	trace_free(&trace);
	strlist_free(&addresses);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

/* With "*" still to come on the way, and with "*" behind it. */
START_TEST(an_alias_is_followed_once_on_each_side_of_a_star)
{
	static const char *const expected[] = {"top@localhost", "a@example.com",
	    "c@example.com", "x@example.com", "a@example.com", "c@example.com",
	    "b@example.com"};
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct trace trace = {0};
	struct aliases aliases = read_good("top: a, b, c\n"
					   "a: c\n"
					   "b: c, a, x\n"
					   "c: x, y\n"
					   "*: a, c\n");
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	    .trace = &trace,
	};

	ck_assert_int_eq(expand_address(&expanding, "top@localhost", &addresses,
			     &err),
	    0);
	ck_assert_uint_eq(addresses.count, 2);
	ck_assert_uint_eq(trace.count, COUNT(expected));
	for (int i = 0; i < COUNT(expected); i++)
		ck_assert_str_eq(trace.steps[i].before, expected[i]);
	trace_free(&trace);
	strlist_free(&addresses);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

START_TEST(a_step_may_lead_to_nobody)
{
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct trace trace = {0};
	struct aliases aliases = read_good("a: |prog\n");
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	    .trace = &trace,
	};

	ck_assert_int_lt(expand_address(&expanding, "a@localhost", &addresses,
			     &err),
	    0);
	ck_assert_uint_eq(trace.count, 1);
	ck_assert_str_eq(trace.steps[0].after, "");
	ck_assert_str_eq(trace.steps[0].cause, "a: |prog");
	trace_free(&trace);
	strlist_free(&addresses);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

START_TEST(a_long_alias_is_cut_in_the_trace)
{
	struct strlist warnings = {0};
	struct strlist addresses = {0};
	struct trace trace = {0};
	struct buf file = {0};
	struct aliases aliases;
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	    .trace = &trace,
	};

	buf_add_string(&file, "all: a");
	for (int i = 0; i < 100; i++)
		buf_addf(&file, ", a%d", i);
	aliases = read_good(buf_string(&file));
	ck_assert_int_eq(expand_address(&expanding, "all@localhost", &addresses,
			     &err),
	    0);
	ck_assert_uint_eq(trace.count, 1);
	ck_assert_uint_eq(strlen(trace.steps[0].cause), 5 + 200 + 3);
	ck_assert_ptr_nonnull(strstr(trace.steps[0].after, "a99@example.com"));
	buf_free(&file);
	trace_free(&trace);
	strlist_free(&addresses);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

START_TEST(newaliases_follows_each_alias_once)
{
	static const char *const expected[] = {
	    FILE_NAME ":1: the alias a leads back to itself: a, b, a",
	    FILE_NAME ":3: /none is not there",
	    FILE_NAME ":4: x y is no usable mail address: blanks must be "
		      "quoted",
	};
	struct strlist warnings = {0};
	struct strlist problems = {0};
	struct aliases aliases = read_good("a: b, f@x\n"
					   "b: a, c\n"
					   "c: :include:/none\n"
					   "d: x y, e, |one\n"
					   "e: |two\n"
					   "f: a, b, c, d, e\n"
					   "*: f, g\n");
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	};

	expand_all(&expanding, &problems);
	ck_assert_uint_eq(problems.count, COUNT(expected));
	for (int i = 0; i < COUNT(expected); i++)
		ck_assert(strlist_has(&problems, expected[i]));
	ck_assert_uint_eq(warnings.count, 3);
	ck_assert(strlist_has(&warnings,
	    FILE_NAME ":5: the alias e leads to nobody"));
	strlist_free(&problems);
	aliases_free(&aliases);
	strlist_free(&warnings);
}
END_TEST

/* --- how long it takes --------------------------------------------------- */

/* Processor time to follow everybody behind so many aliases. */
static clock_t measure(int count)
{
	struct strlist warnings = {0};
	struct strlist problems = {0};
	struct strlist addresses = {0};
	struct buf file = {0};
	struct aliases aliases;
	struct error err;
	const struct expanding expanding = {
	    .aliases = &aliases,
	    .site = &site,
	    .read = read_known,
	    .warnings = &warnings,
	};
	clock_t before;

	buf_add_string(&file, "all: nobody@x");
	for (int i = 0; i < count; i++)
		buf_addf(&file, ",\n u%d", i);
	for (int i = 0; i < count; i++)
		buf_addf(&file, "\nU%d: u%d@x, all%d@x, u%d", i, i, i % 10,
		    (i + count / 2) / 2 * 2 + 1);
	buf_add_string(&file, "\n*: all\n");
	before = clock();
	aliases = read_text(buf_text(&file), &problems);
	(void)expand_address(&expanding, "all@localhost", &addresses, &err);
	expand_all(&expanding, &problems);
	before = clock() - before;
	ck_assert_uint_ge(addresses.count, (size_t)count);
	strlist_free(&addresses);
	buf_free(&file);
	aliases_free(&aliases);
	strlist_free(&problems);
	strlist_free(&warnings);
	return before;
}

START_TEST(five_thousand_targets_are_quick)
{
	/* A quadratic one takes a hundred times as long for ten times. */
	enum { FEW = 500, MANY = 5000, FACTOR = 40 };
	clock_t few = measure(FEW);

	ck_assert_int_lt(measure(MANY), FACTOR * (few + CLOCKS_PER_SEC / 1000));
}
END_TEST

Suite *suite_alias(void)
{
	Suite *suite = suite_create("alias");
	TCase *file = tcase_create("file");
	TCase *behind = tcase_create("behind");

	tcase_add_test(file, one_alias_may_be_written_in_many_ways);
	tcase_add_test(file, the_file_of_a_system_is_read_unchanged);
	tcase_add_test(file, an_empty_file_has_no_aliases);
	tcase_add_test(file, each_bad_line_is_named_and_the_rest_counts);
	tcase_add_test(file, a_line_cannot_continue_what_is_not_there);
	tcase_add_test(file, an_endless_alias_is_a_problem);
	tcase_add_test(file, no_more_than_a_hundred_problems_are_told);
	tcase_add_test(file, a_target_is_known_by_how_it_begins);
	suite_add_tcase(suite, file);

	tcase_add_test(behind, aliases_are_for_local_addresses_in_any_case);
	tcase_add_test(behind, targets_are_completed_and_followed);
	tcase_add_test(behind, a_backslash_ends_it);
	tcase_add_test(behind, an_alias_that_names_itself_keeps_the_name);
	tcase_add_test(behind, a_loop_is_told_and_the_rest_still_goes);
	tcase_add_test(behind, a_star_catches_who_has_no_alias);
	tcase_add_test(behind, a_star_makes_no_loop);
	tcase_add_test(behind, a_star_hides_no_loop);
	tcase_add_test(behind, an_included_file_is_a_list);
	tcase_add_test(behind, a_bad_include_is_told_and_the_rest_still_goes);
	tcase_add_test(behind, commands_and_files_are_passed_over);
	tcase_add_test(behind,
	    an_unusable_target_is_told_and_the_rest_still_goes);
	tcase_add_test(behind, depth_has_a_limit);
	tcase_add_test(behind, an_alias_may_include_a_thousand_files);
	tcase_add_test(behind, addresses_have_a_limit);
	tcase_add_test(behind, who_was_there_before_stays);
	tcase_add_test(behind, each_alias_leaves_a_step);
	tcase_add_test(behind,
	    an_alias_is_followed_once_on_each_side_of_a_star);
	tcase_add_test(behind, a_step_may_lead_to_nobody);
	tcase_add_test(behind, a_long_alias_is_cut_in_the_trace);
	tcase_add_test(behind, newaliases_follows_each_alias_once);
	tcase_add_test(behind, five_thousand_targets_are_quick);
	suite_add_tcase(suite, behind);
	return suite;
}
