/* event-row.h: a record as a row of named fields, the same for CSV and JSON. In:
 * records in order of time, from the beginning. Out: rows of those that a filter
 * wants. Names, parents and processes are those of the moment: the reader follows
 * them from record to record. One thread at a time. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

/* The first eleven are the columns that every reader of our CSV may rely on, in
 * this order. PIDs are of processes, TIDs of threads; 0 is idle, empty unknown. */
typedef enum
{
  WEFT_FIELD_TIMESTAMP,  /* ISO date and time in UTC, with nanoseconds */
  WEFT_FIELD_EVENT_TYPE, /* FORK, EXEC, EXIT, SWITCH, WAKEUP; RENAME, STATE, LOST, SUSPEND, SYNC */
  WEFT_FIELD_PID,        /* of the thread the event is about: born, exits, leaves, woken */
  WEFT_FIELD_PPID,       /* the process's parent */
  WEFT_FIELD_COMMAND,    /* the thread's name, after the event */
  WEFT_FIELD_PARENT_COMMAND, /* the name of the parent's first thread */
  WEFT_FIELD_CHILD_COMMAND,  /* FORK: the new thread's name */
  WEFT_FIELD_PREV_PID,       /* SWITCH: who leaves */
  WEFT_FIELD_PREV_COMMAND,
  WEFT_FIELD_NEXT_PID, /* SWITCH: who comes */
  WEFT_FIELD_NEXT_COMMAND,
  WEFT_FIELD_TID,           /* of the thread the event is about */
  WEFT_FIELD_CPU,           /* where it happened */
  WEFT_FIELD_STATE,         /* the thread's state from here on: weft_state_get_id() */
  WEFT_FIELD_REASON,        /* SWITCH, STATE: preempted, yielded, sleep, blocked, disk … */
  WEFT_FIELD_SYSTEM_CALL,   /* SWITCH, STATE: the call it is in */
  WEFT_FIELD_ARGUMENT,      /* the call's first argument, hexadecimal */
  WEFT_FIELD_WAITS_ON,      /* the futex operation, or socket, pipe, file, tty, event */
  WEFT_FIELD_WAKER_CONTEXT, /* WAKEUP: task, softirq, hardirq, nmi, unknown */
  WEFT_FIELD_WAKER_PID,     /* WAKEUP from a task */
  WEFT_FIELD_WAKER_TID,
  WEFT_FIELD_WAKER_COMMAND,
  WEFT_FIELD_TARGET_CPU,  /* WAKEUP: where the thread last ran */
  WEFT_FIELD_NEXT_TID,    /* SWITCH */
  WEFT_FIELD_PARENT_TID,  /* FORK: the thread that called */
  WEFT_FIELD_OLD_COMMAND, /* EXEC, RENAME: the name before */
  WEFT_FIELD_OLD_TID,     /* EXEC by a thread that was not the first: its tid before */
  WEFT_FIELD_EXIT_CODE,   /* EXIT of a process: 0 … 255 */
  WEFT_FIELD_EXIT_SIGNAL, /* EXIT of a process that a signal ended */
  WEFT_FIELD_COUNT,       /* LOST, SYNC: how many; SUSPEND: nanoseconds */
  WEFT_FIELD_SINCE_NS,    /* LOST: the first one's time, as TIME_NS */
  WEFT_FIELD_TIME_NS,     /* nanoseconds since the recording's start; may be negative */
  WEFT_N_FIELDS,
} WeftField;

typedef enum
{
  WEFT_FIELD_IS_TEXT,
  WEFT_FIELD_IS_NUMBER,
  WEFT_FIELD_IS_HEX,
  WEFT_FIELD_IS_TIME, /* nanoseconds of CLOCK_REALTIME */
  WEFT_FIELD_IS_SIGNED,
} WeftFieldType;

/* "Parent_Command" and "parent_command". Static. */
const char *weft_field_get_column (WeftField field);
const char *weft_field_get_key (WeftField field);
WeftFieldType weft_field_get_type (WeftField field);

typedef struct
{
  guint64 present; /* a bit for each field */
  union
  {
    guint64 number;
    const char *text; /* not owned: valid until the next row */
  } values[WEFT_N_FIELDS];
} WeftEventRow;

/* Kinds as a set of bits, 1 << enum weft_kind. */
#define WEFT_EVENT_KINDS_DEFAULT                                                                   \
  (1u << WEFT_FORK | 1u << WEFT_EXEC | 1u << WEFT_EXIT | 1u << WEFT_SWITCH | 1u << WEFT_WAKE)
#define WEFT_EVENT_KINDS_ALL                                                                       \
  (WEFT_EVENT_KINDS_DEFAULT | 1u << WEFT_RENAME | 1u << WEFT_STATE | 1u << WEFT_LOST               \
   | 1u << WEFT_SUSPEND | 1u << WEFT_SYNC)

/* The bit of an event type's name in any case, "all", or 0. */
guint weft_event_kind_from_name (const char *name);

typedef struct
{
  guint64 from_ns, to_ns; /* from inclusive, to exclusive; 0, 0: all */
  GArray *tgids;          /* (nullable) (element-type guint32): events that name one of them */
  guint kinds;            /* 0: WEFT_EVENT_KINDS_DEFAULT */
} WeftEventFilter;

typedef struct _WeftEventReader WeftEventReader;

/* @filter: copied; (nullable) */
WeftEventReader *weft_event_reader_new (WeftTraceStore *store, const WeftEventFilter *filter);
void weft_event_reader_free (WeftEventReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftEventReader, weft_event_reader_free)

/* Takes the next record. Returns: %TRUE when the filter wants its @row */
gboolean weft_event_reader_read (WeftEventReader *self, const struct weft_record *record,
                                 WeftEventRow *row);

G_END_DECLS
