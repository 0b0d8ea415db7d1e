/* record-stream.c: see the header. In: steps, which are merged while one is written.
 * Out: text. The thread holds a reference of its own: one that nobody reads from stays
 * in its write until the program ends. */
#include "record-stream.h"

struct _WeftRecordStream
{
  gatomicrefcount references;
  WeftEventFollower *follower; /* the thread's */
  GMutex lock;                 /* guards what follows */
  GCond changed;
  gboolean step, last, abandoned, ended;
  WeftRecordStreamEnded func;
  gpointer func_data;
  GError *error;
};

static void
unref (WeftRecordStream *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  weft_event_follower_free (self->follower);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static gboolean
tell_cb (gpointer user_data)
{
  WeftRecordStream *self = user_data;
  gboolean abandoned;

  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  abandoned = self->abandoned;
  g_mutex_unlock (&self->lock);
  if (!abandoned)
    self->func (self->error, self->func_data);
  unref (self);
  return G_SOURCE_REMOVE;
}

/* FALSE when it was the last one. */
static gboolean
wait_for_step (WeftRecordStream *self, gboolean *last)
{
  gboolean go_on;

  g_mutex_lock (&self->lock);
  while (!self->step && !self->last && !self->abandoned)
    g_cond_wait (&self->changed, &self->lock);
  self->step = FALSE;
  *last = self->last;
  go_on = !self->abandoned;
  g_mutex_unlock (&self->lock);
  return go_on;
}

static gpointer
write_thread (gpointer data)
{
  WeftRecordStream *self = data;
  gboolean last = FALSE;

  while (!last && wait_for_step (self, &last))
    if (!weft_event_follower_step (self->follower, last, &self->error))
      break;
  g_idle_add_full (G_PRIORITY_DEFAULT, tell_cb, self, NULL);
  return NULL;
}

WeftRecordStream *
weft_record_stream_new (WeftTraceStore *store, WeftEventFormat format, GOutputStream *out,
                        WeftRecordStreamEnded ended, gpointer user_data)
{
  WeftRecordStream *self = g_new0 (WeftRecordStream, 1);

  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->follower = weft_event_follower_new (store, format, NULL, out);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->func = ended;
  self->func_data = user_data;
  g_thread_unref (g_thread_new ("weft-stream", write_thread, self));
  return self;
}

static void
change (WeftRecordStream *self, gboolean *flag)
{
  g_mutex_lock (&self->lock);
  *flag = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
weft_record_stream_free (WeftRecordStream *self)
{
  if (self == NULL)
    return;
  change (self, &self->abandoned);
  unref (self);
}

void
weft_record_stream_step (WeftRecordStream *self)
{
  change (self, &self->step);
}

void
weft_record_stream_end (WeftRecordStream *self)
{
  change (self, &self->last);
}

gboolean
weft_record_stream_has_ended (WeftRecordStream *self)
{
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = self->ended;
  g_mutex_unlock (&self->lock);
  return ended;
}
