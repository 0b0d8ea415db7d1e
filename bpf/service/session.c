/* session.c: see the header. Everything of a session, its GDBus callbacks and its tracer,
 * belongs to a thread of its own, so that loading, attaching and detaching, which take the
 * kernel from a tenth of a second to many, hold up nobody else. What other threads may see
 * is set before the thread begins, or atomic. */
#include "session.h"
#include "call-limit.h"
#include "framed-input.h"
#include "groups.h"
#include "machine-facts.h"
#include "read-queue.h"
#include "start-limit.h"
#include "tracer.h"
#include "weft-dbus.h"
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <unistd.h>

#define MOST_IN_FLIGHT 16
#define MOST_MESSAGE_BYTES (64u << 10) /* SetTargets with all of its targets takes 16 KiB */
#define MOST_TARGETS 4096
#define LEAST_RING_BYTES (256u << 10)
#define MOST_RING_BYTES (256u << 20)
/* A session that nobody starts gives its place back. */
#define UNSTARTED_S 60

struct _WeftSession
{
  GObject parent_instance;

  WeftSessionOptions options;
  GMainContext *context;
  GInputStream *input;   /* its end is asked for from outside */
  gint started, leaving; /* atomic */

  /* the thread's own */
  gboolean over; /* the connection is closed */
  GDBusConnection *connection;
  WeftDBusSession1 *skeleton;
  WeftReadQueue *reads;
  WeftTracer *tracer;          /* from Start on */
  GDBusMethodInvocation *held; /* a Start or SetGroups that waits for its turn, or NULL */
  GSource *timer;              /* until Start: for that one, or for it to come */
  gboolean stopped;
  GArray *targets; /* guint32; set before Start, else NULL */
  gboolean children, only, groups_chosen;
  guint groups; /* a mask of groups.h */
};

G_DEFINE_FINAL_TYPE (WeftSession, weft_session, G_TYPE_OBJECT)

enum
{
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* In the session's thread. (transfer full) */
static GSource *
call_later (WeftSession *self, guint after_ms, GSourceFunc func)
{
  GSource *timer = g_timeout_source_new (after_ms);

  g_source_set_callback (timer, func, self, NULL);
  g_source_attach (timer, self->context);
  return timer;
}

static void
forget (GSource **timer)
{
  if (*timer == NULL)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

/* --- control -------------------------------------------------------------- */

static gboolean
refuse (GDBusMethodInvocation *invocation, GDBusError code, const char *message)
{
  g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, code, message);
  return TRUE;
}

static gboolean
refuse_not_started (GDBusMethodInvocation *invocation)
{
  return refuse (invocation, G_DBUS_ERROR_FAILED,
                 _ ("The trace has not been started; call Start first"));
}

static gboolean
handle_read_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint32 max_bytes,
                guint32 wait_ms, WeftSession *self)
{
  if (self->tracer == NULL)
    return refuse_not_started (invocation);
  weft_read_queue_push (self->reads, self->tracer, invocation, max_bytes, wait_ms);
  return TRUE;
}

static gboolean
apply_targets (WeftSession *self, const guint32 *tgids, gsize n, gboolean children, gboolean only,
               GError **error)
{
  return weft_tracer_set_targets (self->tracer, tgids, n, children, error)
         && weft_tracer_set_only_targets (self->tracer, only, error);
}

static gboolean
handle_set_targets_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                       GVariant *targets, gboolean children, gboolean only, WeftSession *self)
{
  g_autoptr (GError) error = NULL;
  gsize n = 0;
  const guint32 *tgids = g_variant_get_fixed_array (targets, &n, sizeof *tgids);

  if (n > MOST_TARGETS)
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS,
                   _ ("At most 4096 processes can be chosen; choose a common parent instead"));
  if (self->tracer != NULL && !apply_targets (self, tgids, n, children, only, &error))
    {
      g_dbus_method_invocation_return_gerror (invocation, error);
      return TRUE;
    }
  if (self->tracer == NULL)
    {
      g_clear_pointer (&self->targets, g_array_unref);
      self->targets = g_array_new (FALSE, FALSE, sizeof *tgids);
      if (n > 0)
        g_array_append_vals (self->targets, tgids, (guint)n);
      self->children = children;
      self->only = only;
    }
  weft_dbus_session1_complete_set_targets (skeleton, invocation);
  return TRUE;
}

/* Loads, sets what was chosen, attaches; nothing is left behind on failure. */
static WeftTracer *
start_tracer (WeftSession *self, GError **error)
{
  WeftTracerOptions options = {
    .scope = self->options.own ? WEFT_SCOPE_OWN : WEFT_SCOPE_MACHINE,
    .uid = self->options.uid,
    .gid = self->options.gid,
    .pid = self->options.pid,
    .ring_bytes = self->options.ring_bytes,
    .only_targets = self->only,
  };
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&options, error);

  if (tracer == NULL)
    return NULL;
  if (self->targets != NULL
      && !weft_tracer_set_targets (tracer, (const guint32 *)(void *)self->targets->data,
                                   self->targets->len, self->children, error))
    return NULL;
  if (self->groups_chosen && !weft_tracer_set_groups (tracer, self->groups, error))
    return NULL;
  return weft_tracer_start (tracer, error) ? g_steal_pointer (&tracer) : NULL;
}

static gboolean
never_started_cb (gpointer user_data)
{
  WeftSession *self = user_data;

  forget (&self->timer);
  g_atomic_int_set (&self->leaving, TRUE);
  weft_framed_input_hang_up (self->input); /* GDBus tells that it is closed, then */
  return G_SOURCE_REMOVE;
}

static void
wait_for_start (WeftSession *self)
{
  self->timer = call_later (self, UNSTARTED_S * 1000, never_started_cb);
}

static void
begin_trace (WeftSession *self)
{
  GDBusMethodInvocation *invocation = g_steal_pointer (&self->held);
  g_autoptr (GVariant) capabilities = NULL;
  GError *error = NULL;

  self->tracer = start_tracer (self, &error);
  if (self->tracer == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, error);
      wait_for_start (self);
      return;
    }
  g_atomic_int_set (&self->started, TRUE);
  g_clear_pointer (&self->targets, g_array_unref);
  capabilities = weft_tracer_get_capabilities (self->tracer);
  weft_dbus_session1_set_capabilities (self->skeleton, capabilities);
  weft_dbus_session1_set_machine (self->skeleton, weft_machine_facts_new ());
  weft_dbus_session1_complete_start (self->skeleton, invocation, WEFT_STREAM_VERSION);
}

static void
change_groups (WeftSession *self)
{
  GDBusMethodInvocation *invocation = g_steal_pointer (&self->held);
  g_autoptr (GError) error = NULL;

  if (weft_tracer_set_groups (self->tracer, self->groups, &error))
    weft_dbus_session1_complete_set_groups (self->skeleton, invocation);
  else
    refuse (invocation, G_DBUS_ERROR_NOT_SUPPORTED, error->message);
}

/* To attach programs the kernel stops all CPUs for a moment: no user does it too often. */
static gboolean
take_turn_cb (gpointer user_data)
{
  WeftSession *self = user_data;
  guint wait_ms = weft_start_limit_take (self->options.uid);

  forget (&self->timer);
  if (wait_ms > 0)
    self->timer = call_later (self, wait_ms, take_turn_cb);
  else if (self->tracer == NULL)
    begin_trace (self);
  else
    change_groups (self);
  return G_SOURCE_REMOVE;
}

static gboolean
handle_set_groups_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                      const char *const *groups, WeftSession *self)
{
  g_autoptr (GError) error = NULL;

  if (self->held != NULL)
    return refuse (invocation, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   _ ("The trace is being started or its groups are being changed; wait for the "
                      "answer"));
  if (!weft_groups_parse (groups, &self->groups, &error))
    return refuse (invocation, G_DBUS_ERROR_INVALID_ARGS, error->message);
  self->groups_chosen = TRUE;
  if (self->tracer == NULL)
    {
      weft_dbus_session1_complete_set_groups (skeleton, invocation);
      return TRUE;
    }
  self->held = invocation;
  take_turn_cb (self);
  return TRUE;
}

static gboolean
handle_start_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, guint32 version,
                 WeftSession *self)
{
  if (version < WEFT_STREAM_VERSION)
    return refuse (invocation, G_DBUS_ERROR_NOT_SUPPORTED,
                   _ ("The app understands only streams older than this helper writes; update it"));
  if (self->tracer != NULL || self->held != NULL)
    return refuse (invocation, G_DBUS_ERROR_FAILED,
                   _ ("A session can be started once; open another"));
  self->held = invocation;
  take_turn_cb (self);
  return TRUE;
}

static gboolean
handle_stop_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation, WeftSession *self)
{
  if (self->tracer == NULL)
    return refuse_not_started (invocation);
  if (!self->stopped)
    weft_tracer_stop (self->tracer);
  weft_dbus_session1_complete_stop (skeleton, invocation);
  if (!self->stopped)
    weft_read_queue_stop (self->reads);
  self->stopped = TRUE;
  return TRUE;
}

static gboolean
handle_get_recursion_misses_cb (WeftDBusSession1 *skeleton, GDBusMethodInvocation *invocation,
                                WeftSession *self)
{
  WeftTracerAccount account = { 0 };

  if (self->tracer != NULL)
    weft_tracer_get_account (self->tracer, &account);
  weft_dbus_session1_complete_get_recursion_misses (skeleton, invocation, account.recursion_misses);
  return TRUE;
}

/* --- the thread ----------------------------------------------------------- */

static void
let_go (WeftSession *self)
{
  forget (&self->timer);
  g_clear_object (&self->held); /* unanswered: nobody is there any more */
  g_clear_pointer (&self->reads, weft_read_queue_free);
  g_clear_pointer (&self->tracer, weft_tracer_free);
  g_clear_pointer (&self->targets, g_array_unref);
  if (self->skeleton != NULL)
    {
      g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
      g_signal_handlers_disconnect_by_data (self->skeleton, self);
    }
  g_clear_object (&self->skeleton);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
}

static gboolean
tell_closed_cb (gpointer user_data)
{
  g_signal_emit (user_data, signals[CLOSED], 0);
  return G_SOURCE_REMOVE;
}

static gpointer
session_main (gpointer user_data)
{
  WeftSession *self = user_data; /* (transfer full): goes with what is told at the end */

  g_main_context_push_thread_default (self->context);
  g_dbus_connection_start_message_processing (self->connection);
  while (!self->over)
    g_main_context_iteration (self->context, TRUE);
  let_go (self);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  g_idle_add_full (G_PRIORITY_DEFAULT, tell_closed_cb, self, g_object_unref);
  return NULL;
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, WeftSession *self)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    g_message ("%s (user %u)", error->message, self->options.uid);
  g_atomic_int_set (&self->leaving, TRUE);
  self->over = TRUE;
}

/* --- birth ---------------------------------------------------------------- */

static void
set_facts (WeftDBusSession1 *skeleton)
{
  weft_dbus_session1_set_capabilities (skeleton,
                                       g_variant_new_array (G_VARIANT_TYPE ("{s(bs)}"), NULL, 0));
  weft_dbus_session1_set_machine (skeleton, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

static gboolean export(WeftSession *self, GError **error)
{
  self->skeleton = weft_dbus_session1_skeleton_new ();
  set_facts (self->skeleton);
  g_object_connect (self->skeleton, "signal::handle-start", handle_start_cb, self,
                    "signal::handle-set-targets", handle_set_targets_cb, self,
                    "signal::handle-set-groups", handle_set_groups_cb, self, "signal::handle-stop",
                    handle_stop_cb, self, "signal::handle-read", handle_read_cb, self,
                    "signal::handle-get-recursion-misses", handle_get_recursion_misses_cb, self,
                    NULL);
  return g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton),
                                           self->connection, WEFT_SESSION_PATH, error);
}

/* What is made here, with the session's context as the thread's default, calls back there. */
static gboolean
connect_to_peer (WeftSession *self, GIOStream *stream, GError **error)
{
  self->connection
      = g_dbus_connection_new_sync (stream, NULL, G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                    NULL, NULL, error);
  if (self->connection == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);
  weft_call_limit_install (self->connection, MOST_IN_FLIGHT, WEFT_EXCESS_DISCONNECT);
  if (!export(self, error))
    return FALSE;
  self->reads = weft_read_queue_new (self->context, self->connection, self->skeleton,
                                     self->options.ring_bytes);
  return TRUE;
}

WeftSession *
weft_session_new (int in_fd, int out_fd, const WeftSessionOptions *options, GError **error)
{
  g_autoptr (WeftSession) self = g_object_new (WEFT_TYPE_SESSION, NULL);
  GInputStream *input = weft_framed_input_new (in_fd, MOST_MESSAGE_BYTES);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (out_fd, TRUE);
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);
  gboolean connected;

  self->options = *options;
  self->input = input;
  /* GDBus's one worker serves all sessions: nothing in it may block. */
  if (!g_unix_set_fd_nonblocking (in_fd, TRUE, error)
      || !g_unix_set_fd_nonblocking (out_fd, TRUE, error))
    return NULL;
  g_main_context_push_thread_default (self->context);
  connected = connect_to_peer (self, stream, error);
  if (connected)
    wait_for_start (self);
  else
    let_go (self);
  g_main_context_pop_thread_default (self->context);
  if (!connected)
    return NULL;
  g_thread_unref (g_thread_new ("weft-session", session_main, g_object_ref (self)));
  return g_steal_pointer (&self);
}

const WeftSessionOptions *
weft_session_get_options (WeftSession *self)
{
  return &self->options;
}

gboolean
weft_session_check_ring (gboolean own, guint32 ring_bytes, GError **error)
{
  guint32 most = own ? WEFT_OWN_RING_BYTES : MOST_RING_BYTES;

  if (ring_bytes == 0
      || ((ring_bytes & (ring_bytes - 1)) == 0 && ring_bytes >= LEAST_RING_BYTES
          && ring_bytes <= most))
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               _ ("The ring's size must be a power of two from 256 KiB to %u MiB"), most >> 20);
  return FALSE;
}

gboolean
weft_session_is_started (WeftSession *self)
{
  return g_atomic_int_get (&self->started);
}

gboolean
weft_session_is_leaving (WeftSession *self)
{
  return g_atomic_int_get (&self->leaving) || weft_framed_input_has_ended (self->input);
}

static void
weft_session_finalize (GObject *object)
{
  WeftSession *self = WEFT_SESSION (object);

  g_clear_object (&self->input);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (weft_session_parent_class)->finalize (object);
}

static void
weft_session_class_init (WeftSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_session_finalize;

  /* closed: the client is gone, and what was loaded for it. */
  signals[CLOSED] = g_signal_new ("closed", WEFT_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
weft_session_init (WeftSession *self)
{
  self->context = g_main_context_new ();
}
