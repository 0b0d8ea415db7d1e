/* export-dialog.c: see the header. One file chooser whose choices are the
 * options: format by name, range, look, size. */
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
  char *format;
  WeftImageOptions image;
  GArray *processes;
  guint64 from_ns, to_ns;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_object_unref (export->store);
  g_clear_object (&export->file);
  g_array_unref (export->processes);
  g_free (export->format);
  g_free (export);
}

static gboolean
write_events (Export *export, WeftEventFormat format, GOutputStream *out, GCancellable *cancellable,
              GError **error)
{
  WeftEventFilter filter = { .from_ns = export->from_ns, .to_ns = export->to_ns };

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

/* --- the chooser -------------------------------------------------------- */

static void
add_choice (GtkFileChooser *chooser, const char *id, const char *label, const char *const *ids,
            const char *const *labels, const char *chosen)
{
  gtk_file_chooser_add_choice (chooser, id, label, (const char **)ids, (const char **)labels);
  gtk_file_chooser_set_choice (chooser, id, chosen);
}

static void
add_choices (GtkFileChooser *chooser, gboolean has_selection)
{
  const char *const formats[] = { "png", "svg", "pdf", "csv", "jsonl", NULL };
  const char *const format_labels[]
      = { _ ("PNG picture"), _ ("SVG picture"),       _ ("PDF picture"),
          _ ("CSV events"),  _ ("JSON lines events"), NULL };
  const char *const ranges[] = { "seen", "all", "selected", NULL };
  const char *const range_labels[]
      = { _ ("What is seen"), _ ("The whole trace"), _ ("The selected range"), NULL };
  const char *const looks[] = { "light", "dark", NULL };
  const char *const look_labels[] = { _ ("Light"), _ ("Dark"), NULL };
  const char *const sizes[] = { "800", "1280", "1600", "2400", NULL };
  const char *const size_labels[] = { "800 px", "1280 px", "1600 px", "2400 px", NULL };
  const char *const scales[] = { "1", "2", "3", NULL };
  const char *const scale_labels[] = { "1 ×", "2 ×", "3 ×", NULL };

  add_choice (chooser, "format", _ ("Format"), formats, format_labels, "png");
  add_choice (chooser, "range", _ ("Range"), ranges, range_labels,
              has_selection ? "selected" : "seen");
  add_choice (chooser, "look", _ ("Look"), looks, look_labels,
              adw_style_manager_get_dark (adw_style_manager_get_default ()) ? "dark" : "light");
  add_choice (chooser, "width", _ ("Width"), sizes, size_labels, "1280");
  add_choice (chooser, "scale", _ ("Scale"), scales, scale_labels, "2");
}

static GFile *
with_extension (GFile *file, const char *format)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *suffix = g_strconcat (".", format, NULL);
  g_autofree char *named = NULL;
  const char *dot;

  if (path == NULL || g_str_has_suffix (path, suffix))
    return g_object_ref (file);
  dot = strrchr (path, '.');
  named = dot != NULL && strchr (dot, '/') == NULL
                  && (g_str_has_suffix (path, ".png") || g_str_has_suffix (path, ".svg")
                      || g_str_has_suffix (path, ".pdf") || g_str_has_suffix (path, ".csv")
                      || g_str_has_suffix (path, ".jsonl"))
              ? g_strndup (path, (gsize)(dot - path))
              : g_strdup (path);
  {
    g_autofree char *whole = g_strconcat (named, suffix, NULL);

    return g_file_new_for_path (whole);
  }
}

typedef struct
{
  WeftTraceStore *store;
  WeftViewState *state;
  GArray *processes;
} Wish;

static void
wish_free (gpointer data, GClosure *closure)
{
  Wish *wish = data;

  g_object_unref (wish->store);
  g_object_unref (wish->state);
  g_array_unref (wish->processes);
  g_free (wish);
}

static void
find_range (Wish *wish, const char *range, Export *export)
{
  if (strcmp (range, "selected") == 0
      && weft_view_state_get_selected_range (wish->state, &export->from_ns, &export->to_ns))
    return;
  if (strcmp (range, "seen") == 0)
    weft_view_state_get_range (wish->state, &export->from_ns, &export->to_ns);
  else
    weft_view_state_get_bounds (wish->state, &export->from_ns, &export->to_ns);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Wish *wish = user_data;
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  GtkWindow *parent = gtk_native_dialog_get_transient_for (dialog);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;
  Export *export;

  if (response != GTK_RESPONSE_ACCEPT)
    {
      g_object_unref (dialog);
      return;
    }
  file = gtk_file_chooser_get_file (chooser);
  export = g_new0 (Export, 1);
  export->store = g_object_ref (wish->store);
  export->processes = g_array_ref (wish->processes);
  export->format = g_strdup (gtk_file_chooser_get_choice (chooser, "format"));
  export->file = with_extension (file, export->format);
  find_range (wish, gtk_file_chooser_get_choice (chooser, "range"), export);
  export->image = (WeftImageOptions){
    .width_px = atoi (gtk_file_chooser_get_choice (chooser, "width")),
    .scale = atoi (gtk_file_chooser_get_choice (chooser, "scale")),
    .dark = strcmp (gtk_file_chooser_get_choice (chooser, "look"), "dark") == 0,
    .from_ns = export->from_ns,
    .to_ns = export->to_ns,
    .processes = export->processes->len > 0 ? export->processes : NULL,
    .format = export->format,
  };
  task = g_task_new (NULL, cancellable, done_cb, make_progress (parent, cancellable));
  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, work);
  g_object_unref (dialog);
}

void
weft_export_dialog_show (GtkWindow *parent, WeftTraceStore *store, WeftViewState *state,
                         GArray *processes)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Export"), parent, GTK_FILE_CHOOSER_ACTION_SAVE,
                                     _ ("_Export"), _ ("_Cancel"));
  Wish *wish = g_new0 (Wish, 1);
  guint64 from, to;

  wish->store = g_object_ref (store);
  wish->state = g_object_ref (state);
  wish->processes = g_array_ref (processes);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "weftscope.png");
  add_choices (GTK_FILE_CHOOSER (dialog), weft_view_state_get_selected_range (state, &from, &to));
  g_signal_connect_data (dialog, "response", G_CALLBACK (chosen_cb), wish, wish_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
