/* test-kernel-features.c: what is concluded from a kernel's type information. The kernels
 * are made here: a few types each, laid out as in the versions and architectures that
 * differ. Arguments: the programs' objects for arm64, whose own idea of a field must be one
 * that libbpf can fit to that kernel's. */
#include "kernel-features.h"
#include <bpf/btf.h>
#include <string.h>

typedef struct btf Btf;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Btf, btf__free)

typedef enum
{
  COUNT_NOWHERE,
  COUNT_IN_TASK,       /* arm64: in an anonymous union of thread_info */
  COUNT_PER_CPU,       /* x86-64 to 6.1, and from 6.15 on */
  COUNT_IN_HOT_STRUCT, /* x86-64 in between: in unions of struct pcpu_hot */
} CountPlace;

typedef enum
{
  SWITCH_OF_THREE, /* before 5.18 */
  SWITCH_STATE_SECOND,
  SWITCH_STATE_LAST,
} SwitchShape;

typedef struct
{
  CountPlace count;
  SwitchShape shape;
  gboolean group_sched; /* CONFIG_FAIR_GROUP_SCHED */
  gboolean randomised;  /* CONFIG_RANDSTRUCT: task_struct's fields in an anonymous struct */
  gboolean quotas;      /* CONFIG_CFS_BANDWIDTH */
  gboolean frozen_state;
  const char *without; /* this tracepoint */
} Kernel;

typedef struct
{
  int u32_id, u64_id, task, task_pointer;
} Types;

static void
add_tracepoint (Btf *btf, const char *name, const int *types, guint n)
{
  g_autofree char *full = g_strconcat ("btf_trace_", name, NULL);
  int context = btf__add_ptr (btf, 0);
  int proto = btf__add_func_proto (btf, 0); /* its parameters have to follow at once */

  g_assert_cmpint (btf__add_func_param (btf, "__data", context), ==, 0);
  for (guint i = 0; i < n; i++)
    btf__add_func_param (btf, "argument", types[i]);
  btf__add_typedef (btf, full, btf__add_ptr (btf, proto));
}

static void
add_tracepoints (Btf *btf, const Kernel *kernel, const Types *types)
{
  const int task = types->task_pointer, number = types->u32_id;
  const int shapes[][4] = { { number, task, task, 0 },
                            { number, number, task, task },
                            { number, task, task, number } };
  static const char *const others[] = { "sched_waking", "sched_process_fork", "sched_process_exec",
                                        "sched_process_exit", "task_rename" };

  add_tracepoint (btf, "sched_switch", shapes[kernel->shape],
                  kernel->shape == SWITCH_OF_THREE ? 3 : 4);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_strcmp0 (others[i], kernel->without) != 0)
      add_tracepoint (btf, others[i], &types->task_pointer, 1);
}

static void
add_variable (Btf *btf, const char *name, int type, guint32 offset, guint32 size, GArray *section)
{
  guint32 place[3]
      = { (guint32)btf__add_var (btf, name, BTF_VAR_GLOBAL_ALLOCATED, type), offset, size };

  g_array_append_val (section, place);
}

static void
add_per_cpu (Btf *btf, const Kernel *kernel, const Types *types)
{
  g_autoptr (GArray) section = g_array_new (FALSE, FALSE, 3 * sizeof (guint32));
  int anonymous, hot;

  add_variable (btf, "runqueues", types->task, 0x1000, 64, section);
  if (kernel->count == COUNT_PER_CPU)
    add_variable (btf, "__preempt_count", types->u32_id, 0x40, 4, section);
  if (kernel->count == COUNT_IN_HOT_STRUCT)
    {
      anonymous = btf__add_struct (btf, NULL, 16);
      btf__add_field (btf, "current_task", types->task_pointer, 0, 0);
      btf__add_field (btf, "preempt_count", types->u32_id, 64, 0);
      hot = btf__add_struct (btf, "pcpu_hot", 64);
      btf__add_field (btf, NULL, anonymous, 0, 0);
      add_variable (btf, "pcpu_hot", hot, 0x80, 64, section);
    }
  btf__add_datasec (btf, ".data..percpu", 0x2000);
  for (guint i = 0; i < section->len; i++)
    {
      const guint32 *place = (const guint32 *)(void *)section->data + 3 * i;

      btf__add_datasec_var_info (btf, (int)place[0], place[1], place[2]);
    }
}

static void
add_thread_info (Btf *btf, const Kernel *kernel, const Types *types)
{
  int anonymous = 0;

  if (kernel->count == COUNT_IN_TASK)
    {
      anonymous = btf__add_union (btf, NULL, 8);
      btf__add_field (btf, "preempt_count", types->u64_id, 0, 0);
    }
  btf__add_struct (btf, "thread_info", 24);
  btf__add_field (btf, "flags", types->u64_id, 0, 0);
  if (anonymous != 0)
    btf__add_field (btf, NULL, anonymous, 64, 0);
}

static Btf *
make_kernel (const Kernel *kernel)
{
  Btf *btf = btf__new_empty ();
  Types types = { 0 };
  int fields = 0;

  types.u32_id = btf__add_int (btf, "unsigned int", 4, 0);
  types.u64_id = btf__add_int (btf, "unsigned long", 8, 0);
  if (kernel->randomised)
    {
      fields = btf__add_struct (btf, NULL, 8);
      btf__add_field (btf, "cgroups", types.u64_id, 0, 0);
    }
  types.task = btf__add_struct (btf, "task_struct", 64);
  btf__add_field (btf, fields != 0 ? NULL : "cgroups", fields != 0 ? fields : types.u64_id, 0, 0);
  types.task_pointer = btf__add_ptr (btf, types.task);
  add_thread_info (btf, kernel, &types);
  btf__add_struct (btf, "cfs_rq", 8);
  btf__add_field (btf, kernel->group_sched ? "rq" : "load", types.u64_id, 0, 0);
  if (kernel->quotas)
    btf__add_field (btf, "throttle_count", types.u32_id, 0, 0);
  if (kernel->frozen_state)
    btf__add_func (btf, "__set_task_frozen", BTF_FUNC_STATIC, btf__add_func_proto (btf, 0));
  btf__add_struct (btf, "sched_entity", 8);
  btf__add_field (btf, kernel->group_sched ? "cfs_rq" : "load", types.u64_id, 0, 0);
  btf__add_enum (btf, "bpf_func_id", 4);
  btf__add_enum_value (btf, "BPF_FUNC_task_pt_regs", 175);
  add_tracepoints (btf, kernel, &types);
  add_per_cpu (btf, kernel, &types);
  return btf;
}

static WeftKernelFeatures
find (const Kernel *kernel)
{
  g_autoptr (Btf) btf = make_kernel (kernel);
  g_autoptr (GError) error = NULL;
  WeftKernelFeatures features = { 0 };

  weft_kernel_features_find (btf, &features, &error);
  g_assert_no_error (error);
  return features;
}

static void
test_the_preempt_count_is_found_where_each_kernel_keeps_it (void)
{
  const struct
  {
    Kernel kernel;
    gboolean found;
    gint64 distance;
  } cases[] = {
    { { .count = COUNT_NOWHERE, .group_sched = TRUE }, FALSE, 0 },
    { { .count = COUNT_IN_TASK, .group_sched = TRUE }, TRUE, 0 },
    { { .count = COUNT_IN_TASK, .group_sched = FALSE }, TRUE, 0 },
    { { .count = COUNT_PER_CPU, .group_sched = TRUE }, TRUE, 0x40 - 0x1000 },
    /* No way from a task to its CPU's run queue. */
    { { .count = COUNT_PER_CPU, .group_sched = FALSE }, FALSE, 0 },
    { { .count = COUNT_IN_HOT_STRUCT, .group_sched = TRUE }, TRUE, 0x80 + 8 - 0x1000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WeftKernelFeatures features = find (&cases[i].kernel);

      g_test_message ("case %u", i);
      g_assert_cmpint (features.wake_context, ==, cases[i].found);
      g_assert_cmpint (features.preempt_count_distance, ==, cases[i].distance);
    }
}

static void
test_the_previous_state_is_found_by_its_place (void)
{
  const WeftPrevState states[]
      = { WEFT_PREV_STATE_NONE, WEFT_PREV_STATE_SECOND, WEFT_PREV_STATE_LAST };

  for (guint shape = SWITCH_OF_THREE; shape <= SWITCH_STATE_LAST; shape++)
    {
      Kernel kernel = { .shape = (SwitchShape)shape };

      g_assert_cmpint (find (&kernel).prev_state, ==, states[shape]);
    }
}

static void
test_a_randomised_task_still_has_its_fields (void)
{
  Kernel kernel = { .randomised = TRUE };

  g_assert_true (find (&kernel).cgroups);
}

static void
test_quotas_and_the_frozen_state_are_there_or_not (void)
{
  Kernel bare = { .quotas = FALSE }, kernel = { .quotas = TRUE, .frozen_state = TRUE };

  g_assert_false (find (&bare).throttling);
  g_assert_false (find (&bare).frozen_state);
  g_assert_true (find (&kernel).throttling);
  g_assert_true (find (&kernel).frozen_state);
}

static void
test_a_missing_tracepoint_is_one_group_less (void)
{
  Kernel kernel = { .without = "sched_waking" }, nameless = { .without = "task_rename" };
  WeftKernelFeatures features = find (&kernel);

  g_assert_cmpstr (features.lacks[WEFT_GROUP_SCHED].missing, ==, "sched_waking");
  g_assert_null (features.lacks[WEFT_GROUP_LIFE].missing);
  features = find (&nameless); /* names are worth having, and nothing stands on them */
  g_assert_null (features.lacks[WEFT_GROUP_LIFE].missing);
  g_assert_cmphex (features.lacks[WEFT_GROUP_LIFE].without, ==, 1 << 3);
}

static void
test_a_kernel_without_any_group_is_refused (void)
{
  g_autoptr (Btf) btf = btf__new_empty ();
  g_autoptr (GError) error = NULL;
  WeftKernelFeatures features = { .preempt_count_distance = 5 };

  btf__add_int (btf, "unsigned int", 4, 0);
  btf__add_enum (btf, "bpf_func_id", 4);
  btf__add_enum_value (btf, "BPF_FUNC_task_pt_regs", 175);
  g_assert_false (weft_kernel_features_find (btf, &features, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "sched_"));
  g_assert_cmpint (features.preempt_count_distance, ==, 5); /* untouched */
}

/* The kernel's is an u64. libbpf fits a load to a field of another size only where both are
 * unsigned; else the program does not load. */
static void
test_arm64s_preempt_count_can_be_relocated (gconstpointer path)
{
  g_autoptr (Btf) btf = btf__parse (path, NULL);
  int id = btf == NULL ? -1 : btf__find_by_name_kind (btf, "thread_info", BTF_KIND_STRUCT);
  const struct btf_type *info = id < 0 ? NULL : btf__type_by_id (btf, (guint32)id);
  gboolean found = FALSE;

  g_assert_nonnull (info);
  for (guint i = 0; i < btf_vlen (info); i++)
    {
      const struct btf_member *member = &btf_members (info)[i];
      int type = btf__resolve_type (btf, member->type);

      if (g_strcmp0 (btf__name_by_offset (btf, member->name_off), "preempt_count") != 0)
        continue;
      found = TRUE;
      g_assert_cmpint (btf_int_encoding (btf__type_by_id (btf, (guint32)type)) & BTF_INT_SIGNED, ==,
                       0);
    }
  g_assert_true (found);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel-features/the-preempt-count-is-found-where-each-kernel-keeps-it",
                   test_the_preempt_count_is_found_where_each_kernel_keeps_it);
  g_test_add_func ("/kernel-features/the-previous-state-is-found-by-its-place",
                   test_the_previous_state_is_found_by_its_place);
  g_test_add_func ("/kernel-features/a-randomised-task-still-has-its-fields",
                   test_a_randomised_task_still_has_its_fields);
  g_test_add_func ("/kernel-features/quotas-and-the-frozen-state-are-there-or-not",
                   test_quotas_and_the_frozen_state_are_there_or_not);
  g_test_add_func ("/kernel-features/a-missing-tracepoint-is-one-group-less",
                   test_a_missing_tracepoint_is_one_group_less);
  g_test_add_func ("/kernel-features/a-kernel-without-any-group-is-refused",
                   test_a_kernel_without_any_group_is_refused);
  for (int i = 1; i < argc; i++)
    {
      g_autofree char *base = g_path_get_basename (argv[i]);
      g_autofree char *name
          = g_strconcat ("/kernel-features/arm64s-preempt-count-can-be-relocated/", base, NULL);

      g_test_add_data_func (name, argv[i], test_arm64s_preempt_count_can_be_relocated);
    }
  return g_test_run ();
}
