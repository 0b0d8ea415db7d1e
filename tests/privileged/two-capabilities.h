/* two-capabilities.h: tests trace with what the helper has and no more: some calls
 * work as root and fail so. */
#pragma once

/* NULL when the following can be done here, and tracing then. */
const char *weft_test_why_not_trace (void);

/* From root to an ordinary user with CAP_BPF and CAP_PERFMON, for good. Aborts when
 * it cannot be done. */
void weft_test_drop_to_two_capabilities (void);
