#include "spool_name.h"

#include <stdio.h>

#include "text.h"

enum { TIME_DIGITS = 12 };

#define LAST_TIME 999999999999
#define HELD      "held-"
#define OWED      "owed-"

void spool_write_name(char name[SPOOL_NAME_SIZE], time_t turn, const char *id)
{
	long long time = turn > 0 ? (long long)turn : 0;

	if (turn == SPOOL_HELD)
		(void)snprintf(name, SPOOL_NAME_SIZE, HELD "%s", id);
	else if (turn == SPOOL_OWED)
		(void)snprintf(name, SPOOL_NAME_SIZE, OWED "%s", id);
	else
		(void)snprintf(name, SPOOL_NAME_SIZE, "%0*lld-%s", TIME_DIGITS,
		    time < LAST_TIME ? time : LAST_TIME, id);
}

bool spool_read_name(const char *name, time_t *turn, const char **id)
{
	struct text text = text_of(name);
	unsigned long long time;
	size_t length = strlen(HELD);

	if (text_begins(text, HELD)) {
		*turn = SPOOL_HELD;
	} else if (text_begins(text, OWED)) {
		*turn = SPOOL_OWED;
	} else {
		length = TIME_DIGITS + 1;
		if (text_number(text_part(text, 0, TIME_DIGITS), LAST_TIME,
			&time) < 0 ||
		    text_find(text, '-') != TIME_DIGITS)
			return false;
		*turn = (time_t)time;
	}
	*id = name + length;
	return entry_is_id(text_part(text, length, text.length));
}
