/* printable.h: bytes of any origin made fit to show. In: names as a hostile process or
 * file may choose them, messages that quote them. Out: valid UTF-8 that cannot steer a
 * terminal, a text layout or a table. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/**
 * weft_make_printable:
 * @length: of @bytes at most, which may end before with a zero byte; -1: they do
 *
 * Returns: (transfer full): the text; what may not be shown stands as \xNN
 */
char *weft_make_printable (const char *bytes, gssize length);

/* The same of a whole message: its line ends stay. */
char *weft_make_message_printable (const char *message);

/* @path: (type filename): as a person is shown it, whole or the last part. All of the
 * program's sentences name files by these. */
char *weft_printable_name (const char *path);
char *weft_printable_basename (const char *path);

G_END_DECLS
