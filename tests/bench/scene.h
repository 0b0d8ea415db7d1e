/* scene.h: a small trace whose picture is known: four workers that hand one
 * lock on, two compilers that wait for the disk, a web server that sleeps, a
 * shell that fails, a gap of lost events. The figures are invented. */
#pragma once
#include "trace/trace-store.h"

/* (transfer full): 8.4 s long, complete. The same store each time. */
WeftTraceStore *scene_new (void);

/* What the pictures in the README show of it. */
#define SCENE_START_NS G_GUINT64_CONSTANT (100000000000)
#define SCENE_FROM_NS (SCENE_START_NS + G_GUINT64_CONSTANT (5210000000))
#define SCENE_TO_NS (SCENE_START_NS + G_GUINT64_CONSTANT (5250000000))
