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
 * Makes a folder for one trace and keeps it locked for this process, after it made
 * room. A cache folder that is not the caller's alone is refused, and no link in it is
 * followed: whoever runs this with another user's HOME touches nothing of his.
 *
 * Returns: (transfer full) (type filename): where to record, or NULL
 */
char *weft_unsaved_new_path (GError **error);

/* Removes the oldest that no process uses, as long as all together take more than the
 * cap. Slow. */
void weft_unsaved_make_room (void);

/* Removes the trace's folder, with all that is in it. */
void weft_unsaved_discard (const char *path);

/* Locks what weft_unsaved_list() told for this process; FALSE when another has it. */
gboolean weft_unsaved_adopt (const char *path, GError **error);

/* Lets go of it, so that it is listed again. */
void weft_unsaved_release (const char *path);

/* TRUE for what weft_unsaved_new_path() gave, to this user. */
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
