/* lives-table.h: who was born, renamed and ended in a chunk, as a table and back: those of
 * its records that say so, without the many that only move threads from state to state.
 * With it and the totals a recording opens without its records. Pure. */
#pragma once
#include <gio/gio.h>
#include "state.h"
#include "thread.h"
#include "record.h"

G_BEGIN_DECLS

/* What a thread begins with. */
typedef struct
{
  WeftState state;
  guint16 cpu;
} WeftHead;

/* What all records before one said, where that decides whom it is about: WeftEndHint. */
typedef struct
{
  guint record;  /* index among the records */
  guint running; /* id, or WEFT_NO_ID */
  gboolean ends_nobody, leader_stays;
} WeftLifeHint;

typedef struct
{
  guint64 n_threads;                               /* known when the chunk ends */
  guint64 n_events, n_late, n_unknown, n_switches; /* of the trace, until then */
  GArray *heads;       /* WeftHead: of the threads that are new in it, in order of their ids */
  GArray *hints;       /* WeftLifeHint, in order of the records */
  GByteArray *records; /* whole records in the order in which they were applied */
  guint n_records;     /* of them, while they are added */
} WeftLives;

WeftLives *weft_lives_new (void);
void weft_lives_free (WeftLives *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLives, weft_lives_free)

/* @hint: kept where it says something; its place is set */
void weft_lives_add (WeftLives *self, const struct weft_record *record, WeftLifeHint hint);

/* @heads: (element-type WeftHead): in the place of its own */
GBytes *weft_lives_pack (const WeftLives *self, GArray *heads);
/* @table: of any origin. Returns: (transfer full): NULL when it is damaged */
WeftLives *weft_lives_unpack (GBytes *table);

G_END_DECLS
