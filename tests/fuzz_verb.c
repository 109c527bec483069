/*
 * fuzz_verb.c - a whole session of a client: feed, verbs and server
 *
 * The first byte says in which pieces the rest is read.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "server.h"

enum { PATIENCE = 1000, PARTS = 8, MAX_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void require_printable(const char *string)
{
	for (; *string != '\0'; string++)
		require(!byte_is_control(*string) && !byte_is_8bit(*string));
}

static int check_recipient(void *context, const char *sender,
    const char *recipient, struct error *err)
{
	struct error ignored;

	(void)context;
	require(address_check(text_of(sender), &ignored) == 0);
	require(address_check(text_of(recipient), &ignored) == 0);
	require(*recipient != '\0');
	if (*recipient == 'n')
		return fail(err, ERROR_NO_USER, "no %s", recipient);
	return 0;
}

static int read_all(server_source *read, void *source, struct error *err)
{
	char block[64];
	size_t size = 0;
	ssize_t count;

	do {
		count = read(source, block, sizeof block, err);
		require(count <= (ssize_t)sizeof block);
		if (count > 0)
			size += (size_t)count;
	} while (count > 0 && size <= MAX_SIZE);
	if (size > MAX_SIZE)
		return fail(err, ERROR_TOO_BIG, "too big");
	return (int)count;
}

static int take(void *context, const struct server_mail *mail,
    server_source *read, void *source, struct buf *reply, struct error *err)
{
	const char *envelope_id = mail->request.envelope_id;
	unsigned *messages = context;

	require(mail->count > 0 && mail->count <= SERVER_MAX_RECIPIENTS);
	if (envelope_id != NULL)
		require_printable(envelope_id);
	for (size_t i = 0; i < mail->count; i++)
		if (mail->recipients[i].original != NULL)
			require_printable(mail->recipients[i].original);
	if (read_all(read, source, err) < 0)
		return -1;
	++*messages;
	buf_add_string(reply, "2.0.0 taken");
	return 0;
}

/* Each packet is what one read(2) gives. */
static int open_client(struct text said, size_t step)
{
	int fds[2];

	require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	for (int i = 0; said.length > 0 && i < PARTS; i++) {
		size_t end = i + 1 < PARTS ? step : said.length;
		struct text part = text_part(said, 0, end);

		(void)send(fds[1], part.data, part.length, MSG_DONTWAIT);
		said = text_part(said, end, said.length);
	}
	(void)close(fds[1]);
	return fds[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned messages = 0;
	struct error err;

	if (size < 2 || size > 32 * 1024)
		return 0;
	struct server server = {
	    .feed =
		{
		    .fd = open_client((struct text){(const char *)data + 1,
					  size - 1},
			data[0] + 1U),
		    .patience = PATIENCE,
		},
	    .answers = {.out = open("/dev/null", O_WRONLY | O_CLOEXEC),
		.patience = PATIENCE},
	    .hostname = "mx.example.org",
	    .domain = "example.org",
	    .desk =
		{
		    .context = &messages,
		    .max_size = MAX_SIZE,
		    .check_recipient = check_recipient,
		    .take = take,
		},
	};
	int in = server.feed.fd;
	int out = server.answers.out;

	(void)server_run(&server, &err);
	require(messages <= size / 10);
	(void)close(in);
	(void)close(out);
	return 0;
}
