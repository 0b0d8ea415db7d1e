/* figure.h: a row of the table that tests/bench/run prints. In: a figure and its budget.
 * Out: a line on standard output. */
#pragma once

typedef enum
{
  FIGURE_PLAIN, /* no budget */
  FIGURE_AT_MOST,
  FIGURE_AT_LEAST,
} FigureBound;

/* Prints what was measured, its budget and whether it is kept. Nothing fails on it.
 * @unit: of both; at most 10 letters keep the columns straight */
void figure_print (const char *what, double value, const char *unit, FigureBound bound,
                   double budget);
