/* framed-input.h: the reading end of a session's connection. A message of the peer's is
 * held until it is whole and was looked at (wire-call.h); only then GDBus gets its first
 * byte. The first that is no call to a session ends the stream, one that says it is longer
 * than a call can be before room is made for it. It reads with read(2), so that descriptors
 * that a peer attaches are dropped by the kernel. */
#pragma once
#include <gio/gunixinputstream.h>

G_BEGIN_DECLS

#define WEFT_TYPE_FRAMED_INPUT (weft_framed_input_get_type ())
G_DECLARE_FINAL_TYPE (WeftFramedInput, weft_framed_input, WEFT, FRAMED_INPUT, GUnixInputStream)

/**
 * weft_framed_input_new:
 * @fd: (transfer full): non-blocking, readable; closed with the stream
 * @most_bytes: the longest message, its header included
 *
 * Reads fail with %G_IO_ERROR_INVALID_DATA from the first message on that is no call, and
 * say why it is none.
 */
GInputStream *weft_framed_input_new (int fd, gsize most_bytes);

/**
 * weft_framed_input_hang_up:
 *
 * Ends the connection also where a peer that does not read holds up what is written to it,
 * for which closing would wait. Any thread.
 *
 * Returns: %FALSE when it is no socket, and nothing happened
 */
gboolean weft_framed_input_hang_up (GInputStream *stream);

/* Whether the peer has hung up, or was refused. Any thread. */
gboolean weft_framed_input_has_ended (GInputStream *stream);

G_END_DECLS
