/* launched-command.h: the program that `record -- COMMAND` starts. In: words. Out: a
 * process that waits, as ourselves, until tracing runs, then becomes the program.
 * To be created before any thread is. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* As env and timeout have it. */
#define WEFT_EXIT_NOT_EXECUTABLE 126
#define WEFT_EXIT_NOT_FOUND 127

typedef struct _WeftLaunchedCommand WeftLaunchedCommand;

/**
 * weft_launched_command_new:
 *
 * Returns: (transfer full): a process that waits; NULL with %G_IO_ERROR_NOT_FOUND when
 * there is no such program
 */
WeftLaunchedCommand *weft_launched_command_new (char **words, GError **error);

/* Ends a process that was never let go. */
void weft_launched_command_free (WeftLaunchedCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaunchedCommand, weft_launched_command_free)

GPid weft_launched_command_get_pid (WeftLaunchedCommand *self);

/* (transfer none): the word that it was asked for by, to show. */
const char *weft_launched_command_get_name (WeftLaunchedCommand *self);

/* Lets it become the program, as a shell does: a script without "#!" is one of /bin/sh.
 * FALSE with @error when it could not: its exit status
 * is then that of weft_launched_command_get_status(). */
gboolean weft_launched_command_go (WeftLaunchedCommand *self, GError **error);

/* Calls @func once in the default main context when it has ended. */
void weft_launched_command_watch (WeftLaunchedCommand *self, GCallback func, gpointer user_data);

gboolean weft_launched_command_has_ended (WeftLaunchedCommand *self);

/* Does nothing when it has ended. */
void weft_launched_command_signal (WeftLaunchedCommand *self, int number);

/* To be called when it has ended. Returns: its exit status as a shell has it: 128 + n
 * for a signal n */
int weft_launched_command_get_status (WeftLaunchedCommand *self);

G_END_DECLS
