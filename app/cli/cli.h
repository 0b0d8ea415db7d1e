/* cli.h: the program without a window: record, stat and export. In: arguments.
 * Out: files and text, and an exit status. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* Exit statuses. With `record -- COMMAND` the command's own, and 125 for ours. */
#define WEFT_EXIT_DONE 0
#define WEFT_EXIT_FAILED 1
#define WEFT_EXIT_USAGE 2
#define WEFT_EXIT_OURS 125

/* FALSE when the arguments are for the window: there are none, or they name a file that
 * is there. What is neither a command nor a file is refused here. */
gboolean weft_cli_is_asked (int argc, char **argv);

/* Returns: the exit status */
int weft_cli_run (int argc, char **argv);

G_END_DECLS
