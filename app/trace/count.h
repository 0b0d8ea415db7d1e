/* count.h: large numbers as people read them, one way in all that is text for them. Pure.
 * Texts are (transfer full). */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* "12 480": groups of three, kept together by narrow spaces. */
char *weft_format_count (guint64 count);
/* The same in a sentence: @format has one %s for it. Translated, so it is no literal. */
char *weft_format_counted (const char *format, guint64 count);
/* @count as ngettext() takes it, which takes no 64 bits: what is many is many. */
gulong weft_count_plural (guint64 count);

G_END_DECLS
