/* stat-gather.h: the figures that both forms of `stat` show; private to them. In: a
 * store and options. Out: copies, so that no lock is held while text is made. */
#pragma once
#include "stat.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 tgid, parent_tgid;
  char *name;
  gint64 start_ns, end_ns; /* relative to the recording's start */
  gboolean ended;
  gboolean exited, killed; /* neither: not known how */
  guint exit_code, signal;
  gboolean kernel;
} WeftStatProcess;

typedef struct
{
  guint32 tid, tgid;
  char *name;
  WeftThreadStatistics figures;
  guint64 total_ns; /* of all states but exited */
} WeftStatThread;

typedef struct
{
  guint64 duration_ns, events, lost;
  guint cpus;
  GArray *processes; /* WeftStatProcess */
  GArray *threads;   /* WeftStatThread: those that were there in the range */
} WeftStat;

WeftStat *weft_stat_gather (WeftTraceStore *store, const WeftStatOptions *options,
                            GCancellable *cancellable, GError **error);
void weft_stat_free (WeftStat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStat, weft_stat_free)

G_END_DECLS
