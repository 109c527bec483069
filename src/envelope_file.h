/*
 * envelope_file.h - an entry's envelope in queue/
 */
#ifndef ENVELOPE_FILE_H
#define ENVELOPE_FILE_H

#include "entry.h"
#include "error.h"
#include "spool.h"

/*
 * ERROR_MESSAGE for damage and ERROR_NO_MODE for another version, as
 * entry_read(), about the entry; ERROR_IO may be gone the next time.
 */
int envelope_file_read(const struct spool *, const char *name, struct entry *,
    struct error *);

/*
 * It is whole on the disk before it gets its name, in the place of another one
 * if need be; queue/ is not synced yet.  ERROR_CREATE, ERROR_IO, ERROR_TOO_BIG.
 */
int envelope_file_write(const struct spool *, const char *name,
    const struct entry *, struct error *);

/* What could not be read again must not be accepted: ERROR_BUG. */
int envelope_file_check(const struct entry *, struct error *);

#endif
