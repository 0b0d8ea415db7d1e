/* lane-tile.h: some columns of a lane as pixels, at their place in time. Made and kept by
 * whoever shows lanes; painted by lane-painter. Value type. */
#pragma once
#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/* Immutable, atomically reference counted. */
typedef struct
{
  guint64 column;           /* the first */
  guint width_px;           /* columns */
  cairo_surface_t *surface; /* has columns before and behind the tile's own too */
  guint margin_px;          /* so many before */
  int top_px;               /* rows of the lane above @surface */
  GArray *boxes;            /* WeftLaneBox, in pixels of @surface */
  /* while these are the same, so are the pixels */
  guint64 edge_ns;
  guint64 revision;
  guint64 wished[2]; /* where its columns would begin and end, */
  guint64 ends[2];   /* and where they do: see history.h */
  gboolean complete; /* the trace has all of it */
} WeftLaneTile;

G_END_DECLS
