/* printable.c: makes bytes of any origin fit to show. In: names as a hostile
 * process may choose them. Out: valid UTF-8 that cannot steer a terminal, a
 * text layout or a table. */
#include "process-table.h"
#include <string.h>

/* Controls, line separators, and the marks that reorder bidirectional text. */
static gboolean
may_be_shown (gunichar c)
{
  if (c == 0x061c || c == 0x200e || c == 0x200f)
    return FALSE;
  if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
    return FALSE;
  return g_unichar_isprint (c) && c != 0x2028 && c != 0x2029;
}

char *
weft_make_printable (const char *bytes, gssize length)
{
  GString *text;
  gsize left = length < 0 ? strlen (bytes) : strnlen (bytes, (gsize)length);

  text = g_string_sized_new (left);
  while (left > 0)
    {
      gunichar c = g_utf8_get_char_validated (bytes, (gssize)left);
      gboolean valid = c != (gunichar)-1 && c != (gunichar)-2;
      gsize step = valid ? (gsize)(g_utf8_next_char (bytes) - bytes) : 1;

      if (valid && may_be_shown (c))
        g_string_append_len (text, bytes, (gssize)step);
      else
        for (gsize i = 0; i < step; i++)
          g_string_append_printf (text, "\\x%02x", (guint8)bytes[i]);
      bytes += step;
      left -= step;
    }
  return g_string_free (text, FALSE);
}
