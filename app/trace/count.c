/* count.c: groups digits, the same in every locale, so that files made on two machines
 * are alike. */
#include "count.h"
#include <string.h>

#define NARROW_SPACE "\u202f"

char *
weft_format_count (guint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  gsize n = strlen (digits);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % 3 == 0)
        g_string_append (text, NARROW_SPACE);
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

char *
weft_format_counted (const char *format, guint64 count)
{
  g_autofree char *digits = weft_format_count (count);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return g_strjoinv (digits, parts);
}

gulong
weft_count_plural (guint64 count)
{
  return (gulong)MIN (count, G_MAXINT32);
}
