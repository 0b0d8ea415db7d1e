/* test-lane-list.c: the list of lanes follows a trace that grows, and what stays stays.
 * In: births. Out: items, found in another thread. */
#include "lane-list.h"
#include "record.h"

#define START (G_GUINT64_CONSTANT (5000) * 1000000000)

typedef struct
{
  WeftTraceStore *store;
  WeftLaneList *list;
  guint64 now_ns;
  guint n_changed;
} Fixture;

static void
bear (Fixture *self, guint32 tid, guint32 tgid, guint32 parent)
{
  const struct weft_task_record task = { .time_ns = ++self->now_ns,
                                         .kind = WEFT_FORK,
                                         .units = 2,
                                         .tid = tid,
                                         .tgid = tgid,
                                         .parent_tgid = parent,
                                         .comm = "made-up",
                                         .start_boottime_ns = self->now_ns };
  g_autoptr (GBytes) bytes = g_bytes_new (&task, sizeof task);

  g_assert_true (weft_trace_store_append (self->store, bytes, self->now_ns + 1, NULL));
}

static guint
find (Fixture *self, guint32 tgid)
{
  return weft_process_table_find (weft_trace_store_get_processes (self->store), tgid);
}

static void
changed_cb (WeftLaneList *list, Fixture *self)
{
  self->n_changed++;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 2, .start_ns = START };

  self->now_ns = START;
  self->store = weft_trace_store_new (&info);
  bear (self, 10, 10, 1);
  bear (self, 20, 20, 10);
  bear (self, 90, 90, 1);
  self->list = weft_lane_list_new ();
  weft_lane_list_show (self->list, self->store, find (self, 10));
  g_signal_connect (self->list, "changed", G_CALLBACK (changed_cb), self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->list);
  g_object_unref (self->store);
}

/* "[10 2] 10 11": headings with their number of threads, and tids. */
static char *
as_text (Fixture *self)
{
  GListModel *items = weft_lane_list_get_items (self->list);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (WeftLaneItem) item = g_list_model_get_item (items, i);
      const WeftLane *lane = weft_lane_item_get_lane (item);
      const WeftProcess *process
          = weft_process_table_get (weft_trace_store_get_processes (self->store), lane->process);

      g_string_append (text, i > 0 ? " " : "");
      if (lane->thread == WEFT_NO_ID)
        g_string_append_printf (text, "[%u %u]", process->tgid, lane->n_threads);
      else
        g_string_append_printf (text, "%u",
                                weft_trace_store_get_thread (self->store, lane->thread)->tid);
    }
  return g_string_free (text, FALSE);
}

static void
assert_shows (Fixture *self, const char *expected)
{
  g_autofree char *text = as_text (self);

  g_assert_cmpstr (text, ==, expected);
}

static void
update (Fixture *self)
{
  guint before = self->n_changed;

  while (self->n_changed == before)
    {
      weft_lane_list_update (self->list);
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
test_a_trace_that_grows_is_followed (Fixture *self, gconstpointer unused)
{
  GListModel *items = weft_lane_list_get_items (self->list);
  g_autoptr (WeftLaneItem) first = NULL, last = NULL, first_then = NULL, last_then = NULL;

  assert_shows (self, "[10 1] 10 [20 1] 20");
  first = g_list_model_get_item (items, 0);
  last = g_list_model_get_item (items, 3);
  bear (self, 11, 10, 10);
  assert_shows (self, "[10 1] 10 [20 1] 20");
  update (self);
  assert_shows (self, "[10 2] 10 11 [20 1] 20");
  first_then = g_list_model_get_item (items, 0);
  last_then = g_list_model_get_item (items, 4);
  g_assert_true (first == first_then && last == last_then);
  bear (self, 30, 30, 20);
  update (self);
  assert_shows (self, "[10 2] 10 11 [20 1] 20 [30 1] 30");
}

static void
test_what_was_chosen_meanwhile_stands (Fixture *self, gconstpointer unused)
{
  bear (self, 11, 10, 10);
  weft_lane_list_update (self->list); /* looks at what is shown now */
  weft_lane_list_show (self->list, self->store, find (self, 90));
  assert_shows (self, "[90 1] 90");
  for (guint i = 0; i < 200; i++)
    {
      g_usleep (1000);
      g_main_context_iteration (NULL, FALSE);
    }
  assert_shows (self, "[90 1] 90");
}

static void
test_folded_headings_have_no_lanes (Fixture *self, gconstpointer unused)
{
  weft_lane_list_toggle (self->list, find (self, 10));
  assert_shows (self, "[10 1] [20 1] 20");
  bear (self, 11, 10, 10);
  bear (self, 21, 20, 20);
  update (self);
  assert_shows (self, "[10 2] [20 2] 20 21");
  weft_lane_list_toggle (self->list, find (self, 10));
  assert_shows (self, "[10 2] 10 11 [20 2] 20 21");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/lane-list/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-trace-that-grows-is-followed", test_a_trace_that_grows_is_followed);
  ADD ("what-was-chosen-meanwhile-stands", test_what_was_chosen_meanwhile_stands);
  ADD ("folded-headings-have-no-lanes", test_folded_headings_have_no_lanes);
  return g_test_run ();
}
