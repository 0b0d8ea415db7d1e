/* helper-launch.c: see the header. In: how the user wants to trace. Out: a stream. */
#include "helper-launch.h"
#include "weft-dbus.h"
#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <polkitagent/polkitagent.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUS_NAME "io.github.weftscope.Tracer"
#define OBJECT_PATH "/io/github/weftscope/Tracer1"

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

/* --- the installed service ---------------------------------------------- */

/* Whether a failed call means that there is no service, so that another way is tried. */
static gboolean
means_not_installed (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_EXEC_FAILED)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_FAILED);
}

static void
set_refusal (GError **error, const GError *remote)
{
  g_autoptr (GError) stripped = g_error_copy (remote);

  g_dbus_error_strip_remote_error (stripped);
  if (g_error_matches (remote, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _ ("Tracing was not allowed: %s"),
                 stripped->message);
  else
    g_set_error (error, stripped->domain, stripped->code, _ ("Cannot start tracing: %s"),
                 stripped->message);
}

static GVariant *
make_options (const WeftHelperOptions *options)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "own", g_variant_new_boolean (options->own_only));
  if (options->ring_bytes != 0)
    g_variant_builder_add (&builder, "{sv}", "ring-bytes",
                           g_variant_new_uint32 (options->ring_bytes));
  return g_variant_new ("(@a{sv})", g_variant_builder_end (&builder));
}

/* polkit asks in the terminal for as long as the handle lives. (nullable) */
static gpointer
register_text_agent (GCancellable *cancellable)
{
  g_autoptr (PolkitSubject) subject = polkit_unix_process_new_for_owner (getpid (), 0, getuid ());
  PolkitAgentListener *listener = polkit_agent_text_listener_new (cancellable, NULL);

  if (listener == NULL)
    return NULL; /* no terminal to ask in */
  return polkit_agent_listener_register (listener, POLKIT_AGENT_REGISTER_FLAGS_RUN_IN_THREAD,
                                         subject, NULL, cancellable, NULL);
}

/* Returns NULL without @error when there is no service. */
static GIOStream *
open_on_bus (const WeftHelperOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, NULL);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) answer = NULL;
  gpointer agent;
  int fd;

  if (bus == NULL)
    return NULL;
  agent = options->text_agent ? register_text_agent (cancellable) : NULL;
  answer = g_dbus_connection_call_with_unix_fd_list_sync (
      bus, BUS_NAME, OBJECT_PATH, "io.github.weftscope.Tracer1", "OpenSession",
      make_options (options), G_VARIANT_TYPE ("(h)"),
      options->interactive ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                           : G_DBUS_CALL_FLAGS_NONE,
      G_MAXINT, NULL, &fds, cancellable, &local);
  if (agent != NULL)
    polkit_agent_listener_unregister (agent);
  if (answer == NULL)
    {
      if (!means_not_installed (local))
        set_refusal (error, local);
      return NULL;
    }
  fd = g_unix_fd_list_get (fds, 0, error);
  return fd < 0 ? NULL : stream_on_fd (fd, error);
}

/* --- a process of ours -------------------------------------------------- */

static char *
find_helper (void)
{
  const char *const places[] = { WEFT_BUILD_ROOT "/bpf/weftscope-tracer",
                                 WEFT_LIBEXECDIR "/weftscope-tracer" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      return g_strdup (places[i]);
  return NULL;
}

/* pkexec says 126 when the dialog was dismissed, 127 when it was refused. */
void
weft_helper_explain_exit (GSubprocess *child, GError **error)
{
  gboolean with_pkexec = geteuid () != 0;
  int status;

  g_subprocess_wait (child, NULL, NULL);
  status = g_subprocess_get_if_exited (child) ? g_subprocess_get_exit_status (child) : -1;
  g_clear_error (error);
  if (with_pkexec && (status == 126 || status == 127))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 status == 126 ? _ ("Tracing was not allowed: the authentication was dismissed")
                               : _ ("Tracing was not allowed: pkexec refused, or nothing can ask "
                                    "for a password here. Run in a desktop session, or as root"));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The tracing helper ended at once (status %d); its message is above"), status);
}

static GIOStream *
spawn (const char *helper, const WeftHelperOptions *options, gboolean with_pkexec,
       GSubprocess **child, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *ring = g_strdup_printf ("--ring-bytes=%u", options->ring_bytes);
  int sockets[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("Cannot make a connection to the tracing helper: %s"), g_strerror (errno));
      return NULL;
    }
  if (with_pkexec)
    g_ptr_array_add (argv, (gpointer) "pkexec");
  g_ptr_array_add (argv, (gpointer) helper);
  g_ptr_array_add (argv, (gpointer) "--stdio");
  g_ptr_array_add (argv, ring);
  if (options->own_only)
    g_ptr_array_add (argv, (gpointer) "--own");
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_take_stdin_fd (launcher, dup (sockets[1]));
  g_subprocess_launcher_take_stdout_fd (launcher, sockets[1]);
  *child = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  if (*child == NULL)
    {
      close (sockets[0]);
      return NULL;
    }
  return stream_on_fd (sockets[0], error);
}

GIOStream *
weft_helper_launch (const WeftHelperOptions *options, GSubprocess **child,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *helper = NULL;
  g_autofree char *pkexec = NULL;
  GIOStream *stream = open_on_bus (options, cancellable, &local);

  if (stream != NULL || local != NULL)
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return stream;
    }
  helper = find_helper ();
  pkexec = g_find_program_in_path ("pkexec");
  if (helper == NULL || (geteuid () != 0 && pkexec == NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   helper == NULL
                       ? _ ("The tracing helper is not installed; run \"meson install\" as root")
                       : _ ("The tracing helper is not installed as a service and pkexec is "
                            "missing; install the package pkexec, or run as root"));
      return NULL;
    }
  stream = spawn (helper, options, geteuid () != 0, child, error);
  return stream;
}
