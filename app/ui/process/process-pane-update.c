/* process-pane-update.c: from the store to the rows. In: the store's process
 * table, looked at often but read only when it changed. Out: rows, counts and
 * rates on the screen, repainted only where they read differently.
 *
 * Nothing runs while the pane cannot be seen. While a trace runs (its edge
 * moves) the table's generation is compared sixty times a second, so that a
 * child is in the tree within a frame of its record; else four times, and
 * at once when the reader took a sample. */
#include "process-pane-private.h"

#include "store-moment.h"
#include <glib/gi18n.h>

#include "trace/trace-scope.h"

#define FAST_POLL_MS 16
#define SLOW_POLL_MS 250
/* So many fast polls without a new edge, and the trace counts as at rest. */
#define POLLS_UNTIL_SLOW 120
/* Glow and fade are painted in steps of some 100 ms. */
#define ANIMATE_MS 100
#define SHOW_EXITED_NS (G_GUINT64_CONSTANT (3000000000))
#define RATE_WINDOW_US G_USEC_PER_SEC
/* Laying out thousands of rows takes its time: at most a tenth of a core. */
#define REST_PER_WORK 9

static guint64
now_ns (void)
{
  return (guint64)g_get_monotonic_time () * 1000;
}

static gboolean
is_live (WeftProcessPane *self)
{
  return self->reader != NULL;
}

/* --- rates --------------------------------------------------------------- */

void
weft_process_pane_forget_rates (WeftProcessPane *self)
{
  self->totals_before_us = 0;
  self->figures
      = (WeftTotalsFigures){ .running = -1, .busy = -1, .forks = -1, .exits = -1, .switches = -1 };
}

static double
rate (guint64 now, guint64 before, double seconds)
{
  return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static void
set_rates (WeftTotalsFigures *figures, const WeftTraceTotals *now, const WeftTraceTotals *before,
           double seconds)
{
  figures->forks = rate (now->forks, before->forks, seconds);
  figures->exits = rate (now->exits, before->exits, seconds);
  figures->switches = rate (now->switches, before->switches, seconds);
}

static void
take_machine_rates (WeftProcessPane *self)
{
  WeftMachineRates rates;

  if (!weft_proc_reader_get_rates (self->reader, &rates))
    return;
  self->figures.running = (int)rates.running;
  self->figures.forks = rates.forks_per_s;
  self->figures.exits = rates.exits_per_s;
  self->figures.switches = rates.switches_per_s;
}

/* Whether what the trace counts now is what the machine does. */
static gboolean
whole_machine (WeftProcessPane *self)
{
  WeftTraced what;

  weft_trace_store_begin_read (self->store);
  what = weft_trace_store_get_traced (self->store, G_MAXUINT64, G_MAXUINT64);
  weft_trace_store_end_read (self->store);
  return what == WEFT_TRACED_MACHINE;
}

/* A live trace of the whole machine is exact and comes first; what it does not
 * see the kernel's own counters tell. */
static void
update_live_rates (WeftProcessPane *self, const WeftTraceTotals *totals)
{
  gint64 now_us = g_get_monotonic_time (), us = now_us - self->totals_before_us;
  gboolean traced = totals->switches != self->totals_before.switches && whole_machine (self);

  if (self->totals_before_us != 0 && us < RATE_WINDOW_US)
    return;
  take_machine_rates (self);
  if (self->totals_before_us != 0 && traced)
    set_rates (&self->figures, totals, &self->totals_before, (double)us / G_USEC_PER_SEC);
  self->totals_before = *totals;
  self->totals_before_us = now_us;
}

/* Over the whole recording. */
static double
busy_cpus (WeftTraceStore *store)
{
  WeftProcessTable *table;
  double busy = 0;

  weft_trace_store_begin_read (store);
  table = weft_trace_store_get_processes (store);
  for (guint id = 0; id < weft_process_table_get_size (table); id++)
    busy += weft_process_table_get (table, id)->cpu_share;
  weft_trace_store_end_read (store);
  return busy;
}

static void
update_totals (WeftProcessPane *self, const WeftTraceTotals *totals)
{
  const WeftTraceTotals none = { 0 };
  guint64 start_ns = weft_store_moment (self->store).start_ns;

  if (is_live (self))
    update_live_rates (self, totals);
  else if (self->edge_ns > start_ns)
    {
      set_rates (&self->figures, totals, &none, (double)(self->edge_ns - start_ns) / 1e9);
      self->figures.busy = busy_cpus (self->store);
    }
  self->figures.tasks = self->counts.alive;
  self->figures.threads = self->counts.threads;
  self->figures.lost = totals->lost;
  weft_totals_strip_set_figures (WEFT_TOTALS_STRIP (self->totals), &self->figures);
}

/* --- rows ---------------------------------------------------------------- */

/* Refreshes what is in sight; the rest when it is scrolled in. The list keeps
 * some two hundred rows, of which a window shows thirty. */
static gboolean
refresh_in_sight (WeftProcessPane *self)
{
  GtkAdjustment *adjustment
      = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double height = weft_style_get_metrics (self->context->style)->tree_row_height;
  double first = gtk_adjustment_get_value (adjustment) / height - 1;
  double last = first + gtk_adjustment_get_page_size (adjustment) / height + 2;
  gboolean moving = FALSE;

  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *list_item = g_ptr_array_index (self->bound, i);
      guint position = gtk_list_item_get_position (list_item);

      if (position >= first && position <= last
          && weft_process_row_refresh (WEFT_PROCESS_ROW (gtk_list_item_get_child (list_item))))
        moving = TRUE;
    }
  return moving;
}

static gboolean
animate_cb (gpointer user_data)
{
  WeftProcessPane *self = user_data;
  guint64 leave_ns = self->counts.next_leave_ns;

  self->animate_source = 0;
  if (leave_ns != 0 && now_ns () >= leave_ns)
    weft_process_pane_update (self);
  else
    weft_process_pane_refresh_rows (self);
  return G_SOURCE_REMOVE;
}

void
weft_process_pane_refresh_rows (WeftProcessPane *self)
{
  gboolean moving;

  if (!self->shown || self->context->style == NULL)
    return;
  if (is_live (self))
    self->context->moment.now_ns = now_ns ();
  moving = refresh_in_sight (self);
  if ((moving || self->counts.next_leave_ns != 0) && self->animate_source == 0)
    self->animate_source = g_timeout_add (ANIMATE_MS, animate_cb, self);
}

static void
update_labels (WeftProcessPane *self)
{
  const WeftTreeCounts *counts = &self->counts;
  gboolean searching = self->context->search != NULL && *self->context->search != '\0';
  g_autofree char *found = NULL;
  g_autofree char *kernel = NULL;

  if (searching)
    found = g_strdup_printf (_ ("%u of %u"), counts->matched, counts->alive);
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->search_count)), found != NULL ? found : ""))
    gtk_label_set_text (GTK_LABEL (self->search_count), found != NULL ? found : "");
  gtk_widget_set_visible (self->search_count, searching);
  gtk_widget_set_visible (self->nothing, searching && counts->matched == 0);
  if (self->show_kernel)
    kernel = g_strdup (_ ("Hide kernel threads"));
  else
    kernel = g_strdup_printf (ngettext ("%u kernel thread hidden", "%u kernel threads hidden",
                                        counts->kernel_hidden),
                              counts->kernel_hidden);
  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->kernel_button)), kernel) != 0)
    gtk_button_set_label (GTK_BUTTON (self->kernel_button), kernel);
  gtk_widget_set_visible (self->kernel_button, self->show_kernel || counts->kernel_hidden > 0);
}

void
weft_process_pane_fit_indent (WeftProcessPane *self)
{
  if (self->context->style != NULL)
    self->context->indent = weft_tree_row_fit_indent (self->context->style, self->width,
                                                      self->context->columns, self->deepest);
}

static guint
find_deepest (const GArray *places)
{
  guint deepest = 0;

  for (guint i = 0; i < places->len; i++)
    deepest = MAX (deepest, g_array_index (places, WeftProcessPlace, i).depth);
  return deepest;
}

static WeftTreeQuery
make_query (WeftProcessPane *self)
{
  gboolean live = is_live (self);
  const char *search = self->context->search;
  gboolean searching = search != NULL && *search != '\0';
  gboolean all = !live || self->trace == WEFT_PANE_TRACE_OVER
                 || (searching && self->trace == WEFT_PANE_TRACE_RUNS);

  return (WeftTreeQuery){
    .search = search,
    .descending = self->descending,
    .show_kernel = self->show_kernel,
    .collapsed = self->collapsed,
    .family = weft_process_list_model_get_selected (self->model),
    .now_ns = live ? now_ns () : self->edge_ns,
    .show_exited_ns = all ? G_MAXUINT64 : SHOW_EXITED_NS,
  };
}

/* The list keeps the row at its top in place; at the very top the user wants
 * to see what comes first, not who was first. */
static void
put_rows (WeftProcessPane *self, const GArray *places)
{
  GtkAdjustment *adjustment
      = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  gboolean at_top = gtk_adjustment_get_value (adjustment) <= 0;

  if (weft_process_list_model_update (self->model, places) > 0 && at_top)
    gtk_adjustment_set_value (adjustment, 0);
}

static void
show_nothing (WeftProcessPane *self)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (WeftProcessPlace));

  self->counts = (WeftTreeCounts){ 0 };
  weft_process_list_model_update (self->model, places);
  update_labels (self);
}

void
weft_process_pane_update (WeftProcessPane *self)
{
  g_autoptr (GArray) places = NULL;
  WeftTraceTotals totals;
  WeftTreeQuery query;
  gint64 begin_us = g_get_monotonic_time ();

  if (!self->shown)
    return; /* it is done when it is seen again */
  if (self->store == NULL)
    {
      show_nothing (self);
      return;
    }
  weft_trace_store_begin_read (self->store);
  self->generation
      = weft_process_table_get_generation (weft_trace_store_get_processes (self->store));
  self->edge_ns = weft_trace_store_get_edge (self->store);
  weft_trace_store_get_totals (self->store, &totals);
  weft_trace_store_end_read (self->store);
  query = make_query (self);
  self->context->moment = (WeftProcessMoment){ .now_ns = query.now_ns,
                                               .live = is_live (self),
                                               .fade_ns = SHOW_EXITED_NS,
                                               .search = self->context->search };
  places = weft_process_places_compute (self->store, self->members, &query, self->sorted,
                                        &self->counts);
  self->deepest = find_deepest (places);
  weft_process_pane_fit_indent (self);
  put_rows (self, places);
  if (self->had_focus)
    weft_process_pane_show_selected (self); /* it may be there now */
  update_labels (self);
  update_totals (self, &totals);
  weft_process_pane_refresh_rows (self);
  self->next_update_us
      = g_get_monotonic_time () + REST_PER_WORK * (g_get_monotonic_time () - begin_us);
}

/* --- looking whether there is something new ------------------------------- */

static gboolean poll_cb (gpointer user_data);

static void
set_poll (WeftProcessPane *self, gboolean fast)
{
  if (self->poll_source != 0)
    g_source_remove (self->poll_source);
  self->polls_fast = fast;
  self->still_polls = 0;
  self->poll_source = g_timeout_add (fast ? FAST_POLL_MS : SLOW_POLL_MS, poll_cb, self);
}

static gboolean
poll_cb (gpointer user_data)
{
  WeftProcessPane *self = user_data;
  guint64 generation, edge_ns;
  gboolean moved, fast;

  if (self->store == NULL)
    return G_SOURCE_CONTINUE;
  weft_trace_store_begin_read (self->store);
  generation = weft_process_table_get_generation (weft_trace_store_get_processes (self->store));
  edge_ns = weft_trace_store_get_edge (self->store);
  weft_trace_store_end_read (self->store);

  moved = edge_ns != self->edge_ns;
  self->edge_ns = edge_ns;
  self->still_polls = moved ? 0 : self->still_polls + 1;
  if (generation != self->generation && g_get_monotonic_time () >= self->next_update_us)
    weft_process_pane_update (self);
  fast = moved || (self->polls_fast && self->still_polls < POLLS_UNTIL_SLOW);
  if (fast == self->polls_fast)
    return G_SOURCE_CONTINUE;
  self->poll_source = 0;
  set_poll (self, fast);
  return G_SOURCE_REMOVE;
}

void
weft_process_pane_start_updates (WeftProcessPane *self)
{
  if (self->reader != NULL)
    weft_proc_reader_set_active (self->reader, TRUE);
  set_poll (self, FALSE);
  weft_process_pane_update (self);
}

void
weft_process_pane_stop_updates (WeftProcessPane *self)
{
  /* a trace that runs needs /proc unseen as well: for command lines, and after losses */
  if (self->reader != NULL && !self->polls_fast)
    weft_proc_reader_set_active (self->reader, FALSE);
  g_clear_handle_id (&self->poll_source, g_source_remove);
  g_clear_handle_id (&self->animate_source, g_source_remove);
}
