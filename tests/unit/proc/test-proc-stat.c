/* test-proc-stat.c: the text of /proc is read right, whatever a process calls
 * itself. In: samples as the kernel writes them, and spoiled ones. */
#include "source/proc-stat.h"

#include <string.h>

#define TAIL                                                                                       \
  " S 41 42 42 34816 42 4194304 1500 0 7 0 250 130 0 0 20 0 5 0 9000 12345678 321 "                \
  "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void
test_stat_gives_every_field (void)
{
  const char *text = "42 (cat)" TAIL;
  WeftProcStat stat;

  g_assert_true (weft_proc_stat_parse (text, strlen (text), &stat));
  g_assert_cmpuint (stat.pid, ==, 42);
  g_assert_cmpuint (stat.parent, ==, 41);
  g_assert_cmpint (stat.state, ==, 'S');
  g_assert_false (stat.kernel);
  g_assert_cmpuint (stat.n_threads, ==, 5);
  g_assert_cmpuint (stat.faults, ==, 1507);
  g_assert_cmpuint (stat.cpu_ticks, ==, 380);
  g_assert_cmpuint (stat.start_ticks, ==, 9000);
  g_assert_cmpuint (stat.resident_pages, ==, 321);
  g_assert_cmpstr (stat.name, ==, "cat");
}

static void
test_stat_takes_names_of_any_bytes (void)
{
  static const char *const names[]
      = { "",  "(",        ")",         ") R 1 1 1 ", "a) Z 9 (b", "new\nline",    "\033[31m",
          " ", "(((())))", "\xff\xfe;", "a b c",      "tab\tx",    "\xe2\x80\xae)" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = g_strdup_printf ("7 (%s)%s", names[i], TAIL);
      WeftProcStat stat;

      g_assert_true (weft_proc_stat_parse (text, strlen (text), &stat));
      g_assert_cmpuint (stat.pid, ==, 7);
      g_assert_cmpuint (stat.parent, ==, 41);
      g_assert_cmpint (stat.state, ==, 'S');
      g_assert_cmpstr (stat.name, ==, names[i]);
    }
}

static void
test_stat_cuts_what_a_worker_works_at (void)
{
  static const struct
  {
    const char *text, *name;
  } cases[] = {
    { "9 (kworker/0:1-events) I 2 0 0 0 -1 69238880 0 0 0 0 0 5 0 0 20 0 1 0 12 0 0",
      "kworker/0:1" },
    { "9 (kworker/u4:2+flush-8:0) I 2 0 0 0 -1 69238880 0 0 0 0 0 5 0 0 20 0 1 0 12 0 0",
      "kworker/u4:2" },
    { "9 (kworker/R-rcu_g) I 2 0 0 0 -1 69238880 0 0 0 0 0 5 0 0 20 0 1 0 12 0 0",
      "kworker/R-rcu_g" },
    /* a process may call itself so and stays what it says */
    { "9 (kworker/0:1-x) S 2 0 0 0 -1 4194304 0 0 0 0 0 5 0 0 20 0 1 0 12 0 0", "kworker/0:1-x" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WeftProcStat stat;

      g_assert_true (weft_proc_stat_parse (cases[i].text, strlen (cases[i].text), &stat));
      g_assert_cmpstr (stat.name, ==, cases[i].name);
    }
}

static void
test_stat_refuses_what_it_cannot_read (void)
{
  static const char *const texts[]
      = { "",
          "42",
          "42 (cat",
          "cat) S 1",
          ") ( S 1",
          "42 (cat)",
          "42 (cat) ",
          "42 (cat) S",
          "42 (cat) 5 41 42",
          "(cat)" TAIL,
          "-3 (cat)" TAIL,
          "0 (cat)" TAIL,
          "99999999999 (cat)" TAIL,
          "42 (cat) S 41 42 42 34816 x 4194304 1500 0 7 0 250 130 0 0 20 0 5 0 9000 1 321",
          "42 (cat) S 41 42 42 34816 42 99999999999999999999 1 0 7 0 2 1 0 0 20 0 5 0 9 1 3" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      WeftProcStat stat = { .pid = 12345 };

      g_assert_false (weft_proc_stat_parse (texts[i], strlen (texts[i]), &stat));
      g_assert_cmpuint (stat.pid, ==, 12345);
    }
}

/* Cut anywhere: taken or refused, but never read beyond its end. */
static void
test_stat_survives_being_cut_anywhere (void)
{
  const char *whole = "42 (a) b)" TAIL;
  gsize length = strlen (whole), last_needed = (gsize)(strstr (whole, " 321 ") - whole) + 4;

  for (gsize cut = 0; cut <= length; cut++)
    {
      g_autofree char *text = g_memdup2 (whole, cut + 1); /* no zero behind it, on the heap */
      WeftProcStat stat;

      text = g_realloc (text, MAX (cut, 1));
      if (cut >= last_needed)
        g_assert_true (weft_proc_stat_parse (text, cut, &stat));
      else if (cut < last_needed - 3)
        g_assert_false (weft_proc_stat_parse (text, cut, &stat));
    }
}

static void
test_statm_gives_resident_pages (void)
{
  guint64 pages = 5;

  g_assert_true (weft_proc_statm_parse ("3013 1021 700 5 0 400 0\n", 24, &pages));
  g_assert_cmpuint (pages, ==, 1021);
  g_assert_false (weft_proc_statm_parse ("3013", 4, &pages));
  g_assert_false (weft_proc_statm_parse ("", 0, &pages));
  g_assert_cmpuint (pages, ==, 1021);
}

static void
test_status_gives_effective_uid (void)
{
  /* a newline in a name reaches us escaped, as the kernel writes it */
  const char *text = "Name:\tUid:\\nUid:\t7 7\nUmask:\t0022\nUid:\t1000\t1001\t1002\t1003\n";
  guint32 uid = 5;

  g_assert_true (weft_proc_status_parse_uid (text, strlen (text), &uid));
  g_assert_cmpuint (uid, ==, 1001);
  g_assert_false (weft_proc_status_parse_uid ("Name:\tx\nUid:\t1", 13, &uid));
  g_assert_false (weft_proc_status_parse_uid ("", 0, &uid));
}

static void
test_cmdline_becomes_one_line (void)
{
  g_autofree char *line = weft_proc_cmdline_parse ("python3\0-c\0a b\0", 15);
  g_autofree char *title = weft_proc_cmdline_parse ("nginx: worker\0\0\0   ", 19);

  g_assert_cmpstr (line, ==, "python3 -c a b");
  g_assert_cmpstr (title, ==, "nginx: worker");
  g_assert_null (weft_proc_cmdline_parse ("\0\0\0", 3));
  g_assert_null (weft_proc_cmdline_parse ("", 0));
}

static void
test_machine_gives_its_counts (void)
{
  const char *stat = "cpu  1 2 3\ncpu0 1 2 3\nintr 5 0 1\nctxt 123456\nbtime 1\nprocesses 789\n"
                     "procs_running 3\nprocs_blocked 0\n";
  WeftProcMachine machine = { 0 };

  g_assert_true (weft_proc_machine_parse (stat, "0.10 0.20 0.30 3/456 1234\n", &machine));
  g_assert_cmpuint (machine.switches, ==, 123456);
  g_assert_cmpuint (machine.forks, ==, 789);
  g_assert_cmpuint (machine.running, ==, 3);
  g_assert_cmpuint (machine.tasks, ==, 456);
  g_assert_false (weft_proc_machine_parse (stat, "0.10", &machine));
  g_assert_false (weft_proc_machine_parse ("ctxt 1\n", "0.1 0.2 0.3 3/456 1", &machine));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proc-stat/gives-every-field", test_stat_gives_every_field);
  g_test_add_func ("/proc-stat/takes-names-of-any-bytes", test_stat_takes_names_of_any_bytes);
  g_test_add_func ("/proc-stat/cuts-what-a-worker-works-at", test_stat_cuts_what_a_worker_works_at);
  g_test_add_func ("/proc-stat/refuses-what-it-cannot-read", test_stat_refuses_what_it_cannot_read);
  g_test_add_func ("/proc-stat/survives-being-cut-anywhere", test_stat_survives_being_cut_anywhere);
  g_test_add_func ("/proc-stat/statm-gives-resident-pages", test_statm_gives_resident_pages);
  g_test_add_func ("/proc-stat/status-gives-effective-uid", test_status_gives_effective_uid);
  g_test_add_func ("/proc-stat/cmdline-becomes-one-line", test_cmdline_becomes_one_line);
  g_test_add_func ("/proc-stat/machine-gives-its-counts", test_machine_gives_its_counts);
  return g_test_run ();
}
