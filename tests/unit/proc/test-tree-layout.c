/* test-tree-layout.c: rows of the tree are what was asked for. In: tables that
 * are filled as /proc and records fill them. */
#include "trace/families.h"
#include "trace/tree-members.h"

#include <string.h>

#define S G_GUINT64_CONSTANT (1000000000)

/* --- tables ------------------------------------------------------------- */

static void
add_process (GArray *entries, guint32 tgid, guint32 parent, const char *name, gboolean kernel)
{
  WeftProcEntry entry = { .tgid = tgid,
                          .parent_tgid = parent,
                          .start_boottime_ns = tgid * S / 100,
                          .state = 'S',
                          .n_threads = 1,
                          .kernel = kernel,
                          .memory_bytes = (tgid * 7919 % 101) << 20 };

  g_strlcpy (entry.comm, name, sizeof entry.comm);
  g_array_append_val (entries, entry);
}

static WeftProcessTable *
table_of (GArray *entries)
{
  WeftProcessTable *table = weft_process_table_new ();
  const WeftProcSnapshot snapshot = { .time_ns = 1000 * S, .entries = entries };

  weft_process_table_reconcile (table, &snapshot);
  return table;
}

static GArray *
new_entries (void)
{
  return g_array_new (FALSE, TRUE, sizeof (WeftProcEntry));
}

/* 1 systemd (2 bash (4 make (5 cc), 6 vi), 3 sshd); kernel: 7 kthreadd (8 kworker) */
static WeftProcessTable *
small_table (void)
{
  g_autoptr (GArray) entries = new_entries ();

  add_process (entries, 1, 0, "systemd", FALSE);
  add_process (entries, 2, 1, "bash", FALSE);
  add_process (entries, 3, 1, "sshd", FALSE);
  add_process (entries, 4, 2, "make", FALSE);
  add_process (entries, 5, 4, "cc", FALSE);
  add_process (entries, 6, 2, "vi", FALSE);
  add_process (entries, 7, 0, "kthreadd", TRUE);
  add_process (entries, 8, 7, "kworker", TRUE);
  return table_of (entries);
}

static WeftTreeQuery
plain_query (void)
{
  return (WeftTreeQuery){ .family = WEFT_NO_ID, .now_ns = 2000 * S, .show_exited_ns = 3 * S };
}

/* "1 2.4..5 3": a pid after as many dots as it is deep; +n hidden, * matched. */
static char *
rows_as_text (WeftProcessTable *table, const WeftTreeQuery *query)
{
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = weft_tree_rows_new (table, query, &counts);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      const WeftTreeRow *row = &g_array_index (rows, WeftTreeRow, i);

      g_string_append_printf (text, "%s", i > 0 ? " " : "");
      for (guint d = 0; d < row->depth; d++)
        g_string_append_c (text, '.');
      g_string_append_printf (text, "%u", weft_process_table_get (table, row->process)->tgid);
      if (row->n_hidden > 0)
        g_string_append_printf (text, "+%u", row->n_hidden);
      if (row->matched)
        g_string_append_c (text, '*');
    }
  return g_string_free (text, FALSE);
}

static void
assert_rows (WeftProcessTable *table, const WeftTreeQuery *query, const char *expected)
{
  g_autofree char *text = rows_as_text (table, query);

  g_assert_cmpstr (text, ==, expected);
}

static void
end_process (WeftProcessTable *table, guint32 tgid, guint64 time_ns)
{
  guint id = weft_process_table_find (table, tgid);
  guint64 start = weft_process_table_get (table, id)->start_boottime_ns;
  const struct weft_task_record record = { .time_ns = time_ns,
                                           .kind = WEFT_EXIT,
                                           .units = 2,
                                           .tid = tgid,
                                           .tgid = tgid,
                                           .start_boottime_ns = start,
                                           .task_flags = WEFT_TASK_LAST_THREAD };

  weft_process_table_apply (table, &record, start);
}

/* --- tests --------------------------------------------------------------- */

static void
test_rows_stand_under_their_parents (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();

  assert_rows (table, &query, "1 .2 ..4 ...5 ..6 .3");
  query.show_kernel = TRUE;
  assert_rows (table, &query, "1 .2 ..4 ...5 ..6 .3 7 .8");
}

static void
assert_family (WeftProcessTable *table, guint root, const char *expected)
{
  g_autoptr (GArray) family = weft_family_order_new (table, root);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < family->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "",
                            weft_process_table_get (table, g_array_index (family, guint, i))->tgid);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Lanes and pictures have the order of the tree, and keep orphans in their family. */
static void
test_families_have_the_order_of_the_tree (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();

  assert_family (table, WEFT_NO_ID, "1 2 4 5 6 3 7 8");
  assert_family (table, weft_process_table_find (table, 2), "2 4 5 6");
  assert_family (table, weft_process_table_find (table, 3), "3");
  end_process (table, 4, 50);
  assert_family (table, weft_process_table_find (table, 2), "2 4 5 6");
}

/* Numbers began anew: /proc lists the children 5 and 6 before their parents 30 and 31. */
static void
test_families_of_numbers_that_began_anew (void)
{
  g_autoptr (GArray) entries = new_entries ();
  g_autoptr (WeftProcessTable) table = NULL;

  add_process (entries, 1, 0, "systemd", FALSE);
  add_process (entries, 5, 30, "child", FALSE);
  add_process (entries, 6, 31, "other", FALSE);
  add_process (entries, 7, 6, "grandchild", FALSE);
  add_process (entries, 30, 1, "parent", FALSE);
  add_process (entries, 31, 5, "son", FALSE);
  for (guint i = 1; i < entries->len; i++)
    {
      static const guint64 order[] = { 0, 2, 4, 5, 1, 3 };

      g_array_index (entries, WeftProcEntry, i).start_boottime_ns = 10 * S + order[i] * S;
    }
  table = table_of (entries);
  assert_family (table, WEFT_NO_ID, "1 30 5 31 6 7");
  assert_family (table, weft_process_table_find (table, 30), "30 5 31 6 7");
  assert_family (table, weft_process_table_find (table, 31), "31 6 7");
}

/* --- as a trace goes on ---------------------------------------------------- */

static void
bear (WeftProcessTable *table, guint32 tgid, guint32 parent, guint64 time_ns)
{
  const struct weft_task_record record = { .time_ns = time_ns,
                                           .kind = WEFT_FORK,
                                           .units = 2,
                                           .tid = tgid,
                                           .tgid = tgid,
                                           .parent_tgid = parent,
                                           .start_boottime_ns = time_ns };

  weft_process_table_apply (table, &record, time_ns);
}

/* A born process has one that is alive for a parent; one in two ends again. */
static void
live_on (WeftProcessTable *table, GRand *rand, guint32 *next_tgid, guint64 *now_ns)
{
  for (guint i = 0; i < 40; i++)
    {
      guint32 tgid = (guint32)g_rand_int_range (rand, 1, (gint32)*next_tgid);
      guint id = weft_process_table_find (table, tgid);

      *now_ns += S / 20;
      if (id == WEFT_NO_ID || weft_process_table_get (table, id)->end_ns != 0)
        continue;
      if (g_rand_boolean (rand))
        bear (table, (*next_tgid)++, tgid, *now_ns);
      else if (tgid > 6)
        end_process (table, tgid, *now_ns);
    }
}

static void
test_members_are_all_that_may_be_shown (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  g_autoptr (WeftFamilies) families = weft_families_new (table);
  g_autoptr (WeftTreeMembers) members = weft_tree_members_new (families, table);
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  WeftTreeQuery query = plain_query ();
  guint32 next_tgid = 9;
  guint most = 0;

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *of_all = NULL;
      g_autofree char *of_members = NULL;
      g_autoptr (GArray) among = NULL, order = NULL, fresh = NULL;

      live_on (table, rand, &next_tgid, &query.now_ns);
      query.family = i % 8 < 2 ? WEFT_NO_ID : weft_process_table_find (table, 2 + i / 8 % 3);
      query.among = NULL;
      of_all = rows_as_text (table, &query);
      query.among = among = weft_tree_members_list (members, &query);
      of_members = rows_as_text (table, &query);
      g_assert_cmpstr (of_members, ==, of_all);
      most = MAX (most, among->len);
      order = weft_families_list (families, query.family);
      fresh = weft_family_order_new (table, query.family);
      g_assert_cmpmem (order->data, order->len * sizeof (guint), fresh->data,
                       fresh->len * sizeof (guint));
    }
  g_assert_cmpuint (most, <, weft_process_table_get_size (table));
}

/* Ten thousand that came and went are not looked at again. */
static void
test_who_ended_long_ago_is_no_member (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  g_autoptr (WeftFamilies) families = weft_families_new (table);
  g_autoptr (WeftTreeMembers) members = weft_tree_members_new (families, table);
  WeftTreeQuery query = plain_query ();
  g_autoptr (GArray) others = NULL, family = NULL;

  for (guint32 i = 0; i < 10000; i++)
    {
      bear (table, 100 + i, 4, query.now_ns);
      end_process (table, 100 + i, query.now_ns + 1);
    }
  query.now_ns += 10 * S;
  others = weft_tree_members_list (members, &query);
  g_assert_cmpuint (others->len, ==, 8);
  query.family = weft_process_table_find (table, 4);
  family = weft_tree_members_list (members, &query);
  g_assert_cmpuint (family->len, ==, 8 + WEFT_TREE_MAX_KEPT);
}

static void
test_counts_tell_what_is_hidden (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;

  g_array_unref (weft_tree_rows_new (table, &query, &counts));
  g_assert_cmpuint (counts.alive, ==, 8);
  g_assert_cmpuint (counts.threads, ==, 8);
  g_assert_cmpuint (counts.kernel_hidden, ==, 2);
  g_assert_cmpuint (counts.next_leave_ns, ==, 0);
}

static void
test_connectors_lead_to_later_siblings (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = weft_tree_rows_new (table, &query, &counts);
  static const struct
  {
    gboolean last, has_children;
    guint64 open;
  } expected[] = { { TRUE, TRUE, 0 },       { FALSE, TRUE, 0 },      { FALSE, TRUE, 1 << 1 },
                   { TRUE, FALSE, 3 << 1 }, { TRUE, FALSE, 1 << 1 }, { TRUE, FALSE, 0 } };

  g_assert_cmpuint (rows->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < rows->len; i++)
    {
      const WeftTreeRow *row = &g_array_index (rows, WeftTreeRow, i);

      g_assert_cmpint (row->last_child, ==, expected[i].last);
      g_assert_cmpint (row->has_children, ==, expected[i].has_children);
      g_assert_cmphex (row->open_levels, ==, expected[i].open);
    }
}

static void
test_collapsed_rows_count_what_they_hide (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  g_autoptr (GHashTable) collapsed = g_hash_table_new (NULL, NULL);
  WeftTreeQuery query = plain_query ();

  query.collapsed = collapsed;
  g_hash_table_add (collapsed, GUINT_TO_POINTER (weft_process_table_find (table, 2)));
  assert_rows (table, &query, "1 .2+3 .3");
  g_hash_table_add (collapsed, GUINT_TO_POINTER (weft_process_table_find (table, 4)));
  assert_rows (table, &query, "1 .2+3 .3");
  g_hash_table_add (collapsed, GUINT_TO_POINTER (weft_process_table_find (table, 1)));
  assert_rows (table, &query, "1+5");
}

static void
test_search_shows_what_it_finds_and_the_way_there (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  g_autoptr (GHashTable) collapsed = g_hash_table_new (NULL, NULL);
  WeftTreeQuery query = plain_query ();
  static const struct
  {
    const char *search, *rows;
  } cases[] = { { "cc", "1 .2 ..4 ...5*" }, { "CC", "1 .2 ..4 ...5*" },
                { "s", "1* .2* .3*" },      { "3", "1 .3*" },
                { "nobody", "" },           { "", "1 .2 ..4 ...5 ..6 .3" },
                { "kworker", "" },          { "Ä", "" } };

  query.collapsed = collapsed;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      query.search = cases[i].search;
      assert_rows (table, &query, cases[i].rows);
    }
  g_hash_table_add (collapsed, GUINT_TO_POINTER (weft_process_table_find (table, 1)));
  query.search = "vi";
  assert_rows (table, &query, "1 .2 ..6*"); /* a collapsed row hides nothing that was found */
}

static void
test_search_ignores_case_of_all_letters (void)
{
  g_autoptr (GArray) entries = new_entries ();
  g_autoptr (WeftProcessTable) table = NULL;
  WeftTreeQuery query = plain_query ();

  add_process (entries, 1, 0, "über", FALSE);
  table = table_of (entries);
  query.search = "ÜBER";
  assert_rows (table, &query, "1*");
}

static void
test_orders_make_a_flat_list (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();

  query.order = WEFT_TREE_BY_NAME;
  assert_rows (table, &query, "2 5 4 3 1 6");
  query.descending = TRUE;
  assert_rows (table, &query, "6 1 3 4 5 2");
  query.order = WEFT_TREE_BY_AGE; /* a pid is younger than those before it */
  assert_rows (table, &query, "1 2 3 4 5 6");
  query.search = "s";
  assert_rows (table, &query, "1* 2* 3*");
}

static void
test_memory_order_is_by_memory (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = NULL;

  query.order = WEFT_TREE_BY_MEMORY;
  query.descending = TRUE;
  rows = weft_tree_rows_new (table, &query, &counts);
  for (guint i = 1; i < rows->len; i++)
    {
      const WeftProcess *above
          = weft_process_table_get (table, g_array_index (rows, WeftTreeRow, i - 1).process);
      const WeftProcess *below
          = weft_process_table_get (table, g_array_index (rows, WeftTreeRow, i).process);

      g_assert_cmpuint (above->memory_bytes, >=, below->memory_bytes);
    }
}

static void
test_exited_rows_stay_for_a_while (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;

  end_process (table, 4, 1999 * S);
  assert_rows (table, &query, "1 .2 ..4 ...5 ..6 .3");
  g_array_unref (weft_tree_rows_new (table, &query, &counts));
  g_assert_cmpuint (counts.next_leave_ns, ==, 2002 * S);
  g_assert_cmpuint (counts.alive, ==, 7);
  query.now_ns = 2002 * S;
  /* its child hangs on the next ancestor that is there */
  assert_rows (table, &query, "1 .2 ..5 ..6 .3");
  query.show_exited_ns = G_MAXUINT64;
  assert_rows (table, &query, "1 .2 ..4 ...5 ..6 .3");
}

static void
test_family_stays_when_it_exits (void)
{
  g_autoptr (WeftProcessTable) table = small_table ();
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = NULL;

  end_process (table, 5, 1000 * S);
  end_process (table, 4, 1001 * S);
  end_process (table, 3, 1002 * S);
  assert_rows (table, &query, "1 .2 ..6");
  query.family = weft_process_table_find (table, 4);
  assert_rows (table, &query, "1 .2 ..4 ...5 ..6");
  rows = weft_tree_rows_new (table, &query, &counts);
  g_assert_true (g_array_index (rows, WeftTreeRow, 2).kept);
  g_assert_false (g_array_index (rows, WeftTreeRow, 1).kept);
  g_assert_cmpuint (counts.next_leave_ns, ==, 0);
}

/* A long chain must neither overflow the stack nor the 64 levels of lines. */
static void
test_chain_of_many_generations (void)
{
  g_autoptr (GArray) entries = new_entries ();
  g_autoptr (WeftProcessTable) table = NULL;
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = NULL;

  for (guint32 pid = 1; pid <= 50000; pid++)
    add_process (entries, pid, pid - 1, "chain", FALSE);
  table = table_of (entries);
  rows = weft_tree_rows_new (table, &query, &counts);
  g_assert_cmpuint (rows->len, ==, 50000);
  for (guint i = 0; i < rows->len; i++)
    g_assert_cmpuint (g_array_index (rows, WeftTreeRow, i).depth, ==, i);
}

static guint
parent_in_rows (const GArray *rows, guint at)
{
  guint depth = g_array_index (rows, WeftTreeRow, at).depth;

  while (at-- > 0)
    if (g_array_index (rows, WeftTreeRow, at).depth + 1 == depth)
      return g_array_index (rows, WeftTreeRow, at).process;
  return WEFT_NO_ID;
}

/* Random parents, circles among them: each is there once, under its parent when
 * no circle was cut, and the flags agree with the depths. */
static void
check_random_tree (GRand *random, guint n)
{
  g_autoptr (GArray) entries = new_entries ();
  g_autoptr (WeftProcessTable) table = NULL;
  WeftTreeQuery query = plain_query ();
  WeftTreeCounts counts;
  g_autoptr (GArray) rows = NULL;
  g_autofree guint8 *seen = g_new0 (guint8, n + 1);
  gboolean circles = g_rand_boolean (random);

  for (guint32 pid = 1; pid <= n; pid++)
    add_process (entries, pid,
                 (guint32)g_rand_int_range (random, 0, circles ? (gint32)n + 1 : (gint32)pid), "p",
                 FALSE);
  table = table_of (entries);
  rows = weft_tree_rows_new (table, &query, &counts);
  g_assert_cmpuint (rows->len, ==, n);
  for (guint i = 0; i < rows->len; i++)
    {
      const WeftTreeRow *row = &g_array_index (rows, WeftTreeRow, i);
      guint below = i + 1 < rows->len ? g_array_index (rows, WeftTreeRow, i + 1).depth : 0;
      guint next = i + 1;

      g_assert_cmpuint (seen[row->process]++, ==, 0);
      g_assert_cmpuint (below, <=, row->depth + 1);
      g_assert_cmpint (row->has_children, ==, below > row->depth);
      while (next < rows->len && g_array_index (rows, WeftTreeRow, next).depth > row->depth)
        next++;
      if (row->depth > 0)
        {
          gboolean last
              = next == rows->len || g_array_index (rows, WeftTreeRow, next).depth < row->depth;

          g_assert_cmpint (row->last_child, ==, last);
          g_assert_cmpuint (weft_process_table_get (table, row->process)->parent, ==,
                            parent_in_rows (rows, i));
        }
      else if (!circles)
        {
          g_assert_cmpuint (weft_process_table_get (table, row->process)->parent, ==, WEFT_NO_ID);
        }
    }
}

static void
test_random_trees_are_whole (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (9);

  for (guint round = 0; round < 500; round++)
    check_random_tree (random, (guint)g_rand_int_range (random, 1, 40));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree-layout/rows-stand-under-their-parents",
                   test_rows_stand_under_their_parents);
  g_test_add_func ("/tree-layout/families-have-the-order-of-the-tree",
                   test_families_have_the_order_of_the_tree);
  g_test_add_func ("/tree-layout/counts-tell-what-is-hidden", test_counts_tell_what_is_hidden);
  g_test_add_func ("/tree-layout/connectors-lead-to-later-siblings",
                   test_connectors_lead_to_later_siblings);
  g_test_add_func ("/tree-layout/collapsed-rows-count-what-they-hide",
                   test_collapsed_rows_count_what_they_hide);
  g_test_add_func ("/tree-layout/search-shows-what-it-finds-and-the-way-there",
                   test_search_shows_what_it_finds_and_the_way_there);
  g_test_add_func ("/tree-layout/search-ignores-case-of-all-letters",
                   test_search_ignores_case_of_all_letters);
  g_test_add_func ("/tree-layout/orders-make-a-flat-list", test_orders_make_a_flat_list);
  g_test_add_func ("/tree-layout/memory-order-is-by-memory", test_memory_order_is_by_memory);
  g_test_add_func ("/tree-layout/exited-rows-stay-for-a-while", test_exited_rows_stay_for_a_while);
  g_test_add_func ("/tree-layout/family-stays-when-it-exits", test_family_stays_when_it_exits);
  g_test_add_func ("/tree-layout/chain-of-many-generations", test_chain_of_many_generations);
  g_test_add_func ("/tree-layout/random-trees-are-whole", test_random_trees_are_whole);
  g_test_add_func ("/tree-layout/families-of-numbers-that-began-anew",
                   test_families_of_numbers_that_began_anew);
  g_test_add_func ("/tree-layout/members-are-all-that-may-be-shown",
                   test_members_are_all_that_may_be_shown);
  g_test_add_func ("/tree-layout/who-ended-long-ago-is-no-member",
                   test_who_ended_long_ago_is_no_member);
  return g_test_run ();
}
