/* text-columns.c: see the header. */
#include "text-columns.h"

#define ELLIPSIS "…"

static guint
columns_of (gunichar letter)
{
  if (g_unichar_iszerowidth (letter))
    return 0;
  return g_unichar_iswide (letter) ? 2 : 1;
}

guint
weft_text_columns (const char *text)
{
  guint columns = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    columns += columns_of (g_utf8_get_char (text));
  return columns;
}

/* The end of what fits into @width, with the marks that combine with its last letter. */
static const char *
find_end (const char *text, guint width, guint *columns)
{
  *columns = 0;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      guint wide = columns_of (g_utf8_get_char (text));

      if (*columns + wide > width)
        break;
      *columns += wide;
    }
  return text;
}

static void
append_spaces (GString *out, guint n)
{
  for (; n > 0; n--)
    g_string_append_c (out, ' ');
}

void
weft_text_append_cell (GString *out, const char *text, int width)
{
  guint room = (guint)ABS (width), columns = weft_text_columns (text);
  gboolean cut = columns > room;
  const char *end = find_end (text, cut && room > 0 ? room - 1 : room, &columns);

  if (cut && room > 0)
    columns++;
  if (width < 0)
    append_spaces (out, room - columns);
  g_string_append_len (out, text, end - text);
  if (cut && room > 0)
    g_string_append (out, ELLIPSIS);
  if (width > 0)
    append_spaces (out, room - columns);
}

void
weft_text_trim_end (GString *out)
{
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
}
