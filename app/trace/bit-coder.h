/* bit-coder.h: numbers in as few bits as they tell, and back (a range coder): a bit costs
 * the less the oftener its model was right before, and a model learns from each. Pure.
 * The same calls write and read: what they are given is written; what they return is what
 * was read, or what they were given. So one function is the format in both directions.
 * Reading: of any origin; beyond the end it gives something and says so. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* How likely a bit is. All zero knows nothing yet. */
typedef struct
{
  gint16 lean; /* towards 0, above half, of 65536 */
  guint16 n_seen;
} WeftBitModel;

#define WEFT_NUMBER_STEPS 12

/* A number of up to 64 bits: how far its length is from what was usual lately is learned,
 * its digits are as they are. */
typedef struct
{
  guint usual; /* its length, of 256 */
  WeftBitModel is_other, is_shorter;
  WeftBitModel goes_on[2][WEFT_NUMBER_STEPS]; /* longer, shorter: by one more */
} WeftNumberModel;

typedef struct
{
  GByteArray *out; /* NULL: it reads */
  const guint8 *at, *end;
  gboolean overrun; /* what it read was never written */
  guint32 range;
  guint32 code; /* reading: where in the range */
  guint64 low;  /* writing: where the range begins */
  gsize n_held; /* bytes that may still get a carry */
  guint8 held;  /* the first of them; the others are 255 */
} WeftBitCoder;

WeftBitCoder weft_bit_coder_write (GByteArray *out);
/* @bytes: outlive it */
WeftBitCoder weft_bit_coder_read (const guint8 *bytes, gsize size);

guint weft_bit_coder_bit (WeftBitCoder *self, WeftBitModel *model, guint bit);
/* @models: 1 << @n_bits of them */
guint weft_bit_coder_symbol (WeftBitCoder *self, WeftBitModel *models, guint n_bits, guint symbol);
guint64 weft_bit_coder_number (WeftBitCoder *self, WeftNumberModel *model, guint64 number);

/* After the last number. FALSE when what was read is not what was written, as far as its
 * length tells. */
gboolean weft_bit_coder_end (WeftBitCoder *self);

G_END_DECLS
