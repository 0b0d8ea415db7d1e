/* shares-painter.c: one stacked bar of a stretch of time, and its main reason
 * in words. ns per state in, paint out. */
#include "shares-painter.h"
#include "header-painter.h"
#include "state-label.h"

#include <glib/gi18n.h>

#define MIN_SLIVER 1.5
#define BAR_HEIGHT 14.0
#define GAP 10.0

static guint64
total_of (const guint64 *ns)
{
  guint64 total = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    total += ns[state];
  return total;
}

/* Running first, unknown last: what is not known closes the bar. */
static WeftState
state_in_order (guint i)
{
  return (i + 1) % WEFT_N_STATES;
}

void
weft_shares_layout (const guint64 *ns, double width, double min_width, WeftState *order,
                    double *ends)
{
  guint64 total = total_of (ns);
  double slivers = 0, rest = 0, x = 0;

  /* what is too small gets a sliver, the others share what is left */
  for (guint state = 0; total > 0 && state < WEFT_N_STATES; state++)
    if (ns[state] > 0 && ns[state] * width / total < min_width)
      slivers += min_width;
    else
      rest += ns[state];
  for (guint i = 0; i < WEFT_N_STATES; i++)
    {
      WeftState state = state_in_order (i);

      order[i] = state;
      if (ns[state] > 0 && ns[state] * width / total < min_width)
        x += min_width;
      else if (ns[state] > 0)
        x += ns[state] / rest * MAX (0, width - slivers);
      ends[i] = MIN (x, width);
    }
}

void
weft_shares_draw_bar (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const guint64 *ns)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  gboolean rtl = weft_style_is_rtl (style);
  WeftState order[WEFT_N_STATES];
  double ends[WEFT_N_STATES], from = 0;
  double gap = weft_style_hairline (style);

  weft_shares_layout (ns, rect->width, MIN_SLIVER, order, ends);
  cairo_save (cr);
  weft_style_rounded_path (cr, rect, 2);
  cairo_clip (cr);
  if (ends[WEFT_N_STATES - 1] <= 0)
    weft_style_fill (cr, rect, palette->track);
  for (guint i = 0; i < WEFT_N_STATES; i++)
    {
      double left = weft_style_snap (style, from), right = weft_style_snap (style, ends[i]);
      double width = right - left;

      from = ends[i];
      if (width <= 0)
        continue;
      if (width > 3 * gap && right < rect->width)
        width -= gap;
      weft_palette_fill_state (palette, cr, order[i],
                               rtl ? rect->x + rect->width - left - width : rect->x + left, rect->y,
                               width, rect->height);
    }
  cairo_restore (cr);
}

WeftState
weft_shares_main_state (const guint64 *ns)
{
  guint64 family = 0, best_ns = 0;
  WeftState best = WEFT_STATE_UNKNOWN, best_sleep = WEFT_STATE_UNKNOWN;

  for (guint i = 1; i < WEFT_N_STATES; i++)
    {
      if (weft_state_is_sleep (i))
        {
          family += ns[i];
          if (best_sleep == WEFT_STATE_UNKNOWN || ns[i] > ns[best_sleep])
            best_sleep = i;
        }
      else if (ns[i] > best_ns)
        {
          best = i;
          best_ns = ns[i];
        }
    }
  return family > best_ns ? best_sleep : best;
}

char *
weft_shares_main_reason (const guint64 *ns, guint64 absent_ns)
{
  guint64 total = total_of (ns);
  WeftState state = weft_shares_main_state (ns);
  g_autofree char *share = NULL;

  if (total == 0)
    return g_strdup (_ ("not there"));
  share = weft_share_format ((double)ns[state] / ((double)total + (double)absent_ns), FALSE);
  /* Translators: main state of a thread and its share: "lock 71 %" */
  return g_strdup_printf (C_ ("share", "%s %s"), weft_state_get_short_label (state), share);
}

/* The bar of the time that it was there, seen however short that was. */
static void
draw_part (WeftStyle *style, cairo_t *cr, const WeftRect *whole, const WeftSharesRow *row)
{
  guint64 total = total_of (row->ns);
  double all = (double)total + (double)row->absent_ns;
  double width = all > 0 ? MAX (MIN_SLIVER, whole->width * (double)total / all) : whole->width;
  double x = weft_style_is_rtl (style) ? whole->x + whole->width - width : whole->x;

  weft_shares_draw_bar (style, cr, &(WeftRect){ x, whole->y, width, whole->height }, row->ns);
}

void
weft_shares_draw_row (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftSharesRow *row)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  gboolean rtl = weft_style_is_rtl (style);
  double middle = rect->y + rect->height / 2;
  double bar_width = MAX (0, rect->width - row->name_width - row->reason_width - 2 * GAP);
  g_autofree char *reason = weft_shares_main_reason (row->ns, row->absent_ns);
  double name_x = rtl ? rect->x + rect->width - row->name_width : rect->x;
  double reason_x = rtl ? rect->x : rect->x + rect->width - row->reason_width;
  const WeftRect bar = { rtl ? reason_x + row->reason_width + GAP : rect->x + row->name_width + GAP,
                         weft_style_snap (style, middle - BAR_HEIGHT / 2), bar_width, BAR_HEIGHT };

  weft_style_draw_text (style, cr, row->name, row->strong ? WEFT_TEXT_BOLD : WEFT_TEXT_NORMAL,
                        palette->text, WEFT_ALIGN_START, name_x, middle, row->name_width);
  if (bar_width >= 8)
    draw_part (style, cr, &bar, row);
  weft_style_draw_text (style, cr, reason, WEFT_TEXT_NORMAL, palette->dim_text, WEFT_ALIGN_START,
                        reason_x, middle, row->reason_width);
}
