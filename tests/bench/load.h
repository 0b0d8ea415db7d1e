/* load.h: switches to trace. In: how many events a second. Out: pairs of processes that
 * hand a byte to and fro, each pair on a CPU: four events for every round trip. */
#pragma once
#include <glib.h>

typedef struct _Load Load;

/* @events_per_s: of all pairs together; 0: as many as the machine gives */
Load *load_start (guint pairs, guint events_per_s);

/* (nullable). Waits until the last of them is gone. */
void load_stop (Load *self);
