/* thread.h: a thread for as long as its trace lives. */
#pragma once
#include "renames.h"
#include "thread-counts.h"
#include "thread-track.h"

G_BEGIN_DECLS

#define WEFT_UNNAMED "?"

/* Ids are dense and never reused. */
typedef struct
{
  guint id;
  guint process;             /* id in the process table; WEFT_NO_ID until a record tells */
  guint32 tid;               /* an exec from a worker gives it its leader's */
  guint32 first_tid;         /* the one that it had until then */
  guint64 moved_ns;          /* when that was; 0 when it never was */
  guint64 start_boottime_ns; /* 0 when unknown */
  guint64 birth_ns;          /* start of its time in the recording */
  guint64 death_ns;          /* its last switch; 0 while alive */
  const char *name;          /* newest comm, printable; WEFT_UNNAMED until a record tells */
  GArray *renames;           /* (nullable) WeftRename */
  WeftThreadTrack *track;
  WeftThreadCounts counts;
} WeftThread;

/* What it was called then. */
static inline const char *
weft_thread_name_at (const WeftThread *thread, guint64 time_ns)
{
  return weft_renames_get_at (thread->renames, time_ns, thread->name);
}

static inline guint32
weft_thread_tid_at (const WeftThread *thread, guint64 time_ns)
{
  return time_ns < thread->moved_ns ? thread->first_tid : thread->tid;
}

G_END_DECLS
