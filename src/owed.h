/*
 * owed.h - a notice about an entry, put into the queue exactly once
 *
 * First owed_make(): the notice is on disk as queue/owed-ID, where nobody sends
 * it.  Then the entry is saved, without those who need it no longer, with one
 * notice more, and with owes_notice.  Then owed_pay().  Whatever a crash leaves
 * of that, the entry says which: it does not owe the notice yet, so it is made
 * anew under the same ID; or it does, and owed_pay() is done again.
 */
#ifndef OWED_H
#define OWED_H

#include "entry.h"
#include "notice.h"
#include "policy.h"
#include "spool.h"

/*
 * Make the entry's next notice, whose ID is the entry's with ".1", ".2" ...;
 * id, about, hostname and domain of the notice need not be set.  The rules of
 * the profile apply to whom it is for; 1 when they leave nobody.  ERROR_CREATE,
 * ERROR_IO.
 */
int owed_make(const struct policy *, const struct spool *, const struct entry *,
    const struct notice *, struct error *);

/*
 * Give the last one its turn, now, unless it has had one; the entry owes it no
 * longer, which it says when it is saved the next time.  ERROR_IO.
 */
int owed_pay(const struct spool *, struct entry *, time_t now, struct error *);

/* Remove one that a crash has left before it was owed; what is owed is not. */
void owed_drop(const struct spool *, const struct entry *);

#endif
