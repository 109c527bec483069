#include "wait.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"

int wait_for(int fd, short events, int64_t deadline, struct error *err)
{
	struct pollfd wanted = {.fd = fd, .events = events};

	for (;;) {
		int count = poll(&wanted, 1, clock_left(deadline));

		if (count > 0)
			return 0;
		if (count == 0)
			return fail(err, ERROR_NETWORK, "no answer in time");
		if (errno != EINTR)
			return fail_errno(err, ERROR_SYSTEM, "cannot wait");
	}
}

int wait_for_peer(int fd, int64_t deadline, struct error *err)
{
#ifdef TCP_QUICKACK
	int on = 1;

	/* Linux forgets it soon, and a unix socket does not know it. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
	return wait_for(fd, POLLIN, deadline, err);
}

int wait_to_send(int fd, struct text bytes, int64_t deadline, struct error *err)
{
	while (bytes.length > 0) {
		ssize_t count =
		    send(fd, bytes.data, bytes.length, MSG_NOSIGNAL);

		if (count >= 0) {
			bytes = text_part(bytes, (size_t)count, bytes.length);
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, deadline, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return fail_errno(err, ERROR_NETWORK,
			    "the connection broke");
		}
	}
	return 0;
}

int wait_result(int fd)
{
	int failure = 0;
	socklen_t size = sizeof failure;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
		failure = errno;
	return failure;
}
