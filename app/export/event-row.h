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

/* Kinds as a set of bits: those that are exported unless others are chosen, and all. */
#define WEFT_EVENT_KIND(kind) (G_GUINT64_CONSTANT (1) << (kind))
#define WEFT_EVENT_USUAL(name, number, units, group, text, event, usual)                           \
  | (usual ? WEFT_EVENT_KIND (number) : 0)
#define WEFT_EVENT_ANY(name, number, ...) | WEFT_EVENT_KIND (number)
#define WEFT_EVENT_KINDS_DEFAULT (G_GUINT64_CONSTANT (0) WEFT_KINDS (WEFT_EVENT_USUAL))
#define WEFT_EVENT_KINDS_ALL (G_GUINT64_CONSTANT (0) WEFT_KINDS (WEFT_EVENT_ANY))

/* The bit of an event type's name in any case, "all", or 0. */
guint64 weft_event_kind_from_name (const char *name);
/* (transfer full): "switch, wakeup, fork": the names of a set, as they are given. */
char *weft_event_kinds_list (guint64 kinds);
/* (nullable): "SWITCH"; NULL for a kind that we do not know. */
const char *weft_event_kind_get_name (guint8 kind);

typedef struct
{
  guint64 from_ns, to_ns; /* from inclusive, to exclusive; 0, 0: all */
  GArray *tgids;          /* (nullable) (element-type guint32): events that name one of them */
  guint64 kinds;          /* 0: WEFT_EVENT_KINDS_DEFAULT */
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
