/* record-ending.h: how a recording and the command that it is of end when somebody
 * wants them to. In: signals, time that is up. Out: the recording is asked to stop,
 * the command is sent signals, a person is told what goes on.
 *
 * Without a command every signal stops the recording. With one, the signal is the
 * command's first, as if a shell had started it: its end is what ends the recording.
 * Ctrl+C that it survives leaves both going; a second one at once ends both. */
#pragma once
#include "launched-command.h"

G_BEGIN_DECLS

typedef struct _WeftRecordEnding WeftRecordEnding;

/**
 * weft_record_ending_new:
 * @command: (nullable) (transfer none)
 * @stop: ends the recording; called whenever it should, also when it has ended
 *
 * From here on signals are taken.
 */
WeftRecordEnding *weft_record_ending_new (WeftLaunchedCommand *command, void (*stop) (gpointer),
                                          gpointer user_data, GError **error);
void weft_record_ending_free (WeftRecordEnding *self);

/* The command runs: until then every signal is ours alone. */
void weft_record_ending_command_runs (WeftRecordEnding *self);

/* Has the command end: SIGTERM, and a word to the person when it does not. */
void weft_record_ending_end_command (WeftRecordEnding *self);

G_END_DECLS
