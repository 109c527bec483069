#include "transfer.h"

#include "base64.h"

/*
 * quoted-printable := qp-line *(CRLF qp-line)             RFC 2045 6.7
 * qp-line          := *(qp-segment transport-padding CRLF) qp-part
 * qp-segment       := qp-section *(SPACE / TAB) "="       ; at most 76 bytes
 */

enum { RAW_LINE = TRANSFER_LINE / 4 * 3 }; /* bytes in a line of base64 */

bool transfer_escapes(char byte)
{
	if (byte < ' ')
		return byte != '\t' && byte != '\r' && byte != '\n';
	return byte == '=' || byte == 0x7f || byte_is_8bit(byte);
}

static void flush_line(struct transfer *transfer, struct buf *out)
{
	buf_add(out, (struct text){transfer->line, transfer->length});
	transfer->length = 0;
}

static void end_quoted_line(struct transfer *transfer, struct buf *out)
{
	transfer->line[transfer->length++] = '\n';
	flush_line(transfer, out);
}

static void put_quoted(struct transfer *transfer, char byte, bool is_escaped,
    struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t size = is_escaped ? 3 : 1;

	if (transfer->length + size > TRANSFER_LINE - 1) {
		transfer->line[transfer->length++] = '=';
		end_quoted_line(transfer, out);
		/* A line that we begin must not look like a boundary. */
		is_escaped = is_escaped || byte == '-';
	}
	if (!is_escaped) {
		transfer->line[transfer->length++] = byte;
		return;
	}
	transfer->line[transfer->length++] = '=';
	transfer->line[transfer->length++] = digits[(unsigned char)byte >> 4];
	transfer->line[transfer->length++] = digits[(unsigned char)byte & 0xf];
}

/* The blank held back; at the end of a line others would strip it. */
static void put_blank(struct transfer *transfer, bool is_last, struct buf *out)
{
	if (transfer->blank != '\0')
		put_quoted(transfer, transfer->blank, is_last, out);
	transfer->blank = '\0';
}

static void add_quoted(struct transfer *transfer, struct text bytes,
    struct buf *out)
{
	for (size_t i = 0; i < bytes.length; i++) {
		char byte = bytes.data[i];

		if (byte == '\r')
			continue;
		put_blank(transfer, byte == '\n', out);
		if (byte == '\n')
			end_quoted_line(transfer, out);
		else if (byte_is_blank(byte))
			transfer->blank = byte;
		else
			put_quoted(transfer, byte, transfer_escapes(byte), out);
	}
}

static void end_base64_line(struct transfer *transfer, struct buf *out)
{
	if (transfer->length == 0)
		return;
	if (transfer->has_output)
		buf_add_byte(out, '\n');
	base64_encode(out, (struct text){transfer->line, transfer->length});
	transfer->has_output = true;
	transfer->length = 0;
}

static void put_base64(struct transfer *transfer, char byte, struct buf *out)
{
	transfer->line[transfer->length++] = byte;
	if (transfer->length == RAW_LINE)
		end_base64_line(transfer, out);
}

/* RFC 2045 6.8: text is brought to its canonical form, with CRLF, before. */
static void add_base64(struct transfer *transfer, struct text bytes,
    struct buf *out)
{
	for (size_t i = 0; i < bytes.length; i++) {
		char byte = bytes.data[i];

		if (byte == '\n' && transfer->has_lines &&
		    !transfer->is_after_cr)
			put_base64(transfer, '\r', out);
		put_base64(transfer, byte, out);
		transfer->is_after_cr = byte == '\r';
	}
}

static void add_flat(struct transfer *transfer, struct text bytes,
    struct buf *out)
{
	for (size_t i = 0; i < bytes.length; i++) {
		char byte = bytes.data[i];

		if (byte == '\r')
			continue;
		if (byte != '\n' && transfer->column == TRANSFER_MAX_LINE) {
			/* Indented, or it might look like a boundary. */
			buf_add_string(out, "\n ");
			transfer->column = 1;
		}
		transfer->column = byte == '\n' ? 0 : transfer->column + 1;
		if (byte_is_8bit(byte) || byte == '\0')
			byte = '?';
		buf_add_byte(out, byte);
	}
}

void transfer_add(struct transfer *transfer, struct text bytes, struct buf *out)
{
	switch (transfer->kind) {
	case TRANSFER_NONE:
		buf_add(out, bytes);
		break;
	case TRANSFER_QUOTED:
		add_quoted(transfer, bytes, out);
		break;
	case TRANSFER_BASE64:
		add_base64(transfer, bytes, out);
		break;
	case TRANSFER_FLAT:
		add_flat(transfer, bytes, out);
		break;
	}
}

void transfer_end(struct transfer *transfer, struct buf *out)
{
	if (transfer->kind == TRANSFER_QUOTED) {
		put_blank(transfer, true, out);
		flush_line(transfer, out);
	}
	if (transfer->kind == TRANSFER_BASE64)
		end_base64_line(transfer, out);
}
