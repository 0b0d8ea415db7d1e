/* two-capabilities.c: see the header. */
#include "two-capabilities.h"
#include <cap-ng.h>
#include <glib.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

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
