/* scene.c: writes the records of the scene as the helper would send them. */
#include "scene.h"

#include <string.h>

#define US G_GUINT64_CONSTANT (1000)
#define MS (1000 * US)
#define LENGTH (8400 * MS)
/* Threads that run at once are on CPUs of their own, whatever the machine says it has. */
#define N_CPUS 64

/* Calls of x86-64. */
enum
{
  CALL_READ = 0,
  CALL_NANOSLEEP = 35,
  CALL_WAIT4 = 61,
  CALL_FUTEX = 202,
  CALL_EPOLL_WAIT = 232,
};

#define FUTEX_WAIT_OP 0
#define FUTEX_BITSET_OP 9

typedef struct
{
  GArray *order; /* guint: index of each record in units, by time */
  GByteArray *units;
  GRand *random;
} Scene;

typedef struct
{
  guint32 tid, tgid, parent;
  const char *name;
} Actor;

static void
add_bytes (Scene *scene, gconstpointer record, gsize bytes)
{
  guint at = scene->units->len;

  g_array_append_val (scene->order, at);
  g_byte_array_append (scene->units, record, bytes);
}

/* Who waits for a lock expects it to be contended. */
static guint8
flags_of (guint8 how, int call)
{
  return call == CALL_FUTEX && how >> 4 == FUTEX_WAIT_OP ? WEFT_FLAG_CONTENDED : 0;
}

static void
add_switch (Scene *scene, guint64 at, guint16 cpu, guint32 leaves, guint32 comes, guint8 how,
            int call)
{
  struct weft_record record = { .time_ns = SCENE_START_NS + at,
                                .kind = WEFT_SWITCH,
                                .units = 1,
                                .cpu = cpu,
                                .tid = leaves,
                                .sw = { .how = how, .call = call, .next_tid = comes } };

  record.sw.flags = flags_of (how, call);
  add_bytes (scene, &record, sizeof record);
}

static void
runs (Scene *scene, guint32 tid, guint64 at)
{
  add_switch (scene, at, tid % N_CPUS, 0, tid, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
}

static void
leaves (Scene *scene, guint32 tid, guint64 at, guint8 how, int call)
{
  add_switch (scene, at, tid % N_CPUS, tid, 0, how, call);
}

static void
wakes (Scene *scene, guint32 waker, guint32 woken, guint64 at)
{
  struct weft_record record
      = { .time_ns = SCENE_START_NS + at,
          .kind = WEFT_WAKE,
          .units = 1,
          .cpu = waker % N_CPUS,
          .tid = waker,
          .wake = { .woken_tid = woken,
                    .context = waker != 0 ? WEFT_CONTEXT_TASK : WEFT_CONTEXT_SOFTIRQ } };

  add_bytes (scene, &record, sizeof record);
}

static struct weft_task_record
task_record (const Actor *actor, guint64 at, guint8 kind)
{
  struct weft_task_record task = { .time_ns = SCENE_START_NS + at,
                                   .kind = kind,
                                   .units = 2,
                                   .tid = actor->tid,
                                   .tgid = actor->tgid,
                                   .parent_tgid = actor->parent,
                                   .start_boottime_ns = actor->tid * MS };

  g_strlcpy (task.comm, actor->name, sizeof task.comm);
  return task;
}

static void
appears (Scene *scene, const Actor *actor, guint8 how, int call)
{
  struct weft_state_record state
      = { .task = task_record (actor, 0, WEFT_STATE),
          .sw = { .how = how, .call = call, .flags = flags_of (how, call) },
          .leader_start_boottime_ns = actor->tgid * MS };

  state.task.units = 3;
  add_bytes (scene, &state, sizeof state);
}

static void
lives (Scene *scene, const Actor *actor, guint64 at, guint8 kind, guint32 value)
{
  struct weft_task_record task = task_record (actor, at, kind);

  task.status = value;
  add_bytes (scene, &task, sizeof task);
}

static guint64
about (Scene *scene, guint64 ns)
{
  return ns / 2 + g_rand_int_range (scene->random, 0, (gint32)(ns / US)) * US;
}

/* One lock goes round four workers: who has it runs, the others wait. */
static void
add_convoy (Scene *scene)
{
  static const guint32 workers[] = { 4243, 4244, 4245, 4246 };
  guint turn = 0;
  guint64 at = 2 * MS;

  for (guint i = 0; i < 4; i++)
    {
      const Actor actor = { workers[i], 4242, 2210, NULL };
      Actor named = actor;
      char name[16];

      g_snprintf (name, sizeof name, "worker-%u", i);
      named.name = name;
      appears (scene, &named, WEFT_LEFT_SLEEP | FUTEX_WAIT_OP << 4, CALL_FUTEX);
    }
  wakes (scene, 0, workers[0], at - 30 * US);
  runs (scene, workers[0], at);
  while (at < LENGTH - 20 * MS)
    {
      guint64 hold = about (scene, 4500 * US), late = about (scene, 280 * US);
      guint32 holder = workers[turn % 4], next = workers[(turn + 1) % 4];

      wakes (scene, holder, next, at + hold - 4 * US);
      leaves (scene, holder, at + hold, WEFT_LEFT_SLEEP | FUTEX_WAIT_OP << 4, CALL_FUTEX);
      at += hold + late;
      runs (scene, next, at);
      turn++;
    }
  leaves (scene, workers[turn % 4], at + 3 * MS, WEFT_LEFT_SLEEP | FUTEX_BITSET_OP << 4,
          CALL_FUTEX);
}

/* Runs, is preempted, waits for the disk, by a seed. */
static void
add_compiler (Scene *scene, const Actor *actor, double disk)
{
  guint64 at = actor->tid % 7 * MS;

  appears (scene, actor, WEFT_LEFT_SLEEP, CALL_READ);
  wakes (scene, 0, actor->tid, at);
  runs (scene, actor->tid, at + 10 * US);
  while (at < LENGTH - 40 * MS)
    {
      guint64 run = about (scene, 2500 * US), pause = about (scene, 700 * US);

      at += run;
      if (g_rand_double (scene->random) < disk)
        {
          pause = about (scene, 3000 * US);
          leaves (scene, actor->tid, at, WEFT_LEFT_DISK,
                  g_rand_boolean (scene->random) ? CALL_READ : WEFT_CALL_NONE);
          wakes (scene, 0, actor->tid, at + pause - 30 * US);
        }
      else
        leaves (scene, actor->tid, at, WEFT_LEFT_PREEMPTED, WEFT_CALL_NONE);
      at += pause;
      runs (scene, actor->tid, at);
    }
  leaves (scene, actor->tid, at + MS, WEFT_LEFT_SLEEP, CALL_READ);
}

/* Sleeps in epoll_wait and serves a request now and then. */
static void
add_server (Scene *scene, const Actor *actor)
{
  guint64 at = 3 * MS;

  appears (scene, actor, WEFT_LEFT_SLEEP, CALL_EPOLL_WAIT);
  while (at < LENGTH - 5 * MS)
    {
      guint64 run = about (scene, 120 * US);

      wakes (scene, 0, actor->tid, at);
      runs (scene, actor->tid, at + 12 * US);
      leaves (scene, actor->tid, at + run + 12 * US, WEFT_LEFT_SLEEP, CALL_EPOLL_WAIT);
      at += run + about (scene, 2000 * US);
    }
}

/* A shell that is born, becomes a compiler's front end and fails. */
static void
add_short_life (Scene *scene)
{
  const Actor born = { 4390, 4390, 4300, "make" }, then = { 4390, 4390, 4300, "as" };
  guint64 at = 5216 * MS;

  lives (scene, &born, at, WEFT_FORK, 4300);
  runs (scene, 4390, at + 200 * US);
  lives (scene, &then, at + 3 * MS, WEFT_EXEC, 4390);
  leaves (scene, 4390, at + 6 * MS, WEFT_LEFT_BLOCKED, WEFT_CALL_NONE);
  wakes (scene, 0, 4390, at + 8 * MS);
  runs (scene, 4390, at + 8 * MS + 400 * US);
  leaves (scene, 4390, at + 13 * MS, WEFT_LEFT_SLEEP, CALL_NANOSLEEP);
  wakes (scene, 0, 4390, at + 18 * MS);
  runs (scene, 4390, at + 18 * MS + 50 * US);
  lives (scene, &then, at + 20 * MS, WEFT_EXIT, 1 << 8);
  leaves (scene, 4390, at + 20 * MS + 30 * US, WEFT_LEFT_DEAD, WEFT_CALL_NONE);
}

static void
add_quiet (Scene *scene)
{
  static const Actor main_thread = { 4242, 4242, 2210, "python3" };
  static const Actor make = { 4300, 4300, 2210, "make" };
  static const Actor bash = { 2210, 2210, 1, "bash" };
  static const Actor init = { 1, 1, 0, "systemd" };
  static const Actor sshd = { 960, 960, 1, "sshd" };

  appears (scene, &init, WEFT_LEFT_SLEEP, CALL_EPOLL_WAIT);
  appears (scene, &bash, WEFT_LEFT_SLEEP, CALL_WAIT4);
  appears (scene, &sshd, WEFT_LEFT_SLEEP, CALL_EPOLL_WAIT);
  appears (scene, &make, WEFT_LEFT_SLEEP, CALL_WAIT4);
  appears (scene, &main_thread, WEFT_LEFT_SLEEP | FUTEX_BITSET_OP << 4, CALL_FUTEX);
  wakes (scene, 0, 4242, 5239 * MS);
  runs (scene, 4242, 5239 * MS + 40 * US);
  leaves (scene, 4242, 5239 * MS + 500 * US, WEFT_LEFT_SLEEP | FUTEX_BITSET_OP << 4, CALL_FUTEX);
  wakes (scene, 0, 4300, 5216 * MS - 600 * US);
  runs (scene, 4300, 5216 * MS - 500 * US);
  leaves (scene, 4300, 5216 * MS + 100 * US, WEFT_LEFT_SLEEP, CALL_WAIT4);
}

static void
add_loss (Scene *scene)
{
  struct weft_record record
      = { .time_ns = SCENE_START_NS + 7020 * MS,
          .kind = WEFT_LOST,
          .units = 1,
          .lost = { .count = 12480, .first_ns = SCENE_START_NS + 6900 * MS } };

  add_bytes (scene, &record, sizeof record);
}

static int
compare_times (gconstpointer a, gconstpointer b, gpointer data)
{
  const guint8 *units = data;
  guint first = *(const guint *)a, second = *(const guint *)b;
  const struct weft_record *x = (const void *)(units + first);
  const struct weft_record *y = (const void *)(units + second);

  if (x->time_ns != y->time_ns)
    return x->time_ns < y->time_ns ? -1 : 1;
  return first < second ? -1 : first > second;
}

static GBytes *
sorted_records (Scene *scene)
{
  GByteArray *sorted = g_byte_array_new ();

  g_array_sort_with_data (scene->order, compare_times, scene->units->data);
  for (guint i = 0; i < scene->order->len; i++)
    {
      const guint8 *at = scene->units->data + g_array_index (scene->order, guint, i);
      const struct weft_record *record = (const void *)at;

      g_byte_array_append (sorted, at, (guint)record->units * WEFT_UNIT_BYTES);
    }
  return g_byte_array_free_to_bytes (sorted);
}

static WeftTraceStore *
new_store (void)
{
  WeftTraceInfo info = { .architecture = "x86_64",
                         .kernel = "6.1.0",
                         .host = "loom",
                         .n_cpus = 2,
                         .start_ns = SCENE_START_NS,
                         .boottime_ns = SCENE_START_NS,
                         .realtime_ns = G_GUINT64_CONSTANT (1767261600000000000) };

  return weft_trace_store_new (&info);
}

WeftTraceStore *
scene_new (void)
{
  static const Actor cc1 = { 4311, 4311, 4300, "cc1" }, cc2 = { 4312, 4312, 4300, "cc1" };
  static const Actor nginx = { 902, 902, 1, "nginx" };
  Scene scene = { g_array_new (FALSE, FALSE, sizeof (guint)), g_byte_array_new (),
                  g_rand_new_with_seed (42) };
  WeftTraceStore *store = new_store ();
  g_autoptr (GBytes) records = NULL;
  g_autoptr (GError) error = NULL;

  add_quiet (&scene);
  add_convoy (&scene);
  add_compiler (&scene, &cc1, 0.05);
  add_compiler (&scene, &cc2, 0.6);
  add_server (&scene, &nginx);
  add_short_life (&scene);
  add_loss (&scene);
  records = sorted_records (&scene);
  weft_trace_store_append (store, records, G_MAXUINT64, &error);
  g_assert_no_error (error);
  weft_trace_store_finish (store, SCENE_START_NS + LENGTH);
  g_array_unref (scene.order);
  g_byte_array_unref (scene.units);
  g_rand_free (scene.random);
  return store;
}
