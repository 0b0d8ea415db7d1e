/* output-refusal.h: why a name is not written to, in words. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* These return FALSE. */
gboolean weft_output_refuse_busy (const char *path, GError **error);
gboolean weft_output_refuse_stream (const char *path, GError **error);

/* FALSE with @error when writing @path would write into @input, under whatever name. */
gboolean weft_output_refuse_input (const char *path, const char *input, GError **error);

/**
 * weft_output_check_name:
 * @path: as it was asked for
 * @target: (type filename): the file that this stands for
 * @replaces: what is there would go, and is not to be a recording or the log of one: a
 *   picture or a table in the place of a trace is a slip, as a rule
 *
 * Returns: %FALSE with @error also where @target would be taken for what belongs to another
 *   recording
 */
gboolean weft_output_check_name (const char *path, const char *target, gboolean replaces,
                                 GError **error);

G_END_DECLS
