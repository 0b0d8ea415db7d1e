/* resources.c: see the header. In: the limits it was started with. Out: limits of ours. */
#include "resources.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <sys/resource.h>

#define MOST_DESCRIPTORS 1024
/* For the bus, the main loops, what polkit and the user database open, and descriptors that
 * come with a message and are dropped. */
#define RESERVE 32
/* Eight sessions with two unread answers of 4 MiB each, every one twice, stacks of all
 * threads, and as much again. */
#define MOST_MEMORY_BYTES (512u << 20)

/* As low as @most, where it is higher: what is not allowed stays as it is. */
static void
lower (int resource, rlim_t most)
{
  struct rlimit limit;

  if (getrlimit (resource, &limit) != 0)
    return;
  limit.rlim_max = MIN (limit.rlim_max, most);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (resource, &limit);
}

/* Of those that count; there may be more. */
static guint
count_free (void)
{
  struct pollfd *all = g_new0 (struct pollfd, MOST_DESCRIPTORS);
  struct rlimit limit = { .rlim_cur = 0 };
  guint n, number = 0;

  getrlimit (RLIMIT_NOFILE, &limit);
  n = (guint)MIN (limit.rlim_cur, MOST_DESCRIPTORS);
  for (guint i = 0; i < n; i++)
    all[i].fd = (int)i;
  if (poll (all, n, 0) >= 0)
    for (guint i = 0; i < n; i++)
      number += (all[i].revents & POLLNVAL) != 0;
  g_free (all);
  return number;
}

gboolean
weft_resources_limit (GError **error)
{
  lower (RLIMIT_NOFILE, MOST_DESCRIPTORS);
  lower (RLIMIT_DATA, MOST_MEMORY_BYTES);
  if (count_free () >= WEFT_RESOURCES_OF_SESSION + RESERVE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
               _ ("Cannot trace with so few file descriptors: %d are needed at least. Raise the "
                  "limit (ulimit -n) of what starts the helper"),
               WEFT_RESOURCES_OF_SESSION + RESERVE + 3);
  return FALSE;
}

gboolean
weft_resources_check (guint wanted, GError **error)
{
  if (count_free () >= wanted + RESERVE)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               _ ("Too many open files in the tracing helper: another session has no room. Wait "
                  "until one ends, or raise its limit of file descriptors"));
  return FALSE;
}
