/* launch-dialog.h: asks for a command line and launches it in a trace. In: what is
 * typed. Out: a call to the session, or what is wrong with it, in the dialog. */
#pragma once
#include "trace-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

void weft_launch_dialog_show (GtkWindow *parent, WeftTraceSession *session);

G_END_DECLS
