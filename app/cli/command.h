/* command.h: what the commands share; private to the command line. In: arguments.
 * Out: values, or a message on standard error. */
#pragma once
#include "cli.h"
#include "trace-store.h"

G_BEGIN_DECLS

/* One command: gets what stands behind its name. */
typedef int (*WeftCommandFunc) (int argc, char **argv);

int weft_command_record (int argc, char **argv);
int weft_command_stat (int argc, char **argv);
int weft_command_export (int argc, char **argv);

/* Prints "weftscope: …" on standard error, clearing a progress line. */
void weft_command_complain (const GError *error);

/* The same, with a hint where help is. Returns: %WEFT_EXIT_USAGE */
int weft_command_refuse_usage (const char *command, const GError *error);

/**
 * weft_command_parse:
 * @entries: the command's options
 * @positional: (out) (transfer full): the arguments that are no options
 * @status: (out): the exit status when it returns FALSE
 *
 * Returns: %FALSE when there is nothing more to do: help was shown, or the
 * arguments were wrong
 */
gboolean weft_command_parse (const char *command, const char *usage, const char *summary,
                             const GOptionEntry *entries, int argc, char **argv, char ***positional,
                             int *status);

/* Prints on standard output, as UTF-8 whatever the locale is: programs read it.
 * FALSE, with a message, when it cannot be written. */
gboolean weft_command_print (const char *text);

/* (element-type guint32) (transfer full): the numbers in "12,34" and "12 34" words; NULL with
 * @error set when one is no process number. An empty @words gives NULL as well. */
GArray *weft_command_parse_pids (char **words, GError **error);

/* FALSE with one sentence when a number is no process of the recording.
 * @tgids: (nullable) (element-type guint32) */
gboolean weft_command_check_pids (WeftTraceStore *store, GArray *tgids, GError **error);

/* Opens a recording with progress on a terminal, and prints its warning. */
WeftTraceStore *weft_command_open (const char *path, GError **error);

/* Reads --from and --to. @from_ns, @to_ns: 0, 0 when neither is given. */
gboolean weft_command_parse_range (WeftTraceStore *store, const char *from, const char *to,
                                   guint64 *from_ns, guint64 *to_ns, GError **error);

G_END_DECLS
