/* derived.c: the list. See the header. */
#include "derived.h"
#include "thread-entries.h"

static GBytes *
seal_entries (const WeftDerivedSource *source)
{
  return source->entries != NULL
             ? weft_thread_entries_pack (source->entries, source->grains->times[0])
             : NULL;
}

static void
forget_array (gpointer restored)
{
  g_array_unref (restored);
}

static GBytes *
seal_totals (const WeftDerivedSource *source)
{
  return weft_thread_totals_pack (source->tracks, source->chunk, source->grains);
}

static void
forget_totals (gpointer restored)
{
  weft_thread_totals_free (restored);
}

static gsize
totals_bytes (gpointer restored)
{
  return weft_thread_totals_get_bytes (restored);
}

static GBytes *
seal_restated (const WeftDerivedSource *source)
{
  const WeftGrains *grains = source->grains;

  return weft_restated_pack (source->tracks, source->restated, source->chunk, grains->times[0],
                             grains->times[grains->n - 1]);
}

static void
forget_table (gpointer restored)
{
  g_hash_table_unref (restored);
}

static gpointer
begin_lives (void)
{
  return weft_lives_new ();
}

static void
apply_lives (gpointer open, const WeftDerivedEvent *event)
{
  const WeftMachineThread *running = event->hint.running;

  weft_lives_add (open, event->record,
                  (WeftLifeHint){ .running = running != NULL ? running->public.id : WEFT_NO_ID,
                                  .ends_nobody = event->hint.ends_nobody,
                                  .leader_stays = event->hint.leader_stays });
}

static void
drop_lives (gpointer open)
{
  weft_lives_free (open);
}

static GBytes *
seal_lives (const WeftDerivedSource *source)
{
  WeftLives *lives = source->open;

  if (lives == NULL)
    return NULL;
  lives->n_threads = source->n_threads;
  lives->n_events = source->totals->events;
  lives->n_late = source->totals->late;
  lives->n_unknown = source->totals->unknown;
  lives->n_switches = source->totals->switches;
  return weft_lives_pack (lives, source->heads);
}

/* Those that are there whatever is asked for: few, and each says something of a life. */
#define ALWAYS_THERE(name, number, units, group, ...)                                              \
  | (WEFT_GROUP_##group <= WEFT_GROUP_LIFE ? G_GUINT64_CONSTANT (1) << (number) : 0)

static const WeftDerivedClass classes[WEFT_N_DERIVED] = {
  [WEFT_DERIVED_ENTRIES] = { .name = "entries",
                             .seal = seal_entries,
                             .restore = (gpointer (*) (GBytes *))weft_thread_entries_unpack,
                             .forget = forget_array,
                             .is_needed = TRUE },
  [WEFT_DERIVED_TOTALS] = { .name = "totals",
                            .seal = seal_totals,
                            .restore = (gpointer (*) (GBytes *))weft_thread_totals_new,
                            .forget = forget_totals,
                            .get_bytes = totals_bytes,
                            .is_needed = TRUE },
  [WEFT_DERIVED_RESTATED] = { .name = "restated",
                              .seal = seal_restated,
                              .restore = (gpointer (*) (GBytes *))weft_restated_unpack,
                              .forget = forget_table },
  [WEFT_DERIVED_LIVES] = { .name = "lives",
                           .kinds = 0 WEFT_KINDS (ALWAYS_THERE),
                           .hears_lives = TRUE,
                           .begin = begin_lives,
                           .apply = apply_lives,
                           .drop = drop_lives,
                           .seal = seal_lives },
};

const WeftDerivedClass *
weft_derived_get (WeftDerivedId id)
{
  return &classes[id];
}

void
weft_derived_begin (WeftDerivedOpen *open)
{
  open->kinds = 0;
  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    {
      open->open[id] = classes[id].begin != NULL ? classes[id].begin () : NULL;
      open->kinds |= classes[id].kinds;
    }
}

void
weft_derived_apply (WeftDerivedOpen *open, const WeftDerivedEvent *event, gboolean changes_lives)
{
  guint8 kind = weft_record_kind (event->record);

  if (weft_kind_units (kind) == 0)
    return;
  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    if (classes[id].kinds >> kind & 1 || (changes_lives && classes[id].hears_lives))
      classes[id].apply (open->open[id], event);
}

void
weft_derived_drop (WeftDerivedOpen *open)
{
  for (guint id = 0; id < WEFT_N_DERIVED; id++)
    if (open->open[id] != NULL)
      classes[id].drop (g_steal_pointer (&open->open[id]));
}
