/* proc-stat.c: see the header. Every number is checked where it is read; the
 * only trust in the kernel is that the last parenthesis of stat closes the
 * name, for no later field can hold one. */
#include "proc-stat.h"

#include <string.h>

#define PF_KTHREAD 0x00200000u

/* Numbers of fields as proc(5) counts them, from 1; 1 and 2 are pid and name. */
enum
{
  FIELD_STATE = 3,
  FIELD_PARENT = 4,
  FIELD_FLAGS = 9,
  FIELD_MINOR_FAULTS = 10,
  FIELD_MAJOR_FAULTS = 12,
  FIELD_USER_TICKS = 14,
  FIELD_SYSTEM_TICKS = 15,
  FIELD_THREADS = 20,
  FIELD_START = 22,
  FIELD_RESIDENT = 24,
  N_FIELDS_NEEDED = FIELD_RESIDENT + 1,
};

/* A decimal number, moving @at behind it; a leading minus is taken and the
 * value is then 0, since no field that is read can be negative. */
static gboolean
take_number (const char **at, const char *end, guint64 *value)
{
  const char *p = *at;
  gboolean negative = p < end && *p == '-';
  guint64 number = 0;

  if (negative)
    p++;
  if (p >= end || !g_ascii_isdigit (*p))
    return FALSE;
  for (; p < end && g_ascii_isdigit (*p); p++)
    {
      guint64 digit = (guint64)(*p - '0');

      if (number > (G_MAXUINT64 - digit) / 10)
        return FALSE;
      number = number * 10 + digit;
    }
  *value = negative ? 0 : number;
  *at = p;
  return TRUE;
}

static void
skip_blanks (const char **at, const char *end)
{
  while (*at < end && (**at == ' ' || **at == '\t'))
    (*at)++;
}

/* Fields 4 … FIELD_RESIDENT into @fields by their number. */
static gboolean
take_fields (const char *at, const char *end, guint64 *fields)
{
  for (guint i = FIELD_PARENT; i < N_FIELDS_NEEDED; i++)
    {
      skip_blanks (&at, end);
      if (!take_number (&at, end, &fields[i]))
        return FALSE;
    }
  return TRUE;
}

/* A worker's name goes on with what it works at, which changes all the time:
 * "kworker/0:1-events" is the thread "kworker/0:1". */
static void
cut_worker_name (char *name)
{
  char *colon;

  if (!g_str_has_prefix (name, "kworker/"))
    return;
  colon = strchr (name, ':');
  if (colon != NULL)
    colon[strcspn (colon, "+-")] = '\0';
}

gboolean
weft_proc_stat_parse (const char *text, gsize length, WeftProcStat *stat)
{
  const char *end = text + length, *at = text;
  const char *open = memchr (text, '(', length), *close = memrchr (text, ')', length);
  guint64 fields[N_FIELDS_NEEDED] = { 0 }, pid;
  WeftProcStat result = { 0 };

  if (open == NULL || close == NULL || close < open || !take_number (&at, end, &pid) || pid == 0
      || pid > G_MAXINT32)
    return FALSE;
  at = close + 1;
  skip_blanks (&at, end);
  if (at >= end || !g_ascii_isalpha (*at))
    return FALSE;
  result.state = *at++;
  if (!take_fields (at, end, fields) || fields[FIELD_PARENT] > G_MAXINT32)
    return FALSE;

  result.pid = (guint32)pid;
  result.parent = (guint32)fields[FIELD_PARENT];
  result.kernel = (fields[FIELD_FLAGS] & PF_KTHREAD) != 0;
  result.n_threads = (guint)MIN (fields[FIELD_THREADS], G_MAXINT32);
  result.faults = fields[FIELD_MINOR_FAULTS] + fields[FIELD_MAJOR_FAULTS];
  result.cpu_ticks = fields[FIELD_USER_TICKS] + fields[FIELD_SYSTEM_TICKS];
  result.start_ticks = fields[FIELD_START];
  result.resident_pages = fields[FIELD_RESIDENT];
  memcpy (result.name, open + 1, MIN ((gsize)(close - open - 1), sizeof result.name - 1));
  if (result.kernel)
    cut_worker_name (result.name);
  *stat = result;
  return TRUE;
}

gboolean
weft_proc_statm_parse (const char *text, gsize length, guint64 *resident_pages)
{
  const char *at = text, *end = text + length;
  guint64 size, resident;

  if (!take_number (&at, end, &size))
    return FALSE;
  skip_blanks (&at, end);
  if (!take_number (&at, end, &resident))
    return FALSE;
  *resident_pages = resident;
  return TRUE;
}

/* The text behind @key at the beginning of a line. The name's line comes first,
 * but the kernel escapes newlines in it, so no name can forge a line. */
static const char *
find_line (const char *text, gsize length, const char *key)
{
  gsize key_length = strlen (key);
  const char *end = text + length;

  for (const char *line = text; line != NULL && (gsize)(end - line) > key_length;)
    {
      if (memcmp (line, key, key_length) == 0)
        return line + key_length;
      line = memchr (line, '\n', (gsize)(end - line));
      line = line != NULL ? line + 1 : NULL;
    }
  return NULL;
}

gboolean
weft_proc_status_parse_uid (const char *text, gsize length, guint32 *uid)
{
  const char *at = find_line (text, length, "Uid:"), *end = text + length;
  guint64 real, effective;

  if (at == NULL)
    return FALSE;
  skip_blanks (&at, end);
  if (!take_number (&at, end, &real))
    return FALSE;
  skip_blanks (&at, end);
  if (!take_number (&at, end, &effective) || effective > G_MAXUINT32)
    return FALSE;
  *uid = (guint32)effective;
  return TRUE;
}

char *
weft_proc_cmdline_parse (const char *text, gsize length)
{
  char *line;

  while (length > 0 && (text[length - 1] == '\0' || text[length - 1] == ' '))
    length--;
  if (length == 0)
    return NULL;
  line = g_malloc (length + 1);
  for (gsize i = 0; i < length; i++)
    line[i] = text[i] != '\0' ? text[i] : ' ';
  line[length] = '\0';
  return line;
}

static gboolean
take_line_number (const char *text, const char *key, guint64 *value)
{
  gsize length = strlen (text);
  const char *at = find_line (text, length, key), *end = text + length;

  if (at == NULL)
    return FALSE;
  skip_blanks (&at, end);
  return take_number (&at, end, value);
}

gboolean
weft_proc_machine_parse (const char *stat, const char *loadavg, WeftProcMachine *machine)
{
  guint64 switches, forks, running, tasks;
  const char *slash = strchr (loadavg, '/'), *at = slash != NULL ? slash + 1 : NULL;

  if (at == NULL || !take_number (&at, loadavg + strlen (loadavg), &tasks)
      || !take_line_number (stat, "ctxt ", &switches)
      || !take_line_number (stat, "processes ", &forks)
      || !take_line_number (stat, "procs_running ", &running))
    return FALSE;
  *machine = (WeftProcMachine){ .switches = switches,
                                .forks = forks,
                                .running = (guint)MIN (running, G_MAXINT32),
                                .tasks = (guint)MIN (tasks, G_MAXINT32) };
  return TRUE;
}
