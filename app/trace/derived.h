/* derived.h: what is made of records besides the tracks, chunk by chunk. Each is a row of
 * one list: a table with a name, made when a chunk is sealed and kept with it, in memory
 * and in the recording, neither of which knows what is in it. A row that listens gets
 * records of the open chunk as they are applied. In: records, sealed chunks. Out: tables,
 * and what is made of them when they are needed again.
 *
 * Adding one is a file with its functions and its row in derived.c. */
#pragma once
#include "lives-table.h"
#include "restated.h"
#include "thread-machine.h"
#include "thread-totals.h"
#include "trace-store.h"

G_BEGIN_DECLS

/* A record of the open chunk, after the tracks know what it told. */
typedef struct
{
  const struct weft_record *record;
  WeftEndHint hint;
} WeftDerivedEvent;

/* What a chunk is when its tables are made. */
typedef struct
{
  gpointer open; /* what the row made of the chunk's records; as the entries */
  guint chunk;
  const WeftGrains *grains;      /* its time, and the moments within it */
  GArray *entries;               /* WeftChunkEntry; NULL when it was sealed before */
  guint n_threads;               /* known when it ends */
  const WeftTraceTotals *totals; /* of the trace, until then */
  GArray *heads;                 /* WeftHead: of the threads that are new in it; as the entries */
  GPtrArray *tracks;             /* (element-type WeftThreadTrack): which change in it */
  GHashTable *restated; /* (nullable): set of those ids that its records do not tell alone */
} WeftDerivedSource;

typedef struct
{
  const char *name;
  /* A row that listens has these four. Bits of the kinds it listens to; and whether it does
   * to any record by which somebody is born, ends or gets another tid. */
  guint64 kinds;
  gboolean hears_lives;
  gpointer (*begin) (void);
  void (*apply) (gpointer open, const WeftDerivedEvent *event);
  void (*drop) (gpointer open);
  /* Returns: (transfer full) (nullable): the table; NULL when there is nothing to tell */
  GBytes *(*seal) (const WeftDerivedSource *source);
  /* @table: of any origin. Returns: (transfer full): NULL when it is damaged */
  gpointer (*restore) (GBytes *table);
  void (*forget) (gpointer restored);
  gsize (*get_bytes) (gpointer restored); /* (nullable) of what stays in memory */
  gboolean is_needed;                     /* a chunk without it cannot be read */
} WeftDerivedClass;

/* Their places in the list. */
typedef enum
{
  WEFT_DERIVED_ENTRIES,  /* GArray of WeftChunkEntry: where its threads begin */
  WEFT_DERIVED_TOTALS,   /* WeftThreadTotals */
  WEFT_DERIVED_RESTATED, /* GHashTable of thread id → slices */
  WEFT_DERIVED_LIVES,    /* for who opens a recording: trace-restore.h */
  WEFT_N_DERIVED,
} WeftDerivedId;

const WeftDerivedClass *weft_derived_get (WeftDerivedId id);

/* What the rows that listen make of the records of one chunk. */
typedef struct
{
  gpointer open[WEFT_N_DERIVED]; /* NULL: it does not listen */
  guint64 kinds;                 /* those that any of them listens to */
} WeftDerivedOpen;

/* @open: (out caller-allocates) */
void weft_derived_begin (WeftDerivedOpen *open);
/* Most records nobody hears: switches come a million times a second. @changes_lives:
 * somebody is born by it, ends or gets another tid */
static inline gboolean
weft_derived_hears (const WeftDerivedOpen *open, guint8 kind, gboolean changes_lives)
{
  return (open->kinds >> (kind & 63) & 1) || changes_lives;
}
/* Of one that is heard. */
void weft_derived_apply (WeftDerivedOpen *open, const WeftDerivedEvent *event,
                         gboolean changes_lives);
void weft_derived_drop (WeftDerivedOpen *open);

G_END_DECLS
