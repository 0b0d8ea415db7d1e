/* number-format.h: figures as people read them. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

char *weft_format_bytes (guint64 bytes); /* "310 M"; (transfer full) */
char *weft_format_age (guint64 age_ns);  /* "9 d", "2 h", "8 s"; (transfer full) */

G_END_DECLS
