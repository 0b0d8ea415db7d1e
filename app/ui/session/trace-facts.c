/* trace-facts.c: see the header. */
#include "trace-facts.h"
#include "trace/duration.h"
#include <glib/gi18n.h>
#include <inttypes.h>

void
weft_trace_facts_clear (WeftTraceFacts *facts)
{
  g_clear_pointer (&facts->notes, g_ptr_array_unref);
  g_clear_pointer (&facts->refusal, g_free);
  g_clear_pointer (&facts->damage, g_free);
  g_clear_pointer (&facts->scope, g_free);
}

/* Counts are of up to 2⁶⁴, ngettext() takes less: what is many is many. */
static gulong
plural (guint64 n)
{
  return (gulong)MIN (n, G_MAXINT32);
}

static void
add (GPtrArray *told, char *sentence)
{
  g_ptr_array_add (told, sentence);
}

static const char *
get_scope_format (const WeftTraceFacts *facts)
{
  if (facts->scope_changed)
    return _ ("What was recorded changed: %s. Lanes are dotted where it is not known what a "
              "thread did.");
  /* Translators: what is traced, as “python3 · 4242 and 3 children” */
  return facts->live ? _ ("Only this is being recorded: %s. The lanes of other threads are dotted: "
                          "what they do is not known.")
                     : _ ("Only this was recorded: %s. The lanes of other threads are dotted: what "
                          "they did is not known.");
}

static void
add_scope (GPtrArray *told, const WeftTraceFacts *facts)
{
  GString *sentence;

  if (facts->scope == NULL)
    return;
  sentence = g_string_new (get_scope_format (facts));
  g_string_replace (sentence, "%s", facts->scope, 1);
  add (told, g_string_free (sentence, FALSE));
}

static void
add_counts (GPtrArray *told, const WeftTraceFacts *facts)
{
  if (facts->lost > 0)
    add (told, g_strdup_printf (ngettext ("%" PRIu64 " event was lost: the gap is drawn "
                                          "where it was, states inside it are unknown.",
                                          "%" PRIu64 " events were lost: gaps are drawn "
                                          "where they were, states inside them are unknown.",
                                          plural (facts->lost)),
                                facts->lost));
  if (facts->unknown > 0)
    add (told, g_strdup_printf (ngettext ("%" PRIu64 " record is of a kind that this "
                                          "version does not know. It is kept in the recording.",
                                          "%" PRIu64 " records are of kinds that this "
                                          "version does not know. They are kept in the recording.",
                                          plural (facts->unknown)),
                                facts->unknown));
  if (facts->late > 0)
    add (told,
         g_strdup_printf (ngettext ("%" PRIu64 " event came late and was put "
                                    "where it belongs: that place changed after it was drawn.",
                                    "%" PRIu64 " events came late and were put "
                                    "where they belong: these places changed after they were "
                                    "drawn.",
                                    plural (facts->late)),
                          facts->late));
}

static void
add_eviction (GPtrArray *told, const WeftTraceFacts *facts)
{
  g_autofree char *length = weft_format_duration (facts->evicted_ns);

  if (facts->evicted_ns > 0)
    add (told, g_strdup_printf (_ ("The first %s left memory. They are in the recording, and come "
                                   "back when you look at them."),
                                length));
}

static void
add_notes (GPtrArray *told, GPtrArray *notes)
{
  for (guint i = 0; notes != NULL && i < notes->len; i++)
    add (told, g_strdup (notes->pdata[i]));
}

GPtrArray *
weft_trace_facts_describe (const WeftTraceFacts *facts)
{
  GPtrArray *told = g_ptr_array_new_with_free_func (g_free);

  if (facts->damage != NULL)
    add (told, g_strdup (facts->damage));
  if (facts->refusal != NULL)
    add (told, g_strdup (facts->refusal));
  add_scope (told, facts);
  add_counts (told, facts);
  add_eviction (told, facts);
  add_notes (told, facts->notes);
  return told;
}
