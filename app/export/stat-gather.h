/* stat-gather.h: the figures that both forms of `stat` show; private to them. In: a
 * store and options. Out: copies, so that no lock is held while text is made. */
#pragma once
#include "stat.h"
#include "trace-scope.h"

G_BEGIN_DECLS

typedef struct
{
  guint id, parent; /* of processes in the recording; WEFT_NO_ID: not known */
  guint32 tgid, parent_tgid;
  char *name;
  char *command_line;      /* (nullable) */
  gint64 start_ns, end_ns; /* relative to the recording's start */
  gboolean kernel;         /* one of the kernel's threads */
  gboolean ended;
  gboolean exited, killed; /* neither: not known how */
  guint exit_code, signal;
  guint32 status; /* as wait4() gives it, when it exited or was killed */
} WeftStatProcess;

typedef struct
{
  guint32 tid, tgid;
  guint process; /* id; WEFT_NO_ID: not known */
  char *name;
  WeftThreadStatistics figures;
  guint64 range_ns;  /* of which the shares are: the same for all */
  gboolean recorded; /* something of it is known in the range */
} WeftStatThread;

typedef struct
{
  guint64 duration_ns;
  guint64 events; /* of the range; with chosen processes those that name one of them */
  guint64 lost, late, unknown;
  guint64 realtime_ns; /* of the recording's start */
  guint cpus;
  char *label, *host;
  WeftTraced traced;
  char *scope;       /* (nullable): what was traced, for a person */
  GPtrArray *notes;  /* sentences: what could not be told */
  GArray *processes; /* WeftStatProcess */
  GArray *threads;   /* WeftStatThread: those that were there in the range */
} WeftStat;

WeftStat *weft_stat_gather (WeftTraceStore *store, const WeftStatOptions *options,
                            GCancellable *cancellable, GError **error);
void weft_stat_free (WeftStat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStat, weft_stat_free)

G_END_DECLS
