/* session-told.c: see the header. */
#include "session-told.h"
#include "trace-notes.h"
#include "trace-scope.h"
#include <string.h>

/* What only more rights than the helper asks for would give is no lack. */
#define NEVER_THERE "call-statistics"

void
weft_session_tell_scope (WeftTraceStore *store, guint64 since_ns, gboolean own_only,
                         GVariant *targets)
{
  WeftTraced what = own_only ? WEFT_TRACED_OWN : WEFT_TRACED_MACHINE;
  g_autoptr (GVariant) array = NULL;
  gboolean children = FALSE, only = FALSE;
  const guint32 *tgids = NULL;
  gsize n = 0;

  if (targets != NULL)
    {
      g_variant_get (targets, "(@aubb)", &array, &children, &only);
      tgids = g_variant_get_fixed_array (array, &n, sizeof *tgids);
    }
  weft_trace_store_set_scope (store, since_ns, only ? WEFT_TRACED_TARGETS : what, tgids, n,
                              children);
}

gboolean
weft_session_is_narrow (GVariant *targets)
{
  gboolean only = FALSE;

  g_variant_get (targets, "(@aubb)", NULL, NULL, &only);
  return only;
}

void
weft_session_tell_lacks (WeftTraceStore *store, GVariant *capabilities)
{
  GVariantIter iter;
  const char *id, *why;
  gboolean there;

  g_variant_iter_init (&iter, capabilities);
  while (g_variant_iter_next (&iter, "{&s(b&s)}", &id, &there, &why))
    {
      g_autofree char *name = g_strconcat (WEFT_NOTE_LACKS, id, NULL);

      if (!there && strcmp (id, NEVER_THERE) != 0)
        weft_trace_store_set_note (store, name, why);
    }
}
