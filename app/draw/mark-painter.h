/* mark-painter.h: what lies over the lanes: moments (exec, exit, fork,
 * suspend, user marks), stretches without events, the selected slice, the
 * wake-up arrow, the selected range, the live edge. In: positions. Out: paint. */
#pragma once
#include "style.h"

G_BEGIN_DECLS

/* Moments, centred on (@x, @y). */
void weft_mark_draw_exec (WeftStyle *style, cairo_t *cr, double x, double y);
void weft_mark_draw_exit (WeftStyle *style, cairo_t *cr, double x, double y, WeftColor color);
void weft_mark_draw_exit_well (WeftStyle *style, cairo_t *cr, double x, double y);

/**
 * weft_mark_draw_exit_with_code:
 * @rect: the lane; the code is left out where it does not fit to the right of @x
 * @code: (nullable): "2", "SIGKILL"; %NULL or "" when it ended well
 *
 * A cross just behind the end of a thread, with its code in the error colour;
 * a tick mark instead when it ended well (@code is "0").
 */
void weft_mark_draw_exit_with_code (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x,
                                    const char *code);

/* A bracket where the thread was born. */
void weft_mark_draw_fork (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x);

/* A double line over the lane where the machine slept. */
void weft_mark_draw_suspend (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x);

/* A flag at the top of the lanes, set by the user. */
void weft_mark_draw_user (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x,
                          const char *text);

/* Hatching over a stretch in which events were lost. */
void weft_mark_draw_loss (WeftStyle *style, cairo_t *cr, const WeftRect *rect);
/* The same with "1,234 lost" in its middle when that fits. */
void weft_mark_draw_loss_with_count (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                     guint64 count);

/* Frame of the selected slice; @rect is the slice's box, partly outside allowed. */
void weft_mark_draw_selection (WeftStyle *style, cairo_t *cr, const WeftRect *rect);

/* A curve from the waker's lane to the woken slice's beginning, with a head there. */
void weft_mark_draw_wake_arrow (WeftStyle *style, cairo_t *cr, double from_x, double from_y,
                                double to_x, double to_y);

/* The selected range over all lanes: veil and two edges. @rect: from edge to edge. */
void weft_mark_draw_range (WeftStyle *style, cairo_t *cr, const WeftRect *rect);

/* The line of the pointer. */
void weft_mark_draw_crosshair (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double x);

/* What a thread is thought to do beyond the live edge: its state's look, paler,
 * closed by an edge. @rect is the lane's part beyond the edge. */
void weft_mark_draw_provisional (WeftStyle *style, cairo_t *cr, const WeftRect *rect,
                                 WeftState state);

G_END_DECLS
