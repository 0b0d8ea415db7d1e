/* naive-model.h: what records say of each tid, by the simplest means: a list of all
 * changes, walked from its beginning. For streams in which no tid is given twice and
 * nothing is lost. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 time_ns;
  WeftState state;
} NaiveChange;

typedef struct
{
  guint64 switches, voluntary, involuntary, wakeups;
  GArray *waits; /* guint64: from each waking of a sleeper to its run, unsorted */
} NaiveCounts;

typedef struct _NaiveModel NaiveModel;

NaiveModel *naive_model_new (void);
void naive_model_free (NaiveModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NaiveModel, naive_model_free)

/* Any order; they are sorted when first asked about. */
void naive_model_add (NaiveModel *self, GBytes *records);

/* Call after the last record, before any question. */
void naive_model_run (NaiveModel *self, const WeftSyscalls *calls);

/* The time in each state within the range; nothing before the first record. */
void naive_model_shares (NaiveModel *self, guint32 tid, guint64 from_ns, guint64 to_ns,
                         guint64 edge_ns, WeftShares *shares);

/* Of the records from @from_ns to before @to_ns; free @counts->waits. */
void naive_model_counts (NaiveModel *self, guint32 tid, guint64 from_ns, guint64 to_ns,
                         NaiveCounts *counts);

/* (transfer none) (element-type NaiveChange) */
GArray *naive_model_get_changes (NaiveModel *self, guint32 tid);

G_END_DECLS
