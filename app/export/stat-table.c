/* stat-table.c: figures for a person. In: figures. Out: a table as wide as a
 * terminal: a line for each process, and below it one for each thread that did
 * something, those that ran most first. */
#include "stat-gather.h"
#include "duration.h"
#include <inttypes.h>
#include <glib/gi18n.h>
#include <string.h>

/* Width of the column of names, in characters. */
#define NAME_WIDTH 26
/* A process line every so many threads would bury the picture. */
#define MAX_ROWS 60

/* Padded by what is seen, not by bytes. @width: negative aligns to the right */
static void
append_cell (GString *out, const char *text, int width)
{
  glong columns = g_utf8_strlen (text, -1);
  int pad = ABS (width) - (int)columns;

  if (width < 0)
    for (; pad > 0; pad--)
      g_string_append_c (out, ' ');
  if (width > 0 && pad < 0)
    {
      g_autofree char *start = g_utf8_substring (text, 0, width - 1);

      g_string_append (out, start);
      g_string_append (out, "…");
    }
  else
    g_string_append (out, text);
  for (; pad > 0; pad--)
    g_string_append_c (out, ' ');
}

static void append_printf_cell (GString *out, int width, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
append_printf_cell (GString *out, int width, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  append_cell (out, text, width);
}

static void
append_duration_cell (GString *out, int width, guint64 ns, gboolean known)
{
  g_autofree char *text = known ? weft_format_duration (ns) : g_strdup ("–");

  append_cell (out, text, width);
}

/* The state it spent most time in, running and not knowing left out. */
static WeftState
find_main_wait (const WeftStatThread *thread)
{
  WeftState most = WEFT_STATE_UNKNOWN;
  guint64 most_ns = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      guint64 ns = thread->figures.shares.ns[state];

      if (state == WEFT_STATE_RUNNING || state == WEFT_STATE_EXITED || state == WEFT_STATE_UNKNOWN
          || ns <= most_ns)
        continue;
      most = state;
      most_ns = ns;
    }
  return most;
}

static double
percent (guint64 part, guint64 whole)
{
  return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void
append_header (GString *out)
{
  append_cell (out, _ ("THREAD"), NAME_WIDTH);
  append_cell (out, _ ("TID"), -8);
  append_cell (out, _ ("RUNNING"), -9);
  append_cell (out, "  ", 2);
  append_cell (out, _ ("WAITS MAINLY FOR"), 27);
  append_cell (out, _ ("SWITCHES"), -10);
  append_cell (out, _ ("FORCED"), -9);
  append_cell (out, _ ("TO RUN p50"), -12);
  append_cell (out, _ ("p99"), -10);
  g_string_append_c (out, '\n');
}

static void
append_thread (GString *out, const WeftStatThread *thread)
{
  const guint64 *ns = thread->figures.shares.ns;
  const WeftQuantiles *wait = &thread->figures.wake_to_run;
  WeftState most = find_main_wait (thread);

  append_cell (out, "  ", 2);
  append_cell (out, thread->name, NAME_WIDTH - 2);
  append_printf_cell (out, -8, "%u", thread->tid);
  append_printf_cell (out, -9, "%.1f %%", percent (ns[WEFT_STATE_RUNNING], thread->total_ns));
  append_cell (out, "  ", 2);
  if (most != WEFT_STATE_UNKNOWN)
    append_printf_cell (out, 27, "%s %.1f %%", weft_state_get_label (most),
                        percent (ns[most], thread->total_ns));
  else
    append_cell (out, "–", 27);
  append_printf_cell (out, -10, "%" G_GUINT64_FORMAT, thread->figures.switches);
  append_printf_cell (out, -9, "%" G_GUINT64_FORMAT, thread->figures.involuntary);
  append_duration_cell (out, -12, wait->p50_ns, wait->count > 0);
  append_duration_cell (out, -10, wait->p99_ns, wait->count > 0);
  g_string_append_c (out, '\n');
}

static void
append_process (GString *out, const WeftStatProcess *process)
{
  g_string_append_printf (out, "%s (%u)", process->name, process->tgid);
  if (process->exited)
    g_string_append_printf (out, _ (", exited with %u"), process->exit_code);
  else if (process->killed)
    g_string_append_printf (out, _ (", ended by signal %u"), process->signal);
  else if (process->ended)
    g_string_append (out, _ (", ended"));
  g_string_append_c (out, '\n');
}

/* One process with its busy threads. */
typedef struct
{
  const WeftStatProcess *process; /* NULL: not known whose they are */
  GPtrArray *threads;             /* WeftStatThread */
  guint64 running_ns;
} Group;

static void
group_free (gpointer data)
{
  g_ptr_array_unref (((Group *)data)->threads);
  g_free (data);
}

static gint
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *one = *(const Group *const *)a;
  const Group *other = *(const Group *const *)b;

  return (one->running_ns < other->running_ns) - (one->running_ns > other->running_ns);
}

static gint
compare_threads (gconstpointer a, gconstpointer b)
{
  guint64 one = (*(const WeftStatThread *const *)a)->figures.shares.ns[WEFT_STATE_RUNNING];
  guint64 other = (*(const WeftStatThread *const *)b)->figures.shares.ns[WEFT_STATE_RUNNING];

  return (one < other) - (one > other);
}

static Group *
find_group (GHashTable *by_tgid, GPtrArray *groups, guint32 tgid)
{
  Group *group = g_hash_table_lookup (by_tgid, GUINT_TO_POINTER (tgid));

  if (group != NULL)
    return group;
  group = g_new0 (Group, 1);
  group->threads = g_ptr_array_new ();
  g_hash_table_insert (by_tgid, GUINT_TO_POINTER (tgid), group);
  g_ptr_array_add (groups, group);
  return group;
}

static GPtrArray *
make_groups (WeftStat *stat, guint *n_quiet)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (group_free);
  g_autoptr (GHashTable) by_tgid = g_hash_table_new (NULL, NULL);

  *n_quiet = 0;
  for (guint i = 0; i < stat->threads->len; i++)
    {
      WeftStatThread *thread = &g_array_index (stat->threads, WeftStatThread, i);
      Group *group;

      if (thread->figures.switches == 0 && thread->figures.shares.ns[WEFT_STATE_RUNNING] == 0)
        {
          (*n_quiet)++;
          continue;
        }
      group = find_group (by_tgid, groups, thread->tgid);
      g_ptr_array_add (group->threads, thread);
      group->running_ns += thread->figures.shares.ns[WEFT_STATE_RUNNING];
    }
  for (guint i = 0; i < stat->processes->len; i++)
    {
      const WeftStatProcess *process = &g_array_index (stat->processes, WeftStatProcess, i);
      Group *group = g_hash_table_lookup (by_tgid, GUINT_TO_POINTER (process->tgid));

      if (group != NULL)
        group->process = process;
    }
  g_ptr_array_sort (groups, compare_groups);
  return groups;
}

static void
append_summary (GString *out, WeftStat *stat)
{
  g_autofree char *duration = weft_format_duration (stat->duration_ns);

  g_string_append_printf (out, _ ("%s on %u CPUs, %" PRIu64 " events"), duration, stat->cpus,
                          stat->events);
  if (stat->lost > 0)
    g_string_append_printf (out, _ (", %" PRIu64 " lost"), stat->lost);
  g_string_append (out, "\n\n");
}

/* Returns: how many rows it wrote, of those that are left */
static guint
append_group (GString *out, Group *group, guint rows_left)
{
  guint n = MIN (group->threads->len, rows_left);

  if (n == 0)
    return 0;
  g_ptr_array_sort (group->threads, compare_threads);
  if (group->process != NULL)
    append_process (out, group->process);
  for (guint i = 0; i < n; i++)
    append_thread (out, group->threads->pdata[i]);
  return n;
}

char *
weft_stat_to_table (WeftTraceStore *store, const WeftStatOptions *options,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftStat) stat = weft_stat_gather (store, options, cancellable, error);
  g_autoptr (GPtrArray) groups = NULL;
  GString *out;
  guint n_quiet, n_rows = 0, n_busy = 0;

  if (stat == NULL)
    return NULL;
  out = g_string_new (NULL);
  append_summary (out, stat);
  append_header (out);
  groups = make_groups (stat, &n_quiet);
  for (guint i = 0; i < groups->len; i++)
    {
      Group *group = groups->pdata[i];

      n_busy += group->threads->len;
      n_rows += append_group (out, group, MAX_ROWS - n_rows);
    }
  if (n_busy > n_rows)
    g_string_append_printf (out,
                            ngettext ("… and %u thread that ran less\n",
                                      "… and %u threads that ran less\n", n_busy - n_rows),
                            n_busy - n_rows);
  if (n_quiet > 0)
    g_string_append_printf (
        out, ngettext ("%u thread did nothing\n", "%u threads did nothing\n", n_quiet), n_quiet);
  return g_string_free (out, FALSE);
}
