/* checksum.h: tells a damaged chunk from a whole one; SQLite does not. In: bytes.
 * Out: 64 bits that change when they do. Against accidents, not against intent:
 * the decoder survives what an enemy writes. Pure. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* @before: the sum so far; 0 to begin */
guint64 weft_checksum (guint64 before, GBytes *bytes);

G_END_DECLS
