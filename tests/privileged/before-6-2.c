/* before-6-2.c: takes this kernel for one before 6.2, so that the programs which such a
 * kernel gets are loaded and tested here too. Linked with --wrap. */
#include "kernel-features.h"

gboolean __real_weft_kernel_features_read (WeftKernelFeatures *features, GError **error);
gboolean __wrap_weft_kernel_features_read (WeftKernelFeatures *features, GError **error);

gboolean
__wrap_weft_kernel_features_read (WeftKernelFeatures *features, GError **error)
{
  gboolean read = __real_weft_kernel_features_read (features, error);

  features->modern = FALSE;
  return read;
}
