/* process-table.h: who is alive, who begat whom. Fed by records and by /proc;
 * identity is (tgid, start time), a reused pid is another process. Pure GLib.
 * Guarded by the lock of the WeftTraceStore that owns it. */
#pragma once
#include <glib-object.h>
#include "printable.h"
#include "record.h"
#include "renames.h"

G_BEGIN_DECLS

#define WEFT_NO_ID G_MAXUINT

/* A process for as long as the table lives; ids are dense and never reused. */
typedef struct
{
  guint id;
  guint parent; /* id, or WEFT_NO_ID; changes when orphaned */
  guint32 tgid;
  guint32 uid;               /* G_MAXUINT32 when unknown */
  guint64 start_boottime_ns; /* 0 when unknown */
  guint64 start_ns;          /* CLOCK_MONOTONIC; before the trace for most */
  guint64 end_ns;            /* 0 while alive */
  guint32 status;            /* as wait4() gives it, when ended and known */
  gboolean status_known;
  gboolean kernel;
  guint n_threads;          /* alive */
  guint64 cgroup_id;        /* 0 when unknown */
  const char *name;         /* the newest comm; UTF-8, control characters escaped */
  const char *command_line; /* (nullable) from its exec or /proc, same rules */
  /* from the newest /proc sample; 0 before the first */
  char proc_state;      /* R S D Z T t I X */
  guint64 memory_bytes; /* resident */
  double cpu_share; /* 1.0 = one CPU, over the last sample interval; of a recording: all of it */
  guint64 cpu_time_ns;
} WeftProcess;

/* One process as /proc shows it. */
typedef struct
{
  guint32 tgid, parent_tgid, uid;
  guint64 start_boottime_ns; /* field 22 in ns: 10 ms grain */
  char state;
  gboolean kernel;
  guint n_threads;
  guint64 memory_bytes;
  guint64 cpu_time_ns;
  char comm[WEFT_COMM_BYTES];
  char *command_line; /* (nullable) owned by the snapshot */
} WeftProcEntry;

typedef struct
{
  guint64 time_ns; /* CLOCK_MONOTONIC when the walk began */
  guint64 boottime_minus_monotonic_ns;
  GArray *entries; /* WeftProcEntry */
} WeftProcSnapshot;

#define WEFT_TYPE_PROCESS_TABLE (weft_process_table_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcessTable, weft_process_table, WEFT, PROCESS_TABLE, GObject)

WeftProcessTable *weft_process_table_new (void);

guint weft_process_table_get_size (WeftProcessTable *self); /* ids are 0 … size − 1 */
const WeftProcess *weft_process_table_get (WeftProcessTable *self, guint id);

/* Rises with every change; a view compares it before it rebuilds. */
guint64 weft_process_table_get_generation (WeftProcessTable *self);

/* (transfer full) (element-type guint): ids of those of which more changed after that
 * generation than what samples tell of their usage; 0: all. Costs what they are. */
GArray *weft_process_table_list_changed (WeftProcessTable *self, guint64 since);

/* The process that has this tgid now, or last had it: id or WEFT_NO_ID. */
guint weft_process_table_find (WeftProcessTable *self, guint32 tgid);
guint weft_process_table_find_at (WeftProcessTable *self, guint32 tgid, guint64 time_ns);

/* TRUE when @id is @ancestor or descends from it, orphans included: kinship is
 * by birth and is not lost when the parent dies. */
gboolean weft_process_table_descends (WeftProcessTable *self, guint id, guint ancestor);
guint weft_process_table_get_birth_parent (WeftProcessTable *self, guint id);

/* Applies a lifecycle or STATE record, with the parts that trail it; returns the id of the process
 * it names. */
guint weft_process_table_apply (WeftProcessTable *self, const struct weft_task_record *record,
                                guint64 leader_start_boottime_ns);

/* How far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC, to place births of before
 * the trace on its axis; 0 until told. */
void weft_process_table_set_boot_offset (WeftProcessTable *self, guint64 offset_ns);

/* Adds what the records missed, ends what /proc no longer shows, takes the samples.
 * Returns: how many corrections it made (0 when records and /proc agree). */
guint weft_process_table_reconcile (WeftProcessTable *self, const WeftProcSnapshot *snapshot);

/* Everything that changed the name of a process. */
const WeftRename *weft_process_table_get_renames (WeftProcessTable *self, guint id, guint *n);
const char *weft_process_table_get_name_at (WeftProcessTable *self, guint id, guint64 time_ns);

/* What a recording tells of a process that its records do not: its owner
 * (G_MAXUINT32: unknown), command line (nullable), and when /proc showed it no more (0: its
 * end is told, or it lives). */
void weft_process_table_set_facts (WeftProcessTable *self, guint id, guint32 uid,
                                   const char *command_line, guint64 end_ns);

/* What a recording tells in the place of samples of /proc: how much of one CPU it
 * used of the whole recording, and how many threads it had in it. */
void weft_process_table_set_usage (WeftProcessTable *self, guint id, double cpu_share,
                                   guint n_threads);

G_END_DECLS
