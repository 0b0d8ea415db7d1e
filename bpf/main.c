/* main.c: weftscope-tracer. Gives up all rights that tracing does not need,
 * before it does anything else; then serves the system bus, or one client on
 * standard input and output. */
#include "log-limit.h"
#include "privileges.h"
#include "resources.h"
#include "service.h"
#include "session.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define IDLE_S 30

typedef struct
{
  gboolean stdio, own, version;
  int ring_bytes, idle_s;
} Arguments;

static int
complain (const char *message)
{
  g_printerr ("weftscope-tracer: %s\n", message);
  return EXIT_FAILURE;
}

/* Who started us; asked before the rights go. pkexec tells for whom it works, whose process
 * need not be known: only from the first user namespace one becomes root, and who is not
 * root has no capabilities as a rule. Root's own processes have them, as its process does,
 * which is our parent: without looking at that no process of root's would be its own. */
static void
find_starter (WeftSessionOptions *options)
{
  const char *text = getuid () == 0 ? g_getenv ("PKEXEC_UID") : NULL;
  const struct passwd *user;
  guint64 uid;

  options->uid = getuid ();
  options->gid = getgid ();
  if (getuid () == 0 && text == NULL)
    options->pid = (guint32)getppid ();
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32 - 1, &uid, NULL))
    return;
  user = getpwuid ((uid_t)uid);
  options->uid = (guint32)uid;
  options->gid = user != NULL ? user->pw_gid : G_MAXUINT32; /* matches nobody */
}

static gboolean
parse (int argc, char **argv, Arguments *arguments, GError **error)
{
  GOptionEntry entries[] = {
    { "stdio", 0, 0, G_OPTION_ARG_NONE, &arguments->stdio,
      N_ ("Serve one client on standard input and output"), NULL },
    { "own", 0, 0, G_OPTION_ARG_NONE, &arguments->own,
      N_ ("With --stdio: only processes of the user who asked"), NULL },
    { "ring-bytes", 0, 0, G_OPTION_ARG_INT, &arguments->ring_bytes,
      N_ ("With --stdio: size of the event ring"), N_ ("BYTES") },
    { "idle-seconds", 0, 0, G_OPTION_ARG_INT, &arguments->idle_s,
      N_ ("Leave the bus after so long without a session"), N_ ("SECONDS") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &arguments->version, N_ ("Show the version"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return g_option_context_parse (context, &argc, &argv, error);
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* A stray message must not end up in the stream: what was standard input and
 * output moves, and nothing takes its place. */
static gboolean
take_stdio (int *in_fd, int *out_fd, GError **error)
{
  int nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);

  *in_fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  *out_fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (nothing >= 0 && *in_fd >= 0 && *out_fd >= 0 && dup2 (nothing, STDIN_FILENO) >= 0
      && dup2 (nothing, STDOUT_FILENO) >= 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot use standard input and output: %s"),
               g_strerror (errno));
  return FALSE;
}

static gboolean
serve_stdio (GMainLoop *loop, WeftSessionOptions *options, const Arguments *arguments,
             GError **error)
{
  g_autoptr (WeftSession) session = NULL;
  int in_fd, out_fd;

  options->own = arguments->own;
  options->ring_bytes = (guint32)arguments->ring_bytes;
  if (!weft_session_check_ring (FALSE, options->ring_bytes, error)
      || !take_stdio (&in_fd, &out_fd, error))
    return FALSE;
  /* Ctrl+C and Ctrl+\ are for the app, which wants to read the rest before it ends. */
  signal (SIGINT, SIG_IGN);
  signal (SIGQUIT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  session = weft_session_new (in_fd, out_fd, options, error);
  if (session == NULL)
    return FALSE;
  g_signal_connect_swapped (session, "closed", G_CALLBACK (g_main_loop_quit), loop);
  g_main_loop_run (loop);
  return TRUE;
}

static gboolean
serve_bus (GMainLoop *loop, const Arguments *arguments, GError **error)
{
  g_autoptr (WeftService) service
      = weft_service_new (loop, (guint)MAX (arguments->idle_s, 1), error);

  if (service == NULL)
    return FALSE;
  g_main_loop_run (loop);
  return weft_service_has_ended_well (service, error);
}

static gboolean
serve (const Arguments *arguments, WeftSessionOptions *options, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  signal (SIGPIPE, SIG_IGN); /* a vanished client is an error of the write */
  g_unix_signal_add (SIGTERM, quit_cb, loop);
  return arguments->stdio ? serve_stdio (loop, options, arguments, error)
                          : serve_bus (loop, arguments, error);
}

int
main (int argc, char **argv)
{
  Arguments arguments = { .idle_s = IDLE_S };
  WeftSessionOptions options = { 0 };
  g_autoptr (GError) error = NULL;

  weft_log_limit_install ();
  close_range (3, ~0u, 0); /* we were handed nothing that we need */
  find_starter (&options);
  if (!weft_resources_limit (&error) || !weft_privileges_drop (&error))
    return complain (error->message);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!parse (argc, argv, &arguments, &error))
    return complain (error->message);
  if (arguments.version)
    {
      g_print ("weftscope-tracer %s\n", WEFT_VERSION);
      return EXIT_SUCCESS;
    }
  return serve (&arguments, &options, &error) ? EXIT_SUCCESS : complain (error->message);
}
