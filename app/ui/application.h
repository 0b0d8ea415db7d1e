/* application.h: the program with a window. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* No arguments: a window; a file: a window on that recording. Returns an exit status. */
int weft_application_run (int argc, char **argv);

G_END_DECLS
