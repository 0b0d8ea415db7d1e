/* machine-facts.c: see the header. */
#include "machine-facts.h"
#include "stream-clock.h"
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The unit sees no /proc/sys; systemd tells it there, without the dashes. */
static char *
read_boot_id (void)
{
  const char *told = g_getenv ("WEFT_BOOT_ID");
  char *boot_id = NULL;

  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    return g_strchomp (boot_id);
  if (told == NULL || strlen (told) != 32)
    return g_strdup ("");
  return g_strdup_printf ("%.8s-%.4s-%.4s-%.4s-%.12s", told, told + 8, told + 12, told + 16,
                          told + 20);
}

static void
add_text (GVariantBuilder *facts, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_builder_add (facts, "{sv}", key, g_variant_new_string (valid));
}

static void
add_clock (GVariantBuilder *facts, const char *key, clockid_t clock)
{
  g_variant_builder_add (facts, "{sv}", key, g_variant_new_uint64 (weft_stream_clock_now (clock)));
}

GVariant *
weft_machine_facts_new (void)
{
  g_autofree char *boot_id = read_boot_id ();
  glong cpus = sysconf (_SC_NPROCESSORS_CONF);
  GVariantBuilder facts;
  struct utsname machine;

  g_variant_builder_init (&facts, G_VARIANT_TYPE ("a{sv}"));
  if (uname (&machine) == 0)
    {
      add_text (&facts, "host", machine.nodename);
      add_text (&facts, "kernel", machine.release);
    }
  /* machine.machine is what a personality pretends (setarch) */
  add_text (&facts, "architecture", WEFT_ARCHITECTURE);
  add_text (&facts, "boot-id", boot_id);
  g_variant_builder_add (&facts, "{sv}", "cpus", g_variant_new_uint32 ((guint32)MAX (cpus, 1)));
  add_clock (&facts, "monotonic-ns", CLOCK_MONOTONIC);
  add_clock (&facts, "boottime-ns", CLOCK_BOOTTIME);
  add_clock (&facts, "realtime-ns", CLOCK_REALTIME);
  return g_variant_builder_end (&facts);
}
