/* target-ends.c: see the header. In: drained records. Out: ids of processes. What it keeps
 * is bounded by the tasks that are dying, which the kernel bounds. */
#include "target-ends.h"
#include "record.h"

struct _WeftTargetEnds
{
  GHashTable *dying;  /* tid → tgid: EXIT was told, the last switch was not */
  GHashTable *counts; /* tgid → how many of those */
  GArray *ended;      /* WeftTargetEnd: the last EXIT of the process was told */
  guint looked_at;    /* of ended, how many were there when last asked */
};

WeftTargetEnds *
weft_target_ends_new (void)
{
  WeftTargetEnds *self = g_new0 (WeftTargetEnds, 1);

  self->dying = g_hash_table_new (NULL, NULL);
  self->counts = g_hash_table_new (NULL, NULL);
  self->ended = g_array_new (FALSE, FALSE, sizeof (WeftTargetEnd));
  return self;
}

void
weft_target_ends_free (WeftTargetEnds *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->dying);
  g_hash_table_unref (self->counts);
  g_array_unref (self->ended);
  g_free (self);
}

static void
count (WeftTargetEnds *self, guint32 tgid, int step)
{
  gpointer key = GUINT_TO_POINTER (tgid);
  gint number = GPOINTER_TO_INT (g_hash_table_lookup (self->counts, key)) + step;

  if (number > 0)
    g_hash_table_insert (self->counts, key, GINT_TO_POINTER (number));
  else
    g_hash_table_remove (self->counts, key);
}

static void
left_for_ever (WeftTargetEnds *self, guint32 tid)
{
  gpointer tgid;

  if (!g_hash_table_lookup_extended (self->dying, GUINT_TO_POINTER (tid), NULL, &tgid))
    return;
  g_hash_table_remove (self->dying, GUINT_TO_POINTER (tid));
  count (self, GPOINTER_TO_UINT (tgid), -1);
}

static void
exits (WeftTargetEnds *self, const struct weft_task_record *task)
{
  /* Of an unwanted one no switch is told. */
  if (!(task->task_flags & WEFT_TASK_UNWANTED))
    {
      left_for_ever (self, task->tid); /* an older one of this tid */
      g_hash_table_insert (self->dying, GUINT_TO_POINTER (task->tid),
                           GUINT_TO_POINTER (task->tgid));
      count (self, task->tgid, 1);
    }
  if (task->task_flags & WEFT_TASK_LAST_THREAD)
    {
      const WeftTargetEnd end = { task->time_ns, task->tgid };

      g_array_append_val (self->ended, end);
    }
}

void
weft_target_ends_see (WeftTargetEnds *self, const struct weft_record *record)
{
  guint8 kind = weft_record_kind (record);

  if (kind == WEFT_SWITCH && weft_switch_left (&record->sw) == WEFT_LEFT_DEAD)
    left_for_ever (self, record->tid);
  else if (kind == WEFT_EXIT)
    exits (self, (const void *)record);
}

void
weft_target_ends_forget_waits (WeftTargetEnds *self)
{
  g_hash_table_remove_all (self->dying);
  g_hash_table_remove_all (self->counts);
}

void
weft_target_ends_forget (WeftTargetEnds *self)
{
  weft_target_ends_forget_waits (self);
  g_array_set_size (self->ended, 0);
  self->looked_at = 0;
}

GArray *
weft_target_ends_take (WeftTargetEnds *self)
{
  GArray *taken = g_array_new (FALSE, FALSE, sizeof (WeftTargetEnd));
  guint kept = 0;

  for (guint i = 0; i < self->ended->len; i++)
    {
      const WeftTargetEnd end = g_array_index (self->ended, WeftTargetEnd, i);

      if (i < self->looked_at && !g_hash_table_contains (self->counts, GUINT_TO_POINTER (end.tgid)))
        g_array_append_val (taken, end);
      else
        g_array_index (self->ended, WeftTargetEnd, kept++) = end;
    }
  g_array_set_size (self->ended, kept);
  self->looked_at = kept;
  return taken;
}
