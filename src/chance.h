/*
 * chance.h - numbers nobody foresees, to spread load; not for secrets
 */
#ifndef CHANCE_H
#define CHANCE_H

/* From 0 to most. */
unsigned chance_up_to(unsigned most);

#endif
