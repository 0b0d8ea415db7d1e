/* text-columns.h: how wide a text is on a terminal. In: UTF-8. Out: columns, and texts
 * that fill so many. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Letters of East Asia and emoji take two columns, combining marks none. */
guint weft_text_columns (const char *text);

/**
 * weft_text_append_cell:
 * @width: in columns; negative: stands at the right
 *
 * Appends @text in exactly that many columns: padded, or cut with an ellipsis.
 */
void weft_text_append_cell (GString *out, const char *text, int width);

/* Takes the spaces off that stand at the end of @out. */
void weft_text_trim_end (GString *out);

G_END_DECLS
