/* main.c: the helper's start. On the system bus, or with --stdio on the stream
 * that whoever started it holds the other end of. Gives up its rights first. */
#include "privileges.h"
#include "service.h"
#include "session.h"
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static gboolean over_stdio;
static gboolean own_only;
static int ring_bytes;
static int idle_s = 30;
static gboolean show_version;

static const GOptionEntry entries[] = {
  { "stdio", 0, 0, G_OPTION_ARG_NONE, &over_stdio,
    N_ ("Serve one session on standard input and output"), NULL },
  { "own", 0, 0, G_OPTION_ARG_NONE, &own_only,
    N_ ("With --stdio: only processes of the user who started it"), NULL },
  { "ring-bytes", 0, 0, G_OPTION_ARG_INT, &ring_bytes, N_ ("With --stdio: size of the event ring"),
    N_ ("BYTES") },
  { "idle", 0, 0, G_OPTION_ARG_INT, &idle_s, N_ ("Exit after this time without a session"),
    N_ ("SECONDS") },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, N_ ("Print the version"), NULL },
  { NULL }
};

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static void
over_cb (GObject *object, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static int
fail (GError *error)
{
  g_printerr ("weftscope-tracer: %s\n", error->message);
  g_error_free (error);
  return EXIT_FAILURE;
}

/* Whose processes are "own": pkexec tells who called it; otherwise our own user. */
static void
find_caller (WeftTracerOptions *options)
{
  const char *pkexec_uid = getuid () == 0 ? g_getenv ("PKEXEC_UID") : NULL;
  guint64 uid = getuid ();
  const struct passwd *user;

  if (pkexec_uid != NULL)
    g_ascii_string_to_unsigned (pkexec_uid, 10, 0, G_MAXUINT32 - 1, &uid, NULL);
  user = getpwuid ((uid_t) uid);
  options->uid = (guint32) uid;
  options->gid = user != NULL ? user->pw_gid : getgid ();
}

static int
serve_stdio (GMainLoop *loop, const WeftTracerOptions *options)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);
  GError *error = NULL;
  g_autoptr (WeftSession) session = weft_session_new (stream, options, &error);

  if (session == NULL)
    return fail (error);
  g_signal_connect (session, "closed", G_CALLBACK (over_cb), loop);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}

static void
lost_name_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static int
serve_bus (GMainLoop *loop)
{
  GError *error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  g_autoptr (WeftService) service = NULL;
  guint name;

  if (bus == NULL)
    return fail (error);
  service = weft_service_new (bus, (guint) MAX (idle_s, 1), &error);
  if (service == NULL)
    return fail (error);
  g_signal_connect (service, "idle", G_CALLBACK (over_cb), loop);
  name = g_bus_own_name_on_connection (bus, "io.github.weftscope.Tracer",
                                       G_BUS_NAME_OWNER_FLAGS_NONE, NULL, lost_name_cb, loop, NULL);
  g_main_loop_run (loop);
  g_bus_unown_name (name);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  WeftTracerOptions options = { .scope = WEFT_SCOPE_MACHINE };
  GError *error = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fail (error);
      return 2;
    }
  if (show_version)
    {
      g_print ("weftscope-tracer %s\n", WEFT_VERSION);
      return EXIT_SUCCESS;
    }
  find_caller (&options);
  options.scope = own_only ? WEFT_SCOPE_OWN : WEFT_SCOPE_MACHINE;
  options.ring_bytes = (guint32) ring_bytes;
  if (!weft_privileges_drop (&error))
    return fail (error);
  g_unix_signal_add (SIGTERM, quit_cb, loop);
  g_unix_signal_add (SIGINT, quit_cb, loop);
  return over_stdio ? serve_stdio (loop, &options) : serve_bus (loop);
}
