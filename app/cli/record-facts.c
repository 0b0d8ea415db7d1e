/* record-facts.c: see the header. */
#include "record-facts.h"
#include "duration.h"
#include "terminal.h"
#include "trace-notes.h"
#include <glib/gi18n.h>
#include <inttypes.h>

static void
say (char *text)
{
  weft_terminal_say (text);
  g_free (text);
}

/* ngettext() takes no 64 bits; what is many is many. */
static gulong
plural (guint64 n)
{
  return (gulong)MIN (n, G_MAXINT32);
}

static void
tell_notes (WeftTraceStore *store)
{
  g_autoptr (GPtrArray) sentences = weft_trace_store_describe_notes (store);

  for (guint i = 0; i < sentences->len; i++)
    weft_terminal_say (sentences->pdata[i]);
}

static void
tell_late (guint64 late)
{
  if (late > 0)
    say (g_strdup_printf (ngettext ("%" PRIu64 " event came late and was put where it belongs.",
                                    "%" PRIu64 " events came late and were put where they belong.",
                                    plural (late)),
                          late));
}

/* A file's summary has them; what goes elsewhere has none. */
static void
tell_lost (guint64 lost)
{
  if (lost > 0)
    say (g_strdup_printf (ngettext ("%" PRIu64 " event was lost: more came than could be taken.",
                                    "%" PRIu64 " events were lost: more came than could be taken.",
                                    plural (lost)),
                          lost));
}

static void
tell_unknown (guint64 unknown)
{
  if (unknown > 0)
    say (g_strdup_printf (ngettext ("%" PRIu64 " record is of a kind that this "
                                    "version does not know. It is kept in the recording.",
                                    "%" PRIu64 " records are of kinds that this "
                                    "version does not know. They are kept in the recording.",
                                    plural (unknown)),
                          unknown));
}

static void
tell_gone (guint64 gone_ns)
{
  g_autofree char *length = weft_format_duration (gone_ns);

  if (gone_ns > 0)
    say (g_strdup_printf (_ ("The first %s left memory, and no recording keeps them."), length));
}

void
weft_record_facts_tell_end (WeftTraceStore *store, gboolean kept)
{
  WeftTraceTotals totals;
  guint64 start_ns, evicted_ns;

  weft_trace_store_begin_read (store);
  weft_trace_store_get_totals (store, &totals);
  start_ns = weft_trace_store_get_start (store);
  evicted_ns = weft_trace_store_get_evicted_until (store);
  weft_trace_store_end_read (store);
  if (!kept)
    tell_lost (totals.lost);
  tell_late (totals.late);
  tell_unknown (totals.unknown);
  tell_notes (store);
  if (!kept && evicted_ns > start_ns)
    tell_gone (evicted_ns - start_ns);
}

void
weft_record_facts_tell_refusal (const GError *error)
{
  weft_terminal_say (error->message);
}
