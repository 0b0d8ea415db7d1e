/* test-machine-reply.c: what a helper says of its machine, of which no byte is vouched
 * for. In: properties. Out: a trace's info, or a refusal that leaves it alone. */
#include "local-machine.h"
#include "machine-reply.h"
#include "trace-scope.h"
#include <string.h>

static GVariant *
new_facts (const char *first, ...)
{
  GVariantBuilder facts;
  va_list args;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  va_start (args, first);
  for (const char *key = first; key != NULL; key = va_arg (args, const char *))
    g_variant_builder_add (&facts, "{sv}", key, va_arg (args, GVariant *));
  va_end (args);
  return g_variant_ref_sink (g_variant_builder_end (&facts));
}

static GVariant *
number (guint64 ns)
{
  return g_variant_new_uint64 (ns);
}

static GVariant *
text (const char *value)
{
  return g_variant_new_string (value);
}

static void
test_another_machine_is_told_whole (void)
{
  g_autoptr (GVariant) facts
      = new_facts ("host", text ("far"), "kernel", text ("6.12"), "architecture", text ("aarch64"),
                   "boot-id", text ("abc"), "cpus", g_variant_new_uint32 (96), "monotonic-ns",
                   number (1000), "boottime-ns", number (3000), "realtime-ns",
                   number (1700000000000000000), NULL);
  WeftTraceInfo info = { .label = "kept", .host = "near", .n_cpus = 2 };

  g_assert_true (weft_machine_reply_take (facts, &info));
  g_assert_cmpstr (info.host, ==, "far");
  g_assert_cmpstr (info.kernel, ==, "6.12");
  g_assert_cmpstr (info.architecture, ==, "aarch64");
  g_assert_cmpstr (info.boot_id, ==, "abc");
  g_assert_cmpstr (info.label, ==, "kept");
  g_assert_cmpuint (info.n_cpus, ==, 96);
  g_assert_cmpuint (info.start_ns, ==, 1000);
  g_assert_cmpuint (info.boottime_ns, ==, 3000);
  g_assert_cmpuint (info.realtime_ns, ==, 1700000000000000000);
}

static void
test_what_says_too_little_changes_nothing (void)
{
  GVariant *const cases[] = {
    new_facts (NULL),
    new_facts ("host", text ("far"), "cpus", g_variant_new_uint32 (1), NULL),
    new_facts ("architecture", text ("x86_64"), "cpus", g_variant_new_uint32 (1), "monotonic-ns",
               text ("now"), "boottime-ns", number (1), "realtime-ns", number (1), NULL),
    new_facts ("architecture", text (""), "cpus", g_variant_new_uint32 (1), "monotonic-ns",
               number (1), "boottime-ns", number (1), "realtime-ns", number (1), NULL),
    new_facts ("architecture", text ("x86_64"), "cpus", g_variant_new_uint32 (1), "monotonic-ns",
               number (G_MAXUINT64), "boottime-ns", number (1), "realtime-ns", number (1), NULL),
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WeftTraceInfo info = { .host = "near", .n_cpus = 2 };

      g_assert_false (weft_machine_reply_take (cases[i], &info));
      g_assert_cmpstr (info.host, ==, "near");
      g_variant_unref (cases[i]);
    }
}

static void
test_odd_words_are_made_fit (void)
{
  g_autofree char *longest = g_strnfill (5000, 'x');
  g_autoptr (GVariant) facts
      = new_facts ("host", text ("a\033[2Jb"), "kernel", text (longest), "architecture",
                   text ("x86_64"), "cpus", g_variant_new_uint32 (0), "monotonic-ns", number (1),
                   "boottime-ns", number (1), "realtime-ns", number (1), NULL);
  WeftTraceInfo info = { 0 };

  g_assert_true (weft_machine_reply_take (facts, &info));
  g_assert_cmpstr (info.host, ==, "a\\x1b[2Jb");
  g_assert_cmpuint (strlen (info.kernel), ==, sizeof info.kernel - 1);
  g_assert_cmpuint (info.n_cpus, ==, 1);
}

/* The first record moves time 0; no clock of the machine that shows it is asked. */
static void
test_clocks_are_those_that_were_told (void)
{
  const WeftTraceInfo here = { .architecture = "x86_64", .n_cpus = 1, .start_ns = 77 };
  const WeftTraceInfo far = { .architecture = "x86_64",
                              .n_cpus = 1,
                              .start_ns = 1000000,
                              .boottime_ns = 5000000,
                              .realtime_ns = 1700000000000000000 };
  const struct weft_record record = { .time_ns = 1000400,
                                      .kind = WEFT_SWITCH,
                                      .units = 1,
                                      .sw = { .how = WEFT_LEFT_IDLE, .call = WEFT_CALL_NONE } };
  g_autoptr (GBytes) records = g_bytes_new (&record, sizeof record);
  g_autoptr (WeftTraceStore) store = weft_trace_store_new (&here);
  const WeftTraceInfo *info;

  weft_trace_store_set_machine (store, &far);
  weft_trace_store_begin_with_first (store);
  g_assert_true (weft_trace_store_append (store, records, G_MAXUINT64, NULL));
  info = weft_trace_store_get_info (store);
  g_assert_cmpuint (info->start_ns, ==, 1000400);
  g_assert_cmpuint (info->boottime_ns, ==, 5000400);
  g_assert_cmpuint (info->realtime_ns, ==, 1700000000000000400);
}

static void
test_this_machine_is_described (void)
{
  WeftTraceInfo info;
  guint64 now;

  weft_local_machine_describe (&info);
  now = weft_local_clock_now (CLOCK_MONOTONIC);
  g_assert_cmpstr (info.architecture, !=, "");
  g_assert_cmpuint (info.n_cpus, >=, 1);
  g_assert_cmpuint (info.start_ns, <=, now);
  g_assert_cmpuint (now - info.start_ns, <, G_GUINT64_CONSTANT (60000000000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine-reply/another-machine-is-told-whole",
                   test_another_machine_is_told_whole);
  g_test_add_func ("/machine-reply/what-says-too-little-changes-nothing",
                   test_what_says_too_little_changes_nothing);
  g_test_add_func ("/machine-reply/odd-words-are-made-fit", test_odd_words_are_made_fit);
  g_test_add_func ("/machine-reply/clocks-are-those-that-were-told",
                   test_clocks_are_those_that_were_told);
  g_test_add_func ("/machine-reply/this-machine-is-described", test_this_machine_is_described);
  return g_test_run ();
}
