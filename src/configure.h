/*
 * configure.h - which configuration files are read, and who may read them
 *
 * With -C that file alone; else the user's own, $XDG_CONFIG_HOME/sendmail.conf,
 * and the system's; the user's settings win.
 */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "config.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/* Where the system's part is. */
struct sources {
	const char *system_file;
	const char *submit_socket;
};

/* What there is to say about the files. */
struct findings {
	struct strlist problems; /* each of them is ERROR_CONFIG */
	struct strlist warnings;
	bool has_no_file; /* neither the user's nor the system's */
};

/*
 * Read and check them.  A user's file that does not exist or cannot be read is
 * passed over; one that holds a password and is open to others is refused, and
 * the system's is warned about.  ERROR_CONFIG with the first problem.  Who has
 * no file and may not read the system's, or the password of the profile there,
 * gets the built-in configuration for the submit socket, if that is there.
 */
int configure(struct config *, const struct options *, const struct identity *,
    const struct sources *, struct findings *, struct error *);
void findings_free(struct findings *);

/* Add a path below the user's directory of that kind, made from identity. */
void configure_add_path(struct buf *, const struct identity *,
    const char *variable, const char *below_home, const char *name);

#endif
