/* proc-reader.h: keeps a store's process table true to /proc, once a second,
 * in a thread of its own. In: /proc. Out: reconciled processes, and what the
 * machine as a whole does. */
#pragma once
#include <gio/gio.h>
#include "proc-walker.h"
#include "trace/trace-store.h"

G_BEGIN_DECLS

/* What the machine did between the last two samples. */
typedef struct
{
  guint tasks;                                     /* threads that exist */
  guint running;                                   /* on a CPU or waiting for one */
  double forks_per_s, exits_per_s, switches_per_s; /* negative before the second sample */
} WeftMachineRates;

#define WEFT_TYPE_PROC_READER (weft_proc_reader_get_type ())
G_DECLARE_FINAL_TYPE (WeftProcReader, weft_proc_reader, WEFT, PROC_READER, GObject)

/**
 * weft_proc_reader_new:
 * @store: its process table is reconciled, from the reader's thread
 *
 * The first sample is taken at once, the next ones each second while active.
 * Signal "sampled" (guint corrections) is emitted in the thread-default main
 * context of the caller, after the table took a sample; @corrections is what
 * weft_trace_store_reconcile() returned. Signal "failed" (GError) once, when
 * /proc cannot be read; the reader rests then.
 *
 * Returns: (transfer full): active. The thread ends with the last reference.
 */
WeftProcReader *weft_proc_reader_new (WeftTraceStore *store);

/* Inactive, it does nothing at all; active again, it samples at once. */
void weft_proc_reader_set_active (WeftProcReader *self, gboolean active);

/* FALSE and @rates untouched before the first sample. */
gboolean weft_proc_reader_get_rates (WeftProcReader *self, WeftMachineRates *rates);

G_END_DECLS
