/* stat-json.c: the stable format. In: figures. Out: one line of JSON. */
#include "event-writer.h"
#include "stat-gather.h"

/* In the order of the format; exited is not time in the recording. */
static const WeftState states[]
    = { WEFT_STATE_RUNNING, WEFT_STATE_RUNNABLE, WEFT_STATE_LOCK,       WEFT_STATE_CONDITION,
        WEFT_STATE_EVENT,   WEFT_STATE_SOCKET,   WEFT_STATE_PIPE_FILE,  WEFT_STATE_TIMER,
        WEFT_STATE_CHILD,   WEFT_STATE_DISK,     WEFT_STATE_PAGE_FAULT, WEFT_STATE_OTHER,
        WEFT_STATE_STOPPED, WEFT_STATE_UNKNOWN };

static void
append_process (GString *out, const WeftStatProcess *process)
{
  g_string_append_printf (out, "{\"tgid\":%u,\"name\":", process->tgid);
  weft_json_append_string (out, process->name);
  g_string_append_printf (out, ",\"start_ns\":%" G_GINT64_FORMAT, process->start_ns);
  if (process->ended)
    g_string_append_printf (out, ",\"end_ns\":%" G_GINT64_FORMAT, process->end_ns);
  else
    g_string_append (out, ",\"end_ns\":null");
  if (process->exited)
    g_string_append_printf (out, ",\"exit_code\":%u", process->exit_code);
  else
    g_string_append (out, ",\"exit_code\":null");
  if (process->killed)
    g_string_append_printf (out, ",\"signal\":%u", process->signal);
  else
    g_string_append (out, ",\"signal\":null");
  g_string_append_printf (out, ",\"parent\":%u}", process->parent_tgid);
}

static void
append_count (GString *out, const char *key, guint64 count)
{
  g_string_append_printf (out, ",\"%s\":%" G_GUINT64_FORMAT, key, count);
}

static void
append_thread (GString *out, const WeftStatThread *thread)
{
  const WeftQuantiles *wait = &thread->figures.wake_to_run;

  g_string_append_printf (out, "{\"tid\":%u,\"tgid\":%u,\"name\":", thread->tid, thread->tgid);
  weft_json_append_string (out, thread->name);
  append_count (out, "switches", thread->figures.switches);
  append_count (out, "voluntary", thread->figures.voluntary);
  append_count (out, "involuntary", thread->figures.involuntary);
  append_count (out, "wakeups", thread->figures.wakeups);
  append_count (out, "migrations", thread->figures.migrations);
  g_string_append (out, ",\"ns\":{");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    g_string_append_printf (out, "%s\"%s\":%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                            weft_state_get_id (states[i]), thread->figures.shares.ns[states[i]]);
  g_string_append_printf (out, "},\"wake_to_run_ns\":{\"count\":%" G_GUINT64_FORMAT, wait->count);
  append_count (out, "mean", wait->mean_ns);
  append_count (out, "p50", wait->p50_ns);
  append_count (out, "p95", wait->p95_ns);
  append_count (out, "p99", wait->p99_ns);
  append_count (out, "max", wait->max_ns);
  g_string_append (out, "}}");
}

char *
weft_stat_to_json (WeftTraceStore *store, const WeftStatOptions *options, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (WeftStat) stat = weft_stat_gather (store, options, cancellable, error);
  GString *out;

  if (stat == NULL)
    return NULL;
  out = g_string_new (NULL);
  g_string_append_printf (out, "{\"duration_ns\":%" G_GUINT64_FORMAT, stat->duration_ns);
  append_count (out, "events", stat->events);
  append_count (out, "lost", stat->lost);
  append_count (out, "cpus", stat->cpus);
  g_string_append (out, ",\"processes\":[");
  for (guint i = 0; i < stat->processes->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_process (out, &g_array_index (stat->processes, WeftStatProcess, i));
    }
  g_string_append (out, "],\"threads\":[");
  for (guint i = 0; i < stat->threads->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_thread (out, &g_array_index (stat->threads, WeftStatThread, i));
    }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}
