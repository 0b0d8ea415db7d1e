/* image-compose.h: lays a plan out on a page and paints it with the painters
 * of the screen. In: a plan and a style. Out: the page's size, then paint.
 * Worker thread. */
#pragma once
#include "draw/style.h"
#include "image-plan.h"

G_BEGIN_DECLS

typedef struct _WeftImagePage WeftImagePage;

/**
 * weft_image_page_new:
 * @vector: paint lanes as rectangles, for SVG and PDF, not as pixels
 *
 * Fails with G_IO_ERROR_INVALID_ARGUMENT, naming the limit, when a side would
 * be longer than WEFT_IMAGE_MAX_PX device pixels.
 */
WeftImagePage *weft_image_page_new (WeftTraceStore *store, const WeftImagePlan *plan,
                                    const WeftImageOptions *options, WeftStyle *style,
                                    gboolean vector, GError **error);
void weft_image_page_free (WeftImagePage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftImagePage, weft_image_page_free)

/* In logical pixels. */
double weft_image_page_get_width (const WeftImagePage *self);
double weft_image_page_get_height (const WeftImagePage *self);

gboolean weft_image_page_draw (WeftImagePage *self, cairo_t *cr, GCancellable *cancellable,
                               GError **error);

G_END_DECLS
