#include "date.h"

/* RFC 5322 wants English names, so strftime(3) with its locale is no help. */
static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct local {
	struct tm tm;
	char sign;
	int hours; /* of the zone's distance from UTC */
	int minutes;
};

static struct local local_time(time_t seconds)
{
	struct local local = {.sign = '+'};
	long offset;

	if (localtime_r(&seconds, &local.tm) == NULL)
		return local;
	offset = local.tm.tm_gmtoff / 60;
	if (offset < 0) {
		local.sign = '-';
		offset = -offset;
	}
	local.hours = (int)(offset / 60);
	local.minutes = (int)(offset % 60);
	return local;
}

void date_add_mail(struct buf *buf, struct moment moment)
{
	struct local at = local_time(moment.seconds);

	buf_addf(buf, "%s, %d %s %d %02d:%02d:%02d %c%02d%02d",
	    days[at.tm.tm_wday], at.tm.tm_mday, months[at.tm.tm_mon],
	    at.tm.tm_year + 1900, at.tm.tm_hour, at.tm.tm_min, at.tm.tm_sec,
	    at.sign, at.hours, at.minutes);
}

void date_add_log(struct buf *buf, struct moment moment)
{
	struct local at = local_time(moment.seconds);

	buf_addf(buf, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d",
	    at.tm.tm_year + 1900, at.tm.tm_mon + 1, at.tm.tm_mday,
	    at.tm.tm_hour, at.tm.tm_min, at.tm.tm_sec, moment.milliseconds,
	    at.sign, at.hours, at.minutes);
}
