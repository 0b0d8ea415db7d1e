/* application.c: see the header. In: arguments. Out: windows, keys, about. */
#include "application.h"
#include "build-root.h"
#include "window/window.h"
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

static void
activate_cb (GApplication *application, gpointer user_data)
{
  gtk_window_present (GTK_WINDOW (weft_window_new (ADW_APPLICATION (application))));
}

static void
open_cb (GApplication *application, GFile **files, int n, const char *hint, gpointer user_data)
{
  for (int i = 0; i < n; i++)
    {
      GtkWidget *window = weft_window_new (ADW_APPLICATION (application));
      g_autofree char *path = g_file_get_path (files[i]);

      gtk_window_present (GTK_WINDOW (window));
      if (path != NULL)
        weft_window_open (WEFT_WINDOW (window), path);
    }
}

static void
about (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  adw_show_about_window (
      gtk_application_get_active_window (application), "application-name", _ ("Weftscope"),
      "application-icon", WEFT_APP_ID, "version", WEFT_VERSION, "license-type", GTK_LICENSE_MIT_X11,
      "developer-name", _ ("The Weftscope authors"), "comments",
      _ ("Shows what the threads and processes of a Linux machine do, live: when each runs, why "
         "it does not, and who woke it."),
      NULL);
}

/* Each window asks about what is unsaved in it; those that are told to stay do. */
static void
quit (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (application));

  for (GList *link = windows; link != NULL; link = link->next)
    if (WEFT_IS_WINDOW (link->data))
      gtk_window_close (link->data);
}

/* --- signals ------------------------------------------------------------ */

/* The end of a recording takes so long at most before the program ends without. */
#define LEAVE_SECONDS 10

static gboolean
has_windows (GtkApplication *application)
{
  for (GList *link = gtk_application_get_windows (application); link != NULL; link = link->next)
    if (WEFT_IS_WINDOW (link->data))
      return TRUE;
  return FALSE;
}

/* Dialogs may be left, which would keep the program. */
static void
window_removed_cb (GtkApplication *application, GtkWindow *window, gpointer user_data)
{
  if (!has_windows (application))
    g_application_quit (G_APPLICATION (application));
}

static gboolean
give_up_cb (gpointer application)
{
  g_application_quit (application);
  return G_SOURCE_REMOVE;
}

static gboolean
told_to_end_cb (gpointer application)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (application));

  g_signal_connect (application, "window-removed", G_CALLBACK (window_removed_cb), NULL);
  g_timeout_add_seconds (LEAVE_SECONDS, give_up_cb, application);
  for (GList *link = windows; link != NULL; link = link->next)
    if (WEFT_IS_WINDOW (link->data))
      weft_window_leave (link->data);
  window_removed_cb (application, NULL, NULL);
  /* a second one ends it as it ends any program */
  return G_SOURCE_REMOVE;
}

static void
listen_to_signals (GApplication *application)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_unix_signal_add (numbers[i], told_to_end_cb, application);
}

static const GActionEntry actions[] = {
  { .name = "about", .activate = about },
  { .name = "quit", .activate = quit },
};

static const struct
{
  const char *action;
  const char *keys[3];
} accelerators[] = {
  { "win.record", { "<Control>r" } },
  { "win.search", { "<Control>f" } },
  { "win.export", { "<Control>e" } },
  { "win.copy", { "<Control>c" } },
  { "win.open", { "<Control>o" } },
  { "win.save", { "<Control>s" } },
  { "win.save-as", { "<Control><Shift>s" } },
  { "win.launch", { "<Control>l" } },
  { "app.quit", { "<Control>q" } },
  { "window.close", { "<Control>w" } },
  { "win.shortcuts", { "<Control>question" } },
};

static void
startup_cb (GApplication *application, gpointer user_data)
{
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), accelerators[i].action,
                                           (const char *const *)accelerators[i].keys);
  gtk_window_set_default_icon_name (WEFT_APP_ID);
  /* text that can be copied is not marked because the keyboard came by */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  listen_to_signals (application);
}

int
weft_application_run (int argc, char **argv)
{
  g_autoptr (AdwApplication) application = NULL;

  /* In the build tree the schema is not where GSettings looks. */
  if (g_file_test (WEFT_BUILD_ROOT "/data/gschemas.compiled", G_FILE_TEST_EXISTS))
    g_setenv ("GSETTINGS_SCHEMA_DIR", WEFT_BUILD_ROOT "/data", FALSE);
  if (!gtk_init_check ())
    {
      g_printerr ("weftscope: %s\n",
                  _ ("There is no display here to open the window on. What works in a terminal:"
                     " weftscope record, stat and export; “weftscope --help” tells more."));
      return 1;
    }
  application
      = adw_application_new (WEFT_APP_ID, G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "startup", G_CALLBACK (startup_cb), NULL);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  g_signal_connect (application, "open", G_CALLBACK (open_cb), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
