/* groups.c: see the header. In: names, vmlinux BTF. Out: rows, and what a kernel lacks. */
#include "groups.h"
#include "kernel-features.h"
#include <glib/gi18n.h>

static const WeftGroup groups[WEFT_N_GROUPS] = {
  [WEFT_GROUP_LIFE] = {
    .id = "life",
    .always = TRUE,
    .programs = {
      { "weft_fork", NULL, "sched_process_fork", FALSE },
      { "weft_exec", NULL, "sched_process_exec", FALSE },
      { "weft_exit", NULL, "sched_process_exit", FALSE },
      { "weft_rename", NULL, "task_rename", TRUE },
    },
  },
  [WEFT_GROUP_SCHED] = {
    .id = "sched",
    .programs = {
      { "weft_wake", "weft_wake_before_6_2", "sched_waking", FALSE },
      { "weft_switch", "weft_switch_before_6_2", "sched_switch", FALSE },
    },
  },
};

const WeftGroup *
weft_group_get (enum weft_group number)
{
  return &groups[number];
}

WeftGroupLack
weft_group_look_at (const WeftGroup *group, const struct btf *btf)
{
  WeftGroupLack lack = { NULL, 0 };

  for (guint i = 0; i < WEFT_GROUP_PROGRAMS && group->programs[i].name != NULL; i++)
    {
      const WeftGroupProgram *program = &group->programs[i];

      if (weft_kernel_has_tracepoint (btf, program->tracepoint))
        continue;
      lack.without |= 1u << i;
      if (!program->optional)
        lack.missing = program->tracepoint;
    }
  for (guint i = 0; i < G_N_ELEMENTS (group->fields) && group->fields[i].member != NULL; i++)
    if (!weft_kernel_has_member (btf, group->fields[i].structure, group->fields[i].member))
      lack.missing = group->fields[i].member;
  return lack;
}

static gboolean
find_group (const char *id, guint *groups_found)
{
  for (guint i = 0; i < WEFT_N_GROUPS; i++)
    if (g_strcmp0 (groups[i].id, id) == 0)
      {
        *groups_found |= WEFT_GROUP_BIT (i);
        return TRUE;
      }
  return FALSE;
}

static char *
list_groups (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < WEFT_N_GROUPS; i++)
    if (groups[i].id != NULL)
      g_string_append_printf (list, "%s“%s”", list->len > 0 ? ", " : "", groups[i].id);
  return g_string_free (list, FALSE);
}

gboolean
weft_groups_parse (const char *const *ids, guint *groups_out, GError **error)
{
  guint found = 0;

  for (gsize i = 0; ids[i] != NULL; i++)
    if (!find_group (ids[i], &found))
      {
        g_autofree char *known = list_groups ();

        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("There is no group of events “%s”: this helper records %s"), ids[i], known);
        return FALSE;
      }
  *groups_out = found;
  return TRUE;
}
