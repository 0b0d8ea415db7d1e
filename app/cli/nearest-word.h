/* nearest-word.h: what a mistyped word may have meant. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* @words: ends with NULL. Returns: (transfer none) (nullable): the one that differs least,
 * when that is little */
const char *weft_nearest_word (const char *word, const char *const *words);

G_END_DECLS
