/*
 * suites.h - every unit test there is
 */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *suite_base(void);

#endif
