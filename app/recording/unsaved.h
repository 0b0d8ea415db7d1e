/* unsaved.h: where live traces live until they are saved. In: nothing. Out: paths
 * in the user's cache folder, private to the user and capped in sum. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* All unsaved traces together; the oldest go first, and a trace that reaches this
 * by itself stops being recorded. */
#define WEFT_UNSAVED_CAP_BYTES (G_GUINT64_CONSTANT (4) << 30)

/**
 * weft_unsaved_new_path:
 *
 * Makes a folder for one trace and keeps it locked for this process; removes the
 * oldest that nobody uses while all take more than half of the cap.
 *
 * Returns: (transfer full) (type filename): where to record, or NULL
 */
char *weft_unsaved_new_path (GError **error);

/* Removes the trace's folder, with all that is in it. */
void weft_unsaved_discard (const char *path);

/* TRUE for what weft_unsaved_new_path() gave. */
gboolean weft_unsaved_owns (const char *path);

/**
 * weft_unsaved_list:
 *
 * Traces that a Weftscope which is gone left behind: it was killed, or nobody
 * answered its question.
 *
 * Returns: (transfer full) (element-type filename): the newest first
 */
GPtrArray *weft_unsaved_list (void);

G_END_DECLS
