/* two-capabilities.c: see the header. */
#include "two-capabilities.h"
#include <cap-ng.h>
#include <glib.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

const char *
weft_test_why_not_trace (void)
{
  if (geteuid () != 0)
    return "tracing needs root";
  capng_get_caps_process ();
  if (!capng_have_capability (CAPNG_EFFECTIVE, CAP_BPF)
      || !capng_have_capability (CAPNG_EFFECTIVE, CAP_PERFMON))
    return "tracing needs CAP_BPF and CAP_PERFMON, which root has not here";
  if (access ("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return "this kernel does not describe its types (BTF)";
  return NULL;
}

void
weft_test_drop_to_two_capabilities (void)
{
  capng_clear (CAPNG_SELECT_BOTH);
  capng_updatev (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, CAP_BPF,
                 CAP_PERFMON, -1);
  g_assert_cmpint (capng_change_id (NOBODY, NOBODY, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING), ==,
                   0);
  g_assert_cmpint ((int)geteuid (), ==, NOBODY);
}
