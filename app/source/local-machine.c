/* local-machine.c: see the header. */
#include "local-machine.h"
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

typedef struct
{
  gint64 monotonic_ns, boottime_ns;
} Offsets;

/* Lines of "monotonic  SECONDS  NANOSECONDS"; a kernel without time namespaces has no
 * such file. The file is of the namespace that children get, which is ours as well in
 * every process but one that called unshare() itself. */
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
        offsets.monotonic_ns = seconds * 1000000000 + ns;
      else if (strcmp (clock, "boottime") == 0)
        offsets.boottime_ns = seconds * 1000000000 + ns;
    }
  return offsets;
}

/* A process stays in its time namespace for as long as it lives. */
static const Offsets *
get_offsets (void)
{
  static gsize known = 0;
  static Offsets offsets;

  if (g_once_init_enter (&known))
    {
      offsets = read_offsets ();
      g_once_init_leave (&known, 1);
    }
  return &offsets;
}

gint64
weft_local_boottime_offset_ns (void)
{
  return get_offsets ()->boottime_ns;
}

guint64
weft_local_clock_now (clockid_t clock)
{
  const Offsets *offsets = get_offsets ();
  gint64 shift_ns = clock == CLOCK_MONOTONIC  ? offsets->monotonic_ns
                    : clock == CLOCK_BOOTTIME ? offsets->boottime_ns
                                              : 0;
  struct timespec now;

  if (clock_gettime (clock, &now) != 0)
    return 0;
  return (guint64)((gint64)now.tv_sec * 1000000000 + now.tv_nsec - shift_ns);
}

void
weft_local_machine_describe (WeftTraceInfo *info)
{
  struct utsname name;
  g_autofree char *boot_id = NULL;

  memset (info, 0, sizeof *info);
  /* name.machine is what a personality pretends (setarch) */
  g_strlcpy (info->architecture, WEFT_ARCHITECTURE, sizeof info->architecture);
  if (uname (&name) == 0)
    {
      g_strlcpy (info->kernel, name.release, sizeof info->kernel);
      g_strlcpy (info->host, name.nodename, sizeof info->host);
    }
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    g_strlcpy (info->boot_id, g_strchomp (boot_id), sizeof info->boot_id);
  info->n_cpus = (guint)MAX (1, sysconf (_SC_NPROCESSORS_CONF));
  info->start_ns = weft_local_clock_now (CLOCK_MONOTONIC);
  info->boottime_ns = weft_local_clock_now (CLOCK_BOOTTIME);
  info->realtime_ns = weft_local_clock_now (CLOCK_REALTIME);
}
