/* duration.c: see the header. */
#include "duration.h"
#include <glib/gi18n.h>

#define NS_PER_SECOND G_GUINT64_CONSTANT (1000000000)
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
#define CLOCK_FROM_NS (2 * NS_PER_MINUTE)

char *
weft_format_duration (guint64 ns)
{
  static const struct
  {
    double ns;
    const char *unit;
  } units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" } };

  if (ns >= NS_PER_HOUR)
    return g_strdup_printf (_ ("%u h %u min"), (guint)(ns / NS_PER_HOUR),
                            (guint)(ns / NS_PER_MINUTE % 60));
  if (ns >= CLOCK_FROM_NS)
    return g_strdup_printf (_ ("%u min %u s"), (guint)(ns / NS_PER_MINUTE),
                            (guint)(ns / NS_PER_SECOND % 60));
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      double value = ns / units[i].ns;

      if (value >= 99.95)
        return g_strdup_printf ("%.0f %s", value, units[i].unit);
      if (value >= 9.995)
        return g_strdup_printf ("%.1f %s", value, units[i].unit);
      if (value >= 0.9995)
        return g_strdup_printf ("%.2f %s", value, units[i].unit);
    }
  return g_strdup_printf ("%u ns", (guint)ns);
}
