#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "wait.h"

/* One attempt at the address of the same number; fd -1 when it is over. */
struct race {
	const struct addresses *addresses;
	const struct address *source; /* or NULL */
	struct pollfd attempts[ADDRESSES_MAX];
	size_t started;
	size_t running;
	int64_t next_start;
};

enum { NO_WINNER = -1 };

int race_open_socket(int family, struct error *err)
{
	int fd;

#ifdef SOCK_CLOEXEC
	/* One call instead of three where the system has it (POSIX 2024). */
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	fd = socket(family, SOCK_STREAM, 0);
	if (fd >= 0 &&
	    (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
		(void)close(fd);
		fd = -1;
	}
#endif
	if (fd < 0)
		return fail_errno(err, ERROR_NETWORK, "no socket");
	return fd;
}

/* The sentence for the reason in errno. */
static int fail_attempt(const struct race *race, size_t which,
    struct error *err)
{
	int saved = errno;
	struct buf name = {0};

	address_add(&name, &race->addresses->items[which]);
	if (race->addresses->count > 1)
		buf_addf(&name, ", one of %zu addresses",
		    race->addresses->count);
	errno = saved;
	if (saved == ETIMEDOUT)
		(void)fail(err, ERROR_NETWORK,
		    "no connection to %s: no answer in time",
		    buf_string(&name));
	else
		(void)fail_errno(err, ERROR_NETWORK, "no connection to %s",
		    buf_string(&name));
	buf_free(&name);
	return -1;
}

static bool fits_source(const struct race *race, const struct address *address)
{
	return race->source == NULL ||
	    race->source->bytes.ss_family == address->bytes.ss_family;
}

static int begin(const struct race *race, const struct address *address, int fd)
{
	const struct address *source = race->source;

	if (source != NULL &&
	    bind(fd, (const struct sockaddr *)&source->bytes, source->length) <
		0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address->bytes,
		address->length) < 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -1;
	return 0;
}

/* The next address in line; what fails at once lets another one start. */
static void start_next(struct race *race, struct error *err)
{
	size_t which = race->started++;
	const struct address *address = &race->addresses->items[which];
	int fd = -1;

	race->attempts[which] = (struct pollfd){.fd = -1, .events = POLLOUT};
	if (!fits_source(race, address))
		return;
	fd = race_open_socket(address->bytes.ss_family, err);
	if (fd < 0)
		return;
	if (begin(race, address, fd) < 0) {
		(void)fail_attempt(race, which, err);
		(void)close(fd);
		return;
	}
	race->attempts[which].fd = fd;
	race->running++;
	race->next_start = clock_ticks() + RACE_DELAY;
}

static void drop(struct race *race, size_t which)
{
	(void)close(race->attempts[which].fd);
	race->attempts[which].fd = -1;
	race->running--;
}

/* Of those that poll(2) has something to say of. */
static int find_winner(struct race *race, struct error *err)
{
	for (size_t i = 0; i < race->started; i++) {
		if (race->attempts[i].fd < 0 || race->attempts[i].revents == 0)
			continue;
		errno = wait_result(race->attempts[i].fd);
		if (errno == 0)
			return (int)i;
		(void)fail_attempt(race, i, err);
		drop(race, i);
		race->next_start = 0;
	}
	return NO_WINNER;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Wait for one of those that run, or until it is time for the next one. */
static int wait_for_winner(struct race *race, int64_t until, struct error *err)
{
	if (poll(race->attempts, (nfds_t)race->started, clock_left(until)) < 0)
		return NO_WINNER; /* EINTR: see what time it is */
	return find_winner(race, err);
}

static int run(struct race *race, int64_t deadline, struct error *err)
{
	int winner = NO_WINNER;

	while (winner == NO_WINNER) {
		bool has_more = race->started < race->addresses->count;

		if (race->running == 0 && !has_more)
			break;
		if (race->running > 0 && clock_left(deadline) == 0) {
			errno = ETIMEDOUT;
			(void)fail_attempt(race, race->started - 1, err);
			break;
		}
		if (has_more &&
		    (race->running == 0 || clock_left(race->next_start) == 0))
			start_next(race, err);
		else
			winner = wait_for_winner(race,
			    has_more ? earlier(race->next_start, deadline) :
				       deadline,
			    err);
	}
	return winner;
}

int race_connect(const struct addresses *addresses,
    const struct address *source, int64_t deadline, struct address *winner,
    struct error *err)
{
	struct race race = {.addresses = addresses, .source = source};
	int first;

	(void)fail(err, ERROR_CONFIG,
	    "none of its addresses is of the same kind as that of source");
	first = run(&race, deadline, err);
	for (size_t i = 0; i < race.started; i++)
		if (race.attempts[i].fd >= 0 && (int)i != first)
			(void)close(race.attempts[i].fd);
	if (first == NO_WINNER)
		return -1;
	*winner = addresses->items[first];
	return race.attempts[first].fd;
}
