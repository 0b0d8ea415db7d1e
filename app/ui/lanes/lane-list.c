/* lane-list.c: see the header. A look goes through the family in a read section; what it
 * found is compared with what is shown as plain values, and only the middle that differs
 * becomes items. */
#include "lane-list.h"

#define LOOK_US 200000

struct _WeftLaneList
{
  GObject parent_instance;

  GListStore *items; /* WeftLaneItem */
  GArray *shown;     /* WeftLane, of the same length */
  WeftTraceStore *store;
  guint process;
  GHashTable *collapsed;     /* process ids */
  guint64 threads, families; /* generations of what is shown */
  guint choices;             /* how often a person changed what is asked for */
  gboolean looking;
  gint64 looked_us;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftLaneList, weft_lane_list, G_TYPE_OBJECT)

/* --- looking -------------------------------------------------------------- */

typedef struct
{
  WeftTraceStore *store;
  guint process;
  GHashTable *collapsed;
  guint64 threads, families; /* in: those known; out: those found */
  guint choices;
  GArray *lanes; /* NULL: nothing is new */
} Look;

static Look *
look_new (WeftLaneList *self)
{
  Look *look = g_new0 (Look, 1);
  GHashTableIter iter;
  gpointer id;

  look->store = g_object_ref (self->store);
  look->process = self->process;
  look->collapsed = g_hash_table_new (NULL, NULL);
  look->threads = self->threads;
  look->families = self->families;
  look->choices = self->choices;
  g_hash_table_iter_init (&iter, self->collapsed);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (look->collapsed, id);
  return look;
}

static void
look_free (gpointer data)
{
  Look *look = data;

  g_object_unref (look->store);
  g_hash_table_unref (look->collapsed);
  g_clear_pointer (&look->lanes, g_array_unref);
  g_free (look);
}

/* Any thread. */
static void
look_at (Look *look)
{
  guint64 threads, families;

  weft_trace_store_begin_read (look->store);
  threads = weft_trace_store_get_threads_generation (look->store);
  families = weft_families_get_generation (weft_trace_store_get_families (look->store));
  if (threads != look->threads || families != look->families)
    look->lanes = weft_lanes_new (look->store, look->process, look->collapsed);
  weft_trace_store_end_read (look->store);
  look->threads = threads;
  look->families = families;
}

/* --- showing -------------------------------------------------------------- */

static gboolean
is_same (const WeftLane *one, const WeftLane *other)
{
  return one->process == other->process && one->thread == other->thread
         && one->expanded == other->expanded;
}

static const WeftLane *
lane_at (GArray *lanes, guint i)
{
  return &g_array_index (lanes, WeftLane, i);
}

/* A heading tells how many threads there are. */
static void
refresh (WeftLaneList *self, guint position, const WeftLane *lane)
{
  g_autoptr (WeftLaneItem) item = NULL;

  if (lane_at (self->shown, position)->n_threads == lane->n_threads)
    return;
  item = g_list_model_get_item (G_LIST_MODEL (self->items), position);
  weft_lane_item_update (item, lane);
}

/* Lanes come and go at the end or in one place: the middle that differs is replaced. */
static void
take_lanes (WeftLaneList *self, GArray *lanes)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_old = self->shown->len, n = lanes->len, first = 0, last = 0;
  gboolean changed;

  for (; first < MIN (n, n_old) && is_same (lane_at (self->shown, first), lane_at (lanes, first));
       first++)
    refresh (self, first, lane_at (lanes, first));
  for (; last < MIN (n, n_old) - first
         && is_same (lane_at (self->shown, n_old - 1 - last), lane_at (lanes, n - 1 - last));
       last++)
    refresh (self, n_old - 1 - last, lane_at (lanes, n - 1 - last));
  changed = first + last < MAX (n, n_old);
  for (guint i = first; i < n - last; i++)
    g_ptr_array_add (added, weft_lane_item_new (lane_at (lanes, i)));
  g_array_unref (self->shown);
  self->shown = g_array_ref (lanes);
  if (!changed)
    return;
  g_list_store_splice (self->items, first, n_old - first - last, added->pdata, added->len);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
take_look (WeftLaneList *self, const Look *look)
{
  self->threads = look->threads;
  self->families = look->families;
  if (look->lanes != NULL)
    take_lanes (self, look->lanes);
}

static void
look_now (WeftLaneList *self)
{
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (WeftLane));
  Look *look;

  self->choices++;
  self->threads = self->families = G_MAXUINT64;
  if (self->store == NULL || self->process == WEFT_NO_ID)
    {
      take_lanes (self, none);
      return;
    }
  look = look_new (self);
  look_at (look);
  take_look (self, look);
  look_free (look);
}

/* --- as a trace grows ------------------------------------------------------- */

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  look_at (data);
  g_task_return_boolean (task, TRUE);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WeftLaneList *self = WEFT_LANE_LIST (source);
  const Look *look = g_task_get_task_data (G_TASK (result));

  self->looking = FALSE;
  self->looked_us = g_get_monotonic_time ();
  if (look->choices == self->choices)
    take_look (self, look);
}

void
weft_lane_list_update (WeftLaneList *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->looking || self->store == NULL || self->process == WEFT_NO_ID
      || g_get_monotonic_time () < self->looked_us + LOOK_US)
    return;
  self->looking = TRUE;
  task = g_task_new (self, NULL, looked_cb, NULL);
  g_task_set_task_data (task, look_new (self), look_free);
  g_task_run_in_thread (task, look_in_thread);
}

/* --- what is asked for ---------------------------------------------------- */

void
weft_lane_list_show (WeftLaneList *self, WeftTraceStore *store, guint process)
{
  if (store != self->store)
    g_hash_table_remove_all (self->collapsed);
  g_set_object (&self->store, store);
  self->process = process;
  look_now (self);
}

guint
weft_lane_list_get_process (WeftLaneList *self)
{
  return self->process;
}

void
weft_lane_list_toggle (WeftLaneList *self, guint process)
{
  gpointer key = GUINT_TO_POINTER (process);

  if (!g_hash_table_remove (self->collapsed, key))
    g_hash_table_add (self->collapsed, key);
  look_now (self);
}

GHashTable *
weft_lane_list_get_collapsed (WeftLaneList *self)
{
  return self->collapsed;
}

GListModel *
weft_lane_list_get_items (WeftLaneList *self)
{
  return G_LIST_MODEL (self->items);
}

static void
weft_lane_list_dispose (GObject *object)
{
  WeftLaneList *self = WEFT_LANE_LIST (object);

  g_clear_object (&self->items);
  g_clear_object (&self->store);
  g_clear_pointer (&self->shown, g_array_unref);
  g_clear_pointer (&self->collapsed, g_hash_table_unref);
  G_OBJECT_CLASS (weft_lane_list_parent_class)->dispose (object);
}

static void
weft_lane_list_class_init (WeftLaneListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_lane_list_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_lane_list_init (WeftLaneList *self)
{
  self->items = g_list_store_new (WEFT_TYPE_LANE_ITEM);
  self->shown = g_array_new (FALSE, FALSE, sizeof (WeftLane));
  self->process = WEFT_NO_ID;
  self->collapsed = g_hash_table_new (NULL, NULL);
}

WeftLaneList *
weft_lane_list_new (void)
{
  return g_object_new (WEFT_TYPE_LANE_LIST, NULL);
}
