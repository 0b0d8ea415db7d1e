/* tree-glyph.h: the mark before a process's name: what it does, told by shape
 * and by colour. In: a state letter. Out: paint. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

#define WEFT_GLYPH_RADIUS 5.0

typedef enum
{
  WEFT_GLYPH_SLEEPING, /* circle */
  WEFT_GLYPH_RUNNING,  /* triangle */
  WEFT_GLYPH_DISK,     /* square */
  WEFT_GLYPH_STOPPED,  /* two bars */
  WEFT_GLYPH_ZOMBIE,   /* dashed circle */
  WEFT_GLYPH_EXITED,   /* cross */
} WeftGlyph;

void weft_tree_glyph_draw (WeftStyle *style, cairo_t *cr, WeftGlyph glyph, double x_middle,
                           double y_middle, WeftColor color_or_0);

/* The glyph for the state letter of /proc: R S D T t Z X I. */
WeftGlyph weft_tree_glyph_for (char proc_state);

G_END_DECLS
