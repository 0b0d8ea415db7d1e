/* test-local-machine.c: what a trace of this machine says of it, whatever whoever started
 * this program makes it believe. In: a personality. Out: facts. */
#include "source/local-machine.h"
#include <sys/personality.h>
#include <sys/utsname.h>

static void
test_the_architecture_is_that_of_the_kernel (void)
{
  struct utsname name;
  WeftTraceInfo info;

  g_assert_no_errno (uname (&name));
  if (personality (PER_LINUX32) < 0)
    {
      g_test_skip ("a personality cannot be taken here");
      return;
    }
  weft_local_machine_describe (&info);
  personality (PER_LINUX);
  g_assert_cmpstr (info.architecture, ==, name.machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-machine/the-architecture-is-that-of-the-kernel",
                   test_the_architecture_is_that_of_the_kernel);
  return g_test_run ();
}
