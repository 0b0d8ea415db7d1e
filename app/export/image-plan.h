/* image-plan.h: what a picture shows, row by row. In: a store and options.
 * Out: groups and lanes in the order of the window (processes as a tree,
 * threads by birth), with their words and figures copied, so that a writer
 * may go on. Worker thread; takes read sections of its own. */
#pragma once
#include "image.h"
#include "draw/legend-painter.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_IMAGE_ROW_GROUP,   /* heads a process; its lanes follow */
  WEFT_IMAGE_ROW_LANE,    /* one thread */
  WEFT_IMAGE_ROW_SUMMARY, /* all threads of one process */
  WEFT_IMAGE_ROW_NOTE,    /* one sentence: what was left out */
} WeftImageRowKind;

typedef struct
{
  WeftImageRowKind kind;
  guint process; /* id */
  guint thread;  /* id; of a lane */
  char *name;
  char *detail;   /* (nullable) second line, or the group's details */
  double share;   /* running share of the range; -1: none */
  double unknown; /* the share of which nothing is known, on average */
  gboolean ended; /* before the range's end */
} WeftImageRow;

typedef struct
{
  GArray *rows;      /* WeftImageRow */
  WeftLegend legend; /* what the rows show */
  guint64 from_ns, to_ns, start_ns, edge_ns;
  char *title;
  char *subtitle; /* host, date, range */
  char *footer;
} WeftImagePlan;

/* Fails when @options name a process that is not there, or an empty range. */
WeftImagePlan *weft_image_plan_new (WeftTraceStore *store, const WeftImageOptions *options,
                                    GCancellable *cancellable, GError **error);
void weft_image_plan_free (WeftImagePlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftImagePlan, weft_image_plan_free)

G_END_DECLS
