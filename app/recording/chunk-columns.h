/* chunk-columns.h: the columns of a chunk and the codes in them; private to the
 * codec, and the manual of its format. Encoder and decoder include it. Pure. */
#pragma once
#include "chunk-model.h"
#include "column.h"

G_BEGIN_DECLS

/* 2: wakings have flags, in the upper half of their byte in CONTEXTS. */
#define WEFT_CODEC_VERSION 2

/*
 * A shape is one byte and says how a record is written:
 *   bits 0-1  0 switch, 1 wake, 2 any other
 *   switch    bit 2: the thread that leaves is not the one the model has there
 *             bits 3-5: enum WeftNextGuess, bits 6-7: enum WeftDetailGuess
 *   wake      bit 2: the waker is not whom the model has there
 *             bits 3-5: enum WeftWokenGuess, bit 6: the target CPU is not where
 *             the thread last ran, bit 7: a byte in CONTEXTS, else the context
 *             is TASK and no flag is set
 *   other     bits 2-7: the kind, or WEFT_SHAPE_RAW
 */
#define WEFT_SHAPE_SWITCH 0
#define WEFT_SHAPE_WAKE 1
#define WEFT_SHAPE_OTHER 2
#define WEFT_SHAPE_RAW 63

typedef enum
{
  WEFT_DETAIL_LAST,
  WEFT_DETAIL_BEFORE,
  WEFT_DETAIL_EXPLICIT, /* a number in WHATS and one in ARGS */
  WEFT_DETAIL_NEW_ARG,  /* as last time but for the argument: a number in ARGS */
} WeftDetailGuess;

/* Times are differences to the record before on the same CPU, in columns by what
 * that one and this one are: 4 kinds of before × 3 shapes. */
#define WEFT_TIME_CONTEXTS 12

enum
{
  WEFT_COLUMN_SHAPES,
  WEFT_COLUMN_TIMES, /* … + WEFT_TIME_CONTEXTS − 1: a bucket of the difference */
  WEFT_COLUMN_TIME_BITS = WEFT_COLUMN_TIMES + WEFT_TIME_CONTEXTS, /* where in the bucket */
  WEFT_COLUMN_ORDER,       /* pairs: records to go, CPU that comes though it is not its time */
  WEFT_COLUMN_LEAVERS,     /* thread numbers; one above the last is a new thread */
  WEFT_COLUMN_NEXTS,       /* the same */
  WEFT_COLUMN_WAKERS,      /* the same */
  WEFT_COLUMN_WOKEN,       /* the same */
  WEFT_COLUMN_TASKS,       /* the same, of task records */
  WEFT_COLUMN_TIDS,        /* of new threads, as zigzag difference to the one before */
  WEFT_COLUMN_WHATS,       /* numbers of (flags, how, call); one above the last is new */
  WEFT_COLUMN_NEW_WHATS,   /* four bytes each */
  WEFT_COLUMN_ARGS,        /* numbers of arguments; one above the last is new */
  WEFT_COLUMN_NEW_ARGS,    /* zigzag difference to the new one before */
  WEFT_COLUMN_TARGETS,     /* CPUs */
  WEFT_COLUMN_CONTEXTS,    /* enum weft_context, and 16 times WEFT_WAKE_… */
  WEFT_COLUMN_TASK_SAME,   /* enum WeftTaskSame */
  WEFT_COLUMN_TASK_IDS,    /* tgid, parent and the like */
  WEFT_COLUMN_TASK_STARTS, /* start times */
  WEFT_COLUMN_TASK_NAMES,  /* 16 bytes each */
  WEFT_COLUMN_MISC,        /* flags, status, cgroups, the fields of rare records */
  WEFT_COLUMN_RAW,         /* units, then the record as it is */
  WEFT_N_COLUMNS,
};

/* Which fields of a task record are those of the thread's task record before,
 * or, for its first, of the task record before. */
enum
{
  WEFT_SAME_TGID = 1 << 0,
  WEFT_SAME_PARENT = 1 << 1,
  WEFT_SAME_START = 1 << 2,
  WEFT_SAME_CGROUP = 1 << 3,
  WEFT_SAME_STATUS = 1 << 4,
  WEFT_SAME_FLAGS = 1 << 5,
  WEFT_SAME_NAME = 1 << 6,
};

/* A bucket is a byte: differences below 16 as they are; then 8 buckets to each
 * power of two, up to 2³³ ns; the last says that 64 bits follow. */
#define WEFT_BUCKET_FAR 255

static inline guint8
weft_bucket_of (guint64 delta, guint *n_bits)
{
  guint length;

  *n_bits = 0;
  if (delta < 16)
    return (guint8)delta;
  if (delta >> 33)
    return WEFT_BUCKET_FAR;
  length = 64 - (guint)__builtin_clzll (delta);
  *n_bits = length - 4;
  return (guint8)(16 + (length - 5) * 8 + ((delta >> *n_bits) & 7));
}

/* The smallest difference in a bucket below WEFT_BUCKET_FAR. */
static inline guint64
weft_bucket_base (guint8 bucket, guint *n_bits)
{
  *n_bits = 0;
  if (bucket < 16)
    return bucket;
  *n_bits = 1 + (bucket - 16u) / 8;
  return (guint64)(8 + (bucket - 16u) % 8) << *n_bits;
}

/* 0 nothing or other, 1 a switch to a thread, 2 a switch to idle, 3 a wake. */
static inline guint
weft_shape_follows (guint8 shape)
{
  if ((shape & 3) == WEFT_SHAPE_SWITCH)
    return ((shape >> 3) & 7) == WEFT_NEXT_IDLE ? 2 : 1;
  return (shape & 3) == WEFT_SHAPE_WAKE ? 3 : 0;
}

static inline guint
weft_time_context (guint follows, guint8 shape)
{
  return follows * 3 + MIN (shape & 3, 2);
}

/* The last kind that has columns. Those of a higher number, and records with parts, are
 * kept as they are. */
#define WEFT_LAST_COLUMNAR WEFT_SYNC

/* The units that a record of this kind has when it is written by columns. */
static inline guint
weft_columnar_units (guint kind)
{
  return kind <= WEFT_LAST_COLUMNAR ? weft_kind_units ((guint8)kind) : 0;
}

G_END_DECLS
