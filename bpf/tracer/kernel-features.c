/* kernel-features.c: see the header. In: vmlinux BTF. Out: a WeftKernelFeatures. */
#include "kernel-features.h"
#include <bpf/btf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/utsname.h>

static const struct btf_type *
skip_to_type (const struct btf *btf, guint32 id)
{
  const struct btf_type *type = btf__type_by_id (btf, id);

  while (type != NULL
         && (btf_is_mod (type) || btf_is_typedef (type) || btf_is_ptr (type)
             || btf_is_type_tag (type)))
    type = btf__type_by_id (btf, type->type);
  return type;
}

/* The function type of a tracepoint, or NULL. Its first parameter is the context. */
static const struct btf_type *
find_tracepoint (const struct btf *btf, const char *name)
{
  g_autofree char *typedef_name = g_strconcat ("btf_trace_", name, NULL);
  int id = btf__find_by_name_kind (btf, typedef_name, BTF_KIND_TYPEDEF);
  const struct btf_type *type = id < 0 ? NULL : skip_to_type (btf, (guint32)id);

  return type != NULL && btf_is_func_proto (type) ? type : NULL;
}

gboolean
weft_kernel_has_tracepoint (const struct btf *btf, const char *name)
{
  return find_tracepoint (btf, name) != NULL;
}

/* Finds a member by its name, also within unions and structs that have none: pcpu_hot is
 * made of those, arm64 keeps its preempt count in one, and the layout of a randomised
 * struct stands in one. */
static gboolean
find_nested (const struct btf *btf, const struct btf_type *type, const char *name, guint32 *bits)
{
  for (guint i = 0; type != NULL && btf_is_composite (type) && i < btf_vlen (type); i++)
    {
      const struct btf_member *member = &btf_members (type)[i];
      const char *found = btf__name_by_offset (btf, member->name_off);
      guint32 inner = 0, offset = btf_member_bit_offset (type, i);

      if (g_strcmp0 (found, name) == 0
          || (*found == '\0' && find_nested (btf, skip_to_type (btf, member->type), name, &inner)))
        {
          *bits = offset + inner;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
weft_kernel_has_member (const struct btf *btf, const char *structure, const char *member)
{
  int id = btf__find_by_name_kind (btf, structure, BTF_KIND_STRUCT);
  const struct btf_type *type = id < 0 ? NULL : btf__type_by_id (btf, (guint32)id);
  guint32 bits = 0;

  return find_nested (btf, type, member, &bits);
}

/* Offset of a per-CPU variable in its section. */
static const struct btf_type *
find_per_cpu (const struct btf *btf, const char *name, gint64 *offset)
{
  int id = btf__find_by_name_kind (btf, ".data..percpu", BTF_KIND_DATASEC);
  const struct btf_type *section = id < 0 ? NULL : btf__type_by_id (btf, (guint32)id);

  for (guint i = 0; section != NULL && i < btf_vlen (section); i++)
    {
      const struct btf_var_secinfo *place = &btf_var_secinfos (section)[i];
      const struct btf_type *variable = btf__type_by_id (btf, place->type);

      if (strcmp (btf__name_by_offset (btf, variable->name_off), name) == 0)
        {
          *offset = place->offset;
          return btf__type_by_id (btf, variable->type);
        }
    }
  return NULL;
}

/* Where an interrupt is told from a task: in the task itself (arm64), or beside its CPU's
 * run queue, which is reached through the current task; see sched.bpf.c. */
static void
find_preempt_count (const struct btf *btf, WeftKernelFeatures *features)
{
  gint64 queue, count;
  guint32 bits = 0;
  const struct btf_type *hot;

  if (weft_kernel_has_member (btf, "thread_info", "preempt_count"))
    {
      features->wake_context = TRUE;
      return;
    }
  if (find_per_cpu (btf, "runqueues", &queue) == NULL
      || !weft_kernel_has_member (btf, "cfs_rq", "rq")
      || !weft_kernel_has_member (btf, "sched_entity", "cfs_rq"))
    return;
  if (find_per_cpu (btf, "__preempt_count", &count) == NULL)
    {
      /* 6.2 (64701838bf05) to 6.14 kept it in struct pcpu_hot. */
      hot = find_per_cpu (btf, "pcpu_hot", &count);
      if (hot == NULL || !find_nested (btf, hot, "preempt_count", &bits))
        return;
    }
  features->preempt_count_distance = count + bits / 8 - queue;
  features->wake_context = TRUE;
}

static void
find_prev_state (const struct btf *btf, WeftKernelFeatures *features)
{
  const struct btf_type *proto = find_tracepoint (btf, "sched_switch");
  const struct btf_type *second;

  if (proto == NULL || btf_vlen (proto) < 5)
    return;
  /* 5.18 had (preempt, prev_state, prev, next), all others put it last. */
  second = skip_to_type (btf, btf_params (proto)[2].type);
  features->prev_state
      = second != NULL && btf_is_int (second) ? WEFT_PREV_STATE_SECOND : WEFT_PREV_STATE_LAST;
}

static gboolean
has_enumerator (const struct btf *btf, const char *enumeration, const char *name)
{
  int id = btf__find_by_name_kind (btf, enumeration, BTF_KIND_ENUM);
  const struct btf_type *type = id < 0 ? NULL : btf__type_by_id (btf, (guint32)id);

  for (guint i = 0; type != NULL && i < btf_vlen (type); i++)
    if (g_strcmp0 (btf__name_by_offset (btf, btf_enum (type)[i].name_off), name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
refuse (const char *missing, GError **error)
{
  struct utsname name;

  uname (&name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _ ("Cannot trace on this kernel (%s): it lacks %s. Linux 5.15 or newer is needed, "
                  "with the scheduler's tracepoints"),
               name.release, missing);
  return FALSE;
}

/* What each group lacks. Where no group is left there is nothing to do. */
static gboolean
check_groups (const struct btf *btf, WeftKernelFeatures *features, GError **error)
{
  const char *missing = NULL;
  guint there = 0;

  for (guint i = 0; i < WEFT_N_GROUPS; i++)
    {
      features->lacks[i] = weft_group_look_at (weft_group_get (i), btf);
      if (features->lacks[i].missing != NULL)
        missing = features->lacks[i].missing;
      else
        there += weft_group_get (i)->id != NULL;
    }
  return there > 0 || refuse (missing, error);
}

static struct btf *
load_btf (GError **error)
{
  struct btf *btf = btf__load_vmlinux_btf ();

  if (btf == NULL)
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        _ ("Cannot trace: the kernel's type information (BTF) is not readable: %s. A kernel "
           "built with CONFIG_DEBUG_INFO_BTF is needed, as those of Debian 12, Ubuntu "
           "22.04 and Fedora are; if this is one, see that /sys is mounted"),
        g_strerror (errno));
  return btf;
}

gboolean
weft_kernel_features_find (const struct btf *btf, WeftKernelFeatures *features, GError **error)
{
  WeftKernelFeatures found = { 0 };

  if (!has_enumerator (btf, "bpf_func_id", "BPF_FUNC_task_pt_regs"))
    return refuse (_ ("the helper bpf_task_pt_regs"), error);
  if (!check_groups (btf, &found, error))
    return FALSE;
  find_prev_state (btf, &found);
  find_preempt_count (btf, &found);
  found.user_workers = weft_kernel_has_member (btf, "kernel_clone_args", "user_worker");
  found.cgroups = weft_kernel_has_member (btf, "task_struct", "cgroups");
  found.frozen_state = btf__find_by_name_kind (btf, "__set_task_frozen", BTF_KIND_FUNC) > 0;
  found.throttling = weft_kernel_has_member (btf, "cfs_rq", "throttle_count");
  found.modern = found.prev_state == WEFT_PREV_STATE_LAST
                 && btf__find_by_name_kind (btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
  *features = found;
  return TRUE;
}

gboolean
weft_kernel_features_read (WeftKernelFeatures *features, GError **error)
{
  struct btf *btf = load_btf (error);
  gboolean suffices = btf != NULL && weft_kernel_features_find (btf, features, error);

  btf__free (btf);
  return suffices;
}
