/* lane-column.h: how the states of one pixel column stack up. In: ns in each
 * state. Out: parts of the lane's box, bottom up, in device pixels. Pure; the
 * pixel strips and the vector files use the same parts.
 *
 * A part is as high as its share of the column times the height of its state,
 * so that a column spent wholly in one state looks like a box of that state,
 * and the area of a colour is its time. A state with any time at all gets a
 * pixel, however small its share: fainter the smaller it is, never gone. */
#pragma once
#include "palette.h"
#include "trace/lane-layout.h"

G_BEGIN_DECLS

typedef struct
{
  guint8 state;  /* WeftState */
  guint8 weight; /* 255: full colour; below: the tint of a share under a pixel */
  guint16 from;  /* pixels above the box's bottom; from < to */
  guint16 to;
} WeftColumnPart;

/* The faintest tint that a share can have. */
#define WEFT_COLUMN_LEAST_WEIGHT 110

/**
 * weft_lane_column_stack:
 * @ns: WEFT_N_STATES times; their sum may be less than @length_ns where a
 *   thread was there for a part of the column only
 * @length_ns: the column's length; greater than 0
 * @height: of the lane's box in device pixels
 * @parts: (out caller-allocates): room for WEFT_N_STATES
 *
 * Parts touch, the first begins at 0, none reaches above @height unless there
 * are more states than pixels (the quietest are left out then).
 *
 * Returns: the number of parts
 */
guint weft_lane_column_stack (const WeftPalette *palette, const guint64 *ns, guint64 length_ns,
                              guint height, WeftColumnPart *parts);

/**
 * weft_lane_column_stack_item:
 * @px: a column of @items
 *
 * The same for a column of draw items. Several threads of a summary share the
 * height, those that are there in this column. Where a pixel is shorter than a
 * nanosecond, columns without a length show the nanosecond they are a part of.
 */
guint weft_lane_column_stack_item (const WeftPalette *palette, const WeftLaneItems *items, guint px,
                                   guint height, WeftColumnPart *parts);

/* TRUE when box @i would run into the next one of the same state. */
gboolean weft_lane_box_needs_separator (GArray *boxes, guint i);

G_END_DECLS
