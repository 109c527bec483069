/*
 * compat.h - what goes beyond C11 and POSIX.1-2008, with the reason
 *
 * Included by the Makefile before anything else (-include), so that every
 * file sees the same feature macros.
 */
#ifndef COMPAT_H
#define COMPAT_H

/* Reserved names are what feature macros are. */
/* NOLINTBEGIN(cert-dcl51-cpp,readability-identifier-naming) */

/* POSIX.1-2008: everything but the lines below. */
#define _POSIX_C_SOURCE 200809L

/*
 * glibc and musl hide these behind it: tm_gmtoff (a zone for the Date field
 * without arithmetic), setgroups(2) and setres[ug]id(2) (giving up privileges
 * for good), memmem(3) and getentropy(3) (in POSIX since 2024), flock(2) (dies
 * with its process, unlike lockf(3)), close_range(2), MAP_ANONYMOUS (memory
 * that the processes of a queue run share; in POSIX since 2024).
 */
#define _GNU_SOURCE

/* Darwin and the BSDs hide the same behind other names. */
#define _DARWIN_C_SOURCE
#define __BSD_VISIBLE 1

/* NOLINTEND(cert-dcl51-cpp,readability-identifier-naming) */

#if defined(__GNUC__)
#define PRINTF(template, values)                                               \
	__attribute__((format(printf, template, values)))
#else
#define PRINTF(template, values)
#endif

#endif
