/* test-kernel-lacks.c: takes this kernel for one that lacks a tracepoint: that group is off
 * by name, with its reason, and the rest works. Linked with --wrap; runs with the helper's
 * two capabilities. */
#include "kernel-features.h"
#include "test-trace.h"
#include <string.h>

gboolean __real_weft_kernel_features_read (WeftKernelFeatures *features, GError **error);
gboolean __wrap_weft_kernel_features_read (WeftKernelFeatures *features, GError **error);

gboolean
__wrap_weft_kernel_features_read (WeftKernelFeatures *features, GError **error)
{
  gboolean read = __real_weft_kernel_features_read (features, error);

  features->lacks[WEFT_GROUP_SCHED] = (WeftGroupLack){ .missing = "sched_waking", .without = 1 };
  features->lacks[WEFT_GROUP_LIFE].without |= 1 << 3; /* task_rename */
  return read;
}

static const WeftTracerOptions machine = { .scope = WEFT_SCOPE_MACHINE };

static void
play_naps (gpointer data)
{
  weft_test_sleep_ms (5);
}

static void
test_what_is_there_is_recorded (void)
{
  g_autoptr (WeftTestTrace) trace = weft_test_trace_new (&machine);
  pid_t child = weft_test_fork (play_naps, NULL);

  g_assert_cmpint (weft_test_trace_finish (trace, child), ==, 0);
  g_assert_nonnull (weft_test_trace_find_task (trace, WEFT_FORK, (guint32)child));
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_SWITCH), ==, 0);
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_WAKE), ==, 0);
  g_assert_cmpuint (weft_test_trace_count (trace, WEFT_RENAME), ==, 0);
}

static gboolean
look_up (GVariant *capabilities, const char *name, char **why)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (capabilities, name, G_VARIANT_TYPE ("(bs)"));
  gboolean there = FALSE;

  g_assert_nonnull (value);
  g_variant_get (value, "(bs)", &there, why);
  return there;
}

static void
test_what_is_not_is_off_with_its_reason (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&machine, &error);
  g_autoptr (GVariant) capabilities = NULL;
  g_autofree char *why = NULL, *nothing = NULL, *no_name = NULL;

  g_assert_no_error (error);
  capabilities = weft_tracer_get_capabilities (tracer);
  g_assert_false (look_up (capabilities, "sched", &why));
  g_assert_nonnull (strstr (why, "sched_waking"));
  g_assert_true (look_up (capabilities, "life", &nothing));
  g_assert_cmpstr (nothing, ==, "");
  g_assert_false (look_up (capabilities, "task_rename", &no_name));
  g_assert_cmpstr (no_name, !=, "");
}

static void
test_who_asks_for_it_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftTracer) tracer = weft_tracer_new (&machine, &error);

  g_assert_no_error (error);
  g_assert_false (weft_tracer_set_groups (tracer, WEFT_GROUP_BIT (WEFT_GROUP_SCHED), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "“sched”"));
  g_assert_nonnull (strstr (error->message, "sched_waking"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!weft_test_may_trace ())
    return 77;
  g_test_add_func ("/lacks/what-is-there-is-recorded", test_what_is_there_is_recorded);
  g_test_add_func ("/lacks/what-is-not-is-off-with-its-reason",
                   test_what_is_not_is_off_with_its_reason);
  g_test_add_func ("/lacks/who-asks-for-it-is-refused", test_who_asks_for_it_is_refused);
  return g_test_run ();
}
