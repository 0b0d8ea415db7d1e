/* machine-reply.c: see the header. */
#include "machine-reply.h"
#include "printable.h"
#include <string.h>

/* More CPUs than records can number. */
#define MOST_CPUS (G_MAXUINT16 + 1)

static void
take_text (GVariant *facts, const char *key, char *text, gsize size)
{
  const char *value;

  text[0] = '\0';
  if (g_variant_lookup (facts, key, "&s", &value))
    {
      g_autofree char *printable = weft_make_printable (value, -1);

      g_strlcpy (text, printable, size);
    }
}

gboolean
weft_machine_reply_take (GVariant *facts, WeftTraceInfo *info)
{
  WeftTraceInfo told = { 0 };

  if (!g_variant_lookup (facts, "monotonic-ns", "t", &told.start_ns)
      || !g_variant_lookup (facts, "boottime-ns", "t", &told.boottime_ns)
      || !g_variant_lookup (facts, "realtime-ns", "t", &told.realtime_ns)
      || !g_variant_lookup (facts, "cpus", "u", &told.n_cpus))
    return FALSE;
  take_text (facts, "architecture", told.architecture, sizeof told.architecture);
  take_text (facts, "kernel", told.kernel, sizeof told.kernel);
  take_text (facts, "host", told.host, sizeof told.host);
  take_text (facts, "boot-id", told.boot_id, sizeof told.boot_id);
  if (told.architecture[0] == '\0' || told.start_ns > G_MAXINT64 || told.boottime_ns > G_MAXINT64
      || told.realtime_ns > G_MAXINT64)
    return FALSE;
  told.n_cpus = CLAMP (told.n_cpus, 1, MOST_CPUS);
  memcpy (told.label, info->label, sizeof told.label);
  *info = told;
  return TRUE;
}
