/* lane-marks.h: which marks show on which lane. In: the store's marks and a
 * range over a width. Out: those of each lane, one of a kind for each pixel,
 * however many there are; and their paint. */
#pragma once
#include "style.h"
#include "trace/lane-layout.h"

G_BEGIN_DECLS

typedef struct
{
  WeftMarkKind kind;
  double x;      /* pixels from the range's beginning */
  double from_x; /* = x but for LOST */
  guint64 value; /* of LOST: the sum of those that fell on one pixel */
  char *text;    /* (nullable) */
} WeftLaneMark;

typedef struct _WeftLaneMarks WeftLaneMarks;

/* @marks: those of the whole trace, sorted by time as the store gives them; call within
 * its read section. Nothing of them is kept. */
WeftLaneMarks *weft_lane_marks_new (const WeftMark *marks, gsize n, const WeftTimeScale *scale);
/* Adds the marks of a thread. Within a read section. */
void weft_lane_marks_add_thread (WeftLaneMarks *self, WeftTraceStore *store, guint thread,
                                 const WeftTimeScale *scale);
/* Adds the gaps among @marks that end behind the range and reach into it: a gap stands
 * where it ends. @marks: those of the whole trace, sorted; few. */
void weft_lane_marks_add_gaps (WeftLaneMarks *self, const WeftMark *marks, gsize n,
                               const WeftTimeScale *scale);
void weft_lane_marks_free (WeftLaneMarks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLaneMarks, weft_lane_marks_free)

/* Marks of @thread, or of the whole trace with WEFT_NO_ID; NULL when there are none. */
const WeftLaneMark *weft_lane_marks_get (const WeftLaneMarks *self, guint thread, guint *n);

/* Whether any lane has one of this kind; for the legend. */
gboolean weft_lane_marks_has (const WeftLaneMarks *self, WeftMarkKind kind);

/**
 * weft_lane_marks_draw:
 * @rect: of the lane, beginning where the range begins
 *
 * Paints the marks of @thread on its lane. With WEFT_NO_ID: those of the whole
 * trace over a rectangle, loss gaps with their counts where they fit.
 */
void weft_lane_marks_draw (const WeftLaneMarks *self, WeftStyle *style, cairo_t *cr,
                           const WeftRect *rect, guint thread);

G_END_DECLS
