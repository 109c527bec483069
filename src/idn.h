/*
 * idn.h - international host names as DNS and certificates have them (RFC 5891)
 *
 * libidn2 and libunistring take as long to load as a small part of a message
 * takes to be sent, and hardly anybody needs them: they are loaded when the
 * first name that is not ASCII is met.
 */
#ifndef IDN_H
#define IDN_H

#include "buf.h"
#include "error.h"
#include "text.h"

/*
 * Add the name with its labels in UTF-8 as A-labels (UTS #46, non-transitional);
 * one in ASCII is added as it is.  It fails with the kind given when it cannot
 * be a name, which is the fault of whoever wrote it, and with ERROR_SYSTEM when
 * there is no libidn2.
 */
int idn_add_ascii(struct buf *, struct text name, enum error_kind,
    struct error *);

#endif
