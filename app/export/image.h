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

/* Nor may one be narrower, or a page not hold its own title, legend and foot. */
#define WEFT_IMAGE_MIN_WIDTH_PX 320
#define WEFT_IMAGE_MIN_SCALE 0.1
#define WEFT_IMAGE_MAX_SCALE 16.0

typedef enum
{
  WEFT_IMAGE_PNG,
  WEFT_IMAGE_SVG,
  WEFT_IMAGE_PDF,
} WeftImageFormat;

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
                             descendants are not added, and of several those are left out
                             that were not there; NULL: all that did something */
  GArray *collapsed;      /* (nullable) (element-type guint): ids of processes drawn as one
                             summary lane */
  WeftImageFormat format;
  guint64 selection_from_ns, selection_to_ns; /* marked range; 0, 0: none */
  const char *if_too_large; /* (nullable): a sentence, what to do where a side is too long;
                               NULL: one for who writes a command */
} WeftImageOptions;

/* FALSE with a sentence when a picture cannot be so wide, high, or scaled by so much.
 * Here 0 is a number like others. */
gboolean weft_image_check_width (int width_px, GError **error);
gboolean weft_image_check_height (int height_px, GError **error);
gboolean weft_image_check_scale (double scale, GError **error);

/**
 * weft_image_export:
 * @out: (transfer none): left open
 *
 * Writes the picture. Fails with G_IO_ERROR_INVALID_ARGUMENT, before anything is
 * written, when a size or the scale is beyond the limits above or the height too small
 * for title, legend and foot, and with what @out says when it cannot be written. No
 * size is ever changed silently.
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
