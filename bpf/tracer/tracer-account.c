/* tracer-account.c: what a trace says of itself. In: the counts of rings and programs, the
 * kernel's features. Out: accounts and capabilities. */
#include "tracer-private.h"
#include <bpf/bpf.h>
#include <glib/gi18n.h>
#include <string.h>

static void
add_program_statistics (const struct bpf_program *program, WeftTracerAccount *account)
{
  struct bpf_prog_info info = { 0 };
  guint32 bytes = sizeof info;
  int fd = bpf_program__fd (program);

  if (fd < 0 || bpf_obj_get_info_by_fd (fd, &info, &bytes) != 0)
    return;
  account->recursion_misses += info.recursion_misses;
  account->program_runs += info.run_cnt;
}

void
weft_tracer_get_account (WeftTracer *self, WeftTracerAccount *account)
{
  struct bpf_program *program;
  guint64 states = self->states + (self->snapshot.fd >= 0 ? self->snapshot.records : 0);

  memset (account, 0, sizeof *account);
  account->lost = weft_ring_reader_get_lost (self->reader);
  account->produced = weft_ring_reader_get_reserved (self->reader) + account->lost + states;
  account->delivered = weft_ring_reader_get_delivered (self->reader) + states;
  account->unfollowed = self->bpf->bss->unfollowed;
  for (guint i = 0; i < self->n_rings; i++)
    account->runs_outside += __atomic_load_n (&self->rings[i].closed_runs, __ATOMIC_RELAXED);
  bpf_object__for_each_program (program, self->bpf->obj) add_program_statistics (program, account);
}

static void
add_capability (GVariantBuilder *builder, const char *name, gboolean there, const char *why_not)
{
  g_variant_builder_add (builder, "{s(bs)}", name, there, there ? "" : why_not);
}

static void
add_groups (WeftTracer *self, GVariantBuilder *builder)
{
  for (guint i = 0; i < WEFT_N_GROUPS; i++)
    {
      const char *missing = self->features.lacks[i].missing;
      g_autofree char *why
          = g_strdup_printf (_ ("this kernel lacks “%s”"), missing != NULL ? missing : "");

      if (weft_group_get (i)->id != NULL)
        add_capability (builder, weft_group_get (i)->id, missing == NULL, why);
    }
}

/* The programs that a group can do without. */
static void
add_programs (WeftTracer *self, GVariantBuilder *builder)
{
  for (guint group = 0; group < WEFT_N_GROUPS; group++)
    for (guint i = 0; i < WEFT_GROUP_PROGRAMS; i++)
      {
        const WeftGroupProgram *program = &weft_group_get (group)->programs[i];

        if (program->name != NULL && program->optional)
          add_capability (builder, program->tracepoint,
                          !(self->features.lacks[group].without & 1u << i),
                          _ ("this kernel has no such tracepoint"));
      }
}

GVariant *
weft_tracer_get_capabilities (WeftTracer *self)
{
  const WeftKernelFeatures *features = &self->features;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{s(bs)}"));
  add_groups (self, &builder);
  add_programs (self, &builder);
  add_capability (&builder, "snapshot", TRUE, "");
  add_capability (
      &builder, "prev-state", features->prev_state != WEFT_PREV_STATE_NONE,
      _ ("before Linux 5.18 the state of a thread that leaves its CPU is read late, and "
         "may be unknown when it was woken at once"));
  add_capability (&builder, "wake-context", features->wake_context,
                  _ ("the kernel's type information does not tell where the preempt count is: "
                     "wakers are unknown"));
  add_capability (&builder, "cgroups", features->cgroups,
                  _ ("this kernel was built without control groups"));
  add_capability (&builder, "throttling", features->throttling,
                  _ ("this kernel was built without CPU quotas"));
  add_capability (&builder, "call-statistics", FALSE,
                  _ ("statistics of each call need uprobes, which CAP_BPF and CAP_PERFMON do not "
                     "allow"));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
