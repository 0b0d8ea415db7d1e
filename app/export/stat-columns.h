/* stat-columns.h: the columns of the table of `stat`, and which of them a terminal has
 * room for; private to it. In: a width. Out: a width for each column, and cells. */
#pragma once
#include "stat-gather.h"

G_BEGIN_DECLS

/* Widths in columns of the terminal; 0: left out. */
typedef struct
{
  guint widths[WEFT_STAT_N_COLUMNS];
} WeftStatLayout;

/* @kept: never left out: what the rows are sorted by */
WeftStatLayout weft_stat_layout (guint width, WeftStatColumn kept);

void weft_stat_append_header (GString *out, const WeftStatLayout *layout);
void weft_stat_append_row (GString *out, const WeftStatLayout *layout,
                           const WeftStatThread *thread);

/* < 0 when @a comes before @b: the most first, names and numbers of threads ascending. */
int weft_stat_compare (WeftStatColumn column, const WeftStatThread *a, const WeftStatThread *b);

G_END_DECLS
