/* thread-machine-private.h: the machine's inside, shared by its three files:
 * thread-machine.c (the object, switches and wakings), thread-identity.c (who is who) and
 * thread-changes.c (what both tell the sink). Each calls only those after it. */
#pragma once
#include "thread-machine.h"

G_BEGIN_DECLS

#define TID_PAGE 4096
#define N_TID_PAGES 1024 /* PID_MAX_LIMIT is 4 Mi */

struct _WeftThreadMachine
{
  const WeftSyscalls *calls;
  const WeftMachineSink *functions;
  gpointer sink;
  guint64 start_ns;
  guint64 boot_offset_ns; /* from CLOCK_MONOTONIC to CLOCK_BOOTTIME */
  gboolean synced;        /* the first snapshot has named everybody */
  guint chunk;            /* counted from 1 */
  guint64 chunk_begin_ns;

  GPtrArray *threads;                      /* WeftMachineThread; not those of long ago */
  guint64 forgot_ns;                       /* when those were taken out */
  WeftMachineThread **by_tid[N_TID_PAGES]; /* the living */
  WeftTidLives *lives;
  GPtrArray *on_cpu;        /* by CPU: who came there last (nullable) */
  GPtrArray *on_cpu_before; /* and when the chunk began */
  guint64 lives_generation; /* rises with who there is, and who has which tid */
  WeftEndHint hint;         /* of the last record */
  gboolean is_told;         /* hints are told, not known from the records */
};

static inline gboolean
weft_machine_is_thread (guint32 tid)
{
  return tid != 0 && tid != WEFT_TID_OTHER;
}

/* The living thread that has this tid; NULL when none is known. */
static inline WeftMachineThread *
weft_machine_find (const WeftThreadMachine *self, guint32 tid)
{
  guint page = tid / TID_PAGE;

  return page < N_TID_PAGES && self->by_tid[page] != NULL ? self->by_tid[page][tid % TID_PAGE]
                                                          : NULL;
}

/* Who runs on the CPU as far as is known; NULL: nobody, or nobody knows. */
static inline WeftMachineThread *
weft_machine_get_running (const WeftThreadMachine *self, guint16 cpu)
{
  WeftMachineThread *thread
      = cpu < self->on_cpu->len ? g_ptr_array_index (self->on_cpu, cpu) : NULL;

  if (self->is_told)
    return self->hint.running;
  return thread != NULL && thread->sched.state == WEFT_STATE_RUNNING && thread->sched.cpu == cpu
             ? thread
             : NULL;
}

static inline void
weft_machine_touch (const WeftThreadMachine *self, WeftMachineThread *thread)
{
  self->functions->touched (self->sink, thread);
}

/* It is in its newest state. */
static inline void
weft_machine_change (const WeftThreadMachine *self, WeftMachineThread *thread)
{
  thread->changed_in = self->chunk;
  self->functions->changed (self->sink, thread);
}

/* thread-changes.c */
void weft_machine_map (WeftThreadMachine *self, guint32 tid, WeftMachineThread *thread);
void weft_machine_unmap (WeftThreadMachine *self, const WeftMachineThread *thread);
WeftMachineThread *weft_machine_bear (WeftThreadMachine *self, guint32 tid, guint64 birth_ns,
                                      WeftState state, guint16 cpu);
/* The thread that has this tid; one that nobody announced begins here, or was there
 * from the start if the first snapshot may still name it. */
WeftMachineThread *weft_machine_ensure (WeftThreadMachine *self, guint32 tid, guint64 time_ns,
                                        guint16 cpu);
/* The state of a thread that left so, as far as it is known by then. */
WeftState weft_machine_state_after (WeftThreadMachine *self, WeftMachineThread *thread,
                                    const struct weft_switch *sw);
void weft_machine_enter (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns,
                         WeftState state);
/* Since its newest change, at @since_ns, it was in @state in truth; that is told from the
 * chunk's beginning on when the change is of an earlier one. */
void weft_machine_correct (WeftThreadMachine *self, WeftMachineThread *thread, guint64 since_ns,
                           WeftState state);
void weft_machine_end (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns);
/* It ended without a last switch that was told. */
void weft_machine_end_untold (WeftThreadMachine *self, WeftMachineThread *thread, guint64 time_ns);
/* It runs where it is now, if it runs. */
void weft_machine_note_running (WeftThreadMachine *self, WeftMachineThread *thread);

/* thread-identity.c: the thread that a record of a life is about. */
WeftMachineThread *weft_machine_apply_fork (WeftThreadMachine *self,
                                            const struct weft_task_record *task);
WeftMachineThread *weft_machine_apply_exec (WeftThreadMachine *self,
                                            const struct weft_task_record *task);
WeftMachineThread *weft_machine_apply_exit (WeftThreadMachine *self,
                                            const struct weft_task_record *task);
WeftMachineThread *weft_machine_apply_rename (WeftThreadMachine *self,
                                              const struct weft_task_record *task);
WeftMachineThread *weft_machine_apply_state (WeftThreadMachine *self,
                                             const struct weft_state_record *state);
/* The thread that leaves a CPU; NULL: idle, another's, or who is known to be gone. */
WeftMachineThread *weft_machine_find_leaver (WeftThreadMachine *self,
                                             const struct weft_record *record);

G_END_DECLS
