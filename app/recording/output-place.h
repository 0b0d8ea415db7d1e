/* output-place.h: what a name that is to be written stands for. In: a name. Out: a
 * stream that is open already, or a folder and a name in it, links followed. */
#pragma once
#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

typedef struct
{
  char *path;       /* (type filename): no link; NULL of an open descriptor */
  gboolean stream;  /* a pipe, a device or an open descriptor: no file */
  int stream_fd;    /* of an open descriptor, else -1; taken by the caller */
  gboolean exists;  /* a file is there */
  struct stat info; /* of that file */
} WeftOutputPlace;

/**
 * weft_output_place_find:
 * @path: (type filename): a file or none, a link to one, a pipe, a device such as
 *   /dev/null, or an open descriptor (/dev/stdout, /dev/fd/63)
 * @place: (out caller-allocates): untouched on failure
 *
 * Opening a pipe waits for its reader, as every program does.
 *
 * Returns: %FALSE when nothing can be written there: a folder, a disk, a file that
 * is protected, a name that is too long
 */
gboolean weft_output_place_find (const char *path, WeftOutputPlace *place, GError **error);

/**
 * weft_output_place_open:
 * @place: a stream
 * @path: (type filename): as it was asked for
 * @wait: for the reader of a pipe, as every program does; else %G_IO_ERROR_WOULD_BLOCK
 *   says that there is none
 *
 * Returns: the descriptor, or -1 with @error set
 */
int weft_output_place_open (WeftOutputPlace *place, const char *path, gboolean wait,
                            GError **error);

/* Zeroed ones are not empty: stream_fd must be -1. */
void weft_output_place_clear (WeftOutputPlace *place);

/* Sets @error to "“path” cannot be written: why", or a sentence of its own for what is
 * often met. Returns: %FALSE */
gboolean weft_output_place_fail (const char *path, int why, GError **error);

/* (transfer full) (type filename): "a.weft" as "a.weft.partial", then "a.weft.partial-2". */
char *weft_output_place_name_partial (const char *path, guint n);

/* (transfer full) (type filename): "a.weft" as "a-2.weft". */
char *weft_output_place_name_beside (const char *path, guint n);

G_END_DECLS
