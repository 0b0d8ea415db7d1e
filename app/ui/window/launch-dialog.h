/* launch-dialog.h: asks for a command line to be launched in a trace. In: what is
 * typed. Out: a command that can be launched, or what is wrong with it, in the dialog. */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*WeftCommandFunc) (const char *command, gpointer user_data);

/* @func: called when the dialog is gone, with what weft_launch_command_parse() takes;
 * not at all when the person thought otherwise. @user_data lives as long as @parent. */
void weft_launch_dialog_show (GtkWindow *parent, WeftCommandFunc func, gpointer user_data);

G_END_DECLS
