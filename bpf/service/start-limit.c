/* start-limit.c: see the header. Of a user the time is kept at which its next start would
 * be on time, had it always waited; once that is past, nothing is kept. Starts that are held
 * up do not count: whoever gives up has used nothing. */
#include "start-limit.h"

#define INTERVAL_US G_USEC_PER_SEC
#define MOST_AT_ONCE 5

static GMutex lock;
static GHashTable *due_us; /* uid → gint64: up to MOST_AT_ONCE intervals ahead of now */

static gboolean
is_past (gpointer uid, gpointer due, gpointer now)
{
  return *(gint64 *)due <= *(gint64 *)now;
}

/* Moves on the time of @uid when that is not too far ahead. Returns: how far it is. */
static gint64
take (guint32 uid, gint64 now_us)
{
  gpointer key = GUINT_TO_POINTER (uid);
  gint64 *due = g_hash_table_lookup (due_us, key);

  if (due != NULL && *due - now_us > (MOST_AT_ONCE - 1) * INTERVAL_US)
    return *due - now_us - (MOST_AT_ONCE - 1) * INTERVAL_US;
  if (due == NULL)
    {
      due = g_new (gint64, 1);
      *due = now_us;
      g_hash_table_insert (due_us, key, due);
    }
  *due += INTERVAL_US;
  return 0;
}

guint
weft_start_limit_take (guint32 uid)
{
  gint64 now_us = g_get_monotonic_time (), wait_us;

  if (uid == 0)
    return 0;
  g_mutex_lock (&lock);
  if (due_us == NULL)
    due_us = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_foreach_remove (due_us, is_past, &now_us);
  wait_us = take (uid, now_us);
  g_mutex_unlock (&lock);
  return (guint)((wait_us + 999) / 1000);
}
