/* number-format.h: figures as people read them. Pure. All (transfer full). */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* "12 480": groups of three, kept together by narrow spaces. */
char *weft_format_count (guint64 count);

G_END_DECLS
