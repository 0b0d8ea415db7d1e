/* event-writer.c: rows as text, by hand: a million rows take a second. In: rows.
 * Out: lines. */
#include "event-writer.h"
#include <string.h>
#include <time.h>

static void
append_number (GString *out, guint64 number)
{
  char digits[20];
  guint at = sizeof digits;

  do
    digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  g_string_append_len (out, digits + at, sizeof digits - at);
}

static void
append_padded (GString *out, guint64 number, guint width)
{
  char digits[20];

  for (guint at = width; at-- > 0; number /= 10)
    digits[at] = (char)('0' + number % 10);
  g_string_append_len (out, digits, width);
}

static void
append_signed (GString *out, guint64 number)
{
  if ((gint64)number < 0)
    {
      g_string_append_c (out, '-');
      number = -number;
    }
  append_number (out, number);
}

void
weft_append_time (GString *out, guint64 realtime_ns)
{
  time_t seconds = (time_t)(realtime_ns / 1000000000);
  struct tm date;

  if (gmtime_r (&seconds, &date) == NULL)
    return;
  append_padded (out, (guint64)(date.tm_year + 1900), 4);
  g_string_append_c (out, '-');
  append_padded (out, (guint64)date.tm_mon + 1, 2);
  g_string_append_c (out, '-');
  append_padded (out, (guint64)date.tm_mday, 2);
  g_string_append_c (out, 'T');
  append_padded (out, (guint64)date.tm_hour, 2);
  g_string_append_c (out, ':');
  append_padded (out, (guint64)date.tm_min, 2);
  g_string_append_c (out, ':');
  append_padded (out, (guint64)date.tm_sec, 2);
  g_string_append_c (out, '.');
  append_padded (out, realtime_ns % 1000000000, 9);
  g_string_append_c (out, 'Z');
}

/* A table program takes a text that begins so for a formula, in quotes or not, and
 * works it out: who names a thread would run something in it. */
static gboolean
is_formula (const char *text)
{
  return *text != '\0' && strchr ("=+-@\t\r", *text) != NULL;
}

/* A field that could be taken for something else stands in quotes; one that would be
 * worked out stands behind an apostrophe. */
static void
append_csv_text (GString *out, const char *text)
{
  g_autofree char *marked = is_formula (text) ? g_strconcat ("'", text, NULL) : NULL;

  if (marked != NULL)
    text = marked;
  if (strpbrk (text, ",\"\r\n") == NULL && text[0] != ' ' && !g_str_has_suffix (text, " "))
    {
      g_string_append (out, text);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

void
weft_json_append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      guchar c = (guchar)*text;

      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c < 0x20)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, (char)c);
    }
  g_string_append_c (out, '"');
}

/* @quote: writes a text as the format wants it
 * @quote_all: JSON has no bare words */
static void
append_value (GString *out, const WeftEventRow *row, WeftField field,
              void (*quote) (GString *, const char *), gboolean quote_all)
{
  guint64 number = row->values[field].number;
  WeftFieldType type = weft_field_get_type (field);
  gboolean quoted = quote_all && (type == WEFT_FIELD_IS_TIME || type == WEFT_FIELD_IS_HEX);

  if (quoted)
    g_string_append_c (out, '"');
  switch (type)
    {
    case WEFT_FIELD_IS_TEXT:
      quote (out, row->values[field].text);
      break;
    case WEFT_FIELD_IS_NUMBER:
      append_number (out, number);
      break;
    case WEFT_FIELD_IS_HEX:
      g_string_append_printf (out, "0x%" G_GINT64_MODIFIER "x", number);
      break;
    case WEFT_FIELD_IS_TIME:
      weft_append_time (out, number);
      break;
    case WEFT_FIELD_IS_SIGNED:
      append_signed (out, number);
      break;
    }
  if (quoted)
    g_string_append_c (out, '"');
}

void
weft_csv_append_header (GString *out)
{
  for (WeftField field = 0; field < WEFT_N_FIELDS; field++)
    {
      if (field > 0)
        g_string_append_c (out, ',');
      g_string_append (out, weft_field_get_column (field));
    }
  g_string_append (out, "\r\n");
}

void
weft_csv_append_row (GString *out, const WeftEventRow *row)
{
  for (WeftField field = 0; field < WEFT_N_FIELDS; field++)
    {
      if (field > 0)
        g_string_append_c (out, ',');
      if (row->present & G_GUINT64_CONSTANT (1) << field)
        append_value (out, row, field, append_csv_text, FALSE);
    }
  g_string_append (out, "\r\n");
}

void
weft_jsonl_append_row (GString *out, const WeftEventRow *row)
{
  char before = '{';

  for (WeftField field = 0; field < WEFT_N_FIELDS; field++)
    {
      if (!(row->present & G_GUINT64_CONSTANT (1) << field))
        continue;
      g_string_append_c (out, before);
      g_string_append_c (out, '"');
      g_string_append (out, weft_field_get_key (field));
      g_string_append (out, "\":");
      append_value (out, row, field, weft_json_append_string, TRUE);
      before = ',';
    }
  g_string_append (out, "}\n");
}
