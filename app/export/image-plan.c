/* image-plan.c: chooses and words the rows of a picture. A store goes in, rows
 * that own their strings come out. */
#include "image-plan.h"
#include "trace/duration.h"

#include <glib/gi18n.h>
#include <string.h>

#include "draw/header-painter.h"
#include "draw/number-format.h"
#include "draw/ruler-painter.h"
#include "draw/state-label.h"
#include "trace/family-order.h"

#define COMMAND_CHARS 48
#define TITLE_NAMES 3

/* The walk over the process table while a plan is made. */
typedef struct
{
  WeftTraceStore *store;
  WeftProcessTable *table;
  const WeftImageOptions *options;
  WeftImagePlan *plan;
  guint n_silent;
  guint n_kernel;
} Walk;

static void
clear_row (gpointer data)
{
  WeftImageRow *row = data;

  g_free (row->name);
  g_free (row->detail);
}

void
weft_image_plan_free (WeftImagePlan *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->rows, g_array_unref);
  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->footer);
  g_free (self);
}

static gboolean
contains (GArray *ids, guint id)
{
  for (guint i = 0; ids != NULL && i < ids->len; i++)
    if (g_array_index (ids, guint, i) == id)
      return TRUE;
  return FALSE;
}

/* "slowfib.py" of "/usr/bin/python3 slowfib.py": what the name does not say yet. */
static char *
shorten_command (const WeftProcess *process)
{
  const char *command = process->command_line;
  g_autofree char *first = NULL, *base = NULL, *whole = NULL, *start = NULL;
  const char *rest;

  if (command == NULL || *command == '\0')
    return NULL;
  first = g_strndup (command, strcspn (command, " "));
  base = g_path_get_basename (first);
  rest = command + strlen (first);
  rest += strspn (rest, " ");
  /* the kernel keeps 15 bytes of a name */
  whole = g_str_has_prefix (base, process->name) ? g_strdup (rest)
                                                 : g_strjoin (" ", base, rest, NULL);
  if (*g_strstrip (whole) == '\0')
    return NULL;
  if (g_utf8_strlen (whole, -1) <= COMMAND_CHARS)
    return g_steal_pointer (&whole);
  start = g_utf8_substring (whole, 0, COMMAND_CHARS - 1);
  return g_strconcat (start, "…", NULL);
}

static char *
describe_group (Walk *walk, const WeftProcess *process, guint n_threads, guint64 running_ns)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  guint n_cpus = weft_trace_store_get_info (walk->store)->n_cpus;
  double cpus = (double)running_ns / (walk->plan->to_ns - walk->plan->from_ns);
  char *command = shorten_command (process);

  if (command != NULL)
    g_ptr_array_add (parts, command);
  g_ptr_array_add (parts, g_strdup_printf ("%u", process->tgid));
  if (n_threads != 1)
    g_ptr_array_add (parts,
                     g_strdup_printf (ngettext ("%u thread", "%u threads", n_threads), n_threads));
  if (n_cpus > 0 && cpus >= 0.05)
    g_ptr_array_add (parts, g_strdup_printf (ngettext ("%.1f of %u CPU", "%.1f of %u CPUs", n_cpus),
                                             cpus, n_cpus));
  if (process->end_ns != 0 && process->end_ns <= walk->plan->to_ns && process->status_known)
    g_ptr_array_add (parts, weft_exit_describe (process->status, NULL));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **)parts->pdata);
}

/* A thread's time in the range; waits for chunks that left memory. The
 * caller's read section is left and entered again when it must. */
static gboolean
shares_of (Walk *walk, guint thread, WeftShares *shares, GError **error)
{
  for (;;)
    {
      const WeftThread *t = weft_trace_store_get_thread (walk->store, thread);
      guint absent = WEFT_NO_ID;
      gboolean loaded;

      if (weft_thread_track_shares (t->track, walk->plan->from_ns, walk->plan->to_ns,
                                    walk->plan->edge_ns, shares, &absent))
        return TRUE;
      weft_trace_store_end_read (walk->store);
      loaded = weft_trace_store_load_chunk (walk->store, absent, error);
      weft_trace_store_begin_read (walk->store);
      if (!loaded)
        return FALSE;
    }
}

static void
add_row (Walk *walk, WeftImageRowKind kind, guint process, guint thread, char *name, char *detail,
         double share, gboolean ended)
{
  const WeftImageRow row = { .kind = kind,
                             .process = process,
                             .thread = thread,
                             .name = name,
                             .detail = detail,
                             .share = share,
                             .ended = ended };

  g_array_append_val (walk->plan->rows, row);
}

static gboolean
is_there (const WeftImagePlan *plan, const WeftThread *thread)
{
  return thread->birth_ns < plan->to_ns
         && (thread->death_ns == 0 || thread->death_ns > plan->from_ns);
}

static void
add_lane (Walk *walk, const WeftThread *thread, const WeftShares *shares)
{
  guint64 running_ns = shares->ns[WEFT_STATE_RUNNING];
  const WeftImagePlan *plan = walk->plan;
  guint64 from = MAX (plan->from_ns, thread->birth_ns);
  guint64 to = thread->death_ns != 0 ? MIN (plan->to_ns, thread->death_ns) : plan->to_ns;

  add_row (walk, WEFT_IMAGE_ROW_LANE, thread->process, thread->id, g_strdup (thread->name),
           g_strdup_printf ("%u", thread->tid), to > from ? (double)running_ns / (to - from) : 0,
           thread->death_ns != 0 && thread->death_ns <= plan->to_ns);
}

/* A thread of a process that is there within the range, with its time in it. */
typedef struct
{
  guint thread;
  WeftShares shares;
} Present;

static GArray *
list_present (Walk *walk, guint process, guint64 *total_ns, GError **error)
{
  g_autoptr (GArray) present = g_array_new (FALSE, FALSE, sizeof (Present));
  guint n = 0;

  *total_ns = 0;
  weft_trace_store_get_threads_of (walk->store, process, &n);
  for (guint i = 0; i < n; i++)
    {
      /* asked anew each time: the list may have moved while a chunk was loaded */
      guint id = weft_trace_store_get_threads_of (walk->store, process, &n)[i];
      Present entry = { .thread = id };

      if (!is_there (walk->plan, weft_trace_store_get_thread (walk->store, id)))
        continue;
      if (!shares_of (walk, id, &entry.shares, error))
        return NULL;
      *total_ns += entry.shares.ns[WEFT_STATE_RUNNING];
      g_array_append_val (present, entry);
    }
  return g_steal_pointer (&present);
}

static gboolean
is_wanted (Walk *walk, const WeftProcess *process, guint n_present, guint64 running_ns)
{
  if (walk->options->processes != NULL)
    return contains (walk->options->processes, process->id);
  if (n_present == 0)
    return FALSE;
  if (process->kernel)
    walk->n_kernel++;
  else if (running_ns == 0)
    walk->n_silent++;
  return !process->kernel && running_ns > 0;
}

static gboolean
add_process (Walk *walk, guint id, GError **error)
{
  g_autoptr (GArray) present = NULL;
  const WeftProcess *process;
  guint64 running_ns;

  if (walk->options->processes != NULL && !contains (walk->options->processes, id))
    return TRUE;
  present = list_present (walk, id, &running_ns, error);
  if (present == NULL)
    return FALSE;
  process = weft_process_table_get (walk->table, id);
  if (!is_wanted (walk, process, present->len, running_ns))
    return TRUE;
  for (guint i = 0; i < present->len; i++)
    walk->plan->legend.states
        |= weft_state_set_from_shares (g_array_index (present, Present, i).shares.ns);
  add_row (walk, WEFT_IMAGE_ROW_GROUP, id, WEFT_NO_ID, g_strdup (process->name),
           describe_group (walk, process, present->len, running_ns), -1, FALSE);
  if (contains (walk->options->collapsed, id))
    {
      add_row (walk, WEFT_IMAGE_ROW_SUMMARY, id, WEFT_NO_ID,
               g_strdup_printf (ngettext ("%u thread", "%u threads", present->len), present->len),
               NULL, (double)running_ns / (walk->plan->to_ns - walk->plan->from_ns),
               process->end_ns != 0 && process->end_ns <= walk->plan->to_ns);
      return TRUE;
    }
  for (guint i = 0; i < present->len; i++)
    {
      const Present *entry = &g_array_index (present, Present, i);
      add_lane (walk, weft_trace_store_get_thread (walk->store, entry->thread), &entry->shares);
    }
  return TRUE;
}

static void
add_note (Walk *walk)
{
  g_autofree char *silent = NULL, *kernel = NULL;

  if (walk->n_silent > 0)
    silent = g_strdup_printf (ngettext ("%u process that never ran in this range is left out",
                                        "%u processes that never ran in this range are left out",
                                        walk->n_silent),
                              walk->n_silent);
  if (walk->n_kernel > 0)
    kernel = g_strdup_printf (ngettext ("%u kernel thread hidden", "%u kernel threads hidden",
                                        walk->n_kernel),
                              walk->n_kernel);
  if (silent == NULL && kernel == NULL)
    return;
  add_row (walk, WEFT_IMAGE_ROW_NOTE, WEFT_NO_ID, WEFT_NO_ID,
           silent != NULL && kernel != NULL ? g_strconcat (silent, " · ", kernel, NULL)
                                            : g_strdup (silent != NULL ? silent : kernel),
           NULL, -1, FALSE);
}

static char *
make_title (Walk *walk)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (walk->store);
  GArray *wanted = walk->options->processes;
  GString *title;

  if (walk->options->title != NULL && *walk->options->title != '\0')
    return g_strdup (walk->options->title);
  if (info->label[0] != '\0')
    return weft_make_printable (info->label, -1);
  if (wanted == NULL || wanted->len == 0)
    return g_strdup (info->own_only ? _ ("Own processes") : _ ("Whole machine"));
  title = g_string_new (NULL);
  for (guint i = 0; i < MIN (wanted->len, TITLE_NAMES); i++)
    {
      const WeftProcess *process
          = weft_process_table_get (walk->table, g_array_index (wanted, guint, i));
      g_string_append_printf (title, "%s%s %u", i > 0 ? ", " : "", process->name, process->tgid);
    }
  if (wanted->len > TITLE_NAMES)
    g_string_append_printf (title, " + %u", wanted->len - TITLE_NAMES);
  return g_string_free (title, FALSE);
}

static char *
make_subtitle (Walk *walk)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (walk->store);
  const WeftImagePlan *plan = walk->plan;
  guint64 length = plan->to_ns - plan->from_ns, step = 1;
  gint64 from = (gint64)(plan->from_ns - plan->start_ns);
  g_autoptr (GDateTime) date
      = g_date_time_new_from_unix_local (((gint64)info->realtime_ns + from) / 1000000000);
  g_autofree char *host = weft_make_printable (info->host, -1);
  g_autofree char *when = date != NULL && info->realtime_ns != 0
                              ? g_date_time_format (date, "%Y-%m-%d %H:%M:%S %Z")
                              : NULL;
  g_autofree char *first = NULL, *last = NULL, *size = NULL, *range = NULL;

  while (step * 200 < length)
    step *= 10;
  first = weft_ruler_format_time (from, step);
  last = weft_ruler_format_time (from + (gint64)length, step);
  size = weft_format_duration (length);
  /* Translators: a range of time and its length: "5.21 s to 5.25 s (40.0 ms)" */
  range = g_strdup_printf (_ ("%s to %s (%s)"), first, last, size);
  return g_strjoin (" · ", *host != '\0' ? host : _ ("unnamed host"), when != NULL ? when : range,
                    when != NULL ? range : NULL, NULL);
}

/* @format has one %s for the number; translated, so it is no literal. */
static char *
count_text (guint64 number, const char *format)
{
  g_autofree char *digits = weft_format_count (number);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return g_strjoinv (digits, parts);
}

static char *
make_footer (Walk *walk)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (walk->store);
  WeftTraceTotals totals;
  g_autofree char *events = NULL, *lost = NULL, *cpus = NULL, *kernel = NULL;

  weft_trace_store_get_totals (walk->store, &totals);
  events = count_text (totals.events,
                       ngettext ("%s event recorded", "%s events recorded", (gulong)totals.events));
  lost = count_text (totals.lost, _ ("%s lost"));
  cpus = g_strdup_printf (ngettext ("%u CPU", "%u CPUs", info->n_cpus), info->n_cpus);
  kernel = weft_make_printable (info->kernel, -1);
  return g_strjoin (" · ", "Weftscope " WEFT_VERSION, events, lost, cpus,
                    *kernel != '\0' ? kernel : NULL, info->architecture, NULL);
}

static gboolean
choose_range (Walk *walk, GError **error)
{
  WeftImagePlan *plan = walk->plan;
  const WeftImageOptions *options = walk->options;

  plan->start_ns = weft_trace_store_get_start (walk->store);
  plan->edge_ns = weft_trace_store_get_edge (walk->store);
  plan->from_ns = options->from_ns;
  plan->to_ns = options->to_ns;
  if (options->from_ns == 0 && options->to_ns == 0)
    {
      plan->from_ns = plan->start_ns;
      plan->to_ns = MAX (plan->edge_ns, plan->start_ns + 1);
    }
  if (plan->to_ns > plan->from_ns)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       _ ("The picture could not be drawn: its range of time is empty. "
                          "Choose an end that is later than the beginning."));
  return FALSE;
}

static gboolean
check_processes (Walk *walk, GError **error)
{
  GArray *wanted = walk->options->processes;

  for (guint i = 0; wanted != NULL && i < wanted->len; i++)
    if (g_array_index (wanted, guint, i) >= weft_process_table_get_size (walk->table))
      {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             _ ("The picture could not be drawn: a chosen process is not in the "
                                "trace. Choose among those that stat lists."));
        return FALSE;
      }
  return TRUE;
}

static gboolean
fill_plan (Walk *walk, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) order = NULL;

  if (!choose_range (walk, error) || !check_processes (walk, error))
    return FALSE;
  order = weft_family_order_new (walk->table, WEFT_NO_ID);
  for (guint i = 0; i < order->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !add_process (walk, g_array_index (order, guint, i), error))
      return FALSE;
  add_note (walk);
  walk->plan->title = make_title (walk);
  walk->plan->subtitle = make_subtitle (walk);
  walk->plan->footer = make_footer (walk);
  return TRUE;
}

WeftImagePlan *
weft_image_plan_new (WeftTraceStore *store, const WeftImageOptions *options,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftImagePlan) plan = g_new0 (WeftImagePlan, 1);
  Walk walk = { .store = store, .options = options, .plan = plan };
  gboolean done;

  plan->rows = g_array_new (FALSE, TRUE, sizeof (WeftImageRow));
  g_array_set_clear_func (plan->rows, clear_row);
  weft_trace_store_begin_read (store);
  walk.table = weft_trace_store_get_processes (store);
  done = fill_plan (&walk, cancellable, error);
  weft_trace_store_end_read (store);
  return done ? g_steal_pointer (&plan) : NULL;
}
