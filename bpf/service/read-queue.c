/* read-queue.c: see the header. The tracer is drained only to answer a Read, and only for
 * as much as that asked for. */
#include "read-queue.h"
#include <glib/gi18n.h>

/* A Read is answered when so much is there … */
#define BATCH_BYTES (256u << 10)
/* … which is looked at this often. */
#define TICK_MS 15
/* What drains beside the rings' content: a snapshot's first records. */
#define SLACK_BYTES (16u << 10)
/* What only the answer to a Read looks like. */
#define READ_ANSWER "aytttt"
/* Programs that still ran when the session was stopped have ended by then. */
#define SETTLE_US (G_USEC_PER_SEC / 10)

/* Answers to Read that GDBus holds: it would queue without bound, each of them twice (as a
 * message and as bytes), for a client that calls and does not read. Shared with GDBus's
 * thread, whose filters see a message when its turn to be written has come. */
typedef struct
{
  gint number;
} Unsent;

struct _WeftReadQueue
{
  GMainContext *context;
  WeftDBusSession1 *skeleton;
  WeftTracer *tracer;   /* from the first Read on */
  gsize batch_bytes;    /* answers a Read at once; well below the ring's size */
  GQueue reads;         /* of Read, oldest first */
  Unsent *unsent;       /* (owned): reference counted */
  gint64 head_since_us; /* since when the oldest is the oldest */
  GSource *timer;
  gint64 stopped_us; /* 0 while not stopped */
};

/* A Read that waits for its answer. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* owned until answered */
  guint32 max_bytes;
  gint64 wait_us;
} Read;

static gboolean
read_is_due (WeftReadQueue *self, const Read *read)
{
  gsize pending = weft_tracer_get_pending (self->tracer);
  gint64 now_us = g_get_monotonic_time ();
  WeftTracerAccount account;

  if (pending >= MIN (self->batch_bytes, read->max_bytes))
    return TRUE;
  if (self->stopped_us == 0)
    return now_us - self->head_since_us >= read->wait_us;
  weft_tracer_get_account (self->tracer, &account);
  return pending > 0 || account.produced == account.delivered + account.lost
         || now_us - self->stopped_us >= SETTLE_US;
}

/* The next record is longer than what was asked for: nothing could ever be answered. */
static void
refuse_short_read (WeftReadQueue *self, Read *read)
{
  g_dbus_method_invocation_return_error (
      read->invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
      _ ("The next event takes %zu bytes, the read has room for %u: ask for more"),
      weft_tracer_get_needed (self->tracer), read->max_bytes);
}

static void
answer_read (WeftReadQueue *self, Read *read)
{
  gsize room = weft_tracer_get_pending (self->tracer) + SLACK_BYTES;
  gsize bytes = MIN (room, read->max_bytes);
  guint8 *buffer = g_malloc (bytes);
  guint64 complete_until_ns = 0;
  gsize used = weft_tracer_drain (self->tracer, buffer, bytes, &complete_until_ns);
  WeftTracerAccount account;

  if (used == 0 && weft_tracer_get_needed (self->tracer) > bytes)
    {
      g_free (buffer);
      refuse_short_read (self, read);
      g_free (read);
      return;
    }
  weft_tracer_get_account (self->tracer, &account);
  g_atomic_int_inc (&self->unsent->number);
  weft_dbus_session1_complete_read (self->skeleton, read->invocation,
                                    g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, buffer,
                                                             used, TRUE, g_free, buffer),
                                    complete_until_ns, account.produced, account.delivered,
                                    account.lost);
  g_free (read);
}

static GDBusMessage *
count_sent (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
            gpointer user_data)
{
  Unsent *unsent = user_data;

  if (!incoming && g_str_equal (g_dbus_message_get_signature (message), READ_ANSWER))
    g_atomic_int_add (&unsent->number, -1);
  return message;
}

static gboolean tick_cb (gpointer user_data);

/* When to look at the ring again for a Read that is not due. */
static guint
next_look_ms (WeftReadQueue *self, const Read *read)
{
  gint64 left_us = self->head_since_us + read->wait_us - g_get_monotonic_time ();

  return (guint)CLAMP ((left_us + 999) / 1000, 1, TICK_MS);
}

static void
forget_timer (WeftReadQueue *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
look_again (WeftReadQueue *self, guint after_ms)
{
  self->timer = g_timeout_source_new (after_ms);
  g_source_set_callback (self->timer, tick_cb, self, NULL);
  g_source_attach (self->timer, self->context);
}

static void
serve_reads (WeftReadQueue *self)
{
  const Read *head;

  forget_timer (self);
  while ((head = g_queue_peek_head (&self->reads)) != NULL && read_is_due (self, head))
    {
      answer_read (self, g_queue_pop_head (&self->reads));
      self->head_since_us = g_get_monotonic_time ();
    }
  if (head != NULL)
    look_again (self, next_look_ms (self, head));
}

static gboolean
tick_cb (gpointer user_data)
{
  serve_reads (user_data);
  return G_SOURCE_REMOVE;
}

/* --- the queue ------------------------------------------------------------ */

WeftReadQueue *
weft_read_queue_new (GMainContext *context, GDBusConnection *connection, WeftDBusSession1 *skeleton,
                     guint32 ring_bytes)
{
  WeftReadQueue *self = g_new0 (WeftReadQueue, 1);

  self->context = context;
  self->skeleton = skeleton;
  g_queue_init (&self->reads);
  self->unsent = g_atomic_rc_box_new0 (Unsent);
  self->batch_bytes = ring_bytes != 0 ? MIN (BATCH_BYTES, ring_bytes / 4) : BATCH_BYTES;
  g_dbus_connection_add_filter (connection, count_sent, g_atomic_rc_box_acquire (self->unsent),
                                g_atomic_rc_box_release);
  return self;
}

void
weft_read_queue_free (WeftReadQueue *self)
{
  Read *read;

  if (self == NULL)
    return;
  while ((read = g_queue_pop_head (&self->reads)) != NULL)
    {
      g_object_unref (read->invocation);
      g_free (read);
    }
  forget_timer (self);
  g_atomic_rc_box_release (self->unsent);
  g_free (self);
}

static gboolean
check (WeftReadQueue *self, guint32 max_bytes, guint32 wait_ms, GError **error)
{
  guint held = (guint)g_atomic_int_get (&self->unsent->number);

  if (max_bytes < WEFT_READ_QUEUE_LEAST_BYTES || max_bytes > WEFT_READ_QUEUE_MOST_BYTES
      || wait_ms > WEFT_READ_QUEUE_MOST_WAIT_MS)
    g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                         _ ("A read takes 128 bytes to 4 MiB and waits a second at most"));
  else if (g_queue_get_length (&self->reads) + held >= WEFT_READ_QUEUE_MOST)
    g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                         _ ("Two reads are waiting already"));
  else
    return TRUE;
  return FALSE;
}

void
weft_read_queue_push (WeftReadQueue *self, WeftTracer *tracer, GDBusMethodInvocation *invocation,
                      guint32 max_bytes, guint32 wait_ms)
{
  GError *error = NULL;
  Read *read;

  if (!check (self, max_bytes, wait_ms, &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return;
    }
  self->tracer = tracer;
  read = g_new0 (Read, 1);
  read->invocation = invocation;
  read->max_bytes = max_bytes;
  read->wait_us = (gint64)wait_ms * 1000;
  if (g_queue_is_empty (&self->reads))
    self->head_since_us = g_get_monotonic_time ();
  g_queue_push_tail (&self->reads, read);
  serve_reads (self);
}

void
weft_read_queue_stop (WeftReadQueue *self)
{
  self->stopped_us = g_get_monotonic_time ();
  serve_reads (self);
}
