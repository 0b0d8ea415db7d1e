/* proc-stat.h: the text of /proc files as numbers. In: bytes as the kernel
 * wrote them, with names as a hostile process chose them. Out: values, or
 * FALSE. Pure: no file is opened here. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* kworkers carry the work they do in their name there: up to 64 bytes */
#define WEFT_PROC_NAME_BYTES 64

/* What we use of /proc/PID/stat; numbers in its own units. */
typedef struct
{
  guint32 pid;
  guint32 parent;
  char state;
  gboolean kernel; /* PF_KTHREAD */
  guint n_threads;
  guint64 faults;                  /* minor and major: memory changes with them */
  guint64 cpu_ticks;               /* user and system */
  guint64 start_ticks;             /* since boot */
  guint64 resident_pages;          /* rough: the kernel sums it up without its per-CPU rests */
  char name[WEFT_PROC_NAME_BYTES]; /* any bytes but 0; cut when longer */
} WeftProcStat;

/* FALSE and @stat untouched when @text is no /proc/PID/stat. The name may hold
 * parentheses, spaces and newlines. */
gboolean weft_proc_stat_parse (const char *text, gsize length, WeftProcStat *stat);

/* The resident pages of /proc/PID/statm: exact. */
gboolean weft_proc_statm_parse (const char *text, gsize length, guint64 *resident_pages);

/* The effective uid of /proc/PID/status. */
gboolean weft_proc_status_parse_uid (const char *text, gsize length, guint32 *uid);

/* /proc/PID/cmdline on one line: the zeros between arguments become spaces.
 * Returns: (transfer full) (nullable): %NULL when there is none */
char *weft_proc_cmdline_parse (const char *text, gsize length);

/* What the whole machine has done since boot, and does. */
typedef struct
{
  guint64 switches; /* ctxt of /proc/stat */
  guint64 forks;    /* its processes: every new task, threads included */
  guint running;    /* its procs_running */
  guint tasks;      /* of /proc/loadavg: threads that exist */
} WeftProcMachine;

/* Takes what /proc/stat and /proc/loadavg say; FALSE and untouched when either is broken. */
gboolean weft_proc_machine_parse (const char *stat, const char *loadavg, WeftProcMachine *machine);

G_END_DECLS
