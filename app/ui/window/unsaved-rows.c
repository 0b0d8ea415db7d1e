/* unsaved-rows.c: see the header. */
#include "unsaved-rows.h"
#include "session/unsaved-traces.h"
#include "trace/duration.h"
#include <adwaita.h>
#include <glib/gi18n.h>

struct _WeftUnsavedRows
{
  GtkWidget parent_instance;

  GtkWidget *group;
  GPtrArray *rows; /* of the group */
  gboolean looking;
};

G_DEFINE_FINAL_TYPE (WeftUnsavedRows, weft_unsaved_rows, GTK_TYPE_WIDGET)

static void
weft_unsaved_rows_dispose (GObject *object)
{
  WeftUnsavedRows *self = WEFT_UNSAVED_ROWS (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->group, gtk_widget_unparent);
  G_OBJECT_CLASS (weft_unsaved_rows_parent_class)->dispose (object);
}

static void
weft_unsaved_rows_class_init (WeftUnsavedRowsClass *klass)
{
  static const char *const names[] = { "open", "save", "discard" };

  G_OBJECT_CLASS (klass)->dispose = weft_unsaved_rows_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_new (names[i], G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_unsaved_rows_init (WeftUnsavedRows *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  self->rows = g_ptr_array_new ();
  self->group = GTK_WIDGET (group);
  adw_preferences_group_set_title (group, _ ("Not Saved Yet"));
  adw_preferences_group_set_description (
      group, _ ("Recordings that ended without an answer. The oldest go when they take too much "
                "room."));
  gtk_widget_set_parent (self->group, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
clicked_cb (GtkWidget *button, WeftUnsavedRows *self)
{
  g_signal_emit_by_name (self, g_object_get_data (G_OBJECT (button), "verb"),
                         g_object_get_data (G_OBJECT (button), "path"));
}

/* @name: for the ear: which one is opened, saved, discarded */
static GtkWidget *
make_button (WeftUnsavedRows *self, const char *verb, const char *path, const char *text,
             const char *name)
{
  GtkWidget *button = gtk_button_new_with_label (text);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "verb", (gpointer)verb);
  g_object_set_data_full (G_OBJECT (button), "path", g_strdup (path), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  return button;
}

static void
add_buttons (WeftUnsavedRows *self, AdwActionRow *row, const char *path, const char *title)
{
  g_autofree char *open = g_strdup_printf (_ ("Open the recording of %s"), title);
  g_autofree char *save = g_strdup_printf (_ ("Save the recording of %s"), title);
  g_autofree char *discard = g_strdup_printf (_ ("Discard the recording of %s"), title);
  GtkWidget *button;

  adw_action_row_add_suffix (row, make_button (self, "open", path, _ ("Open"), open));
  adw_action_row_add_suffix (row, make_button (self, "save", path, _ ("Save…"), save));
  button = make_button (self, "discard", path, "", discard);
  gtk_button_set_icon_name (GTK_BUTTON (button), "user-trash-symbolic");
  gtk_widget_set_tooltip_text (button, _ ("Discard"));
  gtk_widget_add_css_class (button, "flat");
  adw_action_row_add_suffix (row, button);
}

/* It is known to the second. */
static char *
format_length (guint64 ns)
{
  if (ns < G_GUINT64_CONSTANT (120000000000))
    return g_strdup_printf (_ ("%u s"), (guint)(ns / 1000000000));
  return weft_format_duration (ns);
}

static void
add_row (WeftUnsavedRows *self, const WeftUnsavedTrace *trace)
{
  GtkWidget *row = adw_action_row_new ();
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (trace->begun_s);
  /* Translators: day, month, hour, minute and second: see strftime() */
  g_autofree char *title = g_date_time_format (date, _ ("%-d %B, %H:%M:%S"));
  g_autofree char *size = g_format_size (trace->bytes);
  g_autofree char *length = format_length (trace->span_ns);
  g_autofree char *facts = NULL;

  if (trace->span_ns > 0)
    /* Translators: how long a recording is, and its size on disk */
    facts = g_strdup_printf (_ ("about %s · %s"), length, size);
  else
    facts = g_strdup (size);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), facts);
  add_buttons (self, ADW_ACTION_ROW (row), trace->path, title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), row);
  g_ptr_array_add (self->rows, row);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WeftUnsavedRows) self = user_data;
  g_autoptr (GArray) traces = weft_unsaved_traces_list_finish (result, NULL);

  self->looking = FALSE;
  if (self->group == NULL || traces == NULL)
    return; /* the window is gone */
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self->group), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < traces->len; i++)
    add_row (self, &g_array_index (traces, WeftUnsavedTrace, i));
  gtk_widget_set_visible (GTK_WIDGET (self), traces->len > 0);
}

void
weft_unsaved_rows_refresh (WeftUnsavedRows *self)
{
  if (self->looking)
    return;
  self->looking = TRUE;
  weft_unsaved_traces_list_async (listed_cb, g_object_ref (self));
}
