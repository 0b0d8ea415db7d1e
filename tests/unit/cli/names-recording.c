/* names-recording.c: a tenth of a second of a machine whose processes have names that
 * no format likes, as a .weft file. In: where to. Out: the file; test_text.py knows what
 * must be read in it. */
#include <string.h>
#include "recording.h"
#include "trace-scope.h"

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)
#define AHEAD (G_GUINT64_CONSTANT (7) * 1000000000) /* CLOCK_BOOTTIME */
#define REALTIME (G_GUINT64_CONSTANT (1795230900) * 1000000000)
#define MS 1000000
#define INIT 1

static void
put (GByteArray *out, const void *record, gsize bytes)
{
  g_byte_array_append (out, record, (guint)bytes);
}

static struct weft_task_record
task (guint ms, guint8 kind, guint32 tid, guint32 tgid, const char *name)
{
  struct weft_task_record record = { .time_ns = START + ms * MS,
                                     .kind = kind,
                                     .units = 2,
                                     .tid = tid,
                                     .tgid = tgid,
                                     .parent_tgid = tid == INIT ? 0 : INIT,
                                     .start_boottime_ns = AHEAD + START + tid };

  memcpy (record.comm, name, MIN (strlen (name), sizeof record.comm));
  return record;
}

static void
put_fork (GByteArray *out, guint ms, guint32 tid, guint32 tgid, const char *name)
{
  struct weft_task_record record = task (ms, WEFT_FORK, tid, tgid, name);

  record.parent_tid = INIT;
  put (out, &record, sizeof record);
}

static void
put_exit (GByteArray *out, guint ms, guint32 tid, const char *name, guint32 status)
{
  struct weft_task_record record = task (ms, WEFT_EXIT, tid, tid, name);

  record.task_flags = WEFT_TASK_LAST_THREAD;
  record.status = status;
  put (out, &record, sizeof record);
}

static void
put_switch (GByteArray *out, guint ms, guint16 cpu, guint32 prev, guint32 next, guint8 left,
            gint16 call)
{
  struct weft_record record = { .time_ns = START + ms * MS,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .cpu = cpu,
                                .tid = prev,
                                .sw = { .how = left, .call = call, .next_tid = next } };

  record.sw.arg = call >= 0 ? 0x7f00 : 0;
  record.sw.flags = call == 202 ? WEFT_FLAG_CONTENDED : 0; /* futex: a lock */
  put (out, &record, sizeof record);
}

static void
put_snapshot (GByteArray *out)
{
  struct weft_state_record state = { .task = task (0, WEFT_STATE, INIT, INIT, "init") };
  struct weft_record sync = { .time_ns = START, .kind = WEFT_SYNC, .units = 1 };

  state.task.units = 3;
  state.task.start_boottime_ns = AHEAD + START - 2000 * (guint64)MS;
  state.sw = (struct weft_switch){ .how = WEFT_LEFT_SLEEP | WEFT_INODE_EVENT << 4, .call = 232 };
  state.leader_start_boottime_ns = state.task.start_boottime_ns;
  put (out, &state, sizeof state);
  sync.sync.begin_ns = START;
  sync.sync.tasks = 1;
  put (out, &sync, sizeof sync);
}

static void
put_rare (GByteArray *out)
{
  struct weft_record lost = { .time_ns = START + 40 * MS,
                              .kind = WEFT_LOST,
                              .units = 1,
                              .cpu = 1,
                              .lost = { .count = 5, .first_ns = START + 39 * MS } };
  struct weft_record suspend = { .time_ns = START + 50 * MS,
                                 .kind = WEFT_SUSPEND,
                                 .units = 1,
                                 .suspend = { .length_ns = 1000 * (guint64)MS } };

  put (out, &lost, sizeof lost);
  put (out, &suspend, sizeof suspend);
}

static GBytes *
make_records (void)
{
  GByteArray *out = g_byte_array_new ();
  struct weft_record wake = { .time_ns = START + 13 * MS,
                              .kind = WEFT_WAKE,
                              .units = 1,
                              .tid = 200,
                              .wake = { .woken_tid = 100, .context = WEFT_CONTEXT_TASK } };
  struct weft_task_record exec = task (30, WEFT_EXEC, 100, 100, "new,name");
  struct weft_task_record rename = task (31, WEFT_RENAME, 101, 100, "worker \"1\"");

  put_snapshot (out);
  put_fork (out, 1, 100, 100, "a \"q\", b");
  put_fork (out, 2, 200, 200, "two\nlines");
  put_fork (out, 3, 300, 300, "bad\xff\xfe!");
  put_fork (out, 4, 400, 400, "\xe2\x80\xaerev\xe2\x80\xa8");
  put_fork (out, 5, 101, 100, "back\\slash");
  put_switch (out, 10, 0, 0, 100, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
  put_switch (out, 12, 0, 100, 200, WEFT_LEFT_SLEEP, 202); /* futex, FUTEX_WAIT */
  put (out, &wake, sizeof wake);
  put_switch (out, 15, 0, 200, 100, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
  put_switch (out, 16, 0, 100, 200, WEFT_LEFT_YIELDED, 24); /* sched_yield */
  put_exit (out, 20, 200, "two\nlines", 3 << 8);
  put_switch (out, 21, 0, 200, 0, WEFT_LEFT_DEAD, WEFT_CALL_NONE);
  put_switch (out, 22, 1, 0, 300, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
  put_exit (out, 23, 300, "bad\xff\xfe!", 9);
  put_switch (out, 24, 1, 300, 0, WEFT_LEFT_DEAD, WEFT_CALL_NONE);
  exec.old_tid = 100;
  put (out, &exec, sizeof exec);
  put (out, &rename, sizeof rename);
  put_rare (out);
  return g_byte_array_free_to_bytes (out);
}

int
main (int argc, char **argv)
{
  static const guint32 target = 100;
  WeftTraceInfo info = { .architecture = "x86_64",
                         .host = "far",
                         .label = "\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80",
                         .n_cpus = 2,
                         .start_ns = START,
                         .realtime_ns = REALTIME,
                         .boottime_ns = START + AHEAD };
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&info);
  g_autoptr (WeftRecording) recording = NULL;
  g_autoptr (GBytes) records = make_records ();
  g_autoptr (GError) error = NULL;

  if (argc != 2)
    {
      g_printerr ("Usage: names-recording FILE.weft\n");
      return 2;
    }
  weft_trace_store_set_scope (store, 0, WEFT_TRACED_TARGETS, &target, 1, FALSE);
  recording = weft_recording_create (argv[1], store, WEFT_RECORDING_NONE, &error);
  if (recording != NULL && weft_trace_store_append (store, records, G_MAXUINT64, &error))
    {
      weft_trace_store_finish (store, START + 100 * MS);
      weft_recording_finish (recording, &error);
    }
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return error != NULL;
}
