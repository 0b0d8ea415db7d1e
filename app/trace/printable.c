/* printable.c: see the header. */
#include "printable.h"
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

char *
weft_make_message_printable (const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = weft_make_printable (lines[i], -1);

      g_free (lines[i]);
      lines[i] = line;
    }
  return g_strjoinv ("\n", lines);
}

char *
weft_printable_name (const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  return weft_make_printable (name, -1);
}

char *
weft_printable_basename (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return weft_printable_name (name);
}
