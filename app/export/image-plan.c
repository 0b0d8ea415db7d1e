/* image-plan.c: chooses and words the rows of a picture. A store goes in, rows
 * that own their strings come out. */
#include "image-plan.h"
#include "printable.h"
#include "trace/duration.h"

#include <glib/gi18n.h>
#include <string.h>

#include "draw/header-painter.h"
#include "trace/count.h"
#include "draw/ruler-painter.h"
#include "draw/state-label.h"
#include "trace/families.h"
#include "trace/history.h"
#include "trace/process-words.h"
#include "trace/trace-scope.h"

#define TITLE_NAMES 3

/* The walk over the process table while a plan is made. */
typedef struct
{
  WeftTraceStore *store;
  WeftProcessTable *table;
  const WeftImageOptions *options;
  WeftImagePlan *plan;
  GHashTable *wanted, *collapsed; /* (nullable): ids */
  guint n_silent;
  guint n_absent; /* of those that are wanted */
  guint n_unrecorded;
  guint n_kernel, n_kernel_unrecorded;
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

/* (nullable) (transfer full): the ids, to be asked for each of many processes. */
static GHashTable *
make_set (GArray *ids)
{
  GHashTable *set = ids != NULL ? g_hash_table_new (NULL, NULL) : NULL;

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    g_hash_table_add (set, GUINT_TO_POINTER (g_array_index (ids, guint, i)));
  return set;
}

static gboolean
contains (GHashTable *set, guint id)
{
  return set != NULL && g_hash_table_contains (set, GUINT_TO_POINTER (id));
}

/* Of a thread, or of all threads of a process. */
typedef struct
{
  guint64 running_ns, unknown_ns;
  guint n;        /* threads */
  gboolean known; /* of one of them */
} PresentSum;

static void
add_shares (PresentSum *sum, const WeftShares *shares)
{
  sum->running_ns += shares->ns[WEFT_STATE_RUNNING];
  sum->unknown_ns += shares->ns[WEFT_STATE_UNKNOWN];
  sum->known |= weft_shares_are_known (shares);
  sum->n++;
}

static double
share_of_range (Walk *walk, guint64 ns)
{
  return (double)ns / (walk->plan->to_ns - walk->plan->from_ns);
}

/* A thread's time in the range. The caller's read section is left and entered again:
 * what left memory is brought back. */
static gboolean
shares_of (Walk *walk, guint thread, WeftShares *shares, GError **error)
{
  const WeftImagePlan *plan = walk->plan;
  const guint64 ends[] = { plan->from_ns, plan->to_ns };
  g_autoptr (WeftHold) hold = NULL;

  weft_trace_store_end_read (walk->store);
  hold = weft_history_hold (walk->store, &thread, 1, ends, 2, NULL, NULL, error);
  weft_trace_store_begin_read (walk->store);
  if (hold == NULL)
    return FALSE;
  weft_thread_track_shares (weft_trace_store_get_thread (walk->store, thread)->track, plan->from_ns,
                            plan->to_ns, plan->edge_ns, shares, NULL);
  return TRUE;
}

static void
add_row (Walk *walk, WeftImageRowKind kind, guint process, guint thread, char *name, char *detail,
         const PresentSum *sum, gboolean ended)
{
  const WeftImageRow row
      = { .kind = kind,
          .process = process,
          .thread = thread,
          .name = name,
          .detail = detail,
          .share = sum != NULL && sum->known ? share_of_range (walk, sum->running_ns) : -1,
          .unknown = sum != NULL ? share_of_range (walk, sum->unknown_ns) / MAX (sum->n, 1) : 0,
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
  PresentSum sum = { 0 };

  add_shares (&sum, shares);
  add_row (walk, WEFT_IMAGE_ROW_LANE, thread->process, thread->id, g_strdup (thread->name),
           g_strdup_printf ("%u", thread->tid), &sum,
           thread->death_ns != 0 && thread->death_ns <= walk->plan->to_ns);
}

/* A thread of a process that is there within the range, with its time in it. */
typedef struct
{
  guint thread;
  WeftShares shares;
} Present;

static GArray *
list_present (Walk *walk, guint process, PresentSum *sum, GError **error)
{
  g_autoptr (GArray) present = g_array_new (FALSE, FALSE, sizeof (Present));
  guint n = 0;

  *sum = (PresentSum){ 0 };
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
      add_shares (sum, &entry.shares);
      g_array_append_val (present, entry);
    }
  return g_steal_pointer (&present);
}

static gboolean
was_there (const WeftImagePlan *plan, const WeftProcess *process)
{
  return process->start_ns < plan->to_ns
         && (process->end_ns == 0 || process->end_ns > plan->from_ns);
}

static gboolean
is_wanted (Walk *walk, const WeftProcess *process, guint n_present, const PresentSum *sum)
{
  gboolean absent = n_present == 0 && !was_there (walk->plan, process);

  if (walk->wanted != NULL)
    {
      /* who asks for one is told that it was not there */
      absent &= g_hash_table_size (walk->wanted) > 1;
      walk->n_absent += absent;
      return !absent;
    }
  if (absent)
    return FALSE;
  if (process->kernel && !sum->known)
    walk->n_kernel_unrecorded++;
  else if (process->kernel)
    walk->n_kernel++;
  else if (!sum->known)
    walk->n_unrecorded++;
  else if (sum->running_ns == 0)
    walk->n_silent++;
  return !process->kernel && sum->running_ns > 0;
}

/* How many threads a process has that nobody watched is not known either. */
static char *
describe_group (Walk *walk, const WeftProcess *process, guint n_present, const PresentSum *sum)
{
  if (!sum->known)
    return g_strdup_printf (_ ("%u · not recorded"), process->tgid);
  return weft_process_describe (process, n_present, share_of_range (walk, sum->running_ns),
                                share_of_range (walk, sum->unknown_ns),
                                weft_trace_store_get_info (walk->store)->n_cpus,
                                process->end_ns != 0 && process->end_ns <= walk->plan->to_ns);
}

static gboolean
add_process (Walk *walk, guint id, GError **error)
{
  g_autoptr (GArray) present = NULL;
  const WeftProcess *process;
  PresentSum sum;

  if (walk->wanted != NULL && !contains (walk->wanted, id))
    return TRUE;
  present = list_present (walk, id, &sum, error);
  if (present == NULL)
    return FALSE;
  process = weft_process_table_get (walk->table, id);
  if (!is_wanted (walk, process, present->len, &sum))
    return TRUE;
  for (guint i = 0; i < present->len; i++)
    walk->plan->legend.states
        |= weft_state_set_from_shares (g_array_index (present, Present, i).shares.ns);
  add_row (walk, WEFT_IMAGE_ROW_GROUP, id, WEFT_NO_ID, g_strdup (process->name),
           describe_group (walk, process, present->len, &sum), NULL, FALSE);
  if (contains (walk->collapsed, id))
    {
      add_row (walk, WEFT_IMAGE_ROW_SUMMARY, id, WEFT_NO_ID,
               g_strdup_printf (ngettext ("%u thread", "%u threads", present->len), present->len),
               NULL, &sum, process->end_ns != 0 && process->end_ns <= walk->plan->to_ns);
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
add_part (GStrvBuilder *parts, const char *format, guint64 number)
{
  g_autofree char *part = weft_format_counted (format, number);

  g_strv_builder_add (parts, part);
}

/* What is not in the picture. */
static void
add_note (Walk *walk)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  if (walk->n_silent > 0)
    add_part (parts,
              ngettext ("%s process that never ran in this range is left out",
                        "%s processes that never ran in this range are left out", walk->n_silent),
              walk->n_silent);
  if (walk->n_absent > 0)
    add_part (parts,
              ngettext ("%s process that was not there in this range is left out",
                        "%s processes that were not there in this range are left out",
                        walk->n_absent),
              walk->n_absent);
  if (walk->n_unrecorded > 0)
    add_part (parts,
              ngettext ("%s process was not recorded", "%s processes were not recorded",
                        walk->n_unrecorded),
              walk->n_unrecorded);
  if (walk->n_kernel_unrecorded > 0)
    add_part (parts,
              ngettext ("%s kernel thread was not recorded", "%s kernel threads were not recorded",
                        walk->n_kernel_unrecorded),
              walk->n_kernel_unrecorded);
  if (walk->n_kernel > 0)
    add_part (parts,
              ngettext ("%s kernel thread hidden", "%s kernel threads hidden", walk->n_kernel),
              walk->n_kernel);
  all = g_strv_builder_end (parts);
  if (all[0] != NULL)
    add_row (walk, WEFT_IMAGE_ROW_NOTE, WEFT_NO_ID, WEFT_NO_ID, g_strjoinv (" · ", all), NULL, NULL,
             FALSE);
}

static char *
describe_scope (Walk *walk)
{
  return weft_trace_store_describe_scope (walk->store, walk->plan->from_ns, walk->plan->to_ns);
}

/* @is_scope: (out): whether it is what was traced */
static char *
make_title (Walk *walk, gboolean *is_scope)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (walk->store);
  GArray *wanted = walk->options->processes;
  GString *title;

  *is_scope = FALSE;
  if (walk->options->title != NULL && *walk->options->title != '\0')
    return g_strdup (walk->options->title);
  if (info->label[0] != '\0')
    return weft_make_printable (info->label, -1);
  if (wanted == NULL || wanted->len == 0)
    {
      char *scope = describe_scope (walk);

      *is_scope = TRUE;
      return scope != NULL ? scope : g_strdup (_ ("Recording"));
    }
  title = g_string_new (NULL);
  for (guint i = 0; i < MIN (wanted->len, TITLE_NAMES); i++)
    {
      const WeftProcess *process
          = weft_process_table_get (walk->table, g_array_index (wanted, guint, i));
      g_string_append_printf (title, "%s%s · %u", i > 0 ? ", " : "", process->name, process->tgid);
    }
  if (wanted->len > TITLE_NAMES)
    g_string_append_printf (title, " + %u", wanted->len - TITLE_NAMES);
  return g_string_free (title, FALSE);
}

/* Host, date and range; before them what was traced, unless the title says it. */
static char *
make_subtitle (Walk *walk, gboolean with_scope)
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
  g_autofree char *scope = with_scope ? describe_scope (walk) : NULL;
  g_autofree char *rest = NULL;

  while (step * 200 < length)
    step *= 10;
  first = weft_ruler_format_time (from, step);
  last = weft_ruler_format_time (from + (gint64)length, step);
  size = weft_format_duration (length);
  /* Translators: a range of time and its length: "5.21 s to 5.25 s (40.0 ms)" */
  range = g_strdup_printf (_ ("%s to %s (%s)"), first, last, size);
  rest = g_strjoin (" · ", *host != '\0' ? host : _ ("unnamed host"), when != NULL ? when : range,
                    when != NULL ? range : NULL, NULL);
  return scope != NULL ? g_strjoin (" · ", scope, rest, NULL) : g_steal_pointer (&rest);
}

static char *
make_footer (Walk *walk)
{
  const WeftTraceInfo *info = weft_trace_store_get_info (walk->store);
  WeftTraceTotals totals;
  g_autofree char *events = NULL, *lost = NULL, *cpus = NULL, *kernel = NULL;

  weft_trace_store_get_totals (walk->store, &totals);
  events = weft_format_counted (ngettext ("%s event recorded", "%s events recorded",
                                          weft_count_plural (totals.events)),
                                totals.events);
  lost = weft_format_counted (_ ("%s lost"), totals.lost);
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
  gboolean is_scope;

  if (!choose_range (walk, error) || !check_processes (walk, error))
    return FALSE;
  order = weft_family_order_new (walk->table, WEFT_NO_ID);
  for (guint i = 0; i < order->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !add_process (walk, g_array_index (order, guint, i), error))
      return FALSE;
  add_note (walk);
  walk->plan->title = make_title (walk, &is_scope);
  walk->plan->subtitle = make_subtitle (walk, !is_scope);
  walk->plan->footer = make_footer (walk);
  return TRUE;
}

WeftImagePlan *
weft_image_plan_new (WeftTraceStore *store, const WeftImageOptions *options,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftImagePlan) plan = g_new0 (WeftImagePlan, 1);
  g_autoptr (GHashTable) wanted = make_set (options->processes);
  g_autoptr (GHashTable) collapsed = make_set (options->collapsed);
  Walk walk = {
    .store = store, .options = options, .plan = plan, .wanted = wanted, .collapsed = collapsed
  };
  gboolean done;

  plan->rows = g_array_new (FALSE, TRUE, sizeof (WeftImageRow));
  g_array_set_clear_func (plan->rows, clear_row);
  weft_trace_store_begin_read (store);
  walk.table = weft_trace_store_get_processes (store);
  done = fill_plan (&walk, cancellable, error);
  weft_trace_store_end_read (store);
  return done ? g_steal_pointer (&plan) : NULL;
}
