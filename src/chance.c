#include "chance.h"

#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h> /* getentropy(2); elsewhere in unistd.h */
#endif

#include "clock.h"

unsigned chance_up_to(unsigned most)
{
	unsigned number;

	if (getentropy(&number, sizeof number) != 0)
		number = (unsigned)clock_ticks();
	return most < ~0U ? number % (most + 1) : number;
}
