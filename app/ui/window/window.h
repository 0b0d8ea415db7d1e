/* window.h: the window: process tree at the left, lanes and details at the
 * right. In: a session and a view state that it owns. Out: widgets bound to
 * them. Verbs are actions: window-actions.c. */
#pragma once
#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_WINDOW (weft_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftWindow, weft_window, WEFT, WINDOW, AdwApplicationWindow)

GtkWidget *weft_window_new (AdwApplication *application);

/* Shows a recording, when what is shown may go. */
void weft_window_open (WeftWindow *self, const char *path);

/* Ends what runs and closes without a question: the program was told to end. What is
 * not saved stays among the unsaved traces. */
void weft_window_leave (WeftWindow *self);

G_END_DECLS
