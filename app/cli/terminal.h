/* terminal.h: the terminal that is standard error, shared with others: what a command
 * in the foreground shows there is not ours to touch. In: sentences. Out: lines. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Columns of the terminal that is @fd; 0 when it is none. */
int weft_terminal_get_width (int fd);

/* TRUE when standard error is a terminal, we are in its foreground, and no program
 * reads it key by key, as editors and shells do. */
gboolean weft_terminal_is_ours (void);

/* Progress, on one line that the next one takes the place of: the first of @texts that
 * fits the terminal as it is now, or the last one cut. Nothing when it is not ours, or
 * cannot clear a line. */
void weft_terminal_show_line (const char *const *texts);
void weft_terminal_clear_line (void);

/* "weftscope: TEXT" on a line of its own. */
void weft_terminal_say (const char *text);

/* The same for what is only worth saying when nobody is disturbed by it: not while the
 * terminal is another's. */
void weft_terminal_remark (const char *text);

G_END_DECLS
