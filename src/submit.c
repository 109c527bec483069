#include "submit.h"

#include <unistd.h>

#include "drain.h"
#include "sending.h"

int submit_message(const struct options *options, const struct config *config,
    const struct identity *identity, struct strlist *sentences,
    struct error *err)
{
	int extra_transcript = -1;
	struct sending sending = {.extra_transcript = &extra_transcript};
	int result = -1;

	if (sending_begin(&sending, options, config, identity, err) < 0) {
		strlist_addf(sentences, "%s", err->text);
	} else {
		enum delivery_mode mode = sending_mode(&sending);

		sending_run(&sending, mode);
		sending_let_go(&sending);
		result = sending_report(&sending, sentences, err);
		if (result == 0 && mode == DELIVERY_NOW)
			drain_begin(&sending.keeping);
	}
	sending_end(&sending);
	if (extra_transcript >= 0)
		(void)close(extra_transcript);
	return result;
}
