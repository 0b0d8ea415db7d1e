/* stream-clock.c: see the header. */
#include "stream-clock.h"
#include <stdio.h>
#include <string.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

typedef struct
{
  gint64 monotonic_ns, boottime_ns;
} Offsets;

/* Lines of "monotonic  SECONDS  NANOSECONDS"; a kernel without time namespaces has no
 * such file. It is of the namespace that children get: ours, as nobody here calls
 * unshare(). */
static Offsets
read_offsets (void)
{
  Offsets offsets = { 0, 0 };
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/timens_offsets", &text, NULL, NULL))
    return offsets;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char clock[16];
      long long seconds, ns;

      if (sscanf (lines[i], "%15s %lld %lld", clock, &seconds, &ns) != 3)
        continue;
      if (strcmp (clock, "monotonic") == 0)
        offsets.monotonic_ns = seconds * NS_PER_S + ns;
      else if (strcmp (clock, "boottime") == 0)
        offsets.boottime_ns = seconds * NS_PER_S + ns;
    }
  return offsets;
}

static gint64
find_shift (clockid_t clock)
{
  static gsize known = 0;
  static Offsets offsets;

  if (g_once_init_enter (&known))
    {
      offsets = read_offsets ();
      g_once_init_leave (&known, 1);
    }
  if (clock == CLOCK_MONOTONIC)
    return offsets.monotonic_ns;
  return clock == CLOCK_BOOTTIME ? offsets.boottime_ns : 0;
}

guint64
weft_stream_clock_now (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64)((gint64)now.tv_sec * NS_PER_S + now.tv_nsec - find_shift (clock));
}
