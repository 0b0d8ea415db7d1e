/* event-export.c: a walk over the records with a buffer behind it. In: records.
 * Out: text in pieces of some 64 KiB. */
#include "event-export.h"
#include "event-writer.h"

#define FLUSH_BYTES 65536
#define SNAPSHOT_NS 30000000

struct _WeftEventFollower
{
  WeftTraceStore *store;
  WeftEventReader *reader;
  WeftEventFormat format;
  GOutputStream *out;
  GString *text;
  WeftRecordPlace place; /* of a trace that grows: what came before it is written */
  gboolean begun;
  guint64 first_edge_ns; /* when there were events for the first time */

  /* of one walk */
  guint64 start_ns, end_ns;
  WeftEventProgress progress;
  gpointer progress_data;
  GCancellable *cancellable;
  GError *error;
};

WeftEventFollower *
weft_event_follower_new (WeftTraceStore *store, WeftEventFormat format,
                         const WeftEventFilter *filter, GOutputStream *out)
{
  WeftEventFollower *self = g_new0 (WeftEventFollower, 1);

  self->store = g_object_ref (store);
  self->reader = weft_event_reader_new (store, filter);
  self->format = format;
  self->out = g_object_ref (out);
  self->text = g_string_sized_new (2 * FLUSH_BYTES);
  return self;
}

void
weft_event_follower_free (WeftEventFollower *self)
{
  if (self == NULL)
    return;
  weft_event_reader_free (self->reader);
  g_string_free (self->text, TRUE);
  g_object_unref (self->out);
  g_object_unref (self->store);
  g_clear_error (&self->error);
  g_free (self);
}

static gboolean
flush (WeftEventFollower *self)
{
  gboolean written = g_output_stream_write_all (self->out, self->text->str, self->text->len, NULL,
                                                self->cancellable, &self->error);

  g_string_truncate (self->text, 0);
  return written;
}

static gboolean
write_record_cb (const struct weft_record *record, gpointer user_data)
{
  WeftEventFollower *self = user_data;
  WeftEventRow row;

  if (weft_event_reader_read (self->reader, record, &row))
    {
      if (self->format == WEFT_EVENT_FORMAT_CSV)
        weft_csv_append_row (self->text, &row);
      else
        weft_jsonl_append_row (self->text, &row);
    }
  if (self->text->len < FLUSH_BYTES)
    return TRUE;
  if (self->progress != NULL && self->end_ns > self->start_ns && record->time_ns > self->start_ns)
    self->progress (MIN (1.0, (double)(record->time_ns - self->start_ns)
                                  / (double)(self->end_ns - self->start_ns)),
                    self->progress_data);
  return flush (self);
}

static void
begin (WeftEventFollower *self)
{
  if (!self->begun && self->format == WEFT_EVENT_FORMAT_CSV)
    weft_csv_append_header (self->text);
  self->begun = TRUE;
}

/* Writes what is left. @why: (nullable) (transfer full): why the records ended early */
static gboolean
finish_walk (WeftEventFollower *self, GError *why, GError **error)
{
  if (why == NULL && self->error == NULL && flush (self)
      && g_output_stream_flush (self->out, self->cancellable, &self->error))
    return TRUE;
  if (why != NULL)
    g_propagate_error (error, why);
  else
    g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/* Tracing begins before the snapshot that says who is there. */
static gboolean
awaits_names (WeftEventFollower *self, guint64 edge_ns)
{
  WeftTraceTotals totals;

  if (self->begun)
    return FALSE;
  weft_trace_store_get_totals (self->store, &totals);
  if (self->first_edge_ns == 0 && totals.events > 0)
    self->first_edge_ns = edge_ns;
  return self->first_edge_ns == 0 || edge_ns < self->first_edge_ns + SNAPSHOT_NS;
}

gboolean
weft_event_follower_step (WeftEventFollower *self, gboolean last, GError **error)
{
  GError *why = NULL;
  gboolean wait;

  weft_trace_store_begin_read (self->store);
  wait = !last && awaits_names (self, weft_trace_store_get_edge (self->store));
  weft_trace_store_end_read (self->store);
  if (wait)
    return TRUE;
  begin (self);
  weft_trace_store_follow_records (self->store, &self->place, write_record_cb, self, NULL, &why);
  return finish_walk (self, why, error);
}

gboolean
weft_event_export (WeftTraceStore *store, WeftEventFormat format, const WeftEventFilter *filter,
                   GOutputStream *out, WeftEventProgress progress, gpointer user_data,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (WeftEventFollower) self = NULL;
  WeftEventFilter wanted = filter != NULL ? *filter : (WeftEventFilter){ 0 };
  GError *why = NULL;
  guint64 until_ns;

  weft_trace_store_widen_range (store, &wanted.from_ns, &wanted.to_ns);
  weft_trace_store_count_lost (store, wanted.from_ns, wanted.to_ns, &until_ns);
  self = weft_event_follower_new (store, format, &wanted, out);
  weft_trace_store_begin_read (store);
  self->start_ns = weft_trace_store_get_start (store);
  self->end_ns = weft_trace_store_get_edge (store);
  weft_trace_store_end_read (store);
  self->progress = progress;
  self->progress_data = user_data;
  self->cancellable = cancellable;
  begin (self);
  /* From the beginning: earlier records tell the names of later ones. To the end of a gap: its
   * record stands there. */
  weft_trace_store_foreach_record (store, 0, until_ns, write_record_cb, self, cancellable, &why);
  return finish_walk (self, why, error);
}
