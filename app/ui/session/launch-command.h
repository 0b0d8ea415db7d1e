/* launch-command.h: what a person types to be run. In: a command line. Out: a
 * program that is there, or a sentence that says what is wrong with it. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_launch_command_parse:
 * @command: as a shell would split it; nothing else of a shell's
 *
 * Returns: (transfer full): the program and its arguments, %NULL when @command
 * makes no sense or its program is not there or may not be run
 */
char **weft_launch_command_parse (const char *command, GError **error);

/* Runs it; the error's second line is what the system said. */
GSubprocess *weft_launch_command_spawn (const char *const *argv, GError **error);

/* The built-in workload; (transfer full): %NULL when it is not installed. */
char **weft_launch_command_demo (GError **error);

G_END_DECLS
