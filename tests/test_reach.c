#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aside.h"
#include "candidates.h"
#include "clock.h"
#include "idn.h"
#include "outage.h"
#include "race.h"
#include "run.h"
#include "scratch.h"
#include "socks.h"
#include "srv.h"
#include "suites.h"

/* The ways to a smarthost; on loopback, and never further. */

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum {
	AMPLE = 20000, /* milliseconds for what ends */
	SHORT = 300    /* for what does not */
};

/* --- names --------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *ascii; /* NULL: refused */
} idn_names[] = {
    {"mail.example.com", "mail.example.com"},
    {"MAIL.example.com", "MAIL.example.com"},
    {"b\xc3\xbc"
     "cher.example",
	"xn--bcher-kva.example"},
    {"B\xc3\x9c"
     "CHER.example",
	"xn--bcher-kva.example"},
    {"stra\xc3\x9f"
     "e.example",
	"xn--strae-oqa.example"},
    {"\xe4\xbe\x8b\xe3\x81\x88.example", "xn--r8jz45g.example"},
    {"a\xe3\x80\x82"
     "b.example",
	"a.b.example"},
    {"\xcc\x80"
     "a.example",
	NULL},
    {"a\xe2\x80\x8d"
     "b.example",
	NULL},
};

START_TEST(a_name_in_utf8_becomes_a_labels)
{
	struct buf ascii = {0};
	struct error err = {0};
	int result = idn_add_ascii(&ascii, text_of(idn_names[_i].name),
	    ERROR_ADDRESS, &err);

	if (result < 0 && err.kind == ERROR_SYSTEM) {
		/* No libidn2 here; that it is said is all there is to see. */
		ck_assert_ptr_nonnull(strstr(err.text, "libidn2"));
	} else if (idn_names[_i].ascii == NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	} else {
		ck_assert_msg(result == 0, "%s", err.text);
		ck_assert_str_eq(buf_string(&ascii), idn_names[_i].ascii);
	}
	buf_free(&ascii);
}
END_TEST

static struct address address_of(const char *name, unsigned port)
{
	struct address address = {0};

	ck_assert(resolve_numeric(name, port, &address));
	return address;
}

static const struct {
	const char *before; /* a digit is an IPv6 address, a letter IPv4 */
	const char *after;
} orders[] = {
    {"", ""},
    {"a", "a"},
    {"123", "123"},
    {"123abc", "1a2b3c"},
    {"abc1", "a1bc"},
    {"1a2b", "1a2b"},
    {"123456a", "1a23456"},
};

START_TEST(families_take_turns)
{
	struct addresses addresses = {0};
	struct address *items = addresses.items;
	char name[32];

	for (const char *at = orders[_i].before; *at != '\0'; at++) {
		(void)snprintf(name, sizeof name,
		    *at <= '9' ? "2001:db8::%c" : "192.0.2.%d", *at);
		items[addresses.count++] = address_of(name, 25);
	}
	addresses_interleave(&addresses);
	ck_assert_uint_eq(addresses.count, strlen(orders[_i].after));
	for (size_t i = 0; i < addresses.count; i++) {
		struct buf shown = {0};
		char at = orders[_i].after[i];

		(void)snprintf(name, sizeof name,
		    at <= '9' ? "[2001:db8::%c]:25" : "[192.0.2.%d]:25", at);
		address_add(&shown, &items[i]);
		ck_assert_str_eq(buf_string(&shown), name);
		buf_free(&shown);
	}
}
END_TEST

START_TEST(a_name_of_this_host_is_found)
{
	struct addresses addresses;
	struct error err = {0};

	ck_assert_msg(resolve_name("localhost", 25, IP_4, clock_ticks() + AMPLE,
			  &addresses, &err) == 0,
	    "%s", err.text);
	ck_assert_uint_ge(addresses.count, 1);
	ck_assert_int_eq(addresses.items[0].bytes.ss_family, AF_INET);
}
END_TEST

static void never_answer(const void *question, struct buf *answer)
{
	(void)question;
	(void)answer;
	(void)poll(NULL, 0, -1);
}

static void answer_double(const void *question, struct buf *answer)
{
	buf_addf(answer, "%s%s", (const char *)question,
	    (const char *)question);
}

START_TEST(an_answer_from_aside_arrives)
{
	struct buf answer = {0};
	struct error err = {0};

	ck_assert_int_eq(aside_ask(answer_double, "ab", clock_ticks() + AMPLE,
			     &answer, &err),
	    0);
	ck_assert_str_eq(buf_string(&answer), "abab");
	buf_free(&answer);
}
END_TEST

START_TEST(nobody_aside_is_waited_for_too_long)
{
	struct buf answer = {0};
	struct error err = {0};
	int64_t start = clock_ticks();

	ck_assert_int_eq(aside_ask(never_answer, NULL, start + SHORT, &answer,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_NETWORK);
	ck_assert_int_lt(clock_ticks() - start, AMPLE);
	buf_free(&answer);
}
END_TEST

/* --- races --------------------------------------------------------------- */

/* A socket of 127.0.0.1 and the port that the system gave it. */
static int bind_any(unsigned *port)
{
	struct address address = address_of("127.0.0.1", 0);
	struct sockaddr_in bound = {0};
	socklen_t size = sizeof bound;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address.bytes,
			     address.length),
	    0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	*port = ntohs(bound.sin_port);
	return fd;
}

static int listen_any(unsigned *port)
{
	int fd = bind_any(port);

	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

/* A listener whose queue is full, so that nobody gets an answer any more. */
struct black_hole {
	int listener;
	int guests[4];
	unsigned port;
};

static void open_black_hole(struct black_hole *hole)
{
	struct address address;

	hole->listener = bind_any(&hole->port);
	ck_assert_int_eq(listen(hole->listener, 0), 0);
	address = address_of("127.0.0.1", hole->port);
	for (int i = 0; i < COUNT(hole->guests); i++) {
		hole->guests[i] = socket(AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(hole->guests[i],
		    (struct sockaddr *)&address.bytes, address.length);
	}
}

static void close_black_hole(struct black_hole *hole)
{
	for (int i = 0; i < COUNT(hole->guests); i++)
		(void)close(hole->guests[i]);
	(void)close(hole->listener);
}

static int race_to(const unsigned *ports, size_t count, int64_t limit,
    struct address *winner, struct error *err)
{
	struct addresses addresses = {.count = count};

	for (size_t i = 0; i < count; i++)
		addresses.items[i] = address_of("127.0.0.1", ports[i]);
	return race_connect(&addresses, NULL, clock_ticks() + limit, winner,
	    err);
}

static unsigned port_of(const struct address *address)
{
	const void *bytes = &address->bytes;

	return ntohs(((const struct sockaddr_in *)bytes)->sin_port);
}

START_TEST(a_refused_address_makes_way_at_once)
{
	unsigned ports[3];
	int closed = bind_any(&ports[0]);
	int also_closed = bind_any(&ports[1]);
	int open = listen_any(&ports[2]);
	struct address winner;
	struct error err = {0};
	int64_t start = clock_ticks();
	int fd = race_to(ports, 3, AMPLE, &winner, &err);

	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_lt(clock_ticks() - start, RACE_DELAY);
	ck_assert_uint_eq(port_of(&winner), ports[2]);
	(void)close(fd);
	(void)close(open);
	(void)close(also_closed);
	(void)close(closed);
}
END_TEST

START_TEST(a_silent_address_costs_one_delay)
{
	struct black_hole hole;
	unsigned ports[2];
	int open;
	struct address winner;
	struct error err = {0};
	int64_t start;
	int64_t taken;
	int fd;

	open_black_hole(&hole);
	ports[0] = hole.port;
	open = listen_any(&ports[1]);
	start = clock_ticks();
	fd = race_to(ports, 2, AMPLE, &winner, &err);
	taken = clock_ticks() - start;
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_uint_eq(port_of(&winner), ports[1]);
	ck_assert_int_ge(taken, RACE_DELAY);
	ck_assert_int_lt(taken, 4L * RACE_DELAY); /* a busy machine's */
	(void)close(fd);
	(void)close(open);
	close_black_hole(&hole);
}
END_TEST

START_TEST(a_race_ends_with_its_deadline)
{
	struct black_hole hole;
	unsigned ports[3];
	struct address winner;
	struct error err = {0};
	int64_t start = clock_ticks();

	open_black_hole(&hole);
	ports[0] = ports[1] = ports[2] = hole.port;
	ck_assert_int_eq(race_to(ports, 3, SHORT, &winner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NETWORK);
	ck_assert_ptr_nonnull(strstr(err.text, "one of 3 addresses"));
	ck_assert_ptr_nonnull(strstr(err.text, "no answer in time"));
	ck_assert_int_ge(clock_ticks() - start, SHORT);
	close_black_hole(&hole);
}
END_TEST

START_TEST(a_race_without_winner_says_why)
{
	unsigned port;
	int closed = bind_any(&port);
	struct address winner;
	struct error err = {0};

	ck_assert_int_eq(race_to(&port, 1, AMPLE, &winner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NETWORK);
	ck_assert_ptr_nonnull(strstr(err.text, strerror(ECONNREFUSED)));
	(void)close(closed);
}
END_TEST

START_TEST(a_source_is_connected_from)
{
	struct addresses addresses = {.count = 1};
	struct address source = address_of("127.0.0.1", 0);
	struct address other = address_of("::1", 0);
	struct address winner;
	struct error err = {0};
	unsigned port;
	int open = listen_any(&port);
	int64_t deadline = clock_ticks() + AMPLE;
	int fd;

	addresses.items[0] = address_of("127.0.0.1", port);
	fd = race_connect(&addresses, &source, deadline, &winner, &err);
	ck_assert_msg(fd >= 0, "%s", err.text);
	(void)close(fd);
	ck_assert_int_eq(race_connect(&addresses, &other, deadline, &winner,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	(void)close(open);
}
END_TEST

/* --- proxies ------------------------------------------------------------- */

static const struct {
	const char *value;
	const char *host; /* NULL: refused */
	unsigned port;
	const char *user; /* NULL: none */
	const char *password;
} proxies[] = {
    {"socks5://proxy.example:1081", "proxy.example", 1081, NULL, NULL},
    {"socks5://proxy.example", "proxy.example", 1080, NULL, NULL},
    {"SOCKS5://192.0.2.1/", "192.0.2.1", 1080, NULL, NULL},
    {"socks5://[2001:db8::1]:99", "2001:db8::1", 99, NULL, NULL},
    {"socks5://anna:b@h", "h", 1080, "anna", "b"},
    {"socks5://an%40x:p%3a%25%2F@h:1", "h", 1, "an@x", "p:%/"},
    {.value = "proxy.example:1080"},
    {.value = "http://proxy.example:1080"},
    {.value = "socks5://"},
    {.value = "socks5://anna@h"},
    {.value = "socks5://anna:@h"},
    {.value = "socks5://:b@h"},
    {.value = "socks5://anna:%4@h"},
    {.value = "socks5://anna:%zz@h"},
    {.value = "socks5://anna:b@"},
    {.value = "socks5://anna:b@c@h"},
    {.value = "socks5://h:0"},
    {.value = "socks5://unix:/h"},
    {.value = "socks5://|true"},
};

START_TEST(a_proxy_has_a_host_a_port_and_maybe_a_login)
{
	struct proxy proxy = {0};
	struct error err = {0};
	int result = proxy_read(&proxy, text_of(proxies[_i].value), &err);

	if (proxies[_i].host == NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_ptr_null(strstr(err.text, "anna"));
	} else {
		const char *user = proxies[_i].user;

		ck_assert_msg(result == 0, "%s", err.text);
		ck_assert_str_eq(proxy.host, proxies[_i].host);
		ck_assert_uint_eq(proxy.port, proxies[_i].port);
		ck_assert_int_eq(proxy.has_login, user != NULL);
		ck_assert_str_eq(buf_string(&proxy.user),
		    user != NULL ? user : "");
		ck_assert_str_eq(buf_string(&proxy.password),
		    user != NULL ? proxies[_i].password : "");
	}
	proxy_free(&proxy);
}
END_TEST

/* What the client must say and what it is answered, in turn. */
struct socks_case {
	const char *proxy;
	const char *name;
	const char *says[3];
	size_t says_length[3];
	const char *answers[3];
	size_t answer_length[3];
	enum error_kind kind; /* ERROR_NONE: connected */
	const char *sentence;
};

#define BYTES(text) (text), sizeof(text) - 1
#define GREETING    "\5\1\0"
#define LOGIN_OFFER "\5\2\0\2"
#define ASK_NAME    "\5\1\0\3\11h.example\2\113"
#define GRANTED     "\5\0\0\1\0\0\0\0\0\0"

static const struct socks_case socks_cases[] = {
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", GRANTED}, {2, 10}, ERROR_NONE, NULL},
    {"socks5://p", "192.0.2.1", {GREETING, "\5\1\0\1\300\0\2\1\2\113"}, {3, 10},
	{"\5\0", "\5\0\0\3\1x\0\0"}, {2, 8}, ERROR_NONE, NULL},
    {"socks5://p", "::1",
	{GREETING, "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\113"}, {3, 22},
	{"\5\0", "\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\113"}, {2, 22},
	ERROR_NONE, NULL},
    {"socks5://an:pass@p", "h.example", {LOGIN_OFFER, "\1\2an\4pass", ASK_NAME},
	{4, 9, 16}, {"\5\2", "\1\0", GRANTED}, {2, 2, 10}, ERROR_NONE, NULL},
    {"socks5://an:pass@p", "h.example", {LOGIN_OFFER, ASK_NAME}, {4, 16},
	{"\5\0", GRANTED}, {2, 10}, ERROR_NONE, NULL},
    {"socks5://an:pass@p", "h.example", {LOGIN_OFFER, "\1\2an\4pass"}, {4, 9},
	{"\5\2", "\1\1"}, {2, 2}, ERROR_CONFIG, "refused user and password"},
    {"socks5://p", "h.example", {GREETING}, {3}, {"\5\377"}, {2}, ERROR_CONFIG,
	"wants a login"},
    {"socks5://p", "h.example", {GREETING}, {3}, {"\5\2"}, {2}, ERROR_PROTOCOL,
	"login of kind 2"},
    {"socks5://p", "h.example", {GREETING}, {3}, {"22"}, {2}, ERROR_PROTOCOL,
	"does not speak SOCKS 5"},
    {"socks5://p", "h.example", {GREETING}, {3}, {"\5"}, {1}, ERROR_NETWORK,
	"closed the connection"},
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", "\5\2\0\1\0\0\0\0\0\0"}, {2, 10}, ERROR_NETWORK,
	"rules do not allow"},
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", "\5\4\0\1\0\0\0\0\0\0"}, {2, 10}, ERROR_NETWORK,
	"no such host"},
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", "\5\5\0\1\0\0\0\0\0\0"}, {2, 10}, ERROR_NETWORK,
	"refused the connection"},
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", "\5\201\0\1\0\0\0\0\0\0"}, {2, 10}, ERROR_NETWORK,
	"does not know"},
    {"socks5://p", "h.example", {GREETING, ASK_NAME}, {3, 16},
	{"\5\0", "\5\0\0\11"}, {2, 4}, ERROR_PROTOCOL, "kind 9"},
};

/* The proxy's side; 0 when the client has said what it must. */
struct socks_proxy {
	const struct socks_case *script;
	int fd;
	int other_fd; /* the client's, which must not stay open here */
};

static int play_proxy(void *argument)
{
	const struct socks_proxy *proxy = argument;
	const struct socks_case *script = proxy->script;
	char said[64];

	(void)close(proxy->other_fd);
	for (int i = 0; i < 3 && script->says[i] != NULL; i++) {
		size_t length = script->says_length[i];

		if (recv(proxy->fd, said, length, MSG_WAITALL) !=
			(ssize_t)length ||
		    memcmp(said, script->says[i], length) != 0)
			return 1;
		(void)send(proxy->fd, script->answers[i],
		    script->answer_length[i], MSG_NOSIGNAL);
	}
	(void)send(proxy->fd, "220 ", script->kind == ERROR_NONE ? 4 : 0,
	    MSG_NOSIGNAL);
	return 0;
}

/* In the child, so that its proxy can be waited for in the parent. */
static int play_client(void *argument)
{
	const struct socks_proxy *proxy = argument;
	const struct socks_case *script = proxy->script;
	struct proxy settings = {0};
	struct error err = {0};
	char greeting[5] = "";
	int result;

	(void)close(proxy->other_fd);
	if (proxy_read(&settings, text_of(script->proxy), &err) < 0)
		return 2;
	result = socks_connect(proxy->fd, &settings, script->name, 587,
	    clock_ticks() + AMPLE, &err);
	proxy_free(&settings);
	if (script->kind == ERROR_NONE)
		/* What follows is untouched. */
		return result == 0 &&
			recv(proxy->fd, greeting, 4, MSG_WAITALL) == 4 &&
			strcmp(greeting, "220 ") == 0 ?
		    0 :
		    3;
	return result < 0 && err.kind == script->kind &&
		strstr(err.text, script->sentence) != NULL &&
		strstr(err.text, "pass ") == NULL ?
	    0 :
	    4;
}

START_TEST(a_proxy_is_asked_as_the_rfc_says)
{
	int ends[2];
	struct socks_proxy client = {.script = &socks_cases[_i]};
	struct socks_proxy proxy = {.script = &socks_cases[_i]};
	pid_t child;
	int result;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	client.fd = proxy.other_fd = ends[0];
	proxy.fd = client.other_fd = ends[1];
	child = fork();
	if (child == 0)
		_exit(play_proxy(&proxy));
	result = play_client(&client);
	(void)close(ends[0]);
	(void)waitpid(child, NULL, 0);
	ck_assert_int_eq(result, 0);
}
END_TEST

/* --- SRV records --------------------------------------------------------- */

/* An answer with one question and these records. */
#define SRV_HEAD(count)                                                        \
	"\0\1\201\200\0\1\0" count                                             \
	"\0\0\0\0\14_submissions\4_tcp\7example\0\0\41\0\1"
#define SRV_RECORD(size, numbers, target)                                      \
	"\300\14\0\41\0\1\0\0\16\20\0" size numbers target
#define SRV_CNAME "\300\14\0\5\0\1\0\0\16\20\0\2\300\14"

static const struct {
	struct text message;
	enum srv_outcome outcome;
	size_t count;
	const char *name; /* of the last one */
	unsigned port;
} srv_messages[] = {
    {{BYTES(SRV_HEAD("\1") SRV_RECORD("\12", "\0\1\0\2\1\321", "\1m\300\36"))},
	SRV_FOUND, 1, "m.example", 465},
    {{BYTES(SRV_HEAD("\3") SRV_CNAME SRV_RECORD("\12", "\0\1\0\2\1\321",
	 "\1m\300\36") SRV_RECORD("\11", "\0\1\0\2\2\113", "\1n\0"))},
	SRV_FOUND, 2, "n", 587},
    {{BYTES(SRV_HEAD("\1") SRV_RECORD("\7", "\0\0\0\0\0\0", "\0"))}, SRV_FOUND,
	1, "", 0},
    {{BYTES(SRV_HEAD("\0"))}, SRV_NONE, 0, NULL, 0},
    {{BYTES(SRV_HEAD("\1"))}, SRV_FAILED, 0, NULL, 0},
    {{BYTES(SRV_HEAD("\1") SRV_RECORD("\12", "\0\1\0\2\1\321", "\1m"))},
	SRV_FAILED, 0, NULL, 0},
    {{BYTES(SRV_HEAD("\1") SRV_RECORD("\4", "\0\1\0\2", ""))}, SRV_FAILED, 0,
	NULL, 0},
    {{BYTES("\0\1\201\200")}, SRV_FAILED, 0, NULL, 0},
    {{BYTES("")}, SRV_FAILED, 0, NULL, 0},
};

START_TEST(records_are_taken_out_of_an_answer)
{
	struct srv_answer answer;

	srv_parse(srv_messages[_i].message, &answer);
	ck_assert_int_eq(answer.outcome, srv_messages[_i].outcome);
	ck_assert_uint_eq(answer.count, srv_messages[_i].count);
	if (answer.count > 0) {
		const struct srv_record *last =
		    &answer.records[answer.count - 1];

		ck_assert_str_eq(last->name, srv_messages[_i].name);
		ck_assert_uint_eq(last->port, srv_messages[_i].port);
	}
}
END_TEST

static unsigned choose_least(unsigned most)
{
	(void)most;
	return 0;
}

static unsigned choose_most(unsigned most)
{
	return most;
}

static unsigned choose_middle(unsigned most)
{
	return most / 2;
}

static const struct {
	unsigned (*random)(unsigned most);
	const char *order;
} srv_orders[] = {
    {choose_least, "zabclast"},
    {choose_most, "cbazlast"},
    {choose_middle, "cbzalast"},
};

START_TEST(servers_come_by_priority_and_then_by_weight)
{
	struct srv_answer answer = {SRV_FOUND, 5,
	    {{20, 0, 25, "last"}, {10, 1, 25, "a"}, {10, 10, 25, "b"},
		{10, 100, 25, "c"}, {10, 0, 25, "z"}}};
	struct buf order = {0};

	srv_order(&answer, srv_orders[_i].random);
	for (size_t i = 0; i < answer.count; i++)
		buf_add_string(&order, answer.records[i].name);
	ck_assert_str_eq(buf_string(&order), srv_orders[_i].order);
	buf_free(&order);
}
END_TEST

static const struct {
	struct smarthost smarthost;
	const char *identity;
} identities[] = {
    {{.name = "h"}, "h"},
    {{SMARTHOST_UNIX, .name = "/run/smtp"}, "localhost"},
    {{SMARTHOST_COMMAND, .name = "nc h 25"}, "localhost"},
    {{.name = "smtp.d.example", .domain = "d.example"}, "smtp.d.example"},
    {{.name = "SMTP.D.example", .domain = "d.example"}, "SMTP.D.example"},
    {{.name = "d.example", .domain = "d.example"}, "d.example"},
    {{.name = "evild.example", .domain = "d.example"}, "d.example"},
    {{.name = "d.example.evil", .domain = "d.example"}, "d.example"},
    {{.name = "example", .domain = "d.example"}, "d.example"},
};

START_TEST(dns_alone_is_not_believed)
{
	ck_assert_str_eq(smarthost_identity(&identities[_i].smarthost),
	    identities[_i].identity);
}
END_TEST

/* --- what failed a moment ago -------------------------------------------- */

START_TEST(an_outage_is_remembered_for_a_minute)
{
	struct scratch scratch;
	struct smarthost host = {.name = "../h\xc3\xb6st", .port = 25};
	struct smarthost other = {.name = "other", .port = 25};
	const char *directory;
	time_t now = clock_now().seconds;

	scratch_make(&scratch);
	directory = scratch_path(&scratch, "new");
	ck_assert(!outage_is_fresh(directory, &host, now));
	outage_note(directory, &host);
	now = clock_now().seconds;
	ck_assert(outage_is_fresh(directory, &host, now));
	ck_assert(!outage_is_fresh(directory, &other, now));
	ck_assert(!outage_is_fresh(directory, &host, now + OUTAGE_SECONDS));
	ck_assert(!outage_is_fresh(directory, &host, now - 2));
	outage_forget(directory, &host);
	ck_assert(!outage_is_fresh(directory, &host, now));
	scratch_remove(&scratch);
}
END_TEST

START_TEST(an_outage_is_not_forgotten_through_a_link)
{
	struct scratch scratch;
	struct smarthost host = {.name = "h", .port = 25};
	const char *link;

	scratch_make(&scratch);
	outage_note(scratch.directory, &host);
	link = scratch_path(&scratch, "link");
	ck_assert_int_eq(symlink(scratch.directory, link), 0);
	outage_forget(link, &host);
	ck_assert(outage_is_fresh(scratch.directory, &host,
	    clock_now().seconds));
	ck_assert(!outage_is_fresh(link, &host, clock_now().seconds));
	scratch_remove(&scratch);
}
END_TEST

START_TEST(an_outage_never_follows_a_link)
{
	struct scratch scratch;
	struct smarthost host = {.name = "h", .port = 25};
	struct stat status;

	scratch_make(&scratch);
	ck_assert_int_eq(symlink("victim", scratch_path(&scratch, "down-h_25")),
	    0);
	outage_note(scratch.directory, &host);
	ck_assert_int_ne(stat(scratch_path(&scratch, "victim"), &status), 0);
	ck_assert(!outage_is_fresh(scratch.directory, &host,
	    clock_now().seconds));
	scratch_remove(&scratch);
}
END_TEST

static const struct profile three_hosts = {
    .smarthosts = {{.name = "a", .port = 25}, {.name = "b", .port = 25},
	{.name = "c", .port = 25}},
    .smarthost_count = 3,
};

static void add_order(struct buf *order, const struct profile *profile,
    const char *directory)
{
	struct candidates candidates = {0};
	const struct smarthost *next;
	struct error err = {0};

	candidates_begin(&candidates, profile, directory, clock_now().seconds);
	while ((next = candidates_next(&candidates, &err)) != NULL)
		buf_add_string(order, next->name);
	candidates_free(&candidates);
}

START_TEST(hosts_that_failed_come_last)
{
	struct scratch scratch;
	struct buf order = {0};

	scratch_make(&scratch);
	add_order(&order, &three_hosts, scratch.directory);
	outage_note(scratch.directory, &three_hosts.smarthosts[0]);
	add_order(&order, &three_hosts, scratch.directory);
	outage_note(scratch.directory, &three_hosts.smarthosts[2]);
	add_order(&order, &three_hosts, scratch.directory);
	outage_note(scratch.directory, &three_hosts.smarthosts[1]);
	add_order(&order, &three_hosts, scratch.directory);
	ck_assert_str_eq(buf_string(&order),
	    "abc"
	    "bca"
	    "bac"
	    "abc");
	buf_free(&order);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(rotation_begins_anywhere)
{
	struct profile profile = three_hosts;
	bool is_seen[3] = {false};

	profile.host_order = ORDER_ROTATE;
	/* That one of them never comes first is one chance in 10^17. */
	for (int i = 0; i < 100; i++) {
		struct buf order = {0};

		add_order(&order, &profile, NULL);
		ck_assert_ptr_nonnull(strstr("abcab", buf_string(&order)));
		is_seen[buf_string(&order)[0] - 'a'] = true;
		buf_free(&order);
	}
	ck_assert(is_seen[0] && is_seen[1] && is_seen[2]);
}
END_TEST

/* --- commands ------------------------------------------------------------ */

START_TEST(a_command_is_talked_to)
{
	struct error err = {0};
	struct pollfd ready = {.events = POLLIN};
	char said[8] = "";
	pid_t pid = run_connected("sh -c 'read a; echo $a$a'", &ready.fd, &err);

	ck_assert_msg(pid > 0, "%s", err.text);
	ck_assert_int_eq(send(ready.fd, "ab\n", 3, MSG_NOSIGNAL), 3);
	ck_assert_int_eq(poll(&ready, 1, AMPLE), 1);
	ck_assert_int_eq(recv(ready.fd, said, sizeof said - 1, 0), 5);
	ck_assert_str_eq(said, "abab\n");
	(void)close(ready.fd);
	ck_assert_msg(run_end(pid, AMPLE, &err) == 0, "%s", err.text);
}
END_TEST

START_TEST(a_command_that_stays_is_ended)
{
	struct error err = {0};
	int fd;
	pid_t pid = run_connected("sleep 1000", &fd, &err);

	ck_assert_msg(pid > 0, "%s", err.text);
	(void)close(fd);
	ck_assert_int_eq(run_end(pid, SHORT, &err), -1);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), -1);
}
END_TEST

Suite *suite_reach(void)
{
	Suite *suite = suite_create("reach");
	TCase *tests = tcase_create("reach");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_name_in_utf8_becomes_a_labels, 0,
	    COUNT(idn_names));
	tcase_add_loop_test(tests, families_take_turns, 0, COUNT(orders));
	tcase_add_test(tests, a_name_of_this_host_is_found);
	tcase_add_test(tests, an_answer_from_aside_arrives);
	tcase_add_test(tests, nobody_aside_is_waited_for_too_long);
	tcase_add_test(tests, a_refused_address_makes_way_at_once);
	tcase_add_test(tests, a_silent_address_costs_one_delay);
	tcase_add_test(tests, a_race_ends_with_its_deadline);
	tcase_add_test(tests, a_race_without_winner_says_why);
	tcase_add_test(tests, a_source_is_connected_from);
	tcase_add_loop_test(tests, a_proxy_has_a_host_a_port_and_maybe_a_login,
	    0, COUNT(proxies));
	tcase_add_loop_test(tests, a_proxy_is_asked_as_the_rfc_says, 0,
	    COUNT(socks_cases));
	tcase_add_loop_test(tests, records_are_taken_out_of_an_answer, 0,
	    COUNT(srv_messages));
	tcase_add_loop_test(tests, servers_come_by_priority_and_then_by_weight,
	    0, COUNT(srv_orders));
	tcase_add_loop_test(tests, dns_alone_is_not_believed, 0,
	    COUNT(identities));
	tcase_add_test(tests, an_outage_is_remembered_for_a_minute);
	tcase_add_test(tests, an_outage_is_not_forgotten_through_a_link);
	tcase_add_test(tests, an_outage_never_follows_a_link);
	tcase_add_test(tests, hosts_that_failed_come_last);
	tcase_add_test(tests, rotation_begins_anywhere);
	tcase_add_test(tests, a_command_is_talked_to);
	tcase_add_test(tests, a_command_that_stays_is_ended);
	suite_add_tcase(suite, tests);
	return suite;
}
