/* tree-row-painter.h: one row of the process tree. In: what the row says and
 * where it hangs in the tree. Out: paint. Mirrored when text runs from the
 * right. */
#pragma once
#include "number-format.h"
#include "style.h"
#include "tree-glyph.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_COLUMN_CPU = 1 << 0,
  WEFT_COLUMN_MEMORY = 1 << 1,
  WEFT_COLUMN_THREADS = 1 << 2,
  WEFT_COLUMN_AGE = 1 << 3,
  WEFT_COLUMN_PROCESS = 1 << 4, /* glyph, name and pid: always there */
} WeftTreeColumns;

typedef struct
{
  const char *name;
  guint32 pid;
  guint depth;         /* 0 for a root */
  double indent;       /* of one level; 0: the style's */
  guint64 open_levels; /* bit d: a line passes down at depth d, to a later sibling */
  gboolean last_child; /* its connector is a corner, not a tee */
  gboolean has_children;
  gboolean expanded; /* else a collapsed row shows a filled triangle */
  guint n_hidden;    /* descendants under a collapsed row: "+12" */
  WeftGlyph glyph;
  double cpu_share;     /* 1.0 = one CPU; negative: not known, 0: nothing is said */
  guint64 memory_bytes; /* 0: not known */
  guint n_threads;      /* 0: not known */
  guint64 age_ns;
  gboolean exited;
  const char *exit_text;    /* (nullable) "exited 2", "killed by SIGKILL"; after the name */
  gboolean exit_failed;     /* the text in the error colour */
  double birth;             /* 1 just born … 0 no highlight */
  double fade;              /* 0 as alive … 1 about to leave the tree */
  gboolean selected;        /* text in the accent's text colour on the accent */
  gboolean paint_selection; /* paint the accent row too (GTK paints its own) */
  gboolean matched;         /* found by the search: bold name */
  const char *match;        /* (nullable) text to underline in the name */
} WeftTreeRowLook;

void weft_tree_row_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                         const WeftTreeRowLook *look, WeftTreeColumns columns);

/* Titles over the same columns. @sorted: the column with the arrow, or 0 for none. */
void weft_tree_header_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                            WeftTreeColumns columns, WeftTreeColumns sorted, gboolean descending);

/* Where @column lies in a row that is @width wide: its left end at @x, @column_width wide. FALSE
 * and untouched when it is not among @columns. */
gboolean weft_tree_row_get_extent (WeftStyle *style, double width, WeftTreeColumns columns,
                                   WeftTreeColumns column, double *x, double *column_width);

/* The widest step per level, at most the style's, with which rows as deep as
 * @deepest still have room for their names. */
double weft_tree_row_fit_indent (WeftStyle *style, double width, WeftTreeColumns columns,
                                 guint deepest);

/* TRUE when @x of such a row lies on what opens and closes it: the glyph and
 * what is before it within a step. */
gboolean weft_tree_row_is_expander (WeftStyle *style, double width, WeftTreeColumns columns,
                                    const WeftTreeRowLook *look, double x);

G_END_DECLS
