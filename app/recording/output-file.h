/* output-file.h: a file that is written and then put in place. In: a name, and bytes.
 * Out: the file under that name when it is whole, or the folder as it was.
 *
 * Written under a name of its own in the same folder, NAME.partial (or NAME.partial-2
 * …), locked as long as we live, and put in place by a rename. Whoever else writes
 * there at the same time: nothing but the file that was at the name when we began is
 * taken away, and nothing but ours is removed. Links are followed and kept. Pipes,
 * devices and open descriptors (/dev/stdout) are written to as they are. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_OUTPUT_NONE = 0,
  WEFT_OUTPUT_AT_ONCE = 1 << 0, /* a name that is free is taken at once: what a killed
                                   writer leaves is found there */
  WEFT_OUTPUT_NEW = 1 << 1,     /* a name that is taken is refused: %G_IO_ERROR_EXISTS */
  WEFT_OUTPUT_NAMED = 1 << 2,   /* a database: a file with a name is needed, no stream
                                   will do, and its log lies beside it */
  WEFT_OUTPUT_NO_WAIT = 1 << 3, /* a pipe that nobody reads yet is refused:
                                   %G_IO_ERROR_WOULD_BLOCK */
} WeftOutputFlags;

typedef struct _WeftOutputFile WeftOutputFile;

/**
 * weft_output_file_open:
 * @path: (type filename): “-” is standard output
 *
 * Without %WEFT_OUTPUT_NAMED it is for no recording, and takes no recording's place, nor that
 * of a log. Names that a recording there needs for itself are refused.
 *
 * Returns: (transfer full): with an empty file, readable by whom the one that is
 * there is readable; or NULL: %G_IO_ERROR_BUSY when another Weftscope writes it
 */
WeftOutputFile *weft_output_file_open (const char *path, WeftOutputFlags flags, GError **error);

/* Without commit or keep: leaves the folder as it was. */
void weft_output_file_free (WeftOutputFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftOutputFile, weft_output_file_free)

/* (transfer none): to write to. It is not to be closed. */
GOutputStream *weft_output_file_get_stream (WeftOutputFile *self);

/* (transfer none) (type filename) (nullable): where the file is now; NULL of a stream,
 * and of a file that has no name yet (those without AT_ONCE or NAMED). */
const char *weft_output_file_get_path (WeftOutputFile *self);

/* (transfer none): the same for a person: the name that was asked for, when the file
 * is there. */
const char *weft_output_file_get_name (WeftOutputFile *self);

/* FALSE for a stream that has no size. */
gboolean weft_output_file_get_size (WeftOutputFile *self, guint64 *bytes);

/* It will take, or has taken, the place of a file with something in it. */
gboolean weft_output_file_replaces (WeftOutputFile *self);

/* (transfer none) (type filename) (nullable): the file that was asked for, links
 * followed; NULL of a stream. */
const char *weft_output_file_get_target (WeftOutputFile *self);

/**
 * weft_output_file_take:
 * @from: (type filename): a file that is whole
 *
 * That one, under a second name, in the place of what was written so far, and readable
 * by whom that was. Nothing is copied.
 *
 * Returns: %FALSE, with all as it was, where that cannot be done: it is on another file
 *   system, as a rule
 */
gboolean weft_output_file_take (WeftOutputFile *self, const char *from);

/**
 * weft_output_file_commit:
 *
 * The file is whole: puts it in place. When somebody else wrote or removed a file
 * under the name meanwhile, theirs stays, ours is kept as NAME-2 (NAME-3 …), and
 * @error says so; so it is with ours when another file took the name from it. That ours was
 * removed is said, too: %G_IO_ERROR_NOT_FOUND. The log of what is replaced goes
 * after it.
 */
gboolean weft_output_file_commit (WeftOutputFile *self, GError **error);

/* What was written stays where it is: it is not whole, but all there is. */
void weft_output_file_keep (WeftOutputFile *self);

G_END_DECLS
