/* output-stream.h: bytes into an open file; what goes wrong is told of its name. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_OUTPUT_STREAM (weft_output_stream_get_type ())
G_DECLARE_FINAL_TYPE (WeftOutputStream, weft_output_stream, WEFT, OUTPUT_STREAM, GOutputStream)

/* @fd: left open. @name: for a person, as weft_output_place_fail() takes it */
GOutputStream *weft_output_stream_new (int fd, const char *name);

G_END_DECLS
