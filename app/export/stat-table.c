/* stat-table.c: figures for a person. In: figures. Out: a table as wide as the
 * terminal: a line for each process, and below it one for each thread that did
 * something, those that ran most first unless told otherwise. */
#include "count.h"
#include "duration.h"
#include "exit-words.h"
#include "stat-columns.h"
#include "text-columns.h"
#include <glib/gi18n.h>

#define DEFAULT_WIDTH 80
/* More would bury the picture; --all shows them. */
#define MAX_ROWS 60

/* One process with those of its threads that are shown. */
typedef struct
{
  const WeftStatProcess *process; /* NULL: not known whose they are */
  GPtrArray *threads;             /* WeftStatThread, in their order */
  guint64 running_ns, switches;
} Group;

typedef struct
{
  const WeftStatOptions *options;
  WeftStat *stat;
  guint width;
  GPtrArray *groups; /* Group, in their order */
  guint n_quiet, n_shown, n_rows;
  guint n_unrecorded; /* threads of processes of which others were recorded */
  guint n_unrecorded_processes, n_unrecorded_kernel;
} Table;

static void
group_free (gpointer data)
{
  g_ptr_array_unref (((Group *)data)->threads);
  g_free (data);
}

/* --- groups ---------------------------------------------------------------- */

static gint
compare_threads (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Table *self = user_data;
  const WeftStatThread *one = *(const WeftStatThread *const *)a;
  const WeftStatThread *other = *(const WeftStatThread *const *)b;
  int order = weft_stat_compare (self->options->sort, one, other);

  return order != 0 ? order : (one->tid > other->tid) - (one->tid < other->tid);
}

/* What adds up is compared in sum, else the first thread speaks for its process. */
static gint
compare_groups (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Table *self = user_data;
  const Group *one = *(const Group *const *)a;
  const Group *other = *(const Group *const *)b;

  if (self->options->sort == WEFT_STAT_RUNNING)
    return (one->running_ns < other->running_ns) - (one->running_ns > other->running_ns);
  if (self->options->sort == WEFT_STAT_SWITCHES)
    return (one->switches < other->switches) - (one->switches > other->switches);
  return weft_stat_compare (self->options->sort, one->threads->pdata[0], other->threads->pdata[0]);
}

static Group *
find_group (Table *self, GHashTable *by_process, guint process)
{
  Group *group = g_hash_table_lookup (by_process, GUINT_TO_POINTER (process));

  if (group != NULL)
    return group;
  group = g_new0 (Group, 1);
  group->threads = g_ptr_array_new ();
  g_hash_table_insert (by_process, GUINT_TO_POINTER (process), group);
  g_ptr_array_add (self->groups, group);
  return group;
}

static gboolean
is_quiet (const WeftStatThread *thread)
{
  return thread->figures.counts.switches == 0 && thread->figures.shares.ns[WEFT_STATE_RUNNING] == 0;
}

/* Of which something is told: a thread that is shown, or one that did nothing.
 * @by_process: NULL for a process of which only such are there */
static gboolean
is_told (GHashTable *by_process, guint process)
{
  return process == WEFT_NO_ID || g_hash_table_contains (by_process, GUINT_TO_POINTER (process));
}

static void
count_quiet (Table *self, GHashTable *by_process, guint process)
{
  self->n_quiet++;
  if (!g_hash_table_contains (by_process, GUINT_TO_POINTER (process)))
    g_hash_table_insert (by_process, GUINT_TO_POINTER (process), NULL);
}

/* One of which nothing was recorded counts itself, as in the picture, not its threads. */
static void
count_unrecorded (Table *self, GHashTable *by_process)
{
  for (guint i = 0; !self->options->all && i < self->stat->threads->len; i++)
    {
      const WeftStatThread *thread = &g_array_index (self->stat->threads, WeftStatThread, i);

      if (!thread->recorded && is_told (by_process, thread->process))
        self->n_unrecorded++;
    }
}

/* Who was recorded at all, and whose the groups are. */
static void
match_processes (Table *self, GHashTable *by_process)
{
  for (guint i = 0; i < self->stat->processes->len; i++)
    {
      const WeftStatProcess *process = &g_array_index (self->stat->processes, WeftStatProcess, i);
      gpointer group;

      if (!g_hash_table_lookup_extended (by_process, GUINT_TO_POINTER (process->id), NULL, &group))
        *(process->kernel ? &self->n_unrecorded_kernel : &self->n_unrecorded_processes) += 1;
      else if (group != NULL)
        ((Group *)group)->process = process;
    }
}

/* By process, not by number: that is given again. */
static void
make_groups (Table *self)
{
  g_autoptr (GHashTable) by_process = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->stat->threads->len; i++)
    {
      WeftStatThread *thread = &g_array_index (self->stat->threads, WeftStatThread, i);
      Group *group;

      if (!self->options->all && is_quiet (thread))
        {
          if (thread->recorded)
            count_quiet (self, by_process, thread->process);
          continue;
        }
      group = find_group (self, by_process, thread->process);
      g_ptr_array_add (group->threads, thread);
      group->running_ns += thread->figures.shares.ns[WEFT_STATE_RUNNING];
      group->switches += thread->figures.counts.switches;
      self->n_shown++;
    }
  match_processes (self, by_process);
  count_unrecorded (self, by_process);
  for (guint i = 0; i < self->groups->len; i++)
    g_ptr_array_sort_with_data (((Group *)self->groups->pdata[i])->threads, compare_threads, self);
  g_ptr_array_sort_with_data (self->groups, compare_groups, self);
}

/* --- lines ----------------------------------------------------------------- */

/* A line of any text, cut to the width. */
static void
append_line (Table *self, GString *out, const char *text)
{
  if (text[0] == '\0')
    return;
  weft_text_append_cell (out, text, (int)MIN (self->width, weft_text_columns (text)));
  g_string_append_c (out, '\n');
}

static char *
join (const char *one, const char *other)
{
  if (one == NULL || one[0] == '\0')
    return g_strdup (other != NULL ? other : "");
  return other != NULL && other[0] != '\0' ? g_strjoin (" · ", one, other, NULL) : g_strdup (one);
}

/* What it is of, and where and when it was. */
static void
append_head (Table *self, GString *out)
{
  WeftStat *stat = self->stat;
  g_autoptr (GDateTime) date
      = g_date_time_new_from_unix_local ((gint64)(stat->realtime_ns / 1000000000));
  g_autofree char *when = date != NULL && stat->realtime_ns != 0
                              ? g_date_time_format (date, "%Y-%m-%d %H:%M:%S %Z")
                              : NULL;
  g_autofree char *what = join (stat->label, stat->scope);
  g_autofree char *where = join (stat->host, when);

  append_line (self, out, what);
  append_line (self, out, where);
}

/* @format has one %s for the number. */
static void
append_count (GString *out, const char *format, guint64 number)
{
  g_autofree char *text = weft_format_counted (format, number);

  g_string_append (out, text);
}

static void
append_summary (Table *self, GString *out)
{
  WeftStat *stat = self->stat;
  g_autofree char *duration = weft_format_duration (stat->duration_ns);
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_append_printf (line, ngettext ("%s on %u CPU", "%s on %u CPUs", stat->cpus), duration,
                          stat->cpus);
  append_count (line, ngettext (", %s event", ", %s events", weft_count_plural (stat->events)),
                stat->events);
  if (stat->lost > 0)
    append_count (line, _ (", %s lost"), stat->lost);
  if (stat->late > 0)
    append_count (line, _ (", %s late"), stat->late);
  if (stat->unknown > 0)
    append_count (line, _ (", %s of kinds that this version does not know"), stat->unknown);
  append_line (self, out, line->str);
  for (guint i = 0; i < stat->notes->len; i++)
    append_line (self, out, stat->notes->pdata[i]);
  g_string_append_c (out, '\n');
}

static void
append_process (Table *self, GString *out, const WeftStatProcess *process)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *end = NULL;

  if (process == NULL)
    {
      append_line (self, out, _ ("Of a process that is not known"));
      return;
    }
  g_string_append_printf (line, "%s (%u)", process->name, process->tgid);
  if (process->exited || process->killed)
    end = weft_exit_describe (process->status, NULL);
  if (end != NULL || process->ended)
    g_string_append_printf (line, ", %s", end != NULL ? end : _ ("ended"));
  append_line (self, out, line->str);
}

static void
append_group (Table *self, GString *out, const WeftStatLayout *layout, Group *group)
{
  guint room = self->options->all ? G_MAXUINT : MAX_ROWS - self->n_rows;
  guint n = MIN (group->threads->len, room);

  if (n == 0)
    return;
  append_process (self, out, group->process);
  for (guint i = 0; i < n; i++)
    weft_stat_append_row (out, layout, group->threads->pdata[i]);
  self->n_rows += n;
}

static void
append_foot (Table *self, GString *out)
{
  guint n_more = self->n_shown - self->n_rows;

  if (n_more > 0)
    append_count (out,
                  ngettext ("… and %s thread more; --all shows it\n",
                            "… and %s threads more; --all shows them\n", n_more),
                  n_more);
  if (self->n_quiet > 0)
    append_count (out,
                  ngettext ("%s thread did nothing\n", "%s threads did nothing\n", self->n_quiet),
                  self->n_quiet);
  if (self->n_unrecorded > 0)
    append_count (out,
                  ngettext ("%s thread was not recorded\n", "%s threads were not recorded\n",
                            self->n_unrecorded),
                  self->n_unrecorded);
  if (self->n_unrecorded_processes > 0)
    append_count (out,
                  ngettext ("%s process was not recorded\n", "%s processes were not recorded\n",
                            self->n_unrecorded_processes),
                  self->n_unrecorded_processes);
  if (self->n_unrecorded_kernel > 0)
    append_count (out,
                  ngettext ("%s kernel thread was not recorded\n",
                            "%s kernel threads were not recorded\n", self->n_unrecorded_kernel),
                  self->n_unrecorded_kernel);
}

char *
weft_stat_to_table (WeftTraceStore *store, const WeftStatOptions *options,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftStat) stat = weft_stat_gather (store, options, cancellable, error);
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (group_free);
  Table self = { .options = options,
                 .stat = stat,
                 .width = options->width != 0 ? options->width : DEFAULT_WIDTH,
                 .groups = groups };
  WeftStatLayout layout = weft_stat_layout (self.width, options->sort);
  GString *out;

  if (stat == NULL)
    return NULL;
  out = g_string_new (NULL);
  append_head (&self, out);
  append_summary (&self, out);
  weft_stat_append_header (out, &layout);
  make_groups (&self);
  for (guint i = 0; i < groups->len; i++)
    append_group (&self, out, &layout, groups->pdata[i]);
  append_foot (&self, out);
  return g_string_free (out, FALSE);
}
