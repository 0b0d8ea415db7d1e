/* test-wait-streak.c: what waits with a timeout were for, as their ends and what came
 * after tell it. In: made-up stories of one thread. Out: the states of its waits, live and
 * brought back. */
#include "trace-fixture.h"
#include "wait-streak.h"
#include <linux/futex.h>

#define TID 7
#define WAKER 8
#define US G_GUINT64_CONSTANT (1000)
#define MS (1000 * US)
#define CALL_FUTEX 202
#define CALL_NANOSLEEP 35

typedef struct
{
  guint64 begin_ns, end_ns; /* of a wait */
  guint8 context;           /* of who ended it */
  guint64 address;          /* 0: it is in nanosleep */
  WeftState state;          /* that it was in truth */
} Wait;

typedef struct
{
  const char *name;
  Wait waits[8];
} Story;

#define CLOCK WEFT_CONTEXT_HARDIRQ
#define THREAD WEFT_CONTEXT_TASK
#define LOCK WEFT_STATE_LOCK
#define CONDITION WEFT_STATE_CONDITION
#define TIMER WEFT_STATE_TIMER

static const Story stories[] = {
  { "impatient until a thread lets go: the interpreter's lock",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, LOCK },
      { 6 * MS + 20 * US, 11 * MS, CLOCK, 0x1000, LOCK },
      { 11 * MS + 20 * US, 13 * MS, THREAD, 0x1004, LOCK } } },
  { "known as a lock's",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, LOCK },
      { 6 * MS + 20 * US, 8 * MS, THREAD, 0x1000, LOCK },
      { 30 * MS, 32 * MS, THREAD, 0x1004, LOCK } } },
  { "known as a lock's, and free when the clock ended the wait",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, LOCK },
      { 6 * MS + 20 * US, 8 * MS, THREAD, 0x1000, LOCK },
      { 30 * MS, 35 * MS, CLOCK, 0x1000, LOCK },
      { 40 * MS, 45 * MS, THREAD, 0x1000, LOCK } } },
  { "known as a lock's, but waited for with patience",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, LOCK },
      { 6 * MS + 20 * US, 8 * MS, THREAD, 0x1000, LOCK },
      { 30 * MS, 90 * MS, CLOCK, 0x1000, TIMER },
      { 95 * MS, 99 * MS, CLOCK, 0, TIMER } } },
  { "handed something before the timeout: an idle worker",
    { { 1 * MS, 6 * MS, THREAD, 0x1000, CONDITION },
      { 8 * MS, 400 * MS, THREAD, 0x1000, CONDITION } } },
  { "looking around now and then: an idle worker, patient",
    { { 1 * MS, 101 * MS, CLOCK, 0x1000, CONDITION },
      { 101 * MS + 20 * US, 201 * MS, CLOCK, 0x1000, CONDITION },
      { 201 * MS + 20 * US, 250 * MS, THREAD, 0x1000, CONDITION } } },
  { "a sleep made of a condition",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, TIMER }, { 9 * MS, 14 * MS, CLOCK, 0, TIMER } } },
  { "worked in between: a rhythm, not a wish",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, TIMER }, { 9 * MS, 14 * MS, THREAD, 0x1000, CONDITION } } },
  { "another condition",
    { { 1 * MS, 6 * MS, CLOCK, 0x1000, TIMER },
      { 6 * MS + 20 * US, 9 * MS, THREAD, 0x2000, CONDITION } } },
  { "woken by nobody knows whom",
    { { 1 * MS, 6 * MS, WEFT_CONTEXT_UNKNOWN, 0x1000, CONDITION },
      { 6 * MS + 20 * US, 9 * MS, THREAD, 0x1000, CONDITION } } },
};

static void
add (GArray *records, guint64 time, guint8 kind, guint32 tid)
{
  struct weft_record record = { .time_ns = START + time, .kind = kind, .units = 1, .tid = tid };

  g_array_append_val (records, record);
}

static void
add_wait (GArray *records, const Wait *wait)
{
  struct weft_record *record;

  add (records, wait->begin_ns, WEFT_SWITCH, TID);
  record = &g_array_index (records, struct weft_record, records->len - 1);
  record->sw = (struct weft_switch){ .how = WEFT_LEFT_SLEEP, .call = CALL_NANOSLEEP };
  if (wait->address != 0)
    record->sw = (struct weft_switch){ .how = WEFT_LEFT_SLEEP | FUTEX_WAIT_BITSET << 4,
                                       .flags = WEFT_FLAG_TIMEOUT,
                                       .call = CALL_FUTEX,
                                       .arg = wait->address };
  add (records, wait->end_ns, WEFT_WAKE, wait->context == THREAD ? WAKER : 0);
  record = &g_array_index (records, struct weft_record, records->len - 1);
  record->wake.woken_tid = TID;
  record->wake.context = wait->context;
  add (records, wait->end_ns + 5 * US, WEFT_SWITCH, 0);
  record = &g_array_index (records, struct weft_record, records->len - 1);
  record->sw.call = WEFT_CALL_NONE;
  record->sw.next_tid = TID;
}

static void
check (const Story *story)
{
  g_autoptr (WeftTraceStore) store = trace_fixture_new_store ();
  g_autoptr (GArray) records = g_array_new (FALSE, TRUE, sizeof (struct weft_record));
  const WeftThread *thread;
  struct weft_record *record;

  add (records, 10 * US, WEFT_SWITCH, 0);
  record = &g_array_index (records, struct weft_record, 0);
  record->sw.call = WEFT_CALL_NONE;
  record->sw.next_tid = TID;
  for (guint i = 0; i < G_N_ELEMENTS (story->waits) && story->waits[i].end_ns != 0; i++)
    add_wait (records, &story->waits[i]);
  trace_fixture_append (store, records->data, records->len * sizeof *record, START + 500 * MS);
  thread = weft_trace_store_get_thread (store, 0);
  for (guint i = 0; i < G_N_ELEMENTS (story->waits) && story->waits[i].end_ns != 0; i++)
    {
      const Wait *wait = &story->waits[i];
      WeftShares shares = { { 0 } };

      weft_thread_track_shares (thread->track, START + wait->begin_ns, START + wait->end_ns,
                                START + 500 * MS, &shares, NULL);
      if (shares.ns[wait->state] != wait->end_ns - wait->begin_ns)
        g_error ("%s: wait %u is no %s", story->name, i, weft_state_get_id (wait->state));
    }
}

/* A condition of GLib or Rust counts its signals; the third value is 2. */
static void
test_a_count_that_is_two_is_no_lock (void)
{
  struct weft_switch count = { .how = WEFT_LEFT_SLEEP | FUTEX_WAIT << 4, .arg = 0x1000 };
  struct weft_switch lock
      = { .how = WEFT_LEFT_SLEEP | FUTEX_WAIT << 4, .flags = WEFT_FLAG_CONTENDED, .arg = 0x1000 };
  guint64 address = 0;

  g_assert_cmpuint (weft_wait_tell_count (&address, &lock, LOCK), ==, LOCK);
  g_assert_cmpuint (weft_wait_tell_count (&address, &count, CONDITION), ==, CONDITION);
  g_assert_cmpuint (weft_wait_tell_count (&address, &lock, LOCK), ==, CONDITION);
  address = lock.arg = 0; /* nothing is known */
  g_assert_cmpuint (weft_wait_tell_count (&address, &lock, LOCK), ==, LOCK);
  lock.arg = 0x2000;
  g_assert_cmpuint (weft_wait_tell_count (&address, &lock, LOCK), ==, LOCK);
}

static void
test_the_end_tells_what_a_wait_was_for (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (stories); i++)
    check (&stories[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wait-streak/the-end-tells-what-a-wait-was-for",
                   test_the_end_tells_what_a_wait_was_for);
  g_test_add_func ("/wait-streak/a-count-that-is-two-is-no-lock",
                   test_a_count_that_is_two_is_no_lock);
  return g_test_run ();
}
