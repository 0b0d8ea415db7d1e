/* slice-text.c: see the header. */
#include "slice-text.h"
#include "trace/duration.h"
#include "trace/trace-scope.h"
#include "draw/ruler-painter.h"
#include <glib/gi18n.h>

char *
weft_slice_text_title (WeftTraceStore *store, const WeftSliceDetails *details)
{
  const WeftThread *thread = weft_trace_store_get_thread (store, details->thread);
  g_autofree char *length = weft_format_duration (details->slice.end_ns - details->slice.start_ns);

  return g_strdup_printf ("%s · %s · %s", thread->name, weft_state_get_label (details->slice.state),
                          length);
}

static char *
describe_waker (WeftTraceStore *store, const WeftSliceDetails *details)
{
  const WeftThread *waker = weft_trace_store_get_thread (store, details->waker);

  if (waker != NULL)
    return g_strdup_printf (_ ("woken by %s %u"), waker->name, waker->tid);
  switch (details->waker_context)
    {
    case WEFT_CONTEXT_SOFTIRQ:
      return g_strdup (_ ("woken by a soft interrupt (network, timer)"));
    case WEFT_CONTEXT_HARDIRQ:
      return g_strdup (_ ("woken by an interrupt (timer, device)"));
    case WEFT_CONTEXT_NMI:
      return g_strdup (_ ("woken by a non-maskable interrupt"));
    default:
      return g_strdup (_ ("woken by another program"));
    }
}

/* A person says when something was narrowed, and reads it on the ruler, so precisely. */
#define SCOPE_STEP_NS 10000000
/* So many times are told of one slice. */
#define MAX_EXCLUSIONS 3

static char *
describe_exclusion (WeftTraceStore *store, const char *who, guint64 since_ns, guint64 until_ns)
{
  guint64 origin = weft_trace_store_get_start (store);
  g_autofree char *since = NULL, *until = NULL;

  if (since_ns <= origin && until_ns == G_MAXUINT64)
    /* Translators: “python3 · 4242 and 3 children” */
    return g_strdup_printf (_ ("not recorded: only %s"), who);
  since = weft_ruler_format_time ((gint64)(since_ns - origin), SCOPE_STEP_NS);
  if (until_ns == G_MAXUINT64)
    return g_strdup_printf (_ ("not recorded from %s on: only %s"), since, who);
  until = weft_ruler_format_time ((gint64)(until_ns - origin), SCOPE_STEP_NS);
  return g_strdup_printf (_ ("not recorded from %s to %s: only %s"), since, until, who);
}

char *
weft_slice_text_exclusion (WeftTraceStore *store, guint thread, guint64 from_ns, guint64 to_ns)
{
  guint process = weft_trace_store_get_thread (store, thread)->process;
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 since_ns, until_ns = 0;

  for (guint i = 0; i < MAX_EXCLUSIONS && from_ns < to_ns; i++, from_ns = until_ns)
    {
      g_autofree char *who = weft_trace_store_find_exclusion (store, process, from_ns, to_ns - 1,
                                                              &since_ns, &until_ns);
      g_autofree char *line = NULL;

      if (who == NULL)
        break;
      line = describe_exclusion (store, who, since_ns, until_ns);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

char *
weft_slice_text_body (WeftTraceStore *store, const WeftSliceDetails *details)
{
  GString *text = g_string_new (NULL);
  guint64 origin = weft_trace_store_get_start (store);
  g_autofree char *start
      = weft_ruler_format_time ((gint64)(details->slice.start_ns - origin), 1000);

  if (details->slice.state == WEFT_STATE_EXITED)
    {
      g_string_append_printf (text, _ ("since %s"), start);
      return g_string_free (text, FALSE);
    }
  if (details->has_call)
    {
      g_autofree char *reason
          = weft_state_describe (weft_trace_store_get_syscalls (store), &details->sw);

      g_string_append_printf (text, "%s\n", reason);
    }
  if (details->slice.state == WEFT_STATE_RUNNING)
    g_string_append_printf (text, _ ("on CPU %u, from %s"), details->slice.cpu, start);
  else
    g_string_append_printf (text, _ ("on CPU %u before, from %s"), details->slice.cpu, start);
  if (details->slice.state == WEFT_STATE_UNKNOWN)
    {
      g_autofree char *why
          = weft_slice_text_exclusion (store, details->thread, details->slice.start_ns,
                                       details->slice.end_ns);

      if (why != NULL)
        g_string_append_printf (text, "\n%s", why);
    }
  if (details->has_wake)
    {
      g_autofree char *waker = describe_waker (store, details);

      g_string_append_printf (text, "\n%s", waker);
      if (details->wake_to_run_ns > 0)
        {
          g_autofree char *delay = weft_format_duration (details->wake_to_run_ns);

          g_string_append_printf (text, _ (", then %s until it ran"), delay);
        }
    }
  return g_string_free (text, FALSE);
}
