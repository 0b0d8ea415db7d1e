/* minimap-painter.h: the whole recording as a strip, with the visible part
 * framed. In: how busy each part was. Out: paint. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

typedef struct
{
  const double *activity; /* each 0 … 1, of equally long parts; drawn as bars */
  const guint8 *lost;     /* (nullable) as many: not 0 where events were lost */
  gsize n;
  double window_from; /* visible part, 0 … 1 of the width */
  double window_to;
  double selection_from; /* selected range alike; from = to: none */
  double selection_to;
} WeftMinimap;

void weft_minimap_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                        const WeftMinimap *minimap);

/* A mark that a person set, over the rest. @at: part of the width, 0 … 1. */
void weft_minimap_draw_mark (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double at);

G_END_DECLS
