/* wire-call.h: whether bytes are a call that a session may be sent. GDBus trusts that a
 * bus daemon has looked at a message; on a private connection there is none, and this
 * stands in for it. Pure: neither stream nor thread. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* What comes before the header fields of every D-Bus message … */
#define WEFT_WIRE_HEAD_BYTES 16
/* … and with them, in a message to us, at most. */
#define WEFT_WIRE_MOST_HEADER_BYTES 1024

/**
 * weft_wire_call_measure:
 * @head: %WEFT_WIRE_HEAD_BYTES of them
 *
 * Returns: the bytes of the message that begins so, head included; 0 with
 * %G_IO_ERROR_INVALID_DATA when no call to us does
 */
gsize weft_wire_call_measure (const guint8 *head, gsize most_bytes, GError **error);

/**
 * weft_wire_call_check:
 * @message: one message, of the length that weft_wire_call_measure() told
 *
 * A call has path, interface and member, each once and of its type, a signature where
 * there are arguments, and nothing else: no sender, no destination, no descriptors. Path
 * and interface are the session's, method and signature those of the interface's
 * description (or Properties.Get), and the arguments are well-formed. A method that this
 * version does not know loses its arguments, so that GDBus can answer with UnknownMethod
 * and looks at nothing that was not checked.
 *
 * Returns: %FALSE with %G_IO_ERROR_INVALID_DATA: end the connection
 */
gboolean weft_wire_call_check (GByteArray *message, GError **error);

G_END_DECLS
