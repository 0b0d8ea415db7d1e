/* signals.h: what asks a program to end, and who asked. In: every signal that ends a
 * program and can be taken. Out: calls in the main context. One at a time in a process. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* @of_terminal: Ctrl+C and the like: the kernel has sent it to all that run in the
 * foreground, so the others have it too */
typedef void (*WeftSignalFunc) (int number, gboolean of_terminal, gpointer user_data);

/* From here on these signals do not end us. One that was ignored (nohup) still is, but for
 * the keys of the terminal and SIGTERM. */
gboolean weft_signals_watch (WeftSignalFunc func, gpointer user_data, GError **error);

/* They do what they did before. */
void weft_signals_unwatch (void);

G_END_DECLS
