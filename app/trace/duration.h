/* duration.h: how long something took, for people. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/**
 * weft_format_duration:
 *
 * Three digits and a unit, "999 ns", "21.0 µs", "4.63 ms"; from two minutes on
 * "2 min 5 s", from an hour on "1 h 0 min".
 *
 * Returns: (transfer full)
 */
char *weft_format_duration (guint64 ns);

G_END_DECLS
