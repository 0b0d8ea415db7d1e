/* lane-marks.c: sorts marks by lane and thins them to pixels, then paints them. Of a
 * thread only those are looked at that may show: what a lane costs has its pixels for a
 * bound, however many there are. */
#include "lane-marks.h"

#include <math.h>

#include "mark-painter.h"
#include "state-label.h"
#include "trace/exit-words.h"

struct _WeftLaneMarks
{
  GHashTable *lanes; /* thread id → GArray of WeftLaneMark */
  double width_px;
  guint32 kinds; /* bits of what occurs */
};

static void
clear_mark (gpointer mark)
{
  g_free (((WeftLaneMark *)mark)->text);
}

static GArray *
lane_of (WeftLaneMarks *self, guint thread)
{
  GArray *lane = g_hash_table_lookup (self->lanes, GUINT_TO_POINTER (thread));

  if (lane != NULL)
    return lane;
  lane = g_array_new (FALSE, FALSE, sizeof (WeftLaneMark));
  g_array_set_clear_func (lane, clear_mark);
  g_hash_table_insert (self->lanes, GUINT_TO_POINTER (thread), lane);
  return lane;
}

/* The mark of the same kind on the same pixel, if the last few hold one. */
static WeftLaneMark *
find_near (GArray *lane, const WeftLaneMark *mark)
{
  for (guint i = lane->len; i > 0 && lane->len - i < WEFT_MARK_USER + 1; i--)
    {
      WeftLaneMark *other = &g_array_index (lane, WeftLaneMark, i - 1);

      if (floor (other->x) < floor (mark->x))
        return NULL;
      if (other->kind == mark->kind)
        return other;
    }
  return NULL;
}

static void
add_mark (WeftLaneMarks *self, const WeftMark *mark, const WeftTimeScale *scale)
{
  GArray *lane = lane_of (self, mark->thread);
  WeftLaneMark entry = { .kind = mark->kind,
                         .x = weft_time_scale_to_px (scale, mark->time_ns),
                         .from_x = weft_time_scale_to_px (scale, mark->start_ns),
                         .value = mark->value };
  WeftLaneMark *near = find_near (lane, &entry);

  self->kinds |= 1u << mark->kind;
  if (near == NULL)
    {
      entry.text = g_strdup (mark->text);
      g_array_append_val (lane, entry);
      return;
    }
  near->from_x = MIN (near->from_x, entry.from_x);
  near->x = MAX (near->x, entry.x);
  if (mark->kind == WEFT_MARK_LOST)
    near->value += mark->value;
  else if (mark->kind == WEFT_MARK_EXIT && mark->value != 0)
    near->value = mark->value; /* an error is not hidden by a good end beside it */
}

/* The first mark that is not before @time_ns. */
static gsize
first_from (const WeftMark *marks, gsize n, guint64 time_ns)
{
  gsize low = 0, high = n;

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (marks[middle].time_ns < time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

WeftLaneMarks *
weft_lane_marks_new (const WeftMark *marks, gsize n, const WeftTimeScale *scale)
{
  WeftLaneMarks *self = g_new0 (WeftLaneMarks, 1);

  self->width_px = scale->width_px;
  self->lanes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
  for (gsize i = first_from (marks, n, scale->from_ns); i < n && marks[i].time_ns <= scale->to_ns;
       i++)
    add_mark (self, &marks[i], scale);
  return self;
}

/* The first behind @at that does not fall on its pixel: near it as a rule, and far only
 * where many do. */
static gsize
skip_pixel (const WeftMark *marks, gsize n, gsize at, const WeftTimeScale *scale)
{
  double pixel = floor (weft_time_scale_to_px (scale, marks[at].time_ns));
  gsize low = at + 1, step = 1, high;

  while (low + step < n
         && floor (weft_time_scale_to_px (scale, marks[low + step].time_ns)) <= pixel)
    step *= 2;
  for (high = MIN (n, low + step); low < high;)
    {
      gsize middle = low + (high - low) / 2;

      if (floor (weft_time_scale_to_px (scale, marks[middle].time_ns)) <= pixel)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
weft_lane_marks_add_thread (WeftLaneMarks *self, WeftTraceStore *store, guint thread,
                            const WeftTimeScale *scale)
{
  for (guint kind = 0; kind < WEFT_N_THREAD_MARKS; kind++)
    {
      gsize n, next;
      const WeftMark *marks = weft_trace_store_get_thread_marks (store, thread, kind, &n);

      for (gsize i = first_from (marks, n, scale->from_ns);
           i < n && marks[i].time_ns <= scale->to_ns; i = next)
        {
          next = skip_pixel (marks, n, i, scale);
          add_mark (self, &marks[i], scale);
          if (next - 1 > i && marks[next - 1].time_ns <= scale->to_ns)
            add_mark (self, &marks[next - 1], scale);
        }
    }
}

void
weft_lane_marks_add_gaps (WeftLaneMarks *self, const WeftMark *marks, gsize n,
                          const WeftTimeScale *scale)
{
  for (gsize i = first_from (marks, n, scale->to_ns + 1); i < n; i++)
    if (marks[i].kind == WEFT_MARK_LOST && marks[i].start_ns <= scale->to_ns)
      add_mark (self, &marks[i], scale);
}

void
weft_lane_marks_free (WeftLaneMarks *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->lanes);
  g_free (self);
}

const WeftLaneMark *
weft_lane_marks_get (const WeftLaneMarks *self, guint thread, guint *n)
{
  GArray *lane = g_hash_table_lookup (self->lanes, GUINT_TO_POINTER (thread));

  *n = lane != NULL ? lane->len : 0;
  return lane != NULL ? (const WeftLaneMark *)(const void *)lane->data : NULL;
}

gboolean
weft_lane_marks_has (const WeftLaneMarks *self, WeftMarkKind kind)
{
  return (self->kinds & (1u << kind)) != 0;
}

static void
draw_gap (WeftStyle *style, cairo_t *cr, const WeftRect *rect, double from, double to,
          guint64 count)
{
  double left = CLAMP (from, rect->x, rect->x + rect->width);
  double right = CLAMP (to, left, rect->x + rect->width);
  const WeftRect gap = { left, rect->y, right - left, rect->height };

  weft_mark_draw_loss_with_count (style, cr, &gap, count);
}

/* A flag ends where the next one begins: each number can be read. */
static WeftRect
room_for_flag (const WeftRect *rect, const WeftLaneMark *marks, guint at, guint n, double each)
{
  WeftRect room = *rect;

  for (guint i = at + 1; i < n; i++)
    if (marks[i].kind == WEFT_MARK_USER)
      {
        room.width = MIN (rect->width, marks[i].x * each);
        break;
      }
  return room;
}

/* @x: where the moment lies on the page. */
static void
draw_mark (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftLaneMark *mark, double x,
           double from_x)
{
  g_autofree char *code = NULL;

  switch (mark->kind)
    {
    case WEFT_MARK_FORK:
      weft_mark_draw_fork (style, cr, rect, x);
      break;
    case WEFT_MARK_EXEC:
      weft_mark_draw_exec (style, cr, x, rect->y + rect->height * 0.2);
      break;
    case WEFT_MARK_EXIT:
      code = weft_exit_code ((guint32)mark->value);
      weft_mark_draw_exit_with_code (style, cr, rect, x, code);
      break;
    case WEFT_MARK_LOST:
      draw_gap (style, cr, rect, from_x, x, mark->value);
      break;
    case WEFT_MARK_SUSPEND:
      weft_mark_draw_suspend (style, cr, rect, x);
      break;
    case WEFT_MARK_USER:
      weft_mark_draw_user (style, cr, rect, x, mark->text);
      break;
    case WEFT_MARK_RENAME:
    default:
      break; /* the name's own matter, told by the tooltip */
    }
}

void
weft_lane_marks_draw (const WeftLaneMarks *self, WeftStyle *style, cairo_t *cr,
                      const WeftRect *rect, guint thread)
{
  double each = rect->width / self->width_px;
  guint n;
  const WeftLaneMark *marks = weft_lane_marks_get (self, thread, &n);

  if (n == 0)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_clip (cr);
  for (guint i = 0; i < n; i++)
    {
      WeftRect room = *rect;

      if (marks[i].kind == WEFT_MARK_USER)
        room = room_for_flag (rect, marks, i, n, each);
      draw_mark (style, cr, &room, &marks[i], rect->x + marks[i].x * each,
                 rect->x + marks[i].from_x * each);
    }
  cairo_restore (cr);
}
