/* saved-name.h: the name under which a recording is saved. In: a name that a person
 * typed. Out: one that says what the file is, or why it cannot be. Pure. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * weft_saved_name:
 * @path: (type filename)
 * @error: set to %G_IO_ERROR_INVALID_ARGUMENT when the name says that the file is what
 *   only exporting makes, a picture say
 *
 * Returns: (transfer full) (type filename) (nullable): @path, with the ending of
 * recordings where it had another or none
 */
char *weft_saved_name (const char *path, GError **error);

G_END_DECLS
