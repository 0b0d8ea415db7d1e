/* log-limit.c: see the header. In: GLib's log messages, of any thread and in anybody's words.
 * Out: their first lines, printable, until the minute's share is used up; then their number. */
#include "log-limit.h"
#include <glib.h>
#include <string.h>

#define LINES_A_MINUTE 10
#define MOST_LINE_BYTES 300

/* What was told in the minute that runs, and what was not. */
typedef struct
{
  GMutex lock;
  gint64 began_us;
  guint told, left_out;
} Share;

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0 && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

static char *
first_line (const char *message)
{
  gsize length = MIN (strcspn (message, "\r\n"), MOST_LINE_BYTES);
  char *line = g_utf8_make_valid (message, (gssize)length);

  for (char *byte = line; *byte != '\0'; byte++)
    if ((guchar)*byte < ' ' || *byte == 0x7f)
      *byte = '?';
  return line;
}

/* Returns: whether one more may be told; @left_out: how many were not, to be told with it. */
static gboolean
take_share (Share *share, guint *left_out)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean may;

  g_mutex_lock (&share->lock);
  if (now_us - share->began_us > 60 * G_USEC_PER_SEC)
    {
      share->began_us = now_us;
      share->told = 0;
    }
  may = share->told < LINES_A_MINUTE;
  *left_out = may ? share->left_out : 0;
  share->told += may;
  share->left_out = may ? 0 : share->left_out + 1;
  g_mutex_unlock (&share->lock);
  return may;
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  static Share share;
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *message = find_field (fields, n_fields, "MESSAGE");
  g_autofree char *line = NULL;
  guint left_out;

  if ((level & G_LOG_FLAG_FATAL) != 0 || message == NULL)
    return g_log_writer_default (level, fields, n_fields, user_data);
  if (g_log_writer_default_would_drop (level, domain) || !take_share (&share, &left_out))
    return G_LOG_WRITER_HANDLED;
  line = first_line (message);
  if (left_out > 0)
    g_printerr ("weftscope-tracer: %u messages were left out\n", left_out);
  g_printerr ("weftscope-tracer: %s%s%s\n", domain != NULL ? domain : "",
              domain != NULL ? ": " : "", line);
  return G_LOG_WRITER_HANDLED;
}

void
weft_log_limit_install (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}
