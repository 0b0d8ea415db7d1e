/* chunk-set.h: in which chunks something happened to a thread: a bit each, between the
 * first and the last. Pure. In: numbers of chunks. Out: the nearest ones. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define WEFT_NO_CHUNK G_MAXUINT32

/* All zero: empty. Value type, cleared with weft_chunk_set_clear(). */
typedef struct
{
  guint64 *words;
  guint32 first; /* number of words[0] */
  guint32 n_words;
} WeftChunkSet;

void weft_chunk_set_clear (WeftChunkSet *self);
void weft_chunk_set_add (WeftChunkSet *self, guint chunk);
void weft_chunk_set_remove (WeftChunkSet *self, guint chunk);
/* The nearest one at or before @chunk, at or after it; WEFT_NO_CHUNK when there is none. */
guint weft_chunk_set_find_before (const WeftChunkSet *self, guint chunk);
guint weft_chunk_set_find_after (const WeftChunkSet *self, guint chunk);
gsize weft_chunk_set_get_bytes (const WeftChunkSet *self);

G_END_DECLS
