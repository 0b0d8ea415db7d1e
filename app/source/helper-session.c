/* helper-session.c: see the header. The thread opens the connection, keeps two
 * Reads on their way and feeds the store; a store that is slow slows the Reads,
 * and nothing else. */
#include "helper-session.h"
#include "bus-call.h"
#include "helper-launch.h"
#include "helper-patience.h"
#include "local-machine.h"
#include "machine-reply.h"
#include "read-reply.h"
#include "record.h"
#include "session-told.h"
#include "trace-notes.h"
#include <glib/gi18n.h>

#define SESSION_PATH "/io/github/weftscope/Session1"
#define SESSION_INTERFACE "io.github.weftscope.Session1"
#define READ_BYTES (1u << 20)
#define READ_WAIT_MS 33
#define READS_ON_THEIR_WAY 2
#define CALL_MS 10000 /* what is answered at once */
/* What waits for the kernel, which may take it a minute on a busy machine. A helper that
 * goes ends the call, too. */
#define SLOW_CALL_MS G_MAXINT
#define MISSES_INTERVAL_US G_USEC_PER_SEC

struct _WeftHelperSession
{
  WeftTraceStore *store;
  WeftHelperOptions options;
  WeftHelperEventFunc func;
  gpointer user_data;
  GCancellable *cancellable;
  GThread *thread;
  GMainContext *context; /* of the thread */

  /* the thread's own */
  WeftHelperLaunch launch;
  GDBusConnection *connection;
  GVariant *targets; /* (nullable): to be sent before Start */
  guint calls;       /* on their way; each of them uses us */
  guint reads;       /* of these */
  gboolean stopped;  /* Stop was answered: the first empty Read is the last */
  gboolean over;
  WeftHelperPatience *patience; /* once it runs */
  gint64 misses_asked_us;
  gint64 ahead_ns; /* how far the traced machine's monotonic clock is before ours */

  GMutex lock; /* guards what follows */
  WeftHelperAccount account;
};

/* The time of the traced machine, to within the time that an answer takes. */
static guint64
now_ns (WeftHelperSession *self)
{
  return (guint64)((gint64)weft_local_clock_now (CLOCK_MONOTONIC) + self->ahead_ns);
}

/* --- the end -------------------------------------------------------------- */

/* @error: (nullable): why, when it was not asked for */
static void
end (WeftHelperSession *self, const GError *error)
{
  guint64 until_ns = self->account.complete_until_ns;

  if (self->over)
    return;
  self->over = TRUE;
  if (until_ns == 0)
    until_ns = now_ns (self);
  weft_trace_store_finish (self->store, until_ns);
  self->func (WEFT_HELPER_OVER, error, self->user_data);
}

static void
end_broken (WeftHelperSession *self, const GError *cause)
{
  g_autoptr (GError) error = NULL;

  if (cause->domain == G_IO_ERROR && cause->code == G_IO_ERROR_INVALID_DATA)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         _ ("The tracing helper sent what is no trace: %s. What came before is "
                            "kept; app and helper may be of different versions"),
                         cause->message);
  else
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         _ ("The tracing helper has gone (%s). What it sent is kept; start again "
                            "to go on"),
                         cause->message);
  end (self, error);
}

static void
end_unanswered (WeftHelperSession *self)
{
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                             _ ("The tracing helper does not answer. What it sent before is kept"));

  end (self, error);
}

/* --- calls ---------------------------------------------------------------- */

static void
call (WeftHelperSession *self, const char *method, GVariant *arguments, const char *answer_type,
      int timeout_ms, GAsyncReadyCallback callback, gpointer user_data)
{
  self->calls++;
  g_dbus_connection_call (self->connection, NULL, SESSION_PATH, SESSION_INTERFACE, method,
                          arguments, G_VARIANT_TYPE (answer_type), G_DBUS_CALL_FLAGS_NONE,
                          timeout_ms, NULL, callback, user_data);
}

/* (transfer full): the answer; NULL with @error, or NULL when nobody cares any more */
static GVariant *
take_answer (WeftHelperSession *self, GObject *source, GAsyncResult *result, GError **error)
{
  GError *local = NULL;
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &local);

  self->calls--;
  weft_helper_patience_hear (self->patience);
  if (self->over)
    {
      g_clear_error (&local);
      g_clear_pointer (&answer, g_variant_unref);
    }
  if (local != NULL)
    {
      g_dbus_error_strip_remote_error (local);
      g_propagate_error (error, local);
    }
  return answer;
}

static void
got_misses_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GVariant) answer = take_answer (self, source, result, NULL);
  g_autofree char *note = NULL;
  guint64 misses;

  if (answer == NULL)
    return; /* a Read will tell */
  g_variant_get (answer, "(t)", &misses);
  if (misses == self->account.recursion_misses) /* only this thread writes it */
    return;
  note = g_strdup_printf ("%" G_GUINT64_FORMAT, misses);
  weft_trace_store_set_note (self->store, WEFT_NOTE_MISSED, note);
  g_mutex_lock (&self->lock);
  self->account.recursion_misses = misses;
  g_mutex_unlock (&self->lock);
}

static void
ask_for_misses (WeftHelperSession *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - self->misses_asked_us < MISSES_INTERVAL_US)
    return;
  self->misses_asked_us = now_us;
  call (self, "GetRecursionMisses", NULL, "(t)", CALL_MS, got_misses_cb, self);
}

/* --- reading -------------------------------------------------------------- */

static gboolean
take_batch (WeftHelperSession *self, GVariant *answer, gsize *bytes, GError **error)
{
  WeftHelperAccount account = self->account; /* only this thread writes it */

  if (!weft_read_reply_take (answer, self->store, &account, bytes, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->account = account;
  g_mutex_unlock (&self->lock);
  self->func (WEFT_HELPER_PROGRESS, NULL, self->user_data);
  return TRUE;
}

static void keep_reading (WeftHelperSession *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &error);
  gsize bytes = 0;

  self->reads--;
  if (self->over)
    return;
  if (answer == NULL || !take_batch (self, answer, &bytes, &error))
    end_broken (self, error);
  else if (self->stopped && bytes == 0)
    end (self, NULL);
  else
    keep_reading (self);
}

static void
keep_reading (WeftHelperSession *self)
{
  for (; self->reads < READS_ON_THEIR_WAY; self->reads++)
    call (self, "Read", g_variant_new ("(uu)", READ_BYTES, READ_WAIT_MS), WEFT_READ_REPLY_TYPE,
          G_MAXINT, read_cb, self);
  ask_for_misses (self);
}

/* --- orders --------------------------------------------------------------- */

/* Targets on their way to the helper. */
typedef struct
{
  WeftHelperSession *session;
  GVariant *targets;
  guint64 asked_ns;
} Choice;

/* Between the call and its answer nobody can tell which scope holds: the narrower. */
static void
targets_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Choice *choice = user_data;
  WeftHelperSession *self = choice->session;
  g_autoptr (GVariant) targets = choice->targets;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &cause);
  g_autoptr (GError) error = NULL;

  if (answer != NULL)
    weft_session_tell_scope (self->store,
                             weft_session_is_narrow (targets) ? choice->asked_ns : now_ns (self),
                             self->options.own_only, targets);
  if (cause == NULL)
    return;
  error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot choose what is traced: %s"),
                       cause->message);
  self->func (WEFT_HELPER_REFUSED, error, self->user_data);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = take_answer (self, source, result, &error);

  if (answer != NULL)
    self->stopped = TRUE;
  else if (error != NULL)
    end_broken (self, error);
}

static void
patience_cb (gboolean lost, gpointer user_data)
{
  WeftHelperSession *self = user_data;

  if (lost)
    end_unanswered (self);
  else
    self->func (WEFT_HELPER_SILENT, NULL, self->user_data);
}

static void
ask_to_stop (WeftHelperSession *self)
{
  weft_helper_patience_end (self->patience);
  call (self, "Stop", NULL, "()", SLOW_CALL_MS, stopped_cb, self);
}

typedef struct
{
  WeftHelperSession *session;
  void (*obey) (WeftHelperSession *self); /* or */
  GVariant *targets;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->targets, g_variant_unref);
  g_free (order);
}

static void
choose (WeftHelperSession *self, GVariant *targets)
{
  Choice *choice = g_new (Choice, 1);

  *choice = (Choice){ self, g_variant_ref (targets), now_ns (self) };
  call (self, "SetTargets", targets, "()", SLOW_CALL_MS, targets_set_cb, choice);
}

static gboolean
obey_cb (gpointer user_data)
{
  Order *order = user_data;

  if (order->session->over)
    return G_SOURCE_REMOVE;
  if (order->targets != NULL)
    choose (order->session, order->targets);
  else
    order->obey (order->session);
  return G_SOURCE_REMOVE;
}

/* (transfer full) */
static void
give (Order order)
{
  g_main_context_invoke_full (order.session->context, G_PRIORITY_DEFAULT, obey_cb,
                              g_memdup2 (&order, sizeof order), order_free);
}

void
weft_helper_session_set_targets (WeftHelperSession *self, GVariant *targets)
{
  give ((Order){ self, NULL, g_variant_ref (targets) });
}

void
weft_helper_session_stop (WeftHelperSession *self)
{
  give ((Order){ self, ask_to_stop, NULL });
}

void
weft_helper_session_abandon (WeftHelperSession *self)
{
  give ((Order){ self, end_unanswered, NULL });
}

/* --- starting ------------------------------------------------------------- */

static GVariant *
call_and_wait (WeftHelperSession *self, const char *interface, const char *method,
               GVariant *arguments, const char *answer_type, int timeout_ms, GError **error)
{
  const WeftBusCall call = { .path = SESSION_PATH,
                             .interface = interface,
                             .method = method,
                             .answer_type = answer_type,
                             .timeout_ms = timeout_ms };

  return weft_bus_call (self->connection, &call, arguments, NULL, self->cancellable, error);
}

/* (transfer full): one property of the session; NULL with @error */
static GVariant *
get_property (WeftHelperSession *self, const char *name, const char *type, GError **error)
{
  g_autoptr (GVariant) answer
      = call_and_wait (self, "org.freedesktop.DBus.Properties", "Get",
                       g_variant_new ("(ss)", SESSION_INTERFACE, name), "(v)", CALL_MS, error);
  GVariant *value = NULL;

  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return value;
  g_variant_unref (value);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The tracing helper tells “%s” in a form that this app does not know"), name);
  return NULL;
}

/* A helper of before it told them runs on this machine, whose facts the store has. */
static void
take_machine (WeftHelperSession *self)
{
  g_autoptr (GVariant) facts = get_property (self, "Machine", WEFT_MACHINE_REPLY_TYPE, NULL);
  WeftTraceInfo info = *weft_trace_store_get_info (self->store);

  if (facts == NULL || !weft_machine_reply_take (facts, &info))
    return;
  self->ahead_ns = (gint64)(info.start_ns - weft_local_clock_now (CLOCK_MONOTONIC));
  weft_trace_store_set_machine (self->store, &info);
}

/* Which groups there are is for the helper to know: it names them when one is not. */
static gboolean
choose_groups (WeftHelperSession *self, GError **error)
{
  g_autoptr (GVariant) set = NULL;
  g_autofree char *chosen = NULL;

  if (self->options.groups == NULL)
    return TRUE;
  set = call_and_wait (self, SESSION_INTERFACE, "SetGroups",
                       g_variant_new ("(^as)", self->options.groups), "()", G_MAXINT, error);
  if (set == NULL)
    return FALSE;
  chosen = g_strjoinv (", ", self->options.groups);
  weft_trace_store_set_note (self->store, WEFT_NOTE_GROUPS, chosen);
  return TRUE;
}

/* The first targets go before Start, so that nothing unwanted is ever recorded.
 * The first call waits for as long as a person needs to type a password. */
static gboolean
start (WeftHelperSession *self, GError **error)
{
  g_autoptr (GVariant) set = NULL, accepted = NULL, capabilities = NULL;
  guint32 version = 0;

  if (self->targets != NULL)
    {
      set = call_and_wait (self, SESSION_INTERFACE, "SetTargets", self->targets, "()", G_MAXINT,
                           error);
      if (set == NULL)
        return FALSE;
    }
  if (!choose_groups (self, error))
    return FALSE;
  accepted = call_and_wait (self, SESSION_INTERFACE, "Start",
                            g_variant_new ("(u)", WEFT_STREAM_VERSION), "(u)", G_MAXINT, error);
  if (accepted == NULL)
    return FALSE;
  g_variant_get (accepted, "(u)", &version);
  if (version > WEFT_STREAM_VERSION)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("The tracing helper writes version %u of the stream, this app reads up to "
                      "%d. Update the app"),
                   version, WEFT_STREAM_VERSION);
      return FALSE;
    }
  capabilities = get_property (self, "Capabilities", "a{s(bs)}", error);
  if (capabilities == NULL)
    return FALSE;
  weft_session_tell_lacks (self->store, capabilities);
  take_machine (self);
  weft_trace_store_begin_with_first (self->store);
  weft_session_tell_scope (self->store, 0, self->options.own_only, self->targets);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static gboolean
open (WeftHelperSession *self, GError **error)
{
  if (!weft_helper_launch (&self->options, &self->launch, self->cancellable, error))
    return FALSE;
  /* nothing is said on the line yet, so there is nothing to wait for */
  self->connection = g_dbus_connection_new_sync (self->launch.stream, NULL,
                                                 G_DBUS_CONNECTION_FLAGS_NONE, NULL, NULL, error);
  if (self->connection == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  if (start (self, error))
    return TRUE;
  weft_helper_launch_explain (&self->launch, self->cancellable, error);
  return FALSE;
}

/* --- the thread ----------------------------------------------------------- */

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static void
wake (GCancellable *cancellable, WeftHelperSession *self)
{
  g_main_context_invoke (self->context, wake_cb, NULL);
}

static void
run (WeftHelperSession *self)
{
  gulong waking = g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (wake), self);

  self->patience = weft_helper_patience_new (self->launch.pid, patience_cb, self);
  keep_reading (self);
  while (!self->over && !g_cancellable_is_cancelled (self->cancellable))
    g_main_context_iteration (self->context, TRUE);
  end (self, NULL); /* who has given it up may have asked for its end meanwhile */
  g_clear_pointer (&self->patience, weft_helper_patience_free);
  g_signal_handler_disconnect (self->cancellable, waking);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  while (self->calls > 0)
    g_main_context_iteration (self->context, TRUE); /* they fail now */
}

static gpointer
session_main (gpointer user_data)
{
  WeftHelperSession *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean opened;

  g_main_context_push_thread_default (self->context);
  opened = open (self, &error);
  weft_helper_launch_close_agent (&self->launch);
  self->func (WEFT_HELPER_STARTED, error, self->user_data);
  if (opened)
    run (self);
  else if (self->connection != NULL) /* GDBus's thread still reads: it is for that to close it */
    g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  weft_helper_launch_clear (&self->launch);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

WeftHelperSession *
weft_helper_session_new (WeftTraceStore *store, const WeftHelperOptions *options, GVariant *targets,
                         WeftHelperEventFunc func, gpointer user_data)
{
  WeftHelperSession *self = g_new0 (WeftHelperSession, 1);

  g_mutex_init (&self->lock);
  self->store = g_object_ref (store);
  self->options = *options;
  self->options.groups = g_strdupv (options->groups);
  self->targets = targets != NULL ? g_variant_ref (targets) : NULL;
  self->func = func;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->thread = g_thread_new ("weft-helper", session_main, self);
  return self;
}

void
weft_helper_session_cancel (WeftHelperSession *self)
{
  g_cancellable_cancel (self->cancellable);
}

void
weft_helper_session_free (WeftHelperSession *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  g_clear_pointer (&self->targets, g_variant_unref);
  g_strfreev (self->options.groups);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_object_unref (self->store);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
weft_helper_session_get_account (WeftHelperSession *self, WeftHelperAccount *account)
{
  g_mutex_lock (&self->lock);
  *account = self->account;
  g_mutex_unlock (&self->lock);
}
