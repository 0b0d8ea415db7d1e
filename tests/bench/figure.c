/* figure.c: see the header. tests/bench/idle prints rows of the same widths. */
#include "figure.h"
#include <math.h>
#include <stdio.h>

void
figure_print (const char *what, double value, const char *unit, FigureBound bound, double budget)
{
  char limit[32] = "-";
  const char *verdict = "";

  if (bound != FIGURE_PLAIN)
    {
      int kept = bound == FIGURE_AT_MOST ? value <= budget : value >= budget;

      snprintf (limit, sizeof limit, "%s %.6g", bound == FIGURE_AT_MOST ? "<=" : ">=", budget);
      verdict = isnan (value) ? "not measured" : kept ? "kept" : "missed";
    }
  printf ("%-52s %12.*f %-10s %-10s %s\n", what, fabs (value) >= 1000 ? 0 : 2, value, unit, limit,
          verdict);
  fflush (stdout);
}
