/* recording-fixture.h: a folder, and traces of made-up machines in it, for the
 * tests of recordings. In: sizes. Out: stores and files. */
#pragma once
#include "recording-reader.h"
#include "recording.h"
#include "synthetic.h"

G_BEGIN_DECLS

typedef struct
{
  char *folder; /* removed at the end */
  char *path;   /* in it, for a recording */
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer unused);
void fixture_tear_down (Fixture *self, gconstpointer unused);

/* Returns: (transfer full): an empty store of the made-up machine */
WeftTraceStore *fixture_new_store (void);
Synthetic *fixture_new_machine (void);

/* Appends about @n_events in batches as they come off the wire. */
void fixture_feed (WeftTraceStore *store, Synthetic *machine, guint n_events);

/* Finishes store and recording at the machine's time. */
void fixture_finish (WeftTraceStore *store, Synthetic *machine, WeftRecording *recording);

/* Records @n_events at @path and lets go of everything.
 * Returns: (transfer full): the store, for comparison */
WeftTraceStore *fixture_record (const char *path, guint n_events);

/* Runs SQL on a file that a person may have changed. */
void fixture_change (const char *path, const char *sql);

/* (transfer full): the names in a folder, sorted, separated by spaces. */
char *fixture_list (const char *folder);

/* Every thread, its figures, and its shares of many ranges are the same. */
void fixture_assert_same (WeftTraceStore *a, WeftTraceStore *b);

/* What the opened one knows is what the whole one knows, up to @until_ns. */
void fixture_assert_same_beginning (WeftTraceStore *whole, WeftTraceStore *part, guint64 until_ns);

/* Of what may have left memory, or never came into it. */
void fixture_get_shares (WeftTraceStore *store, const WeftThread *thread, guint64 from_ns,
                         guint64 to_ns, WeftShares *shares);

G_END_DECLS
