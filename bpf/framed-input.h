/* framed-input.h: the reading end of a session's connection. Bytes flow through
 * unchanged; a D-Bus message that says it is longer than a call to us can be
 * ends the stream before room is made for it. It reads with read(2), so that
 * descriptors that a peer attaches are dropped by the kernel. */
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
 * Reads fail with %G_IO_ERROR_INVALID_DATA from the first message on that is
 * longer, or does not begin as D-Bus messages do.
 */
GInputStream *weft_framed_input_new (int fd, gsize most_bytes);

G_END_DECLS
