/* test-target-ends.c: a process that was a target is forgotten when the last switch of each
 * of its threads was told, in whatever order they end; or was perhaps lost. */
#include "record.h"
#include "target-ends.h"

#define TGID 100
#define WORKER 101

typedef struct
{
  struct weft_task_record records[8]; /* all of two units, for simplicity */
  guint n;
} Drain;

static void
add_exit (Drain *drain, guint32 tid, guint32 flags)
{
  struct weft_task_record *task = &drain->records[drain->n++];

  *task = (struct weft_task_record){ .kind = WEFT_EXIT, .units = 2, .tid = tid, .tgid = TGID };
  task->task_flags = flags;
}

static void
add_switch (Drain *drain, guint32 tid, guint8 left)
{
  struct weft_record *record = (void *)&drain->records[drain->n++];

  *record = (struct weft_record){ .kind = WEFT_SWITCH, .units = 2, .tid = tid };
  record->sw.how = left;
}

/* How many processes may be forgotten after this drain; it is empty again then. */
static guint
look (WeftTargetEnds *ends, Drain *drain)
{
  g_autoptr (GArray) taken = NULL;

  for (guint i = 0; i < drain->n; i++)
    weft_target_ends_see (ends, (const void *)&drain->records[i]);
  drain->n = 0;
  taken = weft_target_ends_take (ends);
  for (guint i = 0; i < taken->len; i++)
    g_assert_cmpuint (g_array_index (taken, WeftTargetEnd, i).tgid, ==, TGID);
  return taken->len;
}

static void
test_the_last_switch_ends_a_process (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  add_switch (&drain, TGID, WEFT_LEFT_PREEMPTED);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  add_switch (&drain, TGID, WEFT_LEFT_DEAD);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
  g_assert_cmpuint (look (ends, &drain), ==, 0); /* told once */
}

static void
test_it_stays_for_a_drain_when_all_came_at_once (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  add_switch (&drain, TGID, WEFT_LEFT_DEAD);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

static void
test_a_preempted_worker_keeps_its_process (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, WORKER, 0);
  add_switch (&drain, WORKER, WEFT_LEFT_PREEMPTED);
  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  add_switch (&drain, TGID, WEFT_LEFT_DEAD);
  for (int i = 0; i < 5; i++)
    g_assert_cmpuint (look (ends, &drain), ==, 0);
  add_switch (&drain, WORKER, WEFT_LEFT_DEAD);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

static void
test_an_unwanted_thread_is_not_waited_for (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD | WEFT_TASK_UNWANTED);
  look (ends, &drain);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

static void
test_what_may_have_been_lost_is_not_waited_for (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  look (ends, &drain);
  weft_target_ends_forget_waits (ends);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

static void
test_an_end_of_before_is_none_of_who_has_the_number_now (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  weft_target_ends_forget (ends); /* widened, and narrowed again to another of this number */
  for (int i = 0; i < 3; i++)
    g_assert_cmpuint (look (ends, &drain), ==, 0);
  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  add_switch (&drain, TGID, WEFT_LEFT_DEAD);
  look (ends, &drain);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

/* Exec from a worker: the leader's last switch is told under the worker's tid. */
static void
test_a_leader_that_ends_twice_is_waited_for_once (void)
{
  g_autoptr (WeftTargetEnds) ends = weft_target_ends_new ();
  Drain drain = { 0 };

  add_exit (&drain, TGID, 0);
  add_switch (&drain, WORKER, WEFT_LEFT_DEAD);
  g_assert_cmpuint (look (ends, &drain), ==, 0);
  add_exit (&drain, TGID, WEFT_TASK_LAST_THREAD);
  add_switch (&drain, TGID, WEFT_LEFT_DEAD);
  look (ends, &drain);
  g_assert_cmpuint (look (ends, &drain), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/target-ends/the-last-switch-ends-a-process",
                   test_the_last_switch_ends_a_process);
  g_test_add_func ("/target-ends/it-stays-for-a-drain-when-all-came-at-once",
                   test_it_stays_for_a_drain_when_all_came_at_once);
  g_test_add_func ("/target-ends/a-preempted-worker-keeps-its-process",
                   test_a_preempted_worker_keeps_its_process);
  g_test_add_func ("/target-ends/an-unwanted-thread-is-not-waited-for",
                   test_an_unwanted_thread_is_not_waited_for);
  g_test_add_func ("/target-ends/what-may-have-been-lost-is-not-waited-for",
                   test_what_may_have_been_lost_is_not_waited_for);
  g_test_add_func ("/target-ends/a-leader-that-ends-twice-is-waited-for-once",
                   test_a_leader_that_ends_twice_is_waited_for_once);
  g_test_add_func ("/target-ends/an-end-of-before-is-none-of-who-has-the-number-now",
                   test_an_end_of_before_is_none_of_who_has_the_number_now);
  return g_test_run ();
}
