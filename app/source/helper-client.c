/* helper-client.c: see the header. The owner's side: state, tasks and signals.
 * The session's thread drops its events into a mailbox; one source at a time
 * empties it in the owner's context, so a stalled main loop collects nothing. */
#include "helper-client.h"
#include "helper-session.h"
#include <glib/gi18n.h>

#define PROGRESS_INTERVAL_US (G_USEC_PER_SEC / 30)

typedef enum
{
  WEFT_HELPER_IDLE, /* before the start, and after one that failed */
  WEFT_HELPER_STARTING,
  WEFT_HELPER_RUNNING,
  WEFT_HELPER_STOPPING,
  WEFT_HELPER_ENDED, /* stopped, or "ended" was emitted */
} WeftHelperState;

/* What the session's thread has to say. */
typedef struct
{
  GMutex lock;
  GMainContext *context; /* of the owner */
  GSource *source;       /* pending in it */
  gint64 heard_us;       /* when it was last emptied */
  gboolean started, progress, silent, over;
  GError *start_error, *over_error, *refusal; /* (nullable) */
} Mailbox;

struct _WeftHelperClient
{
  GObject parent_instance;

  WeftTraceStore *store;
  WeftHelperSession *session; /* from a start on */
  WeftHelperState state;
  GVariant *targets;   /* (aubb) (nullable) */
  gboolean retargeted; /* since it was asked to start */
  GTask *start_task, *stop_task;
  GCancellable *cancellable; /* of the start */
  gulong cancelled;
  Mailbox mailbox;
};

G_DEFINE_FINAL_TYPE (WeftHelperClient, weft_helper_client, G_TYPE_OBJECT)

enum
{
  PROGRESS,
  REFUSED,
  SILENT,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- what the session has to say ------------------------------------------ */

/* @error: (transfer full) (nullable). FALSE, and @error is the caller's, when nobody
 * asked for a stop. */
static gboolean
finish_stop (WeftHelperClient *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->stop_task);

  if (task == NULL)
    return FALSE;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  return TRUE;
}

static void
hear_start (WeftHelperClient *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start_task);

  g_cancellable_disconnect (self->cancellable, self->cancelled);
  g_clear_object (&self->cancellable);
  if (error != NULL)
    {
      g_clear_pointer (&self->session, weft_helper_session_free);
      self->state = WEFT_HELPER_IDLE;
      g_task_return_error (task, error);
      finish_stop (self, NULL);
      return;
    }
  self->state = WEFT_HELPER_RUNNING;
  if (self->retargeted)
    weft_helper_session_set_targets (self->session, self->targets);
  g_task_return_boolean (task, TRUE);
  if (self->stop_task != NULL)
    {
      self->state = WEFT_HELPER_STOPPING;
      weft_helper_session_stop (self->session);
    }
}

static void
hear_over (WeftHelperClient *self, GError *error)
{
  self->state = WEFT_HELPER_ENDED;
  if (finish_stop (self, error))
    return;
  if (error != NULL)
    g_signal_emit (self, signals[ENDED], 0, error);
  g_clear_error (&error);
}

/* (transfer full): what was said, as one value; the box is empty then. */
static Mailbox
empty_mailbox (WeftHelperClient *self)
{
  Mailbox *box = &self->mailbox;
  Mailbox said;

  g_mutex_lock (&box->lock);
  said = (Mailbox){ .started = box->started,
                    .progress = box->progress,
                    .silent = box->silent,
                    .over = box->over,
                    .start_error = g_steal_pointer (&box->start_error),
                    .over_error = g_steal_pointer (&box->over_error),
                    .refusal = g_steal_pointer (&box->refusal) };
  box->started = box->progress = box->silent = box->over = FALSE;
  box->heard_us = g_get_monotonic_time ();
  g_clear_pointer (&box->source, g_source_unref);
  g_mutex_unlock (&box->lock);
  return said;
}

static gboolean
hear_cb (gpointer user_data)
{
  WeftHelperClient *self = g_object_ref (user_data);
  Mailbox said = empty_mailbox (self);

  if (said.started)
    hear_start (self, said.start_error);
  if (said.refusal != NULL)
    g_signal_emit (self, signals[REFUSED], 0, said.refusal);
  g_clear_error (&said.refusal);
  if (said.progress)
    g_signal_emit (self, signals[PROGRESS], 0);
  if (said.silent && !said.over)
    g_signal_emit (self, signals[SILENT], 0);
  if (said.over)
    hear_over (self, said.over_error);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static gboolean
dispatch_cb (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

/* With the lock held. The source holds no reference: dispose takes it back.
 * What is only progress waits for its turn. */
static void
wake_owner (WeftHelperClient *self, gboolean at_once)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_cb };
  Mailbox *box = &self->mailbox;

  if (box->source == NULL)
    {
      box->source = g_source_new (&funcs, sizeof (GSource));
      g_source_set_ready_time (box->source, box->heard_us + PROGRESS_INTERVAL_US);
      g_source_set_callback (box->source, hear_cb, self, NULL);
      g_source_attach (box->source, box->context);
    }
  if (at_once)
    g_source_set_ready_time (box->source, 0);
}

/* In the session's thread. */
static void
session_event (WeftHelperEvent event, const GError *error, gpointer user_data)
{
  WeftHelperClient *self = user_data;
  Mailbox *box = &self->mailbox;
  GError *copy = error != NULL ? g_error_copy (error) : NULL;

  g_mutex_lock (&box->lock);
  if (event == WEFT_HELPER_STARTED)
    {
      box->started = TRUE;
      box->start_error = copy;
    }
  else if (event == WEFT_HELPER_OVER)
    {
      box->over = TRUE;
      box->over_error = copy;
    }
  else if (event == WEFT_HELPER_REFUSED)
    {
      g_clear_error (&box->refusal);
      box->refusal = copy;
    }
  else if (event == WEFT_HELPER_SILENT)
    {
      box->silent = TRUE;
    }
  else
    {
      box->progress = TRUE;
      box->silent = FALSE; /* it answers again */
    }
  wake_owner (self, event != WEFT_HELPER_PROGRESS);
  g_mutex_unlock (&box->lock);
}

/* --- orders --------------------------------------------------------------- */

static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  weft_helper_session_cancel (user_data);
}

void
weft_helper_client_start_async (WeftHelperClient *self, const WeftHelperOptions *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (WEFT_IS_HELPER_CLIENT (self));
  g_return_if_fail (self->state == WEFT_HELPER_IDLE);

  self->start_task = g_task_new (self, NULL, callback, user_data);
  self->session
      = weft_helper_session_new (self->store, options, self->targets, session_event, self);
  self->retargeted = FALSE;
  self->state = WEFT_HELPER_STARTING;
  if (cancellable == NULL)
    return;
  self->cancellable = g_object_ref (cancellable);
  self->cancelled
      = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self->session, NULL);
}

gboolean
weft_helper_client_start_finish (WeftHelperClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
weft_helper_client_set_targets (WeftHelperClient *self, const guint32 *tgids, gsize n,
                                gboolean children, gboolean only)
{
  GVariant *array;

  g_return_if_fail (WEFT_IS_HELPER_CLIENT (self));
  g_return_if_fail (n <= 4096);
  array = g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, tgids, n, sizeof *tgids);
  g_clear_pointer (&self->targets, g_variant_unref);
  self->targets = g_variant_ref_sink (g_variant_new ("(@aubb)", array, children, only));
  self->retargeted = TRUE;
  if (self->state == WEFT_HELPER_RUNNING)
    weft_helper_session_set_targets (self->session, self->targets);
}

void
weft_helper_client_stop_async (WeftHelperClient *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (WEFT_IS_HELPER_CLIENT (self));
  if (self->stop_task != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING,
                               _ ("The trace is being stopped already"));
      return;
    }
  if (self->state == WEFT_HELPER_IDLE || self->state == WEFT_HELPER_ENDED)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  self->stop_task = g_steal_pointer (&task);
  if (self->state == WEFT_HELPER_STARTING)
    {
      weft_helper_session_cancel (self->session);
      return;
    }
  self->state = WEFT_HELPER_STOPPING;
  weft_helper_session_stop (self->session);
}

gboolean
weft_helper_client_stop_finish (WeftHelperClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
weft_helper_client_abandon (WeftHelperClient *self)
{
  g_return_if_fail (WEFT_IS_HELPER_CLIENT (self));
  if (self->state == WEFT_HELPER_STOPPING)
    weft_helper_session_abandon (self->session);
}

void
weft_helper_client_get_account (WeftHelperClient *self, WeftHelperAccount *account)
{
  if (self->session != NULL)
    weft_helper_session_get_account (self->session, account);
  else
    *account = (WeftHelperAccount){ 0 };
}

/* --- life ----------------------------------------------------------------- */

WeftHelperClient *
weft_helper_client_new (WeftTraceStore *store)
{
  WeftHelperClient *self = g_object_new (WEFT_TYPE_HELPER_CLIENT, NULL);

  self->store = g_object_ref (store);
  return self;
}

static void
weft_helper_client_dispose (GObject *object)
{
  WeftHelperClient *self = WEFT_HELPER_CLIENT (object);

  g_clear_pointer (&self->session, weft_helper_session_free); /* no more events */
  if (self->mailbox.source != NULL)
    g_source_destroy (self->mailbox.source);
  g_clear_pointer (&self->mailbox.source, g_source_unref);
  g_clear_pointer (&self->targets, g_variant_unref);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (weft_helper_client_parent_class)->dispose (object);
}

static void
weft_helper_client_finalize (GObject *object)
{
  Mailbox *box = &WEFT_HELPER_CLIENT (object)->mailbox;

  g_clear_error (&box->start_error);
  g_clear_error (&box->over_error);
  g_clear_error (&box->refusal);
  g_main_context_unref (box->context);
  g_mutex_clear (&box->lock);
  G_OBJECT_CLASS (weft_helper_client_parent_class)->finalize (object);
}

static void
weft_helper_client_class_init (WeftHelperClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = weft_helper_client_dispose;
  object_class->finalize = weft_helper_client_finalize;
  signals[PROGRESS]
      = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REFUSED] = g_signal_new ("refused", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SILENT]
      = g_signal_new ("silent", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 1, G_TYPE_ERROR);
}

static void
weft_helper_client_init (WeftHelperClient *self)
{
  g_mutex_init (&self->mailbox.lock);
  self->mailbox.context = g_main_context_ref_thread_default ();
}
