/* thread-machine.h: how records move threads: who is who, births, execs, ends, switches,
 * wakings, cuts. Pure. In: records in the order in which they are applied. Out: calls of
 * a sink. The live store is one; a chunk that is brought back runs through the same
 * machine into another, so both tell the same. */
#pragma once
#include "sched-model.h"
#include "tid-lives.h"
#include "wait-streak.h"

G_BEGIN_DECLS

/* A thread as the machine knows it; a sink's own struct begins with it. Once it is born
 * only the machine writes it, but for the process and the name. */
typedef struct
{
  WeftThread public;
  WeftSchedState sched;
  WeftThreadPlace place;
  guint changed_in;      /* chunk, as the machine counts them, of its newest change */
  gboolean exiting;      /* its EXIT came; its last switch is still to come */
  guint32 tgid;          /* 0 when unknown */
  guint64 count_address; /* see weft_wait_tell_count() */
  guint64 named_ns;      /* when a STATE last named it */
  WeftWaitStreak streak;
} WeftMachineThread;

/**
 * WeftMachineSink:
 * @born: a thread that no record told of before, with its tid, birth and first state;
 *   NULL when the sink wants none, then what the record says of it is dropped
 * @touched: a record is about this thread; comes before each change of it
 * @changed: it is in its newest state from `sched.since_ns` on
 * @corrected: from its last change on, which is of this chunk, it was in @state in truth
 * @reclassed: since a moment of this chunk, its condition waits were @state in truth
 * @inserted: it was in @state from a moment before its newest state; what follows stays
 * @cut: what was told of it after `sched.since_ns` is forgotten; it is in its newest
 *   state from there on
 */
typedef struct
{
  WeftMachineThread *(*born) (gpointer sink, guint32 tid, guint64 birth_ns, WeftState state,
                              guint16 cpu);
  void (*touched) (gpointer sink, WeftMachineThread *thread);
  void (*changed) (gpointer sink, WeftMachineThread *thread);
  void (*corrected) (gpointer sink, WeftMachineThread *thread, WeftState state, guint16 cpu);
  void (*reclassed) (gpointer sink, WeftMachineThread *thread, guint64 from_ns, WeftState state);
  void (*inserted) (gpointer sink, WeftMachineThread *thread, guint64 time_ns, WeftState state,
                    guint16 cpu);
  void (*cut) (gpointer sink, WeftMachineThread *thread);
} WeftMachineSink;

typedef struct _WeftThreadMachine WeftThreadMachine;

/* @functions and @sink outlive the machine, and so do the threads. */
WeftThreadMachine *weft_thread_machine_new (const WeftSyscalls *calls,
                                            const WeftMachineSink *functions, gpointer sink);
void weft_thread_machine_free (WeftThreadMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftThreadMachine, weft_thread_machine_free)

/* When the trace begins, by both clocks; nobody is born earlier. */
void weft_thread_machine_set_start (WeftThreadMachine *self, guint64 start_ns, guint64 boottime_ns);

/* What a thread lost to another one. */
typedef enum
{
  WEFT_MACHINE_PASSED = 1 << 0,    /* it runs, and somebody came to its CPU after it */
  WEFT_MACHINE_TID_TAKEN = 1 << 1, /* somebody has its tid */
} WeftMachineLosses;

/* A thread that was there before the first record, with all that the machine knows. */
void weft_thread_machine_add (WeftThreadMachine *self, WeftMachineThread *thread,
                              WeftMachineLosses losses);

/* When the chunk began; of a thread that did not change in it yet. */
WeftMachineLosses weft_thread_machine_get_losses (WeftThreadMachine *self,
                                                  const WeftMachineThread *thread);

/* The next record is the first of a chunk: what is known of earlier ones then stays as it
 * is, right or not, since they may be sealed; what turns out later holds from @begin_ns. */
void weft_thread_machine_begin_chunk (WeftThreadMachine *self, guint64 begin_ns);

/**
 * weft_thread_machine_apply:
 *
 * Returns: (transfer none) (nullable): the thread that a FORK, EXEC, EXIT, RENAME or
 * STATE is about; it may have ended before
 */
WeftMachineThread *weft_thread_machine_apply (WeftThreadMachine *self,
                                              const struct weft_record *record);

/* The living thread that has this tid now; NULL when none is known. */
WeftMachineThread *weft_thread_machine_lookup (WeftThreadMachine *self, guint32 tid);

/* What all records before one said, where that decides whose life it is about. */
typedef struct
{
  WeftMachineThread *running; /* (nullable): on its CPU, where that is not who it names */
  gboolean ends_nobody;       /* it tells an end that did not count, others knew better */
  gboolean leader_stays;      /* by it a worker took its leader's tid, which still ran */
} WeftEndHint;

/* Of the record that was applied last. */
WeftEndHint weft_thread_machine_get_hint (WeftThreadMachine *self);

/* Of a machine that gets only those records that changed its lives: of the next one. */
void weft_thread_machine_tell_hint (WeftThreadMachine *self, WeftEndHint hint);

/* Rises whenever somebody is born, ends, or gets another tid. */
guint64 weft_thread_machine_get_lives_generation (WeftThreadMachine *self);

/* Who had which tid; of the machine. */
WeftTidLives *weft_thread_machine_get_lives (WeftThreadMachine *self);

G_END_DECLS
