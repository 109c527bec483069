#include "credential.h"

#include <sys/socket.h>
#include <unistd.h>

#if defined(SO_PEERCRED) && !defined(__OpenBSD__)

bool credential_read(int fd, struct credential *credential)
{
	struct ucred peer;
	socklen_t length = sizeof peer;

	/* Linux answers for other sockets, too: that it is nobody. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
	    length != sizeof peer || peer.uid == (uid_t)-1)
		return false;
	*credential = (struct credential){peer.uid, peer.gid, peer.pid};
	return true;
}

#else

bool credential_read(int fd, struct credential *credential)
{
	*credential = (struct credential){0};
	return getpeereid(fd, &credential->uid, &credential->gid) == 0;
}

#endif
