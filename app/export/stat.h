/* stat.h: what every thread did, as figures. In: a store and a range. Out: JSON for
 * programs, a table for people. Slow: walks the records of the range. */
#pragma once
#include "statistics.h"

G_BEGIN_DECLS

/* The table's, in this order. */
typedef enum
{
  WEFT_STAT_THREAD,
  WEFT_STAT_TID,
  WEFT_STAT_RUNNING,
  WEFT_STAT_WAITS,
  WEFT_STAT_SWITCHES,
  WEFT_STAT_FORCED,
  WEFT_STAT_P50,
  WEFT_STAT_P99,
  WEFT_STAT_N_COLUMNS
} WeftStatColumn;

/* By its id, as "running", in any case. FALSE and @column untouched when there is none. */
gboolean weft_stat_column_find (const char *word, WeftStatColumn *column);
/* (transfer full): all ids: "thread, tid, running, …". */
char *weft_stat_column_list (void);

typedef struct
{
  guint64 from_ns, to_ns; /* CLOCK_MONOTONIC; 0, 0: all */
  GArray *tgids;          /* (nullable) (element-type guint32): only these processes */

  /* of the table */
  guint width;         /* of the terminal, in columns; 0: 80 */
  WeftStatColumn sort; /* the most first; names and numbers of threads ascending */
  gboolean all;        /* also those that did nothing, however many there are */
} WeftStatOptions;

/**
 * weft_stat_to_json:
 *
 * The stable format of `weftscope stat --json`. Times of processes are relative to
 * the recording's start, negative before it; the nanoseconds of a thread add up to
 * its time within the range.
 *
 * Returns: (transfer full): one line with a newline, or NULL with @error set
 */
char *weft_stat_to_json (WeftTraceStore *store, const WeftStatOptions *options,
                         GCancellable *cancellable, GError **error);

/* The same for a person: who ran, who waited, and mainly for what. */
char *weft_stat_to_table (WeftTraceStore *store, const WeftStatOptions *options,
                          GCancellable *cancellable, GError **error);

G_END_DECLS
