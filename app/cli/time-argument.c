/* time-argument.c: reading times digit by digit, as no double holds the nanoseconds
 * of a date. In: text. Out: nanoseconds, or a refusal. */
#include "time-argument.h"
#include <glib/gi18n.h>
#include <string.h>

static const struct
{
  const char *name;
  guint64 ns;
} units[] = {
  { "", G_GUINT64_CONSTANT (1000000000) },
  { "s", G_GUINT64_CONSTANT (1000000000) },
  { "ms", 1000000 },
  { "us", 1000 },
  { "µs", 1000 },
  { "μs", 1000 }, /* the Greek letter, beside the micro sign */
  { "ns", 1 },
  { "min", G_GUINT64_CONSTANT (60000000000) },
  { "h", G_GUINT64_CONSTANT (3600000000000) },
  { "d", G_GUINT64_CONSTANT (86400000000000) },
};

static gboolean
refuse_duration (const char *text, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no length of time: write 1.5s, 20ms or 2h."), text);
  return FALSE;
}

static gboolean
refuse_time (const char *text, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no time: write 1.5s, 20ms, 2026-11-21T03:15:00, or @ and the"
                  " nanoseconds of CLOCK_MONOTONIC."),
               text);
  return FALSE;
}

/* Reads digits with at most one point: @whole, and nine digits of @fraction. */
static const char *
read_decimal (const char *text, guint64 *whole, guint64 *fraction)
{
  guint64 place = 100000000;
  gboolean any = FALSE;

  *whole = *fraction = 0;
  for (; g_ascii_isdigit (*text) && *whole < G_MAXINT64 / 100; text++, any = TRUE)
    *whole = *whole * 10 + (guint64)(*text - '0');
  if (*text == '.')
    for (text++; g_ascii_isdigit (*text); text++, place /= 10, any = TRUE)
      *fraction += (guint64)(*text - '0') * place;
  return any ? text : NULL;
}

gboolean
weft_duration_parse (const char *text, guint64 *duration_ns, GError **error)
{
  guint64 whole, fraction;
  const char *unit = read_decimal (text, &whole, &fraction);

  for (guint i = 0; unit != NULL && i < G_N_ELEMENTS (units); i++)
    {
      guint64 ns = units[i].ns;

      if (strcmp (unit, units[i].name) != 0)
        continue;
      if (whole > (guint64)G_MAXINT64 / ns - 1)
        break;
      *duration_ns = whole * ns + (guint64)((double)fraction * (double)ns / 1e9 + 0.5);
      return TRUE;
    }
  return refuse_duration (text, error);
}

/* Splits the fraction of a second off: GDateTime keeps no more than microseconds. */
static GDateTime *
parse_date (const char *text, guint64 *fraction_ns)
{
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  const char *point = strchr (text, '.');
  g_autofree char *without = NULL;
  guint64 whole;
  const char *rest;

  *fraction_ns = 0;
  if (point == NULL)
    return g_date_time_new_from_iso8601 (text, local);
  rest = read_decimal (point, &whole, fraction_ns);
  if (rest == NULL)
    return NULL;
  without = g_strdup_printf ("%.*s%s", (int)(point - text), text, rest);
  return g_date_time_new_from_iso8601 (without, local);
}

/* CLOCK_MONOTONIC, as a program logs it. */
static gboolean
parse_clock (const char *text, guint64 start_ns, guint64 *time_ns, GError **error)
{
  guint64 clock_ns;

  if (!g_ascii_string_to_unsigned (text + 1, 10, 0, G_MAXINT64, &clock_ns, NULL))
    return refuse_time (text, error);
  *time_ns = MAX (clock_ns, start_ns);
  return TRUE;
}

gboolean
weft_time_parse (const char *text, guint64 start_ns, guint64 realtime_ns, guint64 *time_ns,
                 GError **error)
{
  g_autoptr (GDateTime) date = NULL;
  guint64 duration_ns, fraction_ns, date_ns;

  if (text[0] == '@')
    return parse_clock (text, start_ns, time_ns, error);
  if (weft_duration_parse (text, &duration_ns, NULL))
    {
      *time_ns = start_ns + duration_ns;
      return TRUE;
    }
  date = parse_date (text, &fraction_ns);
  if (date == NULL || g_date_time_to_unix (date) < 0
      || g_date_time_to_unix (date) > G_MAXINT64 / 1000000000 - 1)
    return refuse_time (text, error);
  date_ns = (guint64)g_date_time_to_unix (date) * 1000000000 + fraction_ns;
  *time_ns = date_ns > realtime_ns ? start_ns + (date_ns - realtime_ns) : start_ns;
  return TRUE;
}
