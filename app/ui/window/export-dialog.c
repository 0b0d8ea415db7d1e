/* export-dialog.c: see the header. First what (export-dialog.ui), then where,
 * then a worker and a window with a moving bar. */
#include "export-dialog.h"
#include "draw/palette.h"
#include "export/export-format.h"
#include "recording/output-file.h"
#include "replace-question.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  GtkWindow *parent; /* once the place is known */
  WeftTraceStore *store;
  char *path;
  gboolean renamed; /* since the person was asked about the file there */
  const WeftExportFormat *format;
  WeftExportRequest request;
  GArray *processes, *collapsed;
  GArray *tgids; /* events of these only; NULL: of all */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_clear_object (&export->parent);
  g_object_unref (export->store);
  g_free (export->path);
  g_array_unref (export->processes);
  g_array_unref (export->collapsed);
  g_clear_pointer (&export->tgids, g_array_unref);
  g_free (export);
}

static gboolean
write_file (Export *export, WeftOutputFile *out, GCancellable *cancellable, GError **error)
{
  return export->format->write (export->store, &export->request, weft_output_file_get_stream (out),
                                NULL, NULL, cancellable, error)
         && weft_output_file_commit (out, error);
}

static void
work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  g_autoptr (WeftOutputFile) out
      = weft_output_file_open (export->path, export->renamed ? WEFT_OUTPUT_NEW : WEFT_OUTPUT_NONE,
                               &error);

  if (out != NULL && write_file (export, out, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* --- progress ----------------------------------------------------------- */

static void
tell (GtkWindow *parent, GtkMessageType type, const char *title, const char *text)
{
  GtkWidget *dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_USE_HEADER_BAR,
                                              type, GTK_BUTTONS_CLOSE, "%s", title);

  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", text);
  g_signal_connect (dialog, "response", G_CALLBACK (gtk_window_destroy), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GtkWindow *progress = user_data;
  GtkWindow *parent = gtk_window_get_transient_for (progress);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    tell (parent, GTK_MESSAGE_ERROR, _ ("The export failed"), error->message);
  gtk_window_destroy (progress);
  g_object_unref (progress);
}

static gboolean
pulse_cb (gpointer bar)
{
  gtk_progress_bar_pulse (bar);
  return G_SOURCE_CONTINUE;
}

static void
remove_pulse_cb (GtkWidget *widget, gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

/* A window with a moving bar; closing it cancels. */
static GtkWidget *
make_progress (GtkWindow *parent, GCancellable *cancellable)
{
  GtkWidget *dialog
      = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_USE_HEADER_BAR,
                                GTK_MESSAGE_INFO, GTK_BUTTONS_CANCEL, "%s", _ ("Exporting…"));
  GtkWidget *area = gtk_message_dialog_get_message_area (GTK_MESSAGE_DIALOG (dialog));
  GtkWidget *bar = gtk_progress_bar_new ();
  guint pulse = g_timeout_add (100, pulse_cb, bar);

  gtk_box_append (GTK_BOX (area), bar);
  g_signal_connect (bar, "destroy", G_CALLBACK (remove_pulse_cb), GUINT_TO_POINTER (pulse));
  g_signal_connect_object (dialog, "response", G_CALLBACK (g_cancellable_cancel), cancellable,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  return g_object_ref (dialog);
}

/* --- the choices -------------------------------------------------------- */

/* What the window showed, and the dialog that asks what to make of it. */
typedef struct
{
  GtkWindow *parent;
  WeftTraceStore *store;
  WeftViewState *state;
  GArray *processes, *collapsed;
  GtkWindow *dialog;
  AdwComboRow *format, *range, *look;
  GtkSpinButton *width, *scale;
  GtkSwitch *only_shown, *all_kinds;
  GtkWidget *rows_of_pictures[3], *rows_of_events[2];
} Wish;

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_object_unref (wish->parent);
  g_object_unref (wish->store);
  g_object_unref (wish->state);
  g_array_unref (wish->processes);
  g_array_unref (wish->collapsed);
  g_free (wish);
}

static const WeftExportFormat *
format_of (Wish *wish)
{
  guint selected = adw_combo_row_get_selected (wish->format);
  const WeftExportFormat *format = weft_export_format_get (selected);

  return format != NULL ? format : weft_export_format_get (0);
}

static void
show_rows (Wish *wish)
{
  WeftExportContent holds = format_of (wish)->holds;

  for (guint i = 0; i < G_N_ELEMENTS (wish->rows_of_pictures); i++)
    gtk_widget_set_visible (wish->rows_of_pictures[i], (holds & WEFT_EXPORT_PICTURE) != 0);
  for (guint i = 0; i < G_N_ELEMENTS (wish->rows_of_events); i++)
    gtk_widget_set_visible (wish->rows_of_events[i], (holds & WEFT_EXPORT_EVENTS) != 0);
}

/* The third range, the selected one, is there only when there is one. */
static void
find_range (Wish *wish, guint64 *from_ns, guint64 *to_ns)
{
  guint range = adw_combo_row_get_selected (wish->range);

  if (range == 2 && weft_view_state_get_selected_range (wish->state, from_ns, to_ns))
    return;
  if (range == 1)
    weft_view_state_get_bounds (wish->state, from_ns, to_ns);
  else
    weft_view_state_get_range (wish->state, from_ns, to_ns);
}

static GArray *
find_tgids (Wish *wish)
{
  GArray *tgids = g_array_new (FALSE, FALSE, sizeof (guint32));

  weft_trace_store_begin_read (wish->store);
  for (guint i = 0; i < wish->processes->len; i++)
    {
      const WeftProcess *process
          = weft_process_table_get (weft_trace_store_get_processes (wish->store),
                                    g_array_index (wish->processes, guint, i));

      if (process != NULL)
        g_array_append_val (tgids, process->tgid);
    }
  weft_trace_store_end_read (wish->store);
  return tgids;
}

static Export *
export_new (Wish *wish)
{
  Export *export = g_new0 (Export, 1);
  WeftEventFilter *events = &export->request.events;

  export->store = g_object_ref (wish->store);
  export->processes = g_array_ref (wish->processes);
  export->collapsed = g_array_ref (wish->collapsed);
  export->format = format_of (wish);
  find_range (wish, &events->from_ns, &events->to_ns);
  export->request.image = (WeftImageOptions){
    .width_px = gtk_spin_button_get_value_as_int (wish->width),
    .scale = gtk_spin_button_get_value (wish->scale),
    .dark = adw_combo_row_get_selected (wish->look) == 1,
    .from_ns = events->from_ns,
    .to_ns = events->to_ns,
    .processes = export->processes->len > 0 ? export->processes : NULL,
    .collapsed = export->collapsed,
    .if_too_large = _ ("Collapse processes among the lanes, choose one at the left that has fewer "
                       "children, or export a shorter range or at a smaller scale."),
  };
  if (gtk_switch_get_active (wish->only_shown))
    events->tgids = export->tgids = find_tgids (wish);
  if (!gtk_switch_get_active (wish->all_kinds))
    events->kinds
        = WEFT_EVENT_KINDS_DEFAULT & ~(WEFT_EVENT_KIND (WEFT_SWITCH) | WEFT_EVENT_KIND (WEFT_WAKE));
  return export;
}

/* --- the file ----------------------------------------------------------- */

/* FALSE when the file is none of this machine. */
static gboolean
find_path (Export *export, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);

  if (path == NULL)
    return FALSE;
  export->renamed = weft_export_format_of_name (path) != export->format;
  export->path = export->renamed ? g_strconcat (path, ".", export->format->extensions[0], NULL)
                                 : g_steal_pointer (&path);
  return TRUE;
}

static void
begin (Export *export)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task
      = g_task_new (NULL, cancellable, done_cb, make_progress (export->parent, cancellable));

  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, work);
}

static void
replace_answered_cb (gboolean replace, gpointer user_data)
{
  Export *export = user_data;

  export->renamed = FALSE;
  if (replace)
    begin (export);
  else
    export_free (export);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, Export *export)
{
  g_autoptr (GtkNativeDialog) chooser = dialog; /* nobody else has it */
  GtkWindow *parent = gtk_native_dialog_get_transient_for (chooser);
  g_autoptr (GFile) file = NULL;

  gtk_native_dialog_hide (chooser);
  if (response != GTK_RESPONSE_ACCEPT)
    {
      export_free (export);
      return;
    }
  file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (!find_path (export, file))
    {
      tell (parent, GTK_MESSAGE_ERROR, _ ("The export failed"),
            _ ("Only a file of this machine can be written; copy it from here afterwards."));
      export_free (export);
      return;
    }
  export->parent = g_object_ref (parent);
  if (export->renamed && g_file_test (export->path, G_FILE_TEST_EXISTS))
    weft_replace_question_ask (parent, export->path, replace_answered_cb, export);
  else
    begin (export);
}

static void
export_cb (GtkButton *button, Wish *wish)
{
  GtkFileChooserNative *chooser
      = gtk_file_chooser_native_new (_ ("Export"), wish->parent, GTK_FILE_CHOOSER_ACTION_SAVE,
                                     _ ("_Export"), _ ("_Cancel"));
  g_autofree char *name = g_strconcat ("weftscope.", format_of (wish)->extensions[0], NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  g_signal_connect (chooser, "response", G_CALLBACK (chosen_cb), export_new (wish));
  gtk_window_destroy (wish->dialog);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static gboolean
close_cb (GtkWidget *dialog, GVariant *arguments, gpointer user_data)
{
  gtk_window_destroy (GTK_WINDOW (dialog));
  return TRUE;
}

static void
find_widgets (Wish *wish, GtkBuilder *builder)
{
  static const char *const picture_rows[] = { "look", "width_row", "scale_row" };
  static const char *const event_rows[] = { "processes_row", "kinds_row" };

  wish->dialog = GTK_WINDOW (gtk_builder_get_object (builder, "dialog"));
  wish->format = ADW_COMBO_ROW (gtk_builder_get_object (builder, "format"));
  wish->range = ADW_COMBO_ROW (gtk_builder_get_object (builder, "range"));
  wish->look = ADW_COMBO_ROW (gtk_builder_get_object (builder, "look"));
  wish->width = GTK_SPIN_BUTTON (gtk_builder_get_object (builder, "width"));
  wish->scale = GTK_SPIN_BUTTON (gtk_builder_get_object (builder, "scale"));
  wish->only_shown = GTK_SWITCH (gtk_builder_get_object (builder, "only_shown"));
  wish->all_kinds = GTK_SWITCH (gtk_builder_get_object (builder, "all_kinds"));
  for (guint i = 0; i < G_N_ELEMENTS (picture_rows); i++)
    wish->rows_of_pictures[i] = GTK_WIDGET (gtk_builder_get_object (builder, picture_rows[i]));
  for (guint i = 0; i < G_N_ELEMENTS (event_rows); i++)
    wish->rows_of_events[i] = GTK_WIDGET (gtk_builder_get_object (builder, event_rows[i]));
}

static void
list_formats (AdwComboRow *row)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  const WeftExportFormat *format;

  for (guint i = 0; (format = weft_export_format_get (i)) != NULL; i++)
    gtk_string_list_append (titles, _ (format->title));
  adw_combo_row_set_model (row, G_LIST_MODEL (titles));
}

void
weft_export_dialog_show (GtkWindow *parent, WeftTraceStore *store, WeftViewState *state,
                         GArray *processes, GArray *collapsed)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/io/github/weftscope/Weftscope/ui/export-dialog.ui");
  GtkEventController *keys = gtk_shortcut_controller_new ();
  Wish *wish = g_new0 (Wish, 1);
  guint64 from, to;

  wish->parent = g_object_ref (parent);
  wish->store = g_object_ref (store);
  wish->state = g_object_ref (state);
  wish->processes = g_array_ref (processes);
  wish->collapsed = g_array_ref (collapsed);
  find_widgets (wish, builder);
  list_formats (wish->format);
  if (weft_view_state_get_selected_range (state, &from, &to))
    {
      gtk_string_list_append (GTK_STRING_LIST (adw_combo_row_get_model (wish->range)),
                              _ ("The selected range"));
      adw_combo_row_set_selected (wish->range, 2);
    }
  adw_combo_row_set_selected (wish->look,
                              adw_style_manager_get_dark (adw_style_manager_get_default ()));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                        gtk_callback_action_new (close_cb, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (wish->dialog), keys);
  g_signal_connect_swapped (wish->format, "notify::selected", G_CALLBACK (show_rows), wish);
  g_signal_connect (gtk_builder_get_object (builder, "export"), "clicked", G_CALLBACK (export_cb),
                    wish);
  g_object_set_data_full (G_OBJECT (wish->dialog), "wish", wish, wish_free);
  gtk_window_set_focus (wish->dialog, GTK_WIDGET (gtk_builder_get_object (builder, "export")));
  gtk_window_set_transient_for (wish->dialog, parent);
  gtk_window_present (wish->dialog);
}
