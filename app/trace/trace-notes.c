/* trace-notes.c: see the header. */
#include "trace-notes.h"
#include "printable.h"
#include "trace-store-private.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define MAX_CHARS 500

/* What a helper may lack, as a person calls it. */
static const struct
{
  const char *id, *name;
} lack_names[] = {
  /* Translators: these stand in "Not on this machine: who woke a thread (why)." */
  { "snapshot", N_ ("states at the beginning") },
  { "prev-state", N_ ("exact states when leaving a CPU") },
  { "wake-context", N_ ("who woke a thread") },
  { "cgroups", N_ ("control groups") },
  { "throttling", N_ ("waiting for CPU quota") },
  { "sched", N_ ("when threads run and wait") },
  { "life", N_ ("births, ends and names of processes") },
  { "task_rename", N_ ("changes of names") },
};

static char *
make_short (const char *text)
{
  g_autofree char *printable = weft_make_printable (text, -1);

  return g_utf8_substring (printable, 0, MIN (g_utf8_strlen (printable, -1), MAX_CHARS));
}

void
weft_trace_store_set_note (WeftTraceStore *self, const char *name, const char *text)
{
  g_autofree char *key = make_short (name);

  g_rw_lock_writer_lock (&self->lock);
  if (g_tree_nnodes (self->notes) < WEFT_NOTES_MOST || g_tree_lookup (self->notes, key) != NULL)
    {
      g_tree_insert (self->notes, g_steal_pointer (&key), make_short (text));
      self->notes_generation++;
    }
  g_rw_lock_writer_unlock (&self->lock);
}

void
weft_trace_store_foreach_note (WeftTraceStore *self, WeftNoteFunc func, gpointer user_data)
{
  for (GTreeNode *node = g_tree_node_first (self->notes); node != NULL;
       node = g_tree_node_next (node))
    func (g_tree_node_key (node), g_tree_node_value (node), user_data);
}

guint64
weft_trace_store_get_notes_generation (WeftTraceStore *self)
{
  return self->notes_generation;
}

static char *
describe_missed (const char *text)
{
  guint64 missed = g_ascii_strtoull (text, NULL, 10);

  /* ngettext() takes no 64 bits; what is many is many. */
  return g_strdup_printf (ngettext ("The kernel skipped a tracing program up to %" PRIu64
                                    " time, because one ran already on that CPU.",
                                    "The kernel skipped a tracing program up to %" PRIu64
                                    " times, because one ran already on that CPU.",
                                    (gulong)MIN (missed, G_MAXINT32)),
                          missed);
}

static const char *
name_lack (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (lack_names); i++)
    if (strcmp (id, lack_names[i].id) == 0)
      return _ (lack_names[i].name);
  return id; /* of a newer helper: better than silence */
}

static void
describe_cb (const char *name, const char *text, gpointer user_data)
{
  GPtrArray *sentences = user_data;

  if (strcmp (name, WEFT_NOTE_MISSED) == 0)
    g_ptr_array_add (sentences, describe_missed (text));
  else if (strcmp (name, WEFT_NOTE_GROUPS) == 0)
    /* Translators: %s are words as --groups takes them */
    g_ptr_array_add (sentences, g_strdup_printf (_ ("Recorded of all events: %s."), text));
  else if (g_str_has_prefix (name, WEFT_NOTE_LACKS))
    /* Translators: something that this machine cannot tell, and why */
    g_ptr_array_add (sentences,
                     g_strdup_printf (_ ("Not on this machine: %s (%s)."),
                                      name_lack (name + strlen (WEFT_NOTE_LACKS)), text));
}

GPtrArray *
weft_trace_store_describe_notes (WeftTraceStore *self)
{
  GPtrArray *sentences = g_ptr_array_new_with_free_func (g_free);

  weft_trace_store_begin_read (self);
  weft_trace_store_foreach_note (self, describe_cb, sentences);
  weft_trace_store_end_read (self);
  return sentences;
}
