/* helper-launch.c: see the header. In: how the user wants to trace. Out: a
 * stream, or an error that a person understands. */
#include "helper-launch.h"
#include "bus-call.h"
#include "build-root.h"
#include "helper-agent.h"
#include "namespaces.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUS_NAME "io.github.weftscope.Tracer1"
#define OBJECT_PATH "/io/github/weftscope/Tracer1"
#define DISMISSED "dismissed: " /* begins the helper's message then */
#define MOST_COMPLAINT_BYTES 2048

/* --- errors in our words -------------------------------------------------- */

/* The bus speaks, not the helper: it did not come, or went before it answered. */
static gboolean
is_silence (const GError *error)
{
  return error->domain == G_DBUS_ERROR
         && (error->code == G_DBUS_ERROR_NO_REPLY || error->code == G_DBUS_ERROR_TIMEOUT
             || error->code == G_DBUS_ERROR_TIMED_OUT || error->code == G_DBUS_ERROR_DISCONNECTED
             || (error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED
                 && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY));
}

/* One sentence that says what to do; what the system said follows on a line of its own. */
static GError *
translate (const GError *remote)
{
  g_autoptr (GError) error = g_error_copy (remote);

  g_dbus_error_strip_remote_error (error);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    {
      if (g_str_has_prefix (error->message, DISMISSED))
        return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                            _ ("Tracing was not allowed: the question for a password was "
                               "dismissed"));
      return g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                          _ ("Tracing was not allowed: %s"), error->message);
    }
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, _ ("Cannot start tracing: %s"),
                        error->message);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _ ("Cannot start tracing: %s"),
                        error->message);
  if (is_silence (error))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                        _ ("Cannot start tracing: the service of the tracing helper does not "
                           "start or does not answer. Its journal tells why: journalctl -u "
                           "weftscope-tracer\n%s"),
                        error->message);
  if (error->domain != G_IO_ERROR)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot start tracing: %s"),
                        error->message);
  g_prefix_error (&error, _ ("Cannot start tracing: "));
  return g_steal_pointer (&error);
}

static char *
read_complaint (GSubprocess *child)
{
  char text[MOST_COMPLAINT_BYTES + 1];
  gsize length = 0;
  g_autofree char *valid = NULL;

  g_input_stream_read_all (g_subprocess_get_stderr_pipe (child), text, MOST_COMPLAINT_BYTES,
                           &length, NULL, NULL);
  valid = g_utf8_make_valid (text, (gssize)length);
  return g_strdup (g_strstrip (valid));
}

/* pkexec says 126 when the dialog was dismissed, 127 when it was refused. */
static GError *
explain_exit (const WeftHelperLaunch *launch)
{
  GSubprocess *child = launch->child;
  g_autofree char *complaint = read_complaint (child);
  gboolean asked = g_object_get_data (G_OBJECT (child), "pkexec") != NULL;
  int status = g_subprocess_get_if_exited (child) ? g_subprocess_get_exit_status (child) : -1;

  if (asked && status == 126)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                        _ ("Tracing was not allowed: the question for a password was dismissed"));
  if (asked && status == 127 && launch->no_bus)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                        _ ("Tracing was not allowed: there is no system bus here, over which a "
                           "password could be asked for. Run as root.\n%s"),
                        complaint);
  if (asked && status == 127)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                        _ ("Tracing was not allowed, or nothing can ask for a password here. Run "
                           "in a desktop session or a terminal, or as root.\n%s"),
                        complaint);
  if (*complaint != '\0')
    return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot start tracing: %s"), complaint);
  return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                      _ ("Cannot start tracing: the tracing helper ended at once (status %d)"),
                      status);
}

static gboolean
is_hangup (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

void
weft_helper_launch_explain (const WeftHelperLaunch *launch, GCancellable *cancellable,
                            GError **error)
{
  GError *explained;

  if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (launch->child != NULL && is_hangup (*error)
      && g_subprocess_wait (launch->child, cancellable, NULL))
    explained = explain_exit (launch);
  else
    explained = translate (*error);
  g_clear_error (error);
  g_propagate_error (error, explained);
}

/* --- the installed service ------------------------------------------------ */

/* Who made the pair that @fd is an end of. */
static pid_t
find_maker (int fd)
{
  struct ucred maker = { 0 };
  socklen_t length = sizeof maker;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &maker, &length) == 0 ? maker.pid : 0;
}

static GIOStream *
stream_on_fd (int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }
  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

/* Whether a failed call means that there is no service, so that another way is
 * tried. One that is there but does not start is an error, except for root. */
static gboolean
is_not_installed (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND)
         || (geteuid () == 0 && error->domain == G_DBUS_ERROR
             && error->code != G_DBUS_ERROR_LIMITS_EXCEEDED
             && error->code != G_DBUS_ERROR_INVALID_ARGS);
}

static GVariant *
make_arguments (const WeftHelperOptions *options)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "own", g_variant_new_boolean (options->own_only));
  if (options->ring_bytes != 0)
    g_variant_builder_add (&builder, "{sv}", "ring-bytes",
                           g_variant_new_uint32 (options->ring_bytes));
  return g_variant_new ("(@a{sv})", g_variant_builder_end (&builder));
}

static GVariant *
call_service (GDBusConnection *bus, const WeftHelperOptions *options, GUnixFDList **fds,
              GCancellable *cancellable, GError **error)
{
  const WeftBusCall call
      = { .bus_name = BUS_NAME,
          .path = OBJECT_PATH,
          .interface = BUS_NAME,
          .method = "OpenSession",
          .answer_type = "(h)",
          .flags = options->interactive ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                                        : G_DBUS_CALL_FLAGS_NONE,
          .timeout_ms = G_MAXINT };

  return weft_bus_call (bus, &call, make_arguments (options), fds, cancellable, error);
}

/* Returns: %FALSE when another way shall be tried; else @launch or @error is set. */
static gboolean
launch_service (const WeftHelperOptions *options, WeftHelperLaunch *launch,
                GCancellable *cancellable, GError **error)
{
  /* it greets the bus and waits for the answer, as calls do: not to be given up */
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) remote = NULL;
  g_autoptr (GVariant) answer = NULL;
  int fd = -1;

  launch->no_bus = bus == NULL;
  if (bus == NULL)
    return FALSE;
  answer = call_service (bus, options, &fds, cancellable, &remote);
  if (answer == NULL && is_not_installed (remote))
    return FALSE;
  if (answer == NULL)
    {
      g_propagate_error (error, g_error_matches (remote, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                                    ? g_steal_pointer (&remote)
                                    : translate (remote));
      return TRUE;
    }
  if (fds != NULL && g_unix_fd_list_get_length (fds) > 0)
    fd = g_unix_fd_list_get (fds, 0, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("The tracing helper opened a session without a connection"));
  if (fd >= 0)
    {
      launch->pid = find_maker (fd);
      launch->stream = stream_on_fd (fd, error);
    }
  return TRUE;
}

/* --- a process of ours ---------------------------------------------------- */

static gboolean
runs_from_build_tree (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return program != NULL && g_str_has_prefix (program, WEFT_BUILD_ROOT "/");
}

/* What is installed has its service; without a bus only root can start it. */
static char *
find_helper (GError **error)
{
  gboolean built = runs_from_build_tree ();
  const char *path
      = built ? WEFT_BUILD_ROOT "/bpf/weftscope-tracer" : WEFT_LIBEXECDIR "/weftscope-tracer";

  if ((built || geteuid () == 0) && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return g_strdup (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("The tracing helper is not installed: there is no service %s on the system bus, "
                  "and no %s that could be started instead. Install Weftscope with its helper"),
               BUS_NAME, path);
  return NULL;
}

static char *
find_pkexec (const WeftHelperOptions *options, GError **error)
{
  char *pkexec = g_find_program_in_path ("pkexec");

  if (pkexec == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("The tracing helper is not installed as a service, and pkexec, which could "
                    "start it, is missing. Install the package pkexec, or run as root"));
  else if (!options->interactive)
    {
      g_clear_pointer (&pkexec, g_free);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   _ ("The tracing helper is not installed as a service, and a password must not "
                      "be asked for"));
    }
  return pkexec;
}

/* Both ends are one socket: the helper's standard input and output. */
static gboolean
spawn (char **argv, WeftHelperLaunch *launch, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GIOStream) stream = NULL;
  const char *pid;
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("Cannot make a connection to the tracing helper: %s"), g_strerror (errno));
      return FALSE;
    }
  stream = stream_on_fd (ends[0], error);
  /* Root's shell may have come by pkexec: it is root who asks, nevertheless. */
  if (geteuid () == 0)
    g_subprocess_launcher_unsetenv (launcher, "PKEXEC_UID");
  g_subprocess_launcher_take_stdin_fd (launcher, dup (ends[1]));
  g_subprocess_launcher_take_stdout_fd (launcher, ends[1]);
  if (stream == NULL)
    return FALSE;
  launch->child = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv, error);
  if (launch->child == NULL)
    return FALSE;
  pid = g_subprocess_get_identifier (launch->child); /* NULL: it has ended already */
  launch->pid = pid != NULL ? (pid_t)g_ascii_strtoll (pid, NULL, 10) : 0;
  launch->stream = g_steal_pointer (&stream);
  return TRUE;
}

static gboolean
launch_child (const WeftHelperOptions *options, WeftHelperLaunch *launch, GError **error)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *helper = find_helper (error);
  g_autofree char *ring = g_strdup_printf ("--ring-bytes=%u", options->ring_bytes);
  g_autofree char *pkexec = NULL;
  g_auto (GStrv) arguments = NULL;

  if (helper == NULL || (geteuid () == 0 && !weft_namespaces_check_root (error)))
    return FALSE;
  if (geteuid () != 0)
    {
      pkexec = find_pkexec (options, error);
      if (pkexec == NULL)
        return FALSE;
      g_strv_builder_add_many (argv, pkexec, "--disable-internal-agent", NULL);
    }
  g_strv_builder_add_many (argv, helper, "--stdio", ring, NULL);
  if (options->own_only)
    g_strv_builder_add (argv, "--own");
  arguments = g_strv_builder_end (argv);
  if (!spawn (arguments, launch, error))
    return FALSE;
  g_object_set_data (G_OBJECT (launch->child), "pkexec", GINT_TO_POINTER (pkexec != NULL));
  return TRUE;
}

/* --- all of it ------------------------------------------------------------ */

gboolean
weft_helper_launch (const WeftHelperOptions *options, WeftHelperLaunch *launch,
                    GCancellable *cancellable, GError **error)
{
  memset (launch, 0, sizeof *launch);
  if (!weft_namespaces_check_pids (error))
    return FALSE;
  if (options->interactive && options->text_agent && geteuid () != 0)
    launch->agent = weft_helper_agent_register (cancellable);
  if (!launch_service (options, launch, cancellable, error)
      && !g_cancellable_set_error_if_cancelled (cancellable, error))
    launch_child (options, launch, error);
  if (launch->stream != NULL)
    return TRUE;
  weft_helper_launch_clear (launch);
  return FALSE;
}

void
weft_helper_launch_close_agent (WeftHelperLaunch *launch)
{
  g_clear_pointer (&launch->agent, weft_helper_agent_unregister);
}

void
weft_helper_launch_clear (WeftHelperLaunch *launch)
{
  weft_helper_launch_close_agent (launch);
  if (launch->stream != NULL)
    g_io_stream_close (launch->stream, NULL, NULL);
  g_clear_object (&launch->stream);
  g_clear_object (&launch->child);
}
