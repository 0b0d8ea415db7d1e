/* findings.c: see the header. Each sentence tells a figure that the bars show. */
#include "findings.h"
#include "trace/duration.h"
#include "draw/ruler-painter.h"
#include "draw/state-label.h"
#include <glib/gi18n.h>

/* A thread that spends this part of the range in a wait is held up by it. */
#define MUCH 0.25

static guint64
range_of (const WeftThreadStatistics *statistics)
{
  guint64 all = statistics->absent_ns;

  for (guint i = 0; i < WEFT_N_STATES; i++)
    all += statistics->shares.ns[i];
  return all;
}

/* "3 of 5 threads spent 71 % of this time in: lock wait". */
static char *
find_wait (GArray *statistics, WeftState state)
{
  guint held = 0;
  guint64 waited = 0, all = 0;

  for (guint i = 0; i < statistics->len; i++)
    {
      const WeftThreadStatistics *thread = &g_array_index (statistics, WeftThreadStatistics, i);
      guint64 time = range_of (thread);

      if (time == 0 || (double)thread->shares.ns[state] < MUCH * (double)time)
        continue;
      held++;
      waited += thread->shares.ns[state];
      all += time;
    }
  if (held == 0)
    return NULL;
  /* Translators: how many threads, of how many, spent much time in a state, which */
  return g_strdup_printf (_ ("%u of %u threads spent %.0f %% of this time in: %s"), held,
                          statistics->len, 100.0 * (double)waited / (double)all,
                          weft_state_get_label (state));
}

static char *
find_latency (GArray *statistics, GPtrArray *names)
{
  const WeftThreadStatistics *worst = NULL;
  guint at = 0;
  g_autofree char *median = NULL;
  g_autofree char *most = NULL;

  for (guint i = 0; i < statistics->len; i++)
    {
      const WeftThreadStatistics *thread = &g_array_index (statistics, WeftThreadStatistics, i);

      if (thread->wake_to_run.count > 0
          && (worst == NULL || thread->wake_to_run.max_ns > worst->wake_to_run.max_ns))
        {
          worst = thread;
          at = i;
        }
    }
  if (worst == NULL)
    return NULL;
  median = weft_format_duration (worst->wake_to_run.p50_ns);
  most = weft_format_duration (worst->wake_to_run.max_ns);
  /* Translators: a thread's name; from the waking until it ran, median and worst */
  return g_strdup_printf (_ ("%s waited for a CPU after waking: %s median, %s worst"),
                          (const char *)g_ptr_array_index (names, at), median, most);
}

GPtrArray *
weft_findings_new (GArray *statistics, GPtrArray *names)
{
  static const WeftState waits[]
      = { WEFT_STATE_LOCK, WEFT_STATE_DISK, WEFT_STATE_RUNNABLE, WEFT_STATE_PAGE_FAULT };
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  char *latency;

  for (guint i = 0; i < G_N_ELEMENTS (waits) && found->len < 2; i++)
    {
      char *sentence = find_wait (statistics, waits[i]);

      if (sentence != NULL)
        g_ptr_array_add (found, sentence);
    }
  latency = find_latency (statistics, names);
  if (latency != NULL)
    g_ptr_array_add (found, latency);
  if (found->len == 0)
    g_ptr_array_add (found, g_strdup (_ ("Nothing held these threads up: what they waited for, "
                                         "they waited for by design")));
  return found;
}
