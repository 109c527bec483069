/*
 * remedy.h - what the big providers mean when they refuse a login
 */
#ifndef REMEDY_H
#define REMEDY_H

#include "reply.h"
#include "sasl.h"

/*
 * The known cause of a refusal and what to do about it, or NULL.  The host is
 * the one in the configuration.
 */
const char *remedy_find(struct text host, enum sasl_proof,
    const struct reply *);

#endif
