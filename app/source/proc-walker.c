/* proc-walker.c: see the header.
 *
 * What costs in /proc is opening files. A process that has used no CPU time
 * since it was last read cannot have changed its state, name or parent by
 * itself, and its CPU clock tells that to the nanosecond in one call without a
 * file. So a process at rest costs one clock_gettime(); the others one stat,
 * and statm when their memory moved. What others can change (parent when it
 * dies, resident memory when pages are reclaimed, credentials) is looked at
 * when the parent is gone, and every REFRESH_ROUNDS walks. */
#include "proc-walker.h"
#include "local-machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S G_GUINT64_CONSTANT (1000000000)
/* Everything of a process is read anew after so many walks. */
#define REFRESH_ROUNDS 16
/* A process so young may still exec: its command line is read every time. */
#define YOUNG_NS (3 * NS_PER_S)
#define MAX_COMMAND_LINE 4096

/* A process as it was last read. */
typedef struct
{
  WeftProcEntry entry; /* command_line stays NULL: the table keeps it */
  guint64 clock_ns;    /* its CPU clock at that moment; 0 when not readable */
  guint64 faults;
  guint64 rough_pages;
  guint64 round; /* of the walk that last saw it */
} Known;

struct _WeftProcWalker
{
  char *root;
  DIR *dir;
  GHashTable *known; /* tgid → Known */
  guint64 round;
  gboolean clocks; /* pids of this /proc are those of our pid namespace */
  guint64 ns_per_tick;
  guint64 page_bytes;
};

/* The parts of a walk that its helpers share. */
typedef struct
{
  WeftProcWalker *walker;
  WeftProcSnapshot *snapshot;
  guint64 boottime_ns;
} Walk;

/* The kernel's encoding of a process's CPU clock, as clock_getcpuclockid()
 * makes it; that function would cost a second call to check the pid. */
static guint64
process_clock_ns (guint32 tgid)
{
  return weft_local_clock_now ((clockid_t)((~(guint32)tgid << 3) | 2));
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

/* Reads at most @size bytes of a file that never ends amid a read; -1 when the
 * process is gone or not ours to look at. */
static gssize
read_file (WeftProcWalker *self, const char *path, char *buffer, gsize size)
{
  __attribute__ ((cleanup (close_fd))) int fd
      = openat (dirfd (self->dir), path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gsize length = 0;
  gssize n;

  if (fd < 0)
    return -1;
  do
    {
      n = TEMP_FAILURE_RETRY (read (fd, buffer + length, size - length));
      if (n > 0)
        length += (gsize)n;
  } while (n > 0 && length < size && buffer[length - 1] != '\n');
  return n < 0 ? -1 : (gssize)length;
}

static gssize
read_process_file (WeftProcWalker *self, guint32 tgid, const char *name, char *buffer, gsize size)
{
  char path[32];

  g_snprintf (path, sizeof path, "%u/%s", tgid, name);
  return read_file (self, path, buffer, size);
}

static gboolean
same_pid_namespace (WeftProcWalker *self)
{
  char link[16] = "";

  return readlinkat (dirfd (self->dir), "self", link, sizeof link - 1) > 0
         && g_ascii_strtoull (link, NULL, 10) == (guint64)getpid ();
}

WeftProcWalker *
weft_proc_walker_new (const char *root, GError **error)
{
  g_autoptr (WeftProcWalker) self = g_new0 (WeftProcWalker, 1);

  self->root = g_strdup (root);
  self->dir = opendir (root);
  if (self->dir == NULL)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   _ ("Could not list the processes in %s: %s. Is it mounted?"), root,
                   g_strerror (code));
      return NULL;
    }
  self->known = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->clocks = same_pid_namespace (self);
  self->ns_per_tick = NS_PER_S / (guint64)MAX (sysconf (_SC_CLK_TCK), 1);
  self->page_bytes = (guint64)MAX (sysconf (_SC_PAGESIZE), 1);
  return g_steal_pointer (&self);
}

void
weft_proc_walker_free (WeftProcWalker *self)
{
  if (self == NULL)
    return;
  if (self->dir != NULL)
    closedir (self->dir);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_free (self->root);
  g_free (self);
}

static void
read_memory (WeftProcWalker *self, Known *known, const WeftProcStat *stat)
{
  char text[256];
  gssize length = read_process_file (self, stat->pid, "statm", text, sizeof text);
  guint64 pages = stat->resident_pages;

  if (length > 0)
    weft_proc_statm_parse (text, (gsize)length, &pages);
  known->entry.memory_bytes = pages * self->page_bytes;
}

static void
read_uid (WeftProcWalker *self, Known *known, guint32 tgid)
{
  char text[1024]; /* Uid stands within the first lines */
  gssize length = read_process_file (self, tgid, "status", text, sizeof text);

  if (length > 0)
    weft_proc_status_parse_uid (text, (gsize)length, &known->entry.uid);
}

static char *
read_command_line (WeftProcWalker *self, guint32 tgid)
{
  char text[MAX_COMMAND_LINE];
  gssize length = read_process_file (self, tgid, "cmdline", text, sizeof text);

  return length > 0 ? weft_proc_cmdline_parse (text, (gsize)length) : NULL;
}

/* As records tell it, out of any time namespace. */
static guint64
start_of (WeftProcWalker *self, const WeftProcStat *stat)
{
  return stat->start_ticks * self->ns_per_tick - (guint64)weft_local_boottime_offset_ns ();
}

static void
take_stat (WeftProcWalker *self, Known *known, const WeftProcStat *stat)
{
  WeftProcEntry *entry = &known->entry;

  entry->tgid = stat->pid;
  entry->parent_tgid = stat->parent;
  entry->start_boottime_ns = start_of (self, stat);
  entry->state = stat->state;
  entry->kernel = stat->kernel;
  entry->n_threads = stat->n_threads;
  /* the clock is what stat rounds to ticks */
  entry->cpu_time_ns = known->clock_ns != 0 ? known->clock_ns : stat->cpu_ticks * self->ns_per_tick;
  memcpy (entry->comm, stat->name, sizeof entry->comm - 1);
  entry->comm[sizeof entry->comm - 1] = '\0';
}

/* Whether @stat is of another process than @known: a reused pid, or the first look. */
static gboolean
is_new_process (WeftProcWalker *self, const Known *known, const WeftProcStat *stat)
{
  return known->entry.tgid == 0 || known->entry.start_boottime_ns != start_of (self, stat);
}

static gboolean
is_renamed (const Known *known, const WeftProcStat *stat)
{
  return strncmp (known->entry.comm, stat->name, sizeof known->entry.comm - 1) != 0;
}

static gboolean
memory_moved (const Known *known, const WeftProcStat *stat)
{
  return stat->faults != known->faults || stat->resident_pages != known->rough_pages;
}

/* @refresh: read all of it anew. FALSE when the process is gone. */
static gboolean
read_process (const Walk *walk, Known *known, guint32 tgid, gboolean refresh, char **command_line)
{
  WeftProcWalker *self = walk->walker;
  guint64 clock = self->clocks ? process_clock_ns (tgid) : 0; /* before: what follows is later */
  char text[2048];
  gssize length = read_process_file (self, tgid, "stat", text, sizeof text);
  WeftProcStat stat;

  if (length <= 0 || !weft_proc_stat_parse (text, (gsize)length, &stat) || stat.pid != tgid)
    return FALSE;
  if (is_new_process (self, known, &stat))
    *known = (Known){ .entry.uid = stat.kernel ? 0 : G_MAXUINT32 };
  refresh = refresh || is_renamed (known, &stat);
  known->clock_ns = clock;
  take_stat (self, known, &stat);
  if (stat.kernel)
    return TRUE; /* neither memory nor user nor command line */
  if (refresh || memory_moved (known, &stat))
    read_memory (self, known, &stat);
  known->faults = stat.faults;
  known->rough_pages = stat.resident_pages;
  if (refresh)
    read_uid (self, known, tgid);
  if (refresh || known->entry.start_boottime_ns + YOUNG_NS > walk->boottime_ns)
    *command_line = read_command_line (self, tgid);
  return TRUE;
}

static void
add_entry (const Walk *walk, const Known *known, char *command_line)
{
  WeftProcEntry entry = known->entry;

  entry.command_line = command_line;
  g_array_append_val (walk->snapshot->entries, entry);
}

static void
visit_process (const Walk *walk, guint32 tgid)
{
  WeftProcWalker *self = walk->walker;
  Known *known = g_hash_table_lookup (self->known, GUINT_TO_POINTER (tgid));
  gboolean refresh = (self->round + tgid) % REFRESH_ROUNDS == 0;
  char *command_line = NULL;

  if (known == NULL)
    {
      g_autofree Known *fresh = g_new0 (Known, 1);

      if (!read_process (walk, fresh, tgid, TRUE, &command_line))
        return;
      known = g_steal_pointer (&fresh);
      g_hash_table_insert (self->known, GUINT_TO_POINTER (tgid), known);
    }
  else if (refresh || known->clock_ns == 0 || process_clock_ns (tgid) != known->clock_ns)
    {
      if (!read_process (walk, known, tgid, refresh, &command_line))
        return;
    }
  known->round = self->round;
  add_entry (walk, known, command_line);
}

/* Children of those who died since have another parent now, without having run. */
static void
revisit_orphans (const Walk *walk)
{
  WeftProcWalker *self = walk->walker;

  for (guint i = 0; i < walk->snapshot->entries->len; i++)
    {
      WeftProcEntry *entry = &g_array_index (walk->snapshot->entries, WeftProcEntry, i);
      Known *parent = g_hash_table_lookup (self->known, GUINT_TO_POINTER (entry->parent_tgid));
      Known *known;
      char *command_line = NULL;

      if (entry->parent_tgid == 0 || (parent != NULL && parent->round == self->round))
        continue;
      known = g_hash_table_lookup (self->known, GUINT_TO_POINTER (entry->tgid));
      if (!read_process (walk, known, entry->tgid, FALSE, &command_line))
        continue;
      g_free (command_line);
      entry->parent_tgid = known->entry.parent_tgid;
    }
}

static gboolean
was_not_seen (gpointer key, gpointer value, gpointer user_data)
{
  const Known *known = value;
  const WeftProcWalker *self = user_data;

  return known->round != self->round;
}

static void
clear_entry (gpointer data)
{
  g_clear_pointer (&((WeftProcEntry *)data)->command_line, g_free);
}

static void
begin_snapshot (WeftProcWalker *self, WeftProcSnapshot *snapshot)
{
  guint64 before = weft_local_clock_now (CLOCK_MONOTONIC);
  guint64 boottime = weft_local_clock_now (CLOCK_BOOTTIME);

  *snapshot = (WeftProcSnapshot){
    .time_ns = before,
    .boottime_minus_monotonic_ns = boottime > before ? boottime - before : 0,
    .entries = g_array_sized_new (FALSE, FALSE, sizeof (WeftProcEntry),
                                  g_hash_table_size (self->known) + 64),
  };
  g_array_set_clear_func (snapshot->entries, clear_entry);
}

static gboolean
parse_pid (const char *name, guint32 *pid)
{
  guint64 number;

  if (!g_ascii_isdigit (*name)
      || !g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT32, &number, NULL))
    return FALSE;
  *pid = (guint32)number;
  return TRUE;
}

gboolean
weft_proc_walker_walk (WeftProcWalker *self, WeftProcSnapshot *snapshot, GCancellable *cancellable,
                       GError **error)
{
  WeftProcSnapshot result;
  Walk walk = { .walker = self, .snapshot = &result };
  struct dirent *item;
  guint32 pid;

  self->round++;
  begin_snapshot (self, &result);
  walk.boottime_ns = result.time_ns + result.boottime_minus_monotonic_ns;
  rewinddir (self->dir);
  while (errno = 0, (item = readdir (self->dir)) != NULL)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          weft_proc_snapshot_clear (&result);
          return FALSE;
        }
      if (parse_pid (item->d_name, &pid))
        visit_process (&walk, pid);
    }
  if (errno != 0)
    {
      int code = errno;

      weft_proc_snapshot_clear (&result);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   _ ("Could not list the processes in %s: %s"), self->root, g_strerror (code));
      return FALSE;
    }
  revisit_orphans (&walk);
  g_hash_table_foreach_remove (self->known, was_not_seen, self);
  *snapshot = result;
  return TRUE;
}

/* /proc/stat grows with CPUs and interrupts: read as long as it goes. */
static char *
read_whole (WeftProcWalker *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, error) ? text : NULL;
}

gboolean
weft_proc_walker_read_machine (WeftProcWalker *self, WeftProcMachine *machine, GError **error)
{
  g_autofree char *stat = read_whole (self, "stat", error);
  g_autofree char *loadavg = stat != NULL ? read_whole (self, "loadavg", error) : NULL;

  if (loadavg == NULL)
    return FALSE;
  if (weft_proc_machine_parse (stat, loadavg, machine))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("Could not understand %s/stat: it does not say how many processes there are"),
               self->root);
  return FALSE;
}

void
weft_proc_snapshot_clear (WeftProcSnapshot *snapshot)
{
  g_clear_pointer (&snapshot->entries, g_array_unref);
  *snapshot = (WeftProcSnapshot){ 0 };
}
