/* application.c: see the header. In: arguments. Out: windows, keys, about. */
#include "application.h"
#include "window.h"
#include <glib/gi18n.h>

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

static void
quit (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  GtkWindow *window = gtk_application_get_active_window (application);

  if (window != NULL)
    gtk_window_close (window);
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
  { "win.record", { "<Control>r" } },   { "win.search", { "<Control>f" } },
  { "win.export", { "<Control>e" } },   { "win.copy", { "<Control>c" } },
  { "win.open", { "<Control>o" } },     { "win.save", { "<Control>s" } },
  { "win.launch", { "<Control>l" } },   { "app.quit", { "<Control>q" } },
  { "window.close", { "<Control>w" } },
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
}

int
weft_application_run (int argc, char **argv)
{
  g_autoptr (AdwApplication) application = NULL;

  /* In the build tree the schema is not where GSettings looks. */
  if (g_file_test (WEFT_BUILD_ROOT "/data/gschemas.compiled", G_FILE_TEST_EXISTS))
    g_setenv ("GSETTINGS_SCHEMA_DIR", WEFT_BUILD_ROOT "/data", FALSE);
  application
      = adw_application_new (WEFT_APP_ID, G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "startup", G_CALLBACK (startup_cb), NULL);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  g_signal_connect (application, "open", G_CALLBACK (open_cb), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
