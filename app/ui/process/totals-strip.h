/* totals-strip.h: six figures of what the machine does, above the process tree.
 * In: figures. Out: a drawn widget that says them to the ear as well. */
#pragma once
#include <gtk/gtk.h>
#include "draw/style.h"

G_BEGIN_DECLS

/* Rates are per second; negative when not known yet. */
typedef struct
{
  guint tasks;   /* processes, kernel threads included */
  guint threads; /* of all of them; 0 when not known */
  int running;   /* negative when not known */
  double busy;   /* CPUs on average, said where @running is not known; negative: neither is */
  double forks, exits, switches;
  guint64 lost;
} WeftTotalsFigures;

#define WEFT_TYPE_TOTALS_STRIP (weft_totals_strip_get_type ())
G_DECLARE_FINAL_TYPE (WeftTotalsStrip, weft_totals_strip, WEFT, TOTALS_STRIP, GtkWidget)

GtkWidget *weft_totals_strip_new (void);
void weft_totals_strip_set_style (WeftTotalsStrip *self, WeftStyle *style);

/* Redraws only when a figure reads differently. */
void weft_totals_strip_set_figures (WeftTotalsStrip *self, const WeftTotalsFigures *figures);

/* "0", "<1", "12", "1.2 k", "41 k", "3.4 M", "–" when negative; (transfer full) */
char *weft_totals_format_rate (double per_second);

G_END_DECLS
