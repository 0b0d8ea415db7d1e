/* lane-tiles.h: what was painted of a lane, kept while the view moves. In: a lane's
 * threads and the columns in view. Out: tiles of pixels that stay at their place in time.
 * A view that follows or pans makes only columns that are new or still grow; one that
 * zooms makes all of them. One thread at a time. */
#pragma once
#include "draw/lane-strip.h"
#include "draw/lane-tile.h"
#include "trace/time-grid.h"

G_BEGIN_DECLS

void weft_lane_tile_unref (WeftLaneTile *tile);
/* The boxes of @tiles within @width_px columns from @first on, in pixels from there,
 * joined where a tile cut them. (transfer full) (element-type WeftLaneBox) */
GArray *weft_lane_tiles_join_boxes (GPtrArray *tiles, guint64 first, guint width_px);

typedef struct _WeftLaneTiles WeftLaneTiles;

WeftLaneTiles *weft_lane_tiles_new (void);
void weft_lane_tiles_free (WeftLaneTiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneTiles, weft_lane_tiles_free)

/**
 * weft_lane_tiles_get:
 * @threads: one for a thread's lane, several for a summary; the same as ever, or more
 * @first, @width_px: the columns of @grid in view
 *
 * @cancellable: (nullable)
 *
 * Takes read sections of the store; may load what left memory: worker only.
 *
 * Returns: (transfer full) (element-type WeftLaneTile): the tiles that show these
 *   columns, in order; when it was cancelled not all of them
 */
GPtrArray *weft_lane_tiles_get (WeftLaneTiles *self, WeftTraceStore *store, const guint *threads,
                                guint n_threads, const WeftLaneLook *look, const WeftTimeGrid *grid,
                                guint64 first, guint width_px, GCancellable *cancellable);

/* How many columns were made so far, those of margins left out. */
guint64 weft_lane_tiles_count_made (const WeftLaneTiles *self);

G_END_DECLS
