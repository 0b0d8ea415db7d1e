/* renames.h: what a thread or a process was called when. Pure. In: new names in about the
 * order in which they were given. Out: the name of then.
 *
 * The kernel tells an exec twice: first that the name changes, then that there was an
 * exec. Both are one rename here, from the moment on at which the name changed. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Names are strings of one GStringChunk: equal ones are the same. */
typedef struct
{
  guint64 time_ns;
  const char *old_name, *new_name;
  guint exec : 1;
  guint sampled : 1; /* seen, not told: it was given at or before that moment */
} WeftRename;

/* The oldest are forgotten beyond this: a program may rename itself for ever. */
#define WEFT_RENAMES_MOST 1024

typedef enum
{
  WEFT_RENAME_TOLD,
  WEFT_RENAME_EXEC,
  WEFT_RENAME_SAMPLED, /* only when it is news */
} WeftRenameKind;

/**
 * weft_renames_add:
 * @renames: (inout) (nullable) (element-type WeftRename): sorted by time
 * @name: the newest so far
 *
 * Returns: the newest name now; @name when @new_name was given earlier than that
 */
const char *weft_renames_add (GArray **renames, WeftRenameKind kind, guint64 time_ns,
                              const char *name, const char *new_name);

/* @name: the newest. */
const char *weft_renames_get_at (GArray *renames, guint64 time_ns, const char *name);

/* The name before the newest exec at or before @time_ns; NULL when there was none. */
const char *weft_renames_get_before_exec (GArray *renames, guint64 time_ns);

G_END_DECLS
