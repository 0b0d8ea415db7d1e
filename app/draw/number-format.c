/* number-format.c: see the header. */
#include "number-format.h"

#include <glib/gi18n.h>

char *
weft_format_bytes (guint64 bytes)
{
  static const char *const units[] = { "K", "M", "G", "T", "P" };
  double value = bytes / 1024.0;
  guint unit = 0;

  if (bytes == 0)
    return g_strdup ("–");
  while (value >= 999.5 && unit + 1 < G_N_ELEMENTS (units))
    {
      value /= 1024;
      unit++;
    }
  if (unit > 1 && value < 9.95)
    return g_strdup_printf ("%.1f %s", value, units[unit]);
  return g_strdup_printf ("%.0f %s", MAX (value, 1), units[unit]);
}

char *
weft_format_age (guint64 age_ns)
{
  guint64 seconds = age_ns / 1000000000;

  if (seconds < 60)
    return g_strdup_printf (C_ ("age", "%u s"), (guint)seconds);
  if (seconds < 3600)
    return g_strdup_printf (C_ ("age", "%u min"), (guint)(seconds / 60));
  if (seconds < 86400)
    return g_strdup_printf (C_ ("age", "%u h"), (guint)(seconds / 3600));
  return g_strdup_printf (C_ ("age", "%u d"), (guint)(seconds / 86400));
}
