/* tracer-targets.c: whom a trace is about. In: process ids. Out: the map that the programs
 * ask, with the descendants that were there before. */
#include "tracer-private.h"
#include "bpf-error.h"
#include "target.h"
#include <bpf/bpf.h>
#include <glib/gi18n.h>

#define MOST_TARGETS 4096
/* The deepest chain of processes that one look at the targets finds. */
#define MOST_GENERATIONS 64

/* Takes out who is neither in @wanted nor, with @children, descends from one of them. */
static void
forget_others (int map, GHashTable *wanted, gboolean children)
{
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 key, *previous = NULL;
  struct weft_target target;

  while (bpf_map_get_next_key (map, previous, &key) == 0)
    {
      if (!g_hash_table_contains (wanted, GUINT_TO_POINTER (key))
          && (!children || bpf_map_lookup_elem (map, &key, &target) != 0
              || !g_hash_table_contains (wanted, GUINT_TO_POINTER (target.root))))
        g_array_append_val (gone, key);
      previous = &key;
    }
  for (guint i = 0; i < gone->len; i++)
    bpf_map_delete_elem (map, &g_array_index (gone, guint32, i));
}

/* Children that were there before: a program walks all tasks until it finds no more. */
static int
adopt_children (WeftTracer *self)
{
  for (guint i = 0; i < MOST_GENERATIONS; i++)
    {
      guint64 before = self->bpf->bss->adopted;
      int code = weft_snapshot_walk (self->bpf->progs.weft_adopt);

      if (code < 0)
        return code;
      if (self->bpf->bss->adopted == before)
        break;
    }
  return 0;
}

static int
add_targets (int map, const guint32 *tgids, gsize n, GHashTable *wanted)
{
  for (gsize i = 0; i < n; i++)
    {
      /* it was there before: its end may be told of already */
      const struct weft_target target = { .since_ns = 0, .root = tgids[i] };
      int code = bpf_map_update_elem (map, &tgids[i], &target, BPF_ANY);

      if (code < 0)
        return code;
      g_hash_table_add (wanted, GUINT_TO_POINTER (tgids[i]));
    }
  return 0;
}

void
weft_tracer_forget_target (WeftTracer *self, const WeftTargetEnd *end)
{
  int map = bpf_map__fd (self->bpf->maps.targets);
  struct weft_target target;

  /* the number may have been given to another since, who is wanted as well */
  if (bpf_map_lookup_elem (map, &end->tgid, &target) == 0 && target.since_ns <= end->time_ns)
    bpf_map_delete_elem (map, &end->tgid);
}

gboolean
weft_tracer_set_targets (WeftTracer *self, const guint32 *tgids, gsize n, gboolean children,
                         GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  int map = bpf_map__fd (self->bpf->maps.targets), code;

  if (n > MOST_TARGETS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("Cannot choose %zu processes: at most %d can be chosen. Choose "
                      "a common ancestor with its children instead"),
                   n, MOST_TARGETS);
      return FALSE;
    }
  /* First in, then out, so that nobody who stays is missing in between. */
  self->bpf->bss->follow_children = children;
  code = add_targets (map, tgids, n, wanted);
  if (code == 0)
    forget_others (map, wanted, children);
  if (code == 0 && children)
    code = adopt_children (self);
  self->snapshot_due = self->running;
  if (code < 0)
    weft_bpf_set_error (error, _ ("Cannot choose the processes"), code);
  return code == 0;
}

gboolean
weft_tracer_set_only_targets (WeftTracer *self, gboolean only, GError **error)
{
  weft_tracer_set_filter (self, only);
  self->snapshot_due = self->running;
  return TRUE;
}
