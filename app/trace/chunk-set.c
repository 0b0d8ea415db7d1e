/* chunk-set.c: see the header. Grows at both ends; short lives take a word or two. */
#include "chunk-set.h"
#include <string.h>

#define WORD_BITS 64

void
weft_chunk_set_clear (WeftChunkSet *self)
{
  g_clear_pointer (&self->words, g_free);
  self->n_words = 0;
}

/* Makes the words reach from @first to @last. */
static void
reach (WeftChunkSet *self, guint32 first, guint32 last)
{
  guint32 n = last - first + 1, behind;

  if (n == self->n_words)
    return;
  behind = self->n_words > 0 ? self->first - first : 0;
  self->words = g_renew (guint64, self->words, n);
  memmove (self->words + behind, self->words, self->n_words * sizeof *self->words);
  memset (self->words, 0, behind * sizeof *self->words);
  memset (self->words + behind + self->n_words, 0,
          (n - behind - self->n_words) * sizeof *self->words);
  self->first = first;
  self->n_words = n;
}

void
weft_chunk_set_add (WeftChunkSet *self, guint chunk)
{
  guint32 word = chunk / WORD_BITS;

  if (self->n_words == 0)
    reach (self, word, word);
  else
    reach (self, MIN (self->first, word), MAX (self->first + self->n_words - 1, word));
  self->words[word - self->first] |= G_GUINT64_CONSTANT (1) << chunk % WORD_BITS;
}

static gboolean
is_within (const WeftChunkSet *self, guint32 word)
{
  return word >= self->first && word - self->first < self->n_words;
}

void
weft_chunk_set_remove (WeftChunkSet *self, guint chunk)
{
  if (is_within (self, chunk / WORD_BITS))
    self->words[chunk / WORD_BITS - self->first] &= ~(G_GUINT64_CONSTANT (1) << chunk % WORD_BITS);
}

guint
weft_chunk_set_find_before (const WeftChunkSet *self, guint chunk)
{
  guint32 word = chunk / WORD_BITS;
  guint64 mask = G_MAXUINT64 >> (WORD_BITS - 1 - chunk % WORD_BITS);

  if (self->n_words == 0 || word < self->first)
    return WEFT_NO_CHUNK;
  if (word - self->first >= self->n_words)
    {
      word = self->first + self->n_words - 1;
      mask = G_MAXUINT64;
    }
  for (;; word--, mask = G_MAXUINT64)
    {
      guint64 bits = self->words[word - self->first] & mask;

      if (bits != 0)
        return word * WORD_BITS + (WORD_BITS - 1 - (guint)__builtin_clzll (bits));
      if (word == self->first)
        return WEFT_NO_CHUNK;
    }
}

guint
weft_chunk_set_find_after (const WeftChunkSet *self, guint chunk)
{
  guint32 word = chunk / WORD_BITS;
  guint64 mask = G_MAXUINT64 << chunk % WORD_BITS;

  if (word < self->first)
    {
      word = self->first;
      mask = G_MAXUINT64;
    }
  for (; word - self->first < self->n_words; word++, mask = G_MAXUINT64)
    {
      guint64 bits = self->words[word - self->first] & mask;

      if (bits != 0)
        return word * WORD_BITS + (guint)__builtin_ctzll (bits);
    }
  return WEFT_NO_CHUNK;
}

gsize
weft_chunk_set_get_bytes (const WeftChunkSet *self)
{
  return self->n_words * sizeof *self->words;
}
