/* trace-notes.h: what a trace could not tell, beside what was lost. In: notes of its
 * source, by name. Out: sentences for the person, live and of a recording, in the window
 * and in a terminal alike. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* Its text: how many runs of the programs the kernel skipped, at most. */
#define WEFT_NOTE_MISSED "missed"
/* Its text: which groups of events were asked for, when it was not what is usual. */
#define WEFT_NOTE_GROUPS "groups"
/* Before the name of what the traced machine lacks; its text: why. */
#define WEFT_NOTE_LACKS "lacks:"

/* More than a machine lacks, and no more than a made-up file may cost. */
#define WEFT_NOTES_MOST 64

/* In the place of one of the same name. Takes the write lock. @text: of any origin */
void weft_trace_store_set_note (WeftTraceStore *self, const char *name, const char *text);

/* By name; within a read section. */
typedef void (*WeftNoteFunc) (const char *name, const char *text, gpointer user_data);
void weft_trace_store_foreach_note (WeftTraceStore *self, WeftNoteFunc func, gpointer user_data);

/* Rises with every one that is set; within a read section. */
guint64 weft_trace_store_get_notes_generation (WeftTraceStore *self);

/* (transfer full) (element-type utf8): a sentence each; takes a read section. */
GPtrArray *weft_trace_store_describe_notes (WeftTraceStore *self);

G_END_DECLS
