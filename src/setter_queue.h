/*
 * setter_queue.h - setters for the keys of the queue; see setter.h
 */
#ifndef SETTER_QUEUE_H
#define SETTER_QUEUE_H

#include "key.h"

key_setter set_schedule;
key_setter set_bounce_to;
key_setter set_rate;

#endif
