#include "damaged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { MAX_SAME = 100 }; /* files of one name */

static int rename_into(int damaged, int directory, const char *name)
{
	char free_name[SPOOL_NAME_SIZE + 8];
	struct stat status;
	int n = 1;

	(void)snprintf(free_name, sizeof free_name, "%s", name);
	while (fstatat(damaged, free_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    n < MAX_SAME)
		(void)snprintf(free_name, sizeof free_name, "%s.%d", name, ++n);
	if (n == MAX_SAME || errno != ENOENT)
		return -1;
	if (renameat(directory, name, damaged, free_name) < 0)
		return errno == ENOENT ? 0 : -1;
	return file_sync(damaged);
}

void damaged_set_aside(const struct spool *spool, const char *name,
    const char *id, struct error *err)
{
	struct error reason;
	int damaged = spool_open_part(spool, "damaged", &reason);

	/* Without its envelope a message would be swept away some day. */
	if (damaged >= 0 && rename_into(damaged, spool->messages, id) == 0 &&
	    rename_into(damaged, spool->queue, name) == 0 &&
	    file_sync(spool->queue) == 0)
		(void)fail_within(err,
		    "%s in %s is damaged and now in its directory damaged: ",
		    id, spool->path);
	else
		(void)fail_within(err,
		    "%s in %s is damaged and could not be put aside: ", id,
		    spool->path);
	if (damaged >= 0)
		(void)close(damaged);
}
