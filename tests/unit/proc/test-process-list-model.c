/* test-process-list-model.c: whoever applies what the list model announces has
 * what it holds, and it announces little. In: made-up and random orders. */
#include "ui/list-diff.h"
#include "ui/process/process-list-model.h"

/* --- a copy that only hears ------------------------------------------- */

static guint
id_of (GListModel *model, guint position)
{
  g_autoptr (WeftProcessItem) item = g_list_model_get_item (model, position);

  return weft_process_item_get_place (item)->process.id;
}

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  GArray *copy = user_data;

  g_assert_cmpuint (position + removed, <=, copy->len);
  g_array_remove_range (copy, position, removed);
  for (guint i = 0; i < added; i++)
    {
      guint id = id_of (model, position + i);

      g_array_insert_val (copy, position + i, id);
    }
  /* in every moment the model is what the announcements so far make of it */
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, copy->len);
  for (guint i = 0; i < copy->len; i++)
    g_assert_cmpuint (id_of (model, i), ==, g_array_index (copy, guint, i));
}

static GArray *
places_for (const guint *ids, guint n)
{
  GArray *places = g_array_new (FALSE, TRUE, sizeof (WeftProcessPlace));

  for (guint i = 0; i < n; i++)
    {
      const WeftProcessPlace place = { .process = { .id = ids[i], .name = "x" }, .depth = i };

      g_array_append_val (places, place);
    }
  return places;
}

static guint
update (WeftProcessListModel *model, const guint *ids, guint n)
{
  g_autoptr (GArray) places = places_for (ids, n);

  return weft_process_list_model_update (model, places);
}

static void
assert_shows (WeftProcessListModel *model, const guint *ids, guint n)
{
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (weft_process_list_model_get_place (model, i)->process.id, ==, ids[i]);
      g_assert_cmpuint (weft_process_list_model_get_place (model, i)->depth, ==, i);
    }
}

/* --- random orders ---------------------------------------------------- */

static void
shuffle (GRand *random, guint *ids, guint n)
{
  for (guint i = n; i > 1; i--)
    {
      guint other = (guint)g_rand_int_range (random, 0, (gint32)i), id = ids[i - 1];

      ids[i - 1] = ids[other];
      ids[other] = id;
    }
}

/* Some of 0 … @n_ids − 1; in order, somewhat moved, or in any order. */
static guint
random_order (GRand *random, guint *ids, guint n_ids)
{
  gint32 keep = g_rand_int_range (random, 0, 101), disorder = g_rand_int_range (random, 0, 3);
  guint n = 0;

  for (guint id = 0; id < n_ids; id++)
    if (g_rand_int_range (random, 0, 100) < keep)
      ids[n++] = id;
  if (disorder == 2)
    shuffle (random, ids, n);
  for (guint moves = 0; disorder == 1 && n > 1 && moves < 3; moves++)
    shuffle (random, ids + g_rand_int_range (random, 0, (gint32)n - 1), 2);
  return n;
}

static void
test_model_copy_by_announcements_equals_it (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20);
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  g_autoptr (GArray) copy = g_array_new (FALSE, FALSE, sizeof (guint));
  guint ids[60];

  g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), copy);
  for (guint round = 0; round < 3000; round++)
    {
      guint n = random_order (random, ids, (guint)g_rand_int_range (random, 1, 60));

      weft_process_list_model_set_selected (model, (guint)g_rand_int_range (random, 0, 60));
      update (model, ids, n);
      assert_shows (model, ids, n);
      g_assert_cmpuint (copy->len, ==, n);
    }
}

/* By trying all subsets of a few rows: no smaller set of changes would do. */
static guint
most_kept_by_trying (const guint *before, guint n_before, const guint *after, guint n_after)
{
  guint most = 0;

  for (guint set = 0; set < 1u << n_before; set++)
    {
      guint at = 0, kept = 0;
      gboolean fits = TRUE;

      for (guint i = 0; i < n_before && fits; i++)
        {
          if (!(set & 1u << i))
            continue;
          while (at < n_after && after[at] != before[i])
            at++;
          fits = at < n_after;
          at++;
          kept++;
        }
      if (fits)
        most = MAX (most, kept);
    }
  return most;
}

static void
test_diff_keeps_as_many_as_possible (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (21);

  for (guint round = 0; round < 2000; round++)
    {
      guint before[8], after[8];
      guint n_before = random_order (random, before, 8), n_after = random_order (random, after, 8);
      g_autoptr (GArray) splices = weft_list_diff (before, n_before, after, n_after, G_MAXUINT);
      guint removed = 0, added = 0;

      for (guint i = 0; i < splices->len; i++)
        {
          removed += g_array_index (splices, WeftListSplice, i).removed;
          added += g_array_index (splices, WeftListSplice, i).added;
        }
      g_assert_cmpuint (n_before - removed, ==, n_after - added);
      g_assert_cmpuint (n_before - removed, ==,
                        most_kept_by_trying (before, n_before, after, n_after));
    }
}

static void
pinned_removed_cb (GListModel *model, guint position, guint removed, guint added,
                   gpointer user_data)
{
  guint *place = user_data;

  if (*place >= position + removed)
    {
      *place = *place - removed + added;
    }
  else if (*place >= position)
    {
      /* it comes again at once */
      *place = weft_process_list_model_find (WEFT_PROCESS_LIST_MODEL (model), 17);
      g_assert_cmpuint (*place, >=, position);
      g_assert_cmpuint (*place, <, position + added);
    }
}

static void
test_model_never_removes_the_selected_row_that_stays (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (22);
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  guint ids[40], place;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = i;
  update (model, ids, G_N_ELEMENTS (ids));
  weft_process_list_model_set_selected (model, 17);
  place = weft_process_list_model_find (model, 17);
  g_signal_connect (model, "items-changed", G_CALLBACK (pinned_removed_cb), &place);
  for (guint round = 0; round < 300; round++)
    {
      shuffle (random, ids, G_N_ELEMENTS (ids));
      update (model, ids, G_N_ELEMENTS (ids));
      g_assert_cmpuint (place, ==, weft_process_list_model_find (model, 17));
      g_assert_true (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (model), place));
    }
}

static void
several_removed_cb (GListModel *model, guint position, guint removed, guint added,
                    gpointer user_data)
{
  g_assert_true (removed <= 1 || position == 0);
}

/* GTK 4.8 keeps widgets of rows that went with a change that begins elsewhere. */
static void
test_model_takes_out_several_rows_from_the_top_only (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (23);
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  guint ids[60];

  g_signal_connect (model, "items-changed", G_CALLBACK (several_removed_cb), NULL);
  for (guint round = 0; round < 1000; round++)
    update (model, ids, random_order (random, ids, (guint)g_rand_int_range (random, 1, 60)));
}

static void
test_model_says_nothing_when_nothing_changed (void)
{
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  const guint ids[] = { 4, 2, 9 };

  g_assert_cmpuint (update (model, ids, 0), ==, 0);
  g_assert_cmpuint (update (model, ids, 3), ==, 1);
  g_assert_cmpuint (update (model, ids, 3), ==, 0);
}

static void
test_model_keeps_items_of_rows_that_stay (void)
{
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  const guint before[] = { 1, 2, 3, 4 }, after[] = { 1, 7, 3, 4, 8 };
  g_autoptr (GObject) item = NULL;
  g_autoptr (GObject) same = NULL;

  update (model, before, 4);
  item = g_list_model_get_item (G_LIST_MODEL (model), 2);
  g_assert_cmpuint (update (model, after, 5), ==, 2);
  same = g_list_model_get_item (G_LIST_MODEL (model), 2);
  g_assert_true (item == same);
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
test_model_selects_one_process_even_while_hidden (void)
{
  g_autoptr (WeftProcessListModel) model = weft_process_list_model_new ();
  g_autoptr (GtkBitset) none = NULL;
  g_autoptr (GtkBitset) one = NULL;
  const guint all[] = { 1, 2, 3 }, without[] = { 1, 3 };
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (model);
  guint notified = 0;

  g_signal_connect_swapped (model, "notify::selected", G_CALLBACK (count_cb), &notified);
  update (model, all, 3);
  g_assert_true (gtk_selection_model_select_item (selection, 1, TRUE));
  g_assert_cmpuint (weft_process_list_model_get_selected (model), ==, 2);
  update (model, without, 2);
  g_assert_cmpuint (weft_process_list_model_get_selected (model), ==, 2);
  none = gtk_selection_model_get_selection (selection);
  g_assert_true (gtk_bitset_is_empty (none));
  update (model, all, 3);
  one = gtk_selection_model_get_selection (selection);
  g_assert_cmpuint (gtk_bitset_get_size (one), ==, 1);
  g_assert_true (gtk_bitset_contains (one, 1));
  g_assert_cmpuint (notified, ==, 1);
  gtk_selection_model_unselect_item (selection, 1);
  g_assert_cmpuint (weft_process_list_model_get_selected (model), ==, WEFT_NO_ID);
  g_assert_cmpuint (notified, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-list-model/copy-by-announcements-equals-it",
                   test_model_copy_by_announcements_equals_it);
  g_test_add_func ("/list-diff/keeps-as-many-as-possible", test_diff_keeps_as_many_as_possible);
  g_test_add_func ("/process-list-model/never-removes-the-selected-row-that-stays",
                   test_model_never_removes_the_selected_row_that_stays);
  g_test_add_func ("/process-list-model/takes-out-several-rows-from-the-top-only",
                   test_model_takes_out_several_rows_from_the_top_only);
  g_test_add_func ("/process-list-model/says-nothing-when-nothing-changed",
                   test_model_says_nothing_when_nothing_changed);
  g_test_add_func ("/process-list-model/keeps-items-of-rows-that-stay",
                   test_model_keeps_items_of_rows_that_stay);
  g_test_add_func ("/process-list-model/selects-one-process-even-while-hidden",
                   test_model_selects_one_process_even_while_hidden);
  return g_test_run ();
}
