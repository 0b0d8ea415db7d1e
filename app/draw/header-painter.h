/* header-painter.h: the column of names beside the lanes, and the rows that
 * head a process group. In: strings and figures. Out: paint. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

/* The name cell of one lane. */
typedef struct
{
  const char *name;   /* newest name of the thread or process */
  const char *detail; /* (nullable) small second line: the tid */
  double share;       /* running, 0 … 1; negative: not known */
  double unknown;     /* of the same time, of which nothing is known */
  gboolean faded;     /* it exited before the visible range's end */
  gboolean selected;
} WeftLaneHeader;

/* The row above the lanes of one process. */
typedef struct
{
  const char *name;
  const char *details; /* (nullable) "slowfib.py · 4242 · 5 threads · 1.0 of 2 CPUs" */
  gboolean expanded;
  gboolean expandable; /* has a triangle */
  gboolean selected;
} WeftGroupHeader;

void weft_lane_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                            const WeftLaneHeader *header);

/* @rect spans the whole row, over header column and lane. */
void weft_group_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                             const WeftGroupHeader *header);

/* A share as people read it: "26 %", "1 %", "<1 %", "0 %", "99.7 %" with @precise.
 * Never "0 %" for something, never "100 %" for less than all. (transfer full) */
char *weft_share_format (double share, gboolean precise);

/* The same of a time of which a part, @unknown, is not known: "≥26 %" where it makes a
 * difference. (transfer full) */
char *weft_share_format_least (double share, double unknown);

G_END_DECLS
