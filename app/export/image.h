/* image.h: the picture of a trace as a file: PNG, SVG or PDF, by the painters
 * of the screen. In: a store and what to show of it. Out: bytes, the same for
 * the same trace and options. Blocks; meant for a worker thread. */
#pragma once
#include <cairo.h>
#include "trace/trace-store.h"

G_BEGIN_DECLS

/* No side of a picture may be longer, in device pixels: cairo's own limit. */
#define WEFT_IMAGE_MAX_PX 32767
/* Nor may it have more pixels than these, which take 1 GB; vectors have no such limit. */
#define WEFT_IMAGE_MAX_AREA_PX 250000000

typedef struct
{
  int width_px;  /* logical pixels; 0: 1280 */
  int height_px; /* 0: what the lanes need; else lanes that do not fit are counted
                    in a line below the last */
  double scale;  /* device pixels per logical pixel; 0: 1 */
  gboolean dark;
  gboolean high_contrast;
  guint64 from_ns, to_ns; /* CLOCK_MONOTONIC; 0, 0: all */
  const char *title;      /* (nullable): the label, or the processes' names */
  GArray *processes;      /* (nullable) (element-type guint): ids in the process table, their
                             descendants are not added; NULL: all that did something */
  GArray *collapsed;      /* (nullable) (element-type guint): ids of processes drawn as one
                             summary lane */
  const char *format;     /* "png", "svg" or "pdf"; NULL: png */
  guint64 selection_from_ns, selection_to_ns; /* marked range; 0, 0: none */
} WeftImageOptions;

/**
 * weft_image_export:
 * @out: (transfer none): left open
 *
 * Writes the picture. Fails with G_IO_ERROR_INVALID_ARGUMENT when a side is
 * beyond WEFT_IMAGE_MAX_PX or the area too large, the format is unknown, before anything is
 * written, and with what @out says when it cannot be written.
 */
gboolean weft_image_export (WeftTraceStore *store, const WeftImageOptions *options,
                            GOutputStream *out, GCancellable *cancellable, GError **error);

/**
 * weft_image_render:
 *
 * The same picture as an RGB surface in device pixels, for the clipboard.
 *
 * Returns: (transfer full): %NULL with @error set when it fails
 */
cairo_surface_t *weft_image_render (WeftTraceStore *store, const WeftImageOptions *options,
                                    GCancellable *cancellable, GError **error);

G_END_DECLS
