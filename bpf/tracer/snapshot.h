/* snapshot.h: reads what an iterator program writes, a piece at a time, so that neither
 * a small buffer nor a machine with 100,000 threads holds anybody up. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

struct bpf_program;

typedef struct
{
  struct bpf_program *program; /* an iter/task; set before use */
  int fd;                      /* -1 when none runs */
  guint64 begin_ns;
  guint64 records;
} WeftSnapshot;

/* Starts @self over from the first task; what ran before is dropped. Returns 0 or a
 * negative errno. */
int weft_snapshot_begin (WeftSnapshot *self, guint64 now_ns);

/* Drops a running one. */
void weft_snapshot_end (WeftSnapshot *self);

/**
 * weft_snapshot_read:
 * @record_bytes: of each record
 * @done: (out): TRUE when the last task was read, or the kernel failed
 *
 * Returns: bytes put into @buffer, whole records; 0 with @done FALSE: ask again later
 */
gsize weft_snapshot_read (WeftSnapshot *self, guint8 *buffer, gsize bytes, gsize record_bytes,
                          gboolean *done);

/* Runs an iterator that writes nothing over all tasks. Returns 0 or a negative errno. */
int weft_snapshot_walk (struct bpf_program *program);

G_END_DECLS
