/* export-dialog.c: see the header. First what (export-dialog.ui), then where,
 * then a worker and a window with a moving bar. */
#include "export-dialog.h"
#include "draw/palette.h"
#include "export/event-export.h"
#include "export/image.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  WeftTraceStore *store;
  GFile *file;
  const char *format;
  WeftImageOptions image;
  GArray *processes, *collapsed;
  GArray *tgids; /* events of these only; NULL: of all */
  guint kinds;
  guint64 from_ns, to_ns;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_object_unref (export->store);
  g_clear_object (&export->file);
  g_array_unref (export->processes);
  g_array_unref (export->collapsed);
  g_clear_pointer (&export->tgids, g_array_unref);
  g_free (export);
}

static gboolean
write_events (Export *export, WeftEventFormat format, GOutputStream *out, GCancellable *cancellable,
              GError **error)
{
  WeftEventFilter filter = { .from_ns = export->from_ns,
                             .to_ns = export->to_ns,
                             .tgids = export->tgids,
                             .kinds = export->kinds };

  return weft_event_export (export->store, format, &filter, out, NULL, NULL, cancellable, error);
}

static void
work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  g_autoptr (GFileOutputStream) out
      = g_file_replace (export->file, NULL, FALSE, G_FILE_CREATE_NONE, cancellable, &error);
  gboolean done = FALSE;

  if (out != NULL && strcmp (export->format, "csv") == 0)
    done = write_events (export, WEFT_EVENT_FORMAT_CSV, G_OUTPUT_STREAM (out), cancellable, &error);
  else if (out != NULL && strcmp (export->format, "jsonl") == 0)
    done = write_events (export, WEFT_EVENT_FORMAT_JSONL, G_OUTPUT_STREAM (out), cancellable,
                         &error);
  else if (out != NULL)
    done = weft_image_export (export->store, &export->image, G_OUTPUT_STREAM (out), cancellable,
                              &error);
  if (done && g_output_stream_close (G_OUTPUT_STREAM (out), cancellable, &error))
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

static const char *const formats[] = { "png", "svg", "pdf", "csv", "jsonl" };

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

static const char *
format_of (Wish *wish)
{
  return formats[MIN (adw_combo_row_get_selected (wish->format), G_N_ELEMENTS (formats) - 1)];
}

static gboolean
is_picture (const char *format)
{
  return strcmp (format, "csv") != 0 && strcmp (format, "jsonl") != 0;
}

static void
show_rows (Wish *wish)
{
  gboolean picture = is_picture (format_of (wish));

  for (guint i = 0; i < G_N_ELEMENTS (wish->rows_of_pictures); i++)
    gtk_widget_set_visible (wish->rows_of_pictures[i], picture);
  for (guint i = 0; i < G_N_ELEMENTS (wish->rows_of_events); i++)
    gtk_widget_set_visible (wish->rows_of_events[i], !picture);
}

/* The third range, the selected one, is there only when there is one. */
static void
find_range (Wish *wish, Export *export)
{
  guint range = adw_combo_row_get_selected (wish->range);

  if (range == 2
      && weft_view_state_get_selected_range (wish->state, &export->from_ns, &export->to_ns))
    return;
  if (range == 1)
    weft_view_state_get_bounds (wish->state, &export->from_ns, &export->to_ns);
  else
    weft_view_state_get_range (wish->state, &export->from_ns, &export->to_ns);
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

  export->store = g_object_ref (wish->store);
  export->processes = g_array_ref (wish->processes);
  export->collapsed = g_array_ref (wish->collapsed);
  export->format = format_of (wish);
  find_range (wish, export);
  export->image = (WeftImageOptions){
    .width_px = gtk_spin_button_get_value_as_int (wish->width),
    .scale = gtk_spin_button_get_value (wish->scale),
    .dark = adw_combo_row_get_selected (wish->look) == 1,
    .from_ns = export->from_ns,
    .to_ns = export->to_ns,
    .processes = export->processes->len > 0 ? export->processes : NULL,
    .collapsed = export->collapsed,
    .format = export->format,
  };
  if (gtk_switch_get_active (wish->only_shown))
    export->tgids = find_tgids (wish);
  if (!gtk_switch_get_active (wish->all_kinds))
    export->kinds = 1u << WEFT_FORK | 1u << WEFT_EXEC | 1u << WEFT_EXIT;
  return export;
}

/* --- the file ----------------------------------------------------------- */

static GFile *
with_extension (GFile *file, const char *format)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *suffix = g_strconcat (".", format, NULL);
  g_autofree char *named = NULL;

  if (path == NULL || g_str_has_suffix (path, suffix))
    return g_object_ref (file);
  named = g_strconcat (path, suffix, NULL);
  return g_file_new_for_path (named);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, Export *export)
{
  GtkWindow *parent = gtk_native_dialog_get_transient_for (dialog);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;

  gtk_native_dialog_hide (dialog);
  g_signal_handlers_disconnect_by_data (dialog, export);
  if (response != GTK_RESPONSE_ACCEPT)
    {
      export_free (export);
      return;
    }
  file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  export->file = with_extension (file, export->format);
  task = g_task_new (NULL, cancellable, done_cb, make_progress (parent, cancellable));
  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, work);
}

/* One for each window, for as long as it is there: GTK 4.8 falls over when a screen
 * reader asks about a chooser that is being taken down. */
static GtkFileChooserNative *
chooser_of (GtkWindow *window)
{
  static const char key[] = "weft-export-chooser";
  GtkFileChooserNative *chooser = g_object_get_data (G_OBJECT (window), key);

  if (chooser != NULL)
    return chooser;
  chooser = gtk_file_chooser_native_new (_ ("Export"), window, GTK_FILE_CHOOSER_ACTION_SAVE,
                                         _ ("_Export"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_object_set_data_full (G_OBJECT (window), key, chooser, g_object_unref);
  return chooser;
}

static void
export_cb (GtkButton *button, Wish *wish)
{
  GtkFileChooserNative *chooser = chooser_of (wish->parent);
  g_autofree char *name = g_strconcat ("weftscope.", format_of (wish), NULL);

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
