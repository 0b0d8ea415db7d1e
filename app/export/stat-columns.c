/* stat-columns.c: see the header. Names and waits give way first, then whole columns go,
 * in the order that the manual tells. */
#include "stat-columns.h"
#include "count.h"
#include "duration.h"
#include "text-columns.h"
#include <glib/gi18n.h>
#include <string.h>

/* Below the name of its process. */
#define INDENT 2
/* "pipe or file wait 57.9 %": room for it comes before further columns. */
#define USUAL_WAIT 25
/* What there is no figure for. */
#define NOTHING "–"

static const struct
{
  const char *id, *title;
  guint least, wanted, most; /* columns of the terminal */
  gboolean right;
} columns[WEFT_STAT_N_COLUMNS] = {
  [WEFT_STAT_THREAD] = { "thread", N_ ("THREAD"), 14, 26, 40, FALSE },
  [WEFT_STAT_TID] = { "tid", N_ ("TID"), 8, 8, 8, TRUE },
  [WEFT_STAT_RUNNING] = { "running", N_ ("RUNNING"), 9, 9, 9, TRUE },
  [WEFT_STAT_WAITS] = { "waits", N_ ("WAITS MAINLY FOR"), USUAL_WAIT, USUAL_WAIT, 44, FALSE },
  [WEFT_STAT_SWITCHES] = { "switches", N_ ("SWITCHES"), 10, 11, 11, TRUE },
  [WEFT_STAT_FORCED] = { "forced", N_ ("FORCED"), 9, 10, 10, TRUE },
  [WEFT_STAT_P50] = { "p50", N_ ("TO RUN p50"), 12, 12, 12, TRUE },
  [WEFT_STAT_P99] = { "p99", N_ ("TO RUN p99"), 12, 12, 12, TRUE },
};

/* What a narrow terminal goes without, the first first. */
static const WeftStatColumn dropped[]
    = { WEFT_STAT_FORCED, WEFT_STAT_P50, WEFT_STAT_P99, WEFT_STAT_SWITCHES, WEFT_STAT_TID };

gboolean
weft_stat_column_find (const char *word, WeftStatColumn *column)
{
  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    if (g_ascii_strcasecmp (columns[i].id, word) == 0)
      {
        *column = i;
        return TRUE;
      }
  return FALSE;
}

char *
weft_stat_column_list (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", columns[i].id);
  return g_string_free (list, FALSE);
}

/* --- widths ---------------------------------------------------------------- */

/* A title in another language may need more than its figures. */
static guint
least_of (WeftStatColumn column)
{
  return MAX (columns[column].least, weft_text_columns (_ (columns[column].title)) + 1);
}

/* Between a column at the right and one at the left. */
static guint
gap_before (WeftStatColumn column)
{
  return column == WEFT_STAT_WAITS ? 2 : 0;
}

static guint
sum_of (const WeftStatLayout *layout)
{
  guint sum = 0;

  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    if (layout->widths[i] > 0)
      sum += layout->widths[i] + gap_before (i);
  return sum;
}

static void
give (WeftStatLayout *layout, WeftStatColumn column, guint up_to, guint width)
{
  guint used = sum_of (layout);
  guint room = width > used ? width - used : 0;
  guint more = up_to > layout->widths[column] ? up_to - layout->widths[column] : 0;

  layout->widths[column] += MIN (room, more);
}

WeftStatLayout
weft_stat_layout (guint width, WeftStatColumn kept)
{
  WeftStatLayout layout;

  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    layout.widths[i] = least_of (i);
  for (guint i = 0; i < G_N_ELEMENTS (dropped) && sum_of (&layout) > width; i++)
    if (dropped[i] != kept)
      layout.widths[dropped[i]] = 0;
  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    if (layout.widths[i] > 0)
      give (&layout, i, columns[i].wanted, width);
  give (&layout, WEFT_STAT_THREAD, columns[WEFT_STAT_THREAD].most, width);
  give (&layout, WEFT_STAT_WAITS, columns[WEFT_STAT_WAITS].most, width);
  return layout;
}

/* --- cells ----------------------------------------------------------------- */

static void
append_cell (GString *out, const WeftStatLayout *layout, WeftStatColumn column, const char *text)
{
  int width = (int)layout->widths[column];

  if (width == 0)
    return;
  for (guint i = 0; i < gap_before (column); i++)
    g_string_append_c (out, ' ');
  weft_text_append_cell (out, text, columns[column].right ? -width : width);
}

void
weft_stat_append_header (GString *out, const WeftStatLayout *layout)
{
  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    append_cell (out, layout, i, _ (columns[i].title));
  weft_text_trim_end (out);
  g_string_append_c (out, '\n');
}

/* The state it spent most time in, running and not knowing left out. */
static WeftState
find_main_wait (const WeftStatThread *thread)
{
  WeftState most = WEFT_STATE_UNKNOWN;
  guint64 most_ns = 0;

  for (guint state = 0; state < WEFT_N_STATES; state++)
    {
      guint64 ns = thread->figures.shares.ns[state];

      if (state == WEFT_STATE_RUNNING || state == WEFT_STATE_EXITED || state == WEFT_STATE_UNKNOWN
          || ns <= most_ns)
        continue;
      most = state;
      most_ns = ns;
    }
  return most;
}

/* Of the range, so that the figures of two threads can be compared. */
static double
percent (const WeftStatThread *thread, WeftState state)
{
  return thread->range_ns > 0
             ? 100.0 * (double)thread->figures.shares.ns[state] / (double)thread->range_ns
             : 0;
}

/* It may have run while nothing was seen of it. */
static char *
describe_running (const WeftStatThread *thread)
{
  gboolean least = weft_unknown_is_told (percent (thread, WEFT_STATE_UNKNOWN) / 100);

  return g_strdup_printf ("%s%.1f %%", least ? "≥" : "", percent (thread, WEFT_STATE_RUNNING));
}

/* Where there is no room for both, the figure stays and the words are cut. */
static char *
describe_waits (const WeftStatThread *thread, guint width)
{
  WeftState most = find_main_wait (thread);
  const char *label = weft_state_get_label (most);
  g_autofree char *share = g_strdup_printf (" %.1f %%", percent (thread, most));
  guint room = width > weft_text_columns (share) ? width - weft_text_columns (share) : 1;
  GString *text = g_string_new (NULL);

  if (most == WEFT_STATE_UNKNOWN)
    {
      g_string_append (text, thread->recorded ? NOTHING : _ ("not recorded"));
      return g_string_free (text, FALSE);
    }
  weft_text_append_cell (text, label, (int)MIN (room, weft_text_columns (label)));
  g_string_append (text, share);
  return g_string_free (text, FALSE);
}

static char *
count_cell (const WeftStatThread *thread, guint64 count)
{
  return thread->recorded ? weft_format_count (count) : g_strdup (NOTHING);
}

static char *
make_cell (WeftStatColumn column, const WeftStatThread *thread, guint width)
{
  const WeftQuantiles *wait = &thread->figures.wake_to_run;

  switch (column)
    {
    case WEFT_STAT_THREAD:
      return g_strdup_printf ("%*s%s", INDENT, "", thread->name);
    case WEFT_STAT_TID:
      return g_strdup_printf ("%u", thread->tid);
    case WEFT_STAT_RUNNING:
      return thread->recorded ? describe_running (thread) : g_strdup (NOTHING);
    case WEFT_STAT_WAITS:
      return describe_waits (thread, width);
    case WEFT_STAT_SWITCHES:
      return count_cell (thread, thread->figures.counts.switches);
    case WEFT_STAT_FORCED:
      return count_cell (thread, thread->figures.counts.involuntary);
    case WEFT_STAT_P50:
      return wait->count > 0 ? weft_format_duration (wait->p50_ns) : g_strdup (NOTHING);
    case WEFT_STAT_P99:
    default:
      return wait->count > 0 ? weft_format_duration (wait->p99_ns) : g_strdup (NOTHING);
    }
}

void
weft_stat_append_row (GString *out, const WeftStatLayout *layout, const WeftStatThread *thread)
{
  for (guint i = 0; i < WEFT_STAT_N_COLUMNS; i++)
    {
      g_autofree char *text = make_cell (i, thread, layout->widths[i]);

      append_cell (out, layout, i, text);
    }
  weft_text_trim_end (out);
  g_string_append_c (out, '\n');
}

/* --- order ----------------------------------------------------------------- */

static double
value_of (WeftStatColumn column, const WeftStatThread *thread)
{
  WeftState most;

  switch (column)
    {
    case WEFT_STAT_WAITS:
      most = find_main_wait (thread);
      return most != WEFT_STATE_UNKNOWN ? (double)thread->figures.shares.ns[most] : 0;
    case WEFT_STAT_SWITCHES:
      return (double)thread->figures.counts.switches;
    case WEFT_STAT_FORCED:
      return (double)thread->figures.counts.involuntary;
    case WEFT_STAT_P50:
      return (double)thread->figures.wake_to_run.p50_ns;
    case WEFT_STAT_P99:
      return (double)thread->figures.wake_to_run.p99_ns;
    case WEFT_STAT_RUNNING:
    default:
      return (double)thread->figures.shares.ns[WEFT_STATE_RUNNING];
    }
}

int
weft_stat_compare (WeftStatColumn column, const WeftStatThread *a, const WeftStatThread *b)
{
  double one, other;

  if (column == WEFT_STAT_THREAD)
    return g_utf8_collate (a->name, b->name);
  if (column == WEFT_STAT_TID)
    return (a->tid > b->tid) - (a->tid < b->tid);
  one = value_of (column, a);
  other = value_of (column, b);
  return (one < other) - (one > other);
}
