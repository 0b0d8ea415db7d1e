/* trace-scope.c: the list of scopes and its words. In: scopes by time. Out: see the
 * header. There are few of them: one, and one more each time somebody narrows or
 * widens what is traced. */
#include "trace-scope.h"
#include "trace-store-private.h"
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* So many of the targets are named in a title. */
#define TITLE_NAMES 3

static const char *const ids[] = { NULL, "machine", "own", "targets" };

const char *
weft_traced_get_id (WeftTraced what)
{
  return ids[what];
}

WeftTraced
weft_traced_from_id (const char *id)
{
  for (guint what = 0; what < G_N_ELEMENTS (ids); what++)
    if (id != NULL && g_strcmp0 (ids[what], id) == 0)
      return (WeftTraced)what;
  return WEFT_TRACED_UNTOLD;
}

void
weft_scope_clear (gpointer scope)
{
  g_clear_pointer (&((WeftScope *)scope)->tgids, g_array_unref);
}

static const WeftScope *
scope_at (WeftTraceStore *self, guint i)
{
  return &g_array_index (self->scopes, WeftScope, i);
}

void
weft_trace_store_set_scope (WeftTraceStore *self, guint64 since_ns, WeftTraced what,
                            const guint32 *tgids, gsize n, gboolean children)
{
  WeftScope scope = { .since_ns = since_ns, .what = what, .children = children };

  if (what == WEFT_TRACED_TARGETS)
    {
      scope.tgids = g_array_sized_new (FALSE, FALSE, sizeof *tgids, (guint)n);
      if (n > 0)
        g_array_append_vals (scope.tgids, tgids, (guint)n);
    }
  g_rw_lock_writer_lock (&self->lock);
  while (self->scopes->len > 0 && scope_at (self, self->scopes->len - 1)->since_ns >= since_ns)
    g_array_set_size (self->scopes, self->scopes->len - 1);
  g_array_append_val (self->scopes, scope);
  self->scopes_generation++;
  self->generation++;
  g_rw_lock_writer_unlock (&self->lock);
}

const WeftScope *
weft_trace_store_get_scopes (WeftTraceStore *self, guint *n)
{
  *n = self->scopes->len;
  return (const WeftScope *)(void *)self->scopes->data;
}

guint64
weft_trace_store_get_scopes_generation (WeftTraceStore *self)
{
  return self->scopes_generation;
}

/* Whether the scope was in force at any time between the two. */
static gboolean
reaches_into (WeftTraceStore *self, guint i, guint64 from_ns, guint64 to_ns)
{
  if (scope_at (self, i)->since_ns > MAX (to_ns, self->info.start_ns))
    return FALSE;
  return i + 1 == self->scopes->len || scope_at (self, i + 1)->since_ns > from_ns;
}

WeftTraced
weft_trace_store_get_traced (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  WeftTraced least = WEFT_TRACED_UNTOLD;

  for (guint i = 0; i < self->scopes->len; i++)
    if (reaches_into (self, i, from_ns, to_ns))
      least = MAX (least, scope_at (self, i)->what);
  return least;
}

/* --- words ---------------------------------------------------------------- */

/* Ids of the processes that the numbers meant then; one that is not known is left out. */
static GArray *
find_targets (WeftTraceStore *self, const WeftScope *scope, guint64 to_ns)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint));
  guint64 then_ns = MAX (scope->since_ns, self->info.start_ns);

  for (guint i = 0; i < scope->tgids->len; i++)
    {
      guint32 tgid = g_array_index (scope->tgids, guint32, i);
      guint id = weft_process_table_find_at (self->processes, tgid, then_ns);

      /* One that was born while its trace began. */
      if (id == WEFT_NO_ID)
        id = weft_process_table_find_at (self->processes, tgid, to_ns);
      if (id != WEFT_NO_ID)
        g_array_append_val (found, id);
    }
  return found;
}

/* All who were there between the two, whether they ended meanwhile or not. */
static guint
count_children (WeftTraceStore *self, GArray *targets, guint64 from_ns, guint64 to_ns)
{
  g_autoptr (GHashTable) counted = g_hash_table_new (NULL, NULL);
  guint n_children = 0;

  for (guint i = 0; i < targets->len; i++)
    g_hash_table_add (counted, GUINT_TO_POINTER (g_array_index (targets, guint, i)));
  for (guint t = 0; t < targets->len; t++)
    {
      g_autoptr (GArray) family
          = weft_families_list (self->families, g_array_index (targets, guint, t));

      for (guint i = 1; i < family->len; i++)
        {
          guint id = g_array_index (family, guint, i);
          const WeftProcess *process = weft_process_table_get (self->processes, id);

          if (g_hash_table_add (counted, GUINT_TO_POINTER (id)) && process->start_ns <= to_ns
              && (process->end_ns == 0 || process->end_ns >= from_ns))
            n_children++;
        }
    }
  return n_children;
}

static gboolean
are_same (const WeftScope *one, const WeftScope *other)
{
  if (one->what != other->what || one->what != WEFT_TRACED_TARGETS)
    return one->what == other->what;
  return one->children == other->children && one->tgids->len == other->tgids->len
         && (one->tgids->len == 0
             || memcmp (one->tgids->data, other->tgids->data, one->tgids->len * sizeof (guint32))
                    == 0);
}

/* Leaves of the time what lies between the first and the last moment at which the scope
 * was in force. Of one that is in force now all that time is looked at, so that a title
 * counts the same while a trace runs and when it has ended. */
static void
clip_to_scope (WeftTraceStore *self, const WeftScope *scope, guint64 *from_ns, guint64 *to_ns)
{
  guint64 since_ns = G_MAXUINT64, until_ns = 0;

  for (guint i = 0; i < self->scopes->len; i++)
    {
      if (!are_same (scope_at (self, i), scope))
        continue;
      since_ns = MIN (since_ns, scope_at (self, i)->since_ns);
      until_ns = i + 1 < self->scopes->len ? scope_at (self, i + 1)->since_ns : G_MAXUINT64;
    }
  *from_ns = *from_ns >= self->edge_ns ? since_ns : MAX (*from_ns, since_ns);
  *to_ns = MIN (*to_ns, until_ns);
}

static void
append_names (WeftTraceStore *self, GString *text, GArray *targets, guint64 to_ns)
{
  for (guint i = 0; i < MIN (targets->len, TITLE_NAMES); i++)
    {
      guint id = g_array_index (targets, guint, i);

      g_string_append_printf (text, "%s%s · %u", i > 0 ? ", " : "",
                              weft_process_table_get_name_at (self->processes, id, to_ns),
                              weft_process_table_get (self->processes, id)->tgid);
    }
}

static char *
describe_targets (WeftTraceStore *self, const WeftScope *scope, guint64 from_ns, guint64 to_ns)
{
  g_autoptr (GArray) targets = find_targets (self, scope, to_ns);
  GString *text = g_string_new (NULL);
  guint n_children, n_more;

  append_names (self, text, targets, to_ns);
  if (text->len == 0)
    g_string_append (text, _ ("Chosen processes"));
  n_more = targets->len > TITLE_NAMES ? targets->len - TITLE_NAMES : 0;
  clip_to_scope (self, scope, &from_ns, &to_ns);
  n_children = scope->children ? count_children (self, targets, from_ns, to_ns) : 0;
  if (n_more > 0)
    g_string_append_printf (text, ngettext (" + %u", " + %u", n_more), n_more);
  if (n_children > 0)
    /* Translators: behind the name of what is traced: "python3 · 4242 and 3 children" */
    g_string_append_printf (text, ngettext (" and %u child", " and %u children", n_children),
                            n_children);
  return g_string_free (text, FALSE);
}

static char *
describe (WeftTraceStore *self, const WeftScope *scope, guint64 from_ns, guint64 to_ns)
{
  switch (scope->what)
    {
    case WEFT_TRACED_MACHINE:
      return g_strdup (_ ("Whole machine"));
    case WEFT_TRACED_OWN:
      return g_strdup (_ ("Own processes"));
    case WEFT_TRACED_TARGETS:
      return describe_targets (self, scope, from_ns, to_ns);
    case WEFT_TRACED_UNTOLD:
    default:
      return NULL;
    }
}

/* --- several, one after the other ------------------------------------------ */

static gboolean
is_among (GPtrArray *scopes, const WeftScope *scope)
{
  for (guint i = 0; i < scopes->len; i++)
    if (are_same (scopes->pdata[i], scope))
      return TRUE;
  return FALSE;
}

/* (element-type WeftScope): those in force between the two, each once, the widest first
 * and the others in their order. */
static GPtrArray *
list_scopes (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  GPtrArray *scopes = g_ptr_array_new ();
  guint widest = 0;

  for (guint i = 0; i < self->scopes->len; i++)
    if (reaches_into (self, i, from_ns, to_ns) && scope_at (self, i)->what != WEFT_TRACED_UNTOLD
        && !is_among (scopes, scope_at (self, i)))
      g_ptr_array_add (scopes, (gpointer)scope_at (self, i));
  for (guint i = 1; i < scopes->len; i++)
    if (((const WeftScope *)scopes->pdata[i])->what
        < ((const WeftScope *)scopes->pdata[widest])->what)
      widest = i;
  if (widest > 0)
    g_ptr_array_insert (scopes, 0, g_ptr_array_steal_index (scopes, widest));
  return scopes;
}

/* "A · 1 or B · 2": as many as a title has room for, from @first on. */
static char *
join_scopes (WeftTraceStore *self, GPtrArray *scopes, guint first, guint64 from_ns, guint64 to_ns)
{
  guint end = MIN (scopes->len, first + TITLE_NAMES), n_more = scopes->len - end;
  GString *text = g_string_new (NULL);

  for (guint i = first; i < end; i++)
    {
      g_autofree char *part = describe (self, scopes->pdata[i], from_ns, to_ns);

      if (i > first)
        /* Translators: between what a trace was narrowed to, one after the other */
        g_string_append (text, _ (" or "));
      g_string_append (text, part);
    }
  if (n_more > 0)
    g_string_append_printf (text, ngettext (" + %u", " + %u", n_more), n_more);
  return g_string_free (text, FALSE);
}

gboolean
weft_trace_store_scope_changed (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  g_autoptr (GPtrArray) scopes = list_scopes (self, from_ns, to_ns);

  return scopes->len > 1;
}

char *
weft_trace_store_describe_scope (WeftTraceStore *self, guint64 from_ns, guint64 to_ns)
{
  g_autoptr (GPtrArray) scopes = list_scopes (self, from_ns, to_ns);
  const WeftScope *widest = scopes->len > 0 ? scopes->pdata[0] : NULL;
  g_autofree char *whole = NULL, *parts = NULL;

  if (widest == NULL)
    return NULL;
  if (scopes->len == 1)
    return describe (self, widest, from_ns, to_ns);
  if (widest->what == WEFT_TRACED_TARGETS)
    {
      parts = join_scopes (self, scopes, 0, from_ns, to_ns);
      /* Translators: what was traced, one after the other: "python3 · 4242 or make · 77, one
       * at a time" */
      return g_strdup_printf (_ ("%s, one at a time"), parts);
    }
  whole = describe (self, widest, from_ns, to_ns);
  parts = join_scopes (self, scopes, 1, from_ns, to_ns);
  /* Translators: what was traced, and to what it was narrowed for a part of the time:
   * "Whole machine, at times only python3 · 4242 or make · 77" */
  return g_strdup_printf (_ ("%s, at times only %s"), whole, parts);
}

/* --- who is in it ----------------------------------------------------------- */

static gboolean
is_a_target (WeftTraceStore *self, const WeftScope *scope, guint process, guint64 to_ns)
{
  g_autoptr (GArray) targets = find_targets (self, scope, to_ns);

  for (guint i = 0; i < targets->len; i++)
    {
      guint target = g_array_index (targets, guint, i);

      if (process == target
          || (scope->children && weft_process_table_descends (self->processes, process, target)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
holds_process (WeftTraceStore *self, const WeftScope *scope, guint process, guint64 to_ns)
{
  const WeftProcess *facts = weft_process_table_get (self->processes, process);

  if (scope->what == WEFT_TRACED_OWN)
    return facts == NULL || facts->uid == G_MAXUINT32 || facts->uid == getuid ();
  return scope->what != WEFT_TRACED_TARGETS || is_a_target (self, scope, process, to_ns);
}

gboolean
weft_trace_store_records_process (WeftTraceStore *self, guint process, guint64 from_ns,
                                  guint64 to_ns)
{
  gboolean told = FALSE;

  for (guint i = 0; i < self->scopes->len; i++)
    {
      if (!reaches_into (self, i, from_ns, to_ns))
        continue;
      told = TRUE;
      if (holds_process (self, scope_at (self, i), process, to_ns))
        return TRUE;
    }
  return !told;
}

char *
weft_trace_store_find_exclusion (WeftTraceStore *self, guint process, guint64 from_ns,
                                 guint64 to_ns, guint64 *since_ns, guint64 *until_ns)
{
  for (guint i = 0; i < self->scopes->len; i++)
    {
      const WeftScope *scope = scope_at (self, i);
      gboolean last = i + 1 == self->scopes->len;

      if (scope->since_ns > to_ns || !reaches_into (self, i, from_ns, to_ns)
          || holds_process (self, scope, process, to_ns))
        continue;
      *since_ns = MAX (scope->since_ns, self->info.start_ns);
      *until_ns = last ? G_MAXUINT64 : scope_at (self, i + 1)->since_ns;
      return describe (self, scope, *since_ns, MIN (*until_ns, self->edge_ns));
    }
  return NULL;
}
