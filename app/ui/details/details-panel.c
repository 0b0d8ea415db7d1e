/* details-panel.c: see the header. A newer question cancels the older one. */
#include "details-panel.h"
#include "trace/duration.h"
#include "draw/ruler-painter.h"
#include "findings.h"
#include "shares-list.h"
#include "lanes/slice-facts.h"
#include "store-moment.h"
#include <glib/gi18n.h>

/* A drag asks many times; the figures come when it rests. */
#define REST_MS 80
#define MOST_ROWS 40

struct _WeftDetailsPanel
{
  GtkBox parent_instance;

  WeftViewState *state;
  WeftTraceStore *store;
  WeftThreadsFunc threads;
  gpointer threads_data;
  GCancellable *counting;
  guint rest;
  GtkWidget *title, *subtitle, *body, *shares, *findings, *scrolled, *side;
};

G_DEFINE_FINAL_TYPE (WeftDetailsPanel, weft_details_panel, GTK_TYPE_BOX)

typedef struct
{
  WeftTraceStore *store;
  GArray *threads;
  guint64 from_ns, to_ns;
  GArray *statistics;
  guint n_present; /* threads that were there */
  GPtrArray *names;
  GPtrArray *findings;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->store);
  g_array_unref (question->threads);
  g_clear_pointer (&question->statistics, g_array_unref);
  g_clear_pointer (&question->names, g_ptr_array_unref);
  g_clear_pointer (&question->findings, g_ptr_array_unref);
  g_free (question);
}

/* Those that did or wanted something first. */
static gint
compare_by_wait (gconstpointer a, gconstpointer b)
{
  const WeftThreadStatistics *one = a, *other = b;
  guint64 left = one->shares.ns[WEFT_STATE_RUNNING] + one->shares.ns[WEFT_STATE_LOCK]
                 + one->shares.ns[WEFT_STATE_RUNNABLE] + one->shares.ns[WEFT_STATE_DISK];
  guint64 right = other->shares.ns[WEFT_STATE_RUNNING] + other->shares.ns[WEFT_STATE_LOCK]
                  + other->shares.ns[WEFT_STATE_RUNNABLE] + other->shares.ns[WEFT_STATE_DISK];

  return (left < right) - (left > right);
}

static void
answer (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;

  question->statistics
      = weft_statistics_new_for_range (question->store, question->from_ns, question->to_ns,
                                       question->threads, TRUE, cancellable, &error);
  if (question->statistics == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  weft_statistics_keep_present (question->statistics);
  question->n_present = question->statistics->len;
  g_array_sort (question->statistics, compare_by_wait);
  question->names = g_ptr_array_new_with_free_func (g_free);
  weft_trace_store_begin_read (question->store);
  for (guint i = 0; i < question->statistics->len; i++)
    {
      guint id = g_array_index (question->statistics, WeftThreadStatistics, i).thread;
      const WeftThread *thread = weft_trace_store_get_thread (question->store, id);

      g_ptr_array_add (question->names, g_strdup_printf ("%s %u", thread->name, thread->tid));
    }
  weft_trace_store_end_read (question->store);
  question->findings = weft_findings_new (question->statistics, question->names);
  if (question->statistics->len > MOST_ROWS)
    g_array_set_size (question->statistics, MOST_ROWS);
  g_task_return_boolean (task, TRUE);
}

static void
show_findings (WeftDetailsPanel *self, GPtrArray *findings)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->findings)) != NULL)
    gtk_box_remove (GTK_BOX (self->findings), child);
  for (guint i = 0; i < findings->len; i++)
    {
      GtkWidget *label = gtk_label_new (g_ptr_array_index (findings, i));

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_add_css_class (label, "finding");
      gtk_box_append (GTK_BOX (self->findings), label);
    }
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftDetailsPanel *self = WEFT_DETAILS_PANEL (source);
  Question *question = g_task_get_task_data (G_TASK (result));
  g_autofree char *length = NULL;
  g_autofree char *title = NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *subtitle = NULL;
  guint64 origin = weft_store_moment (question->store).start_ns;

  if (!g_task_propagate_boolean (G_TASK (result), NULL) || question->store != self->store)
    return;
  length = weft_format_duration (question->to_ns - question->from_ns);
  title = g_strdup_printf (_ ("Selected %s"), length);
  from = weft_ruler_format_time ((gint64)(question->from_ns - origin), 1000);
  to = weft_ruler_format_time ((gint64)(question->to_ns - origin), 1000);
  /* Translators: from a time to a time, and how many threads */
  subtitle = g_strdup_printf (_ ("%s to %s · %u threads"), from, to, question->n_present);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), subtitle);
  gtk_widget_set_visible (self->body, FALSE);
  gtk_widget_set_visible (self->scrolled, TRUE);
  gtk_widget_set_visible (self->side, TRUE);
  weft_shares_list_set (WEFT_SHARES_LIST (self->shares), question->statistics, question->names);
  show_findings (self, question->findings);
}

static void
ask (WeftDetailsPanel *self, guint64 from_ns, guint64 to_ns)
{
  Question *question = g_new0 (Question, 1);
  g_autoptr (GTask) task = NULL;

  self->counting = g_cancellable_new ();
  question->store = g_object_ref (self->store);
  question->threads = self->threads (self->threads_data);
  question->from_ns = from_ns;
  question->to_ns = to_ns;
  task = g_task_new (self, self->counting, answered_cb, NULL);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, answer);
}

static void
show_text (WeftDetailsPanel *self, const char *title, const char *body)
{
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), "");
  gtk_label_set_text (GTK_LABEL (self->body), body);
  gtk_widget_set_visible (self->body, TRUE);
  gtk_widget_set_visible (self->scrolled, FALSE);
  gtk_widget_set_visible (self->side, FALSE);
}

static void
facts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftDetailsPanel) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftSliceFacts) facts = weft_slice_facts_find_finish (result, &error);

  if (WEFT_TRACE_STORE (source) != self->store
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (facts != NULL)
    show_text (self, facts->title, facts->body);
  else
    show_text (self, _ ("Nothing is known of this moment"), error->message);
}

static void
show_slice (WeftDetailsPanel *self, guint thread, guint64 time_ns)
{
  self->counting = g_cancellable_new ();
  weft_slice_facts_find_async (self->store, thread, time_ns, self->counting, facts_cb,
                               g_object_ref (self));
}

static gboolean
rest_cb (gpointer user_data)
{
  WeftDetailsPanel *self = user_data;
  guint64 from, to, time;
  guint thread;

  self->rest = 0;
  if (self->counting != NULL)
    g_cancellable_cancel (self->counting);
  g_clear_object (&self->counting);
  if (self->store != NULL && weft_view_state_get_selected_range (self->state, &from, &to))
    ask (self, from, to);
  else if (self->store != NULL && weft_view_state_get_selected_slice (self->state, &thread, &time))
    show_slice (self, thread, time);
  else
    show_text (self, _ ("Nothing selected"),
               _ ("Click a slice to see why it waits and who woke it; drag over a range to "
                  "measure it."));
  return G_SOURCE_REMOVE;
}

static void
selection_changed_cb (WeftViewState *state, WeftDetailsPanel *self)
{
  if (self->rest == 0)
    self->rest = g_timeout_add (REST_MS, rest_cb, self);
}

static void
weft_details_panel_dispose (GObject *object)
{
  WeftDetailsPanel *self = WEFT_DETAILS_PANEL (object);

  g_clear_handle_id (&self->rest, g_source_remove);
  if (self->counting != NULL)
    g_cancellable_cancel (self->counting);
  g_clear_object (&self->counting);
  if (self->state != NULL)
    g_signal_handlers_disconnect_by_data (self->state, self);
  g_clear_object (&self->state);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (weft_details_panel_parent_class)->dispose (object);
}

static void
weft_details_panel_class_init (WeftDetailsPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_details_panel_dispose;
  g_type_ensure (WEFT_TYPE_SHARES_LIST);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/weftscope/Weftscope/ui/details-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, title);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, subtitle);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, body);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, shares);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, findings);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, scrolled);
  gtk_widget_class_bind_template_child (widget_class, WeftDetailsPanel, side);
}

static void
weft_details_panel_init (WeftDetailsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
weft_details_panel_new (WeftViewState *state, WeftThreadsFunc threads, gpointer user_data)
{
  WeftDetailsPanel *self = g_object_new (WEFT_TYPE_DETAILS_PANEL, NULL);

  self->state = g_object_ref (state);
  self->threads = threads;
  self->threads_data = user_data;
  g_signal_connect (state, "selection-changed", G_CALLBACK (selection_changed_cb), self);
  rest_cb (self);
  return GTK_WIDGET (self);
}

void
weft_details_panel_set_store (WeftDetailsPanel *self, WeftTraceStore *store)
{
  g_set_object (&self->store, store);
  selection_changed_cb (self->state, self);
}
