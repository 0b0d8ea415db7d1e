/* trace-session.c: see the header. What is shown, and what takes its place. In: calls
 * of session-trace.c and session-files.c. Out: states and signals. Everything slow
 * (polkit, opening, closing the file) happens elsewhere and comes back as a callback. */
#include "trace-session-private.h"
#include "source/trace-source.h"
#include "trace/trace-notes.h"

enum
{
  SIGNAL_STATE_CHANGED,
  SIGNAL_STORE_CHANGED,
  SIGNAL_UNSAVED_CHANGED,
  SIGNAL_PROGRESS,
  SIGNAL_PROBLEM,
  SIGNAL_REFUSED,
  SIGNAL_LAUNCHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftTraceSession, weft_trace_session, G_TYPE_OBJECT)

/* --- what is told ------------------------------------------------------- */

void
weft_session_set_state (WeftTraceSession *self, WeftSessionState state)
{
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

void
weft_session_tell_problem (WeftTraceSession *self, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, message);
}

void
weft_session_tell_refused (WeftTraceSession *self, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_REFUSED], 0, message);
}

void
weft_session_tell_launched (WeftTraceSession *self, guint tgid)
{
  g_signal_emit (self, signals[SIGNAL_LAUNCHED], 0, tgid);
}

void
weft_session_tell_progress (WeftTraceSession *self)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0);
}

void
weft_session_set_unsaved (WeftTraceSession *self, gboolean unsaved, gboolean marks)
{
  if (self->unsaved == unsaved && self->unsaved_marks == marks)
    return;
  self->unsaved = unsaved;
  self->unsaved_marks = marks;
  g_signal_emit (self, signals[SIGNAL_UNSAVED_CHANGED], 0);
}

/* --- what is under way -------------------------------------------------- */

gboolean
weft_session_is_at_rest (WeftTraceSession *self)
{
  return self->state == WEFT_SESSION_IDLE || self->state == WEFT_SESSION_STOPPED;
}

void
weft_session_begin (WeftTraceSession *self, WeftSessionState state)
{
  self->state_before = self->state;
  self->fraction = 0;
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  weft_session_set_state (self, state);
}

gboolean
weft_session_come_back (WeftTraceSession *self)
{
  gboolean wanted = g_cancellable_is_cancelled (self->cancellable);

  /* the answer was about what did not happen */
  self->may_go = FALSE;
  weft_session_drop_next (self);
  weft_session_set_state (self, self->state_before);
  return wanted;
}

void
weft_trace_session_cancel (WeftTraceSession *self)
{
  if (self->state == WEFT_SESSION_STARTING || self->state == WEFT_SESSION_OPENING
      || self->state == WEFT_SESSION_SAVING)
    g_cancellable_cancel (self->cancellable);
  else
    weft_session_stop_without_helper (self);
}

/* --- what takes the place of what --------------------------------------- */

static void
discard (GTask *task, gpointer source, gpointer recording, GCancellable *cancellable)
{
  weft_recording_discard (recording);
  g_task_return_boolean (task, TRUE);
}

void
weft_session_discard (WeftRecording *recording)
{
  g_autoptr (GTask) task = NULL;

  if (recording == NULL)
    return;
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, recording, g_object_unref);
  g_task_run_in_thread (task, discard);
}

/* A recording that is not discarded stays in the folder of unsaved ones. */
static void
let_recording_go (WeftTraceSession *self)
{
  if (self->unsaved && self->may_go)
    weft_session_discard (g_steal_pointer (&self->recording));
  g_clear_object (&self->recording);
  self->may_go = FALSE;
}

void
weft_session_drop_next (WeftTraceSession *self)
{
  g_clear_object (&self->next.store);
  g_clear_object (&self->next.recording);
  g_clear_pointer (&self->next.damage, g_free);
}

void
weft_session_show_next (WeftTraceSession *self, gboolean live)
{
  WeftSessionTrace next = self->next;

  self->next = (WeftSessionTrace){ 0 };
  let_recording_go (self);
  self->recording = next.recording;
  g_free (self->damage);
  self->damage = next.damage;
  g_clear_object (&self->reader);
  g_set_object (&self->store, next.store);
  g_object_unref (next.store);
  if (live) /* of this machine, so /proc keeps it true */
    self->reader = weft_proc_reader_new (self->store);
  weft_session_set_unsaved (self,
                            self->recording != NULL && !weft_recording_is_saved (self->recording),
                            FALSE);
  g_signal_emit (self, signals[SIGNAL_STORE_CHANGED], 0);
}

void
weft_trace_session_let_go (WeftTraceSession *self)
{
  self->may_go = TRUE;
}

/* --- getters ------------------------------------------------------------ */

WeftSessionState
weft_trace_session_get_state (WeftTraceSession *self)
{
  return self->state;
}

WeftTraceStore *
weft_trace_session_get_store (WeftTraceSession *self)
{
  return self->store;
}

WeftProcReader *
weft_trace_session_get_reader (WeftTraceSession *self)
{
  return self->reader;
}

gboolean
weft_trace_session_is_unsaved (WeftTraceSession *self)
{
  return self->unsaved || self->unsaved_marks;
}

gboolean
weft_trace_session_has_unsaved_marks (WeftTraceSession *self)
{
  return self->unsaved_marks;
}

gboolean
weft_trace_session_has_file (WeftTraceSession *self)
{
  return self->recording != NULL;
}

char *
weft_trace_session_dup_path (WeftTraceSession *self)
{
  if (self->recording == NULL || !weft_recording_is_saved (self->recording))
    return NULL;
  return weft_recording_dup_path (self->recording);
}

double
weft_trace_session_get_fraction (WeftTraceSession *self)
{
  return self->fraction;
}

/* The title of a trace that is not of the whole machine. */
static char *
describe_narrow_scope (WeftTraceSession *self, guint64 from_ns, guint64 edge_ns)
{
  if (weft_trace_store_get_traced (self->store, from_ns, edge_ns) <= WEFT_TRACED_MACHINE)
    return NULL;
  return weft_trace_store_describe_scope (self->store, from_ns, edge_ns);
}

void
weft_trace_session_get_facts (WeftTraceSession *self, WeftTraceFacts *facts)
{
  guint64 start, from, edge, evicted;
  WeftTraceTotals totals;

  weft_trace_store_begin_read (self->store);
  weft_trace_store_get_totals (self->store, &totals);
  start = weft_trace_store_get_start (self->store);
  edge = weft_trace_store_get_edge (self->store);
  evicted = weft_trace_store_get_evicted_until (self->store);
  *facts = (WeftTraceFacts){ .live = self->state == WEFT_SESSION_TRACING,
                             .lost = totals.lost,
                             .late = totals.late,
                             .unknown = totals.unknown };
  if (facts->live && evicted > start)
    facts->evicted_ns = evicted - start;
  from = facts->live ? edge : 0;
  facts->scope = describe_narrow_scope (self, from, edge);
  facts->scope_changed = weft_trace_store_scope_changed (self->store, from, edge);
  weft_trace_store_end_read (self->store);
  facts->notes = weft_trace_store_describe_notes (self->store);
  facts->refusal = g_strdup (self->refusal);
  facts->damage = g_strdup (self->damage);
}

/* --- the object --------------------------------------------------------- */

void
weft_session_drop_client (WeftTraceSession *self)
{
  if (self->client == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
}

static void
finish_file (GTask *task, gpointer source, gpointer recording, GCancellable *cancellable)
{
  weft_recording_finish (recording, NULL);
  g_task_return_boolean (task, TRUE);
}

/* The window goes, and what it recorded stays to be found, or goes as well: at once,
 * for the program may end now. */
static void
leave_recording (WeftTraceSession *self)
{
  g_autoptr (WeftRecording) recording = g_steal_pointer (&self->recording);
  g_autoptr (GTask) task = NULL;

  if (recording == NULL)
    return;
  if (self->unsaved && self->may_go)
    {
      weft_recording_discard (recording);
      return;
    }
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, g_object_ref (recording), g_object_unref);
  g_task_run_in_thread (task, finish_file);
}

static void
weft_trace_session_dispose (GObject *object)
{
  WeftTraceSession *self = WEFT_TRACE_SESSION (object);

  weft_session_drop_client (self);
  leave_recording (self);
  if (self->next.recording != NULL)
    weft_recording_discard (self->next.recording);
  weft_session_drop_next (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->reader);
  g_clear_object (&self->store);
  g_clear_object (&self->launched);
  g_clear_pointer (&self->targets, g_array_unref);
  g_clear_pointer (&self->waiting_argv, g_strfreev);
  g_clear_pointer (&self->refused_argv, g_strfreev);
  g_clear_pointer (&self->refusal, g_free);
  g_clear_pointer (&self->damage, g_free);
  G_OBJECT_CLASS (weft_trace_session_parent_class)->dispose (object);
}

static guint
new_signal (const char *name, GType argument)
{
  return g_signal_new (name, WEFT_TYPE_TRACE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, argument == G_TYPE_NONE ? 0 : 1, argument);
}

static void
weft_trace_session_class_init (WeftTraceSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_trace_session_dispose;
  signals[SIGNAL_STATE_CHANGED] = new_signal ("state-changed", G_TYPE_NONE);
  signals[SIGNAL_STORE_CHANGED] = new_signal ("store-changed", G_TYPE_NONE);
  signals[SIGNAL_UNSAVED_CHANGED] = new_signal ("unsaved-changed", G_TYPE_NONE);
  signals[SIGNAL_PROGRESS] = new_signal ("progress", G_TYPE_NONE);
  signals[SIGNAL_PROBLEM] = new_signal ("problem", G_TYPE_STRING);
  signals[SIGNAL_REFUSED] = new_signal ("refused", G_TYPE_STRING);
  signals[SIGNAL_LAUNCHED] = new_signal ("launched", G_TYPE_UINT);
}

static void
weft_trace_session_init (WeftTraceSession *self)
{
  self->store = weft_trace_source_new_store (NULL);
  self->reader = weft_proc_reader_new (self->store);
  self->targets = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->what = WEFT_TRACED_MACHINE;
}

WeftTraceSession *
weft_trace_session_new (void)
{
  return g_object_new (WEFT_TYPE_TRACE_SESSION, NULL);
}
