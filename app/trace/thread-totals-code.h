/* thread-totals-code.h: the table of thread-totals.h as it is kept; private to that. The
 * bytes: those of one bit-coder.h, so no byte is anything by itself. In order: the moments;
 * how many threads; a head for each, with the distance to the id before it, what it was in
 * before and after, when it changed first and how often; then the times of each. Pure.
 *
 * Times are told of states that have some only. What is told costs what is not known from
 * elsewhere: in most grains the times fill the grain, then those of one state, at best the
 * longest one, are left out. */
#pragma once
#include "bit-coder.h"
#include "thread-totals.h"

G_BEGIN_DECLS

#define WEFT_N_TIMED WEFT_STATE_EXITED
/* What a chunk has at most of moments, and of moments of threads: it has fewer. */
#define WEFT_MOST_GRAINS 4096
#define WEFT_MOST_GRAIN_ROWS (1u << 21)

typedef struct
{
  guint thread;
  WeftTrackBefore before, after;
  guint64 first_ns, n_changes;
} WeftTotalsHead;

typedef struct _WeftTotalsCode WeftTotalsCode;

/* @bytes: (nullable): to read, and then to outlive it; NULL to write */
WeftTotalsCode *weft_totals_code_new (GBytes *bytes);
void weft_totals_code_free (WeftTotalsCode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTotalsCode, weft_totals_code_free)

/* Writes, or reads into what it is given. FALSE when that cannot be of a table. @grains
 * and @n_threads first; the times of @grains are the caller's from then on. */
gboolean weft_totals_code_begin (WeftTotalsCode *self, WeftGrains *grains, guint *n_threads);
/* Heads come in order of the threads; all of them before any times. */
gboolean weft_totals_code_head (WeftTotalsCode *self, const WeftGrains *grains,
                                WeftTotalsHead *head);
/* @shares: one for each moment: up to the first, then between each and the one before it */
gboolean weft_totals_code_times (WeftTotalsCode *self, const WeftGrains *grains,
                                 WeftShares *shares);
/* Returns: (transfer full): what was written, or what was read; NULL when it is not whole */
GBytes *weft_totals_code_end (WeftTotalsCode *self);

G_END_DECLS
