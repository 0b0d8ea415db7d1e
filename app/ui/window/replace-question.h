/* replace-question.h: asks whether a file may be replaced. The chooser asks about the name
 * that was typed; this about the one that was made of it. In: a path. Out: yes or no. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*WeftReplaceFunc) (gboolean replace, gpointer user_data);

/* @path: (type filename). Answers once, at the latest when @parent goes. */
void weft_replace_question_ask (GtkWindow *parent, const char *path, WeftReplaceFunc answer,
                                gpointer user_data);

G_END_DECLS
