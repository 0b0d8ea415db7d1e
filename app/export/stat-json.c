/* stat-json.c: the stable format. In: figures. Out: one line of JSON. */
#include "event-writer.h"
#include "stat-gather.h"

/* In the order of the format; exited is not time in the recording. */
static const WeftState states[]
    = { WEFT_STATE_RUNNING, WEFT_STATE_RUNNABLE, WEFT_STATE_LOCK,       WEFT_STATE_CONDITION,
        WEFT_STATE_EVENT,   WEFT_STATE_SOCKET,   WEFT_STATE_PIPE_FILE,  WEFT_STATE_TIMER,
        WEFT_STATE_CHILD,   WEFT_STATE_DISK,     WEFT_STATE_PAGE_FAULT, WEFT_STATE_OTHER,
        WEFT_STATE_STOPPED, WEFT_STATE_FROZEN,   WEFT_STATE_THROTTLED,  WEFT_STATE_UNTOLD,
        WEFT_STATE_UNKNOWN };

/* Every state but the one that is not told. */
G_STATIC_ASSERT (G_N_ELEMENTS (states) == WEFT_N_STATES - 1);

static void
append_text (GString *out, const char *key, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", key);
  if (text != NULL)
    weft_json_append_string (out, text);
  else
    g_string_append (out, "null");
}

/* @known: else null */
static void
append_number (GString *out, const char *key, gboolean known, gint64 number)
{
  if (known)
    g_string_append_printf (out, ",\"%s\":%" G_GINT64_FORMAT, key, number);
  else
    g_string_append_printf (out, ",\"%s\":null", key);
}

static void
append_process (GString *out, const WeftStatProcess *process)
{
  g_string_append_printf (out, "{\"id\":%u,\"tgid\":%u", process->id, process->tgid);
  append_text (out, "name", process->name);
  append_text (out, "command_line", process->command_line);
  append_number (out, "start_ns", TRUE, process->start_ns);
  append_number (out, "end_ns", process->ended, process->end_ns);
  append_number (out, "exit_code", process->exited, process->exit_code);
  append_number (out, "signal", process->killed, process->signal);
  append_number (out, "parent", TRUE, process->parent_tgid);
  append_number (out, "parent_id", process->parent != WEFT_NO_ID, process->parent);
  g_string_append_c (out, '}');
}

static void
append_count (GString *out, const char *key, guint64 count)
{
  g_string_append_printf (out, ",\"%s\":%" G_GUINT64_FORMAT, key, count);
}

static void
append_quantiles (GString *out, const char *key, const WeftQuantiles *quantiles)
{
  g_string_append_printf (out, ",\"%s\":{\"count\":%" G_GUINT64_FORMAT, key, quantiles->count);
  append_count (out, "mean", quantiles->mean_ns);
  append_count (out, "stddev", quantiles->stddev_ns);
  append_count (out, "min", quantiles->min_ns);
  append_count (out, "p50", quantiles->p50_ns);
  append_count (out, "p95", quantiles->p95_ns);
  append_count (out, "p99", quantiles->p99_ns);
  append_count (out, "max", quantiles->max_ns);
  g_string_append_c (out, '}');
}

static void
append_thread (GString *out, const WeftStatThread *thread)
{
  g_string_append_printf (out, "{\"tid\":%u,\"tgid\":%u", thread->tid, thread->tgid);
  append_number (out, "process", thread->process != WEFT_NO_ID, thread->process);
  append_text (out, "name", thread->name);
  append_count (out, "switches", thread->figures.counts.switches);
  append_count (out, "voluntary", thread->figures.counts.voluntary);
  append_count (out, "involuntary", thread->figures.counts.involuntary);
  append_count (out, "wakeups", thread->figures.counts.wakeups);
  append_count (out, "migrations", thread->figures.counts.migrations);
  g_string_append (out, ",\"ns\":{");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    g_string_append_printf (out, "%s\"%s\":%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                            weft_state_get_id (states[i]), thread->figures.shares.ns[states[i]]);
  g_string_append_c (out, '}');
  append_quantiles (out, "wake_to_run_ns", &thread->figures.wake_to_run);
  g_string_append_c (out, '}');
}

static void
append_head (GString *out, const WeftStat *stat)
{
  g_string_append_printf (out, "{\"duration_ns\":%" G_GUINT64_FORMAT, stat->duration_ns);
  append_count (out, "events", stat->events);
  append_count (out, "lost", stat->lost);
  append_count (out, "cpus", stat->cpus);
  append_text (out, "label", stat->label);
  append_text (out, "host", stat->host);
  g_string_append (out, ",\"start\":\"");
  weft_append_time (out, stat->realtime_ns);
  g_string_append_c (out, '"');
  append_text (out, "scope", weft_traced_get_id (stat->traced));
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
  append_head (out, stat);
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
