/* test-machine-facts.c: what the helper says of the machine, whatever whoever started it
 * makes a program believe. In: a personality. Out: facts. */
#include "machine-facts.h"
#include <sys/personality.h>
#include <sys/utsname.h>

static char *
tell_architecture (void)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (weft_machine_facts_new ());
  char *architecture = NULL;

  g_variant_lookup (facts, "architecture", "s", &architecture);
  return architecture;
}

static void
test_the_architecture_is_that_of_the_kernel (void)
{
  g_autofree char *pretended = NULL;
  struct utsname name;

  g_assert_no_errno (uname (&name));
  if (personality (PER_LINUX32) < 0)
    {
      g_test_skip ("a personality cannot be taken here");
      return;
    }
  pretended = tell_architecture ();
  personality (PER_LINUX);
  g_assert_cmpstr (pretended, ==, name.machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine-facts/the-architecture-is-that-of-the-kernel",
                   test_the_architecture_is_that_of_the_kernel);
  return g_test_run ();
}
