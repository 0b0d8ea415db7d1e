/* legend-painter.c: a row of swatches, each in the shape that its state has on
 * a lane, with its name. A set of states in, paint out. */
#include "legend-painter.h"
#include "mark-painter.h"
#include "state-label.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 15.0
#define SWATCH 16.0
#define GAP 6.0      /* swatch to name */
#define SPACING 18.0 /* entry to entry */

typedef enum
{
  ENTRY_STATE,
  ENTRY_EXEC,
  ENTRY_EXIT_WELL,
  ENTRY_EXIT_FAILED,
  ENTRY_LOSS,
} EntryKind;

typedef struct
{
  EntryKind kind;
  WeftState state;
  const char *label;
  double x, y, width; /* within the legend; y: top of its row */
} Entry;

WeftStateSet
weft_state_set_from_shares (const guint64 *ns)
{
  WeftStateSet set = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    if (ns[state] > 0)
      set |= WEFT_STATE_BIT (state);
  return set;
}

/* What a look stands for: the sleep family and the unnamed have names of their own. */
static const char *
state_label (WeftState state)
{
  if (weft_state_is_sleep (state))
    return _ ("sleeping");
  return weft_state_get_short_label (state);
}

static void
add_entry (GArray *entries, EntryKind kind, WeftState state, const char *label)
{
  const Entry entry = { .kind = kind, .state = state, .label = label };

  g_array_append_val (entries, entry);
}

static void
add_states (GArray *entries, WeftStateSet states)
{
  gboolean sleep_done = FALSE;

  /* unknown has value 0 but is told last: it is what is not there */
  for (guint i = 1; i <= WEFT_N_STATES; i++)
    {
      WeftState state = i % WEFT_N_STATES;
      gboolean sleep = weft_state_is_sleep (state);

      if ((states & WEFT_STATE_BIT (state)) == 0 || state == WEFT_STATE_EXITED)
        continue;
      if (sleep && sleep_done)
        continue;
      sleep_done |= sleep;
      add_entry (entries, ENTRY_STATE, state, state_label (state));
    }
}

static GArray *
list_entries (const WeftLegend *legend)
{
  GArray *entries = g_array_new (FALSE, TRUE, sizeof (Entry));

  add_states (entries, legend->states);
  if (legend->exec)
    add_entry (entries, ENTRY_EXEC, 0, _ ("exec"));
  if (legend->exit_well)
    add_entry (entries, ENTRY_EXIT_WELL, 0, _ ("exit"));
  if (legend->exit_failed)
    add_entry (entries, ENTRY_EXIT_FAILED, 0, _ ("exit with an error"));
  if (legend->loss)
    add_entry (entries, ENTRY_LOSS, 0, _ ("events lost"));
  return entries;
}

void
weft_legend_add (WeftLegend *legend, const WeftLegend *other)
{
  legend->states |= other->states;
  legend->exec |= other->exec;
  legend->exit_well |= other->exit_well;
  legend->exit_failed |= other->exit_failed;
  legend->loss |= other->loss;
}

void
weft_legend_add_marks (WeftLegend *legend, const WeftLaneMarks *marks, guint thread)
{
  guint n;
  const WeftLaneMark *lane = weft_lane_marks_get (marks, thread, &n);

  for (guint i = 0; i < n; i++)
    {
      legend->exec |= lane[i].kind == WEFT_MARK_EXEC;
      legend->exit_well |= lane[i].kind == WEFT_MARK_EXIT && lane[i].value == 0;
      legend->exit_failed |= lane[i].kind == WEFT_MARK_EXIT && lane[i].value != 0;
      legend->loss |= lane[i].kind == WEFT_MARK_LOST;
    }
}

/* Places the entries in rows @width wide; returns the number of rows. */
static guint
place_entries (WeftStyle *style, GArray *entries, double width)
{
  double row_height = weft_style_get_metrics (style)->legend_height;
  double x = MARGIN;
  guint row = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      entry->width = SWATCH + GAP + weft_style_measure (style, entry->label, WEFT_TEXT_NORMAL);
      if (x > MARGIN && x + entry->width > width - MARGIN)
        {
          x = MARGIN;
          row++;
        }
      entry->x = x;
      entry->y = row * row_height;
      entry->width = MIN (entry->width, MAX (0, width - MARGIN - x));
      x += entry->width + SPACING;
    }
  return row + 1;
}

double
weft_legend_measure (WeftStyle *style, const WeftLegend *legend, double width)
{
  g_autoptr (GArray) entries = list_entries (legend);

  return place_entries (style, entries, width) * weft_style_get_metrics (style)->legend_height;
}

double
weft_legend_measure_width (WeftStyle *style, const WeftLegend *legend)
{
  g_autoptr (GArray) entries = list_entries (legend);
  const Entry *last;

  if (entries->len == 0)
    return 2 * MARGIN;
  place_entries (style, entries, G_MAXINT);
  last = &g_array_index (entries, Entry, entries->len - 1);
  return ceil (last->x + last->width + MARGIN);
}

double
weft_legend_measure_least_width (WeftStyle *style, const WeftLegend *legend)
{
  g_autoptr (GArray) entries = list_entries (legend);
  double widest = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      const char *label = g_array_index (entries, Entry, i).label;

      widest = MAX (widest, weft_style_measure (style, label, WEFT_TEXT_NORMAL));
    }
  return ceil (2 * MARGIN + SWATCH + GAP + widest);
}

char *
weft_legend_describe (const WeftLegend *legend)
{
  g_autoptr (GArray) entries = list_entries (legend);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            g_array_index (entries, Entry, i).label);
  return g_string_free (text, FALSE);
}

static void
draw_state_swatch (WeftStyle *style, cairo_t *cr, WeftState state, double x, double y)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double height = weft_style_snap (style, MAX (3, palette->states[state].height * SWATCH));

  weft_palette_fill_state (palette, cr, state, x, y + SWATCH - height, SWATCH, height);
}

static void
draw_mark_swatch (WeftStyle *style, cairo_t *cr, EntryKind kind, double x, double y)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double cx = x + SWATCH / 2, cy = y + SWATCH / 2;

  switch (kind)
    {
    case ENTRY_EXEC:
      weft_mark_draw_exec (style, cr, cx, cy);
      break;
    case ENTRY_EXIT_WELL:
      weft_mark_draw_exit_well (style, cr, cx, cy);
      break;
    case ENTRY_EXIT_FAILED:
      weft_mark_draw_exit (style, cr, cx, cy, palette->error);
      break;
    case ENTRY_LOSS:
      weft_mark_draw_loss (style, cr, &(WeftRect){ x, y, SWATCH, SWATCH });
      break;
    case ENTRY_STATE:
    default:
      break;
    }
}

static void
draw_entry (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const Entry *entry)
{
  const WeftPalette *palette = weft_style_get_palette (style);
  double row_height = weft_style_get_metrics (style)->legend_height;
  gboolean rtl = weft_style_is_rtl (style);
  double left = rect->x + (rtl ? rect->width - entry->x - entry->width : entry->x);
  double swatch_x = weft_style_snap (style, rtl ? left + entry->width - SWATCH : left);
  double swatch_y = weft_style_snap (style, rect->y + entry->y + (row_height - SWATCH) / 2);

  if (entry->kind == ENTRY_STATE)
    draw_state_swatch (style, cr, entry->state, swatch_x, swatch_y);
  else
    draw_mark_swatch (style, cr, entry->kind, swatch_x, swatch_y);
  weft_style_draw_text (style, cr, entry->label, WEFT_TEXT_NORMAL, palette->text, WEFT_ALIGN_START,
                        rtl ? left : left + SWATCH + GAP, rect->y + entry->y + row_height / 2,
                        entry->width - SWATCH - GAP + 1);
}

void
weft_legend_draw (WeftStyle *style, cairo_t *cr, const WeftRect *rect, const WeftLegend *legend)
{
  g_autoptr (GArray) entries = list_entries (legend);
  double row_height = weft_style_get_metrics (style)->legend_height;

  place_entries (style, entries, rect->width);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (entry->y + row_height > rect->height + 0.5)
        break;
      draw_entry (style, cr, rect, entry);
    }
}
