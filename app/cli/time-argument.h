/* time-argument.h: times and lengths as people write them. In: words of the command
 * line. Out: nanoseconds. Pure. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_duration_parse:
 * @text: "1.5s", "20ms", "3us", "3µs", "100ns", "2min", "1h", "2d"; a number alone is seconds
 *
 * Returns: %FALSE with %G_IO_ERROR_INVALID_ARGUMENT, @duration_ns untouched, when it
 * is none of these, negative, or longer than 292 years
 */
gboolean weft_duration_parse (const char *text, guint64 *duration_ns, GError **error);

/**
 * weft_time_parse:
 * @text: a duration since the recording's start, an ISO date such as
 *   2026-11-21T03:15:00.123456789Z (without a zone, local time), or "@" and nanoseconds of
 *   CLOCK_MONOTONIC
 * @start_ns, @realtime_ns: the recording's start on its two clocks
 * @time_ns: (out): CLOCK_MONOTONIC; what lies before the start is the start
 */
gboolean weft_time_parse (const char *text, guint64 start_ns, guint64 realtime_ns, guint64 *time_ns,
                          GError **error);

G_END_DECLS
