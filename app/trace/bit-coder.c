/* bit-coder.c: see the header. The range holds all that may still come; each bit takes the
 * part of it that its model gives to the bit. Bytes that no part can change any more go out. */
#include "bit-coder.h"

/* Below this the range gives a byte out and grows by it. */
#define LEAST_RANGE (1u << 24)
/* Digits are coded so many at a time: a range has room for them. */
#define MOST_DIGITS 20
#define MOST_LENGTH 64u
/* What a flush writes, and reading begins with. */
#define END_BYTES 5
#define HALF 0x8000
/* No bit is ever certain. */
#define LEAST_SHARE 32

/* 32768 / (n + 1.5): the first bits teach most, later ones a 32nd. */
static const gint16 rates[] = { 21845, 13107, 9362, 7281, 5957, 5041, 4369, 3855, 3449, 3120, 2849,
                                2621,  2427,  2259, 2114, 1985, 1872, 1771, 1680, 1598, 1524, 1456,
                                1394,  1337,  1285, 1236, 1191, 1149, 1110, 1074, 1040 };

WeftBitCoder
weft_bit_coder_write (GByteArray *out)
{
  return (WeftBitCoder){ .out = out, .range = G_MAXUINT32, .n_held = 1 };
}

static guint8
read_byte (WeftBitCoder *self)
{
  if (self->at < self->end)
    return *self->at++;
  self->overrun = TRUE;
  return 0;
}

WeftBitCoder
weft_bit_coder_read (const guint8 *bytes, gsize size)
{
  WeftBitCoder self = { .at = bytes, .end = size > 0 ? bytes + size : bytes, .range = G_MAXUINT32 };

  /* nothing can have carried into the first one */
  self.overrun = read_byte (&self) != 0;
  for (guint i = 1; i < END_BYTES; i++)
    self.code = self.code << 8 | read_byte (&self);
  return self;
}

/* A carry goes through all bytes that are held. */
static void
put_byte (WeftBitCoder *self)
{
  if (self->low < 0xff000000u || self->low >> 32 != 0)
    {
      guint8 carry = (guint8)(self->low >> 32);

      for (guint8 byte = self->held; self->n_held > 0; self->n_held--, byte = 0xff)
        {
          guint8 whole = (guint8)(byte + carry);

          g_byte_array_append (self->out, &whole, 1);
        }
      self->held = (guint8)(self->low >> 24);
    }
  self->n_held++;
  self->low = (self->low & 0x00ffffff) << 8;
}

static void
widen (WeftBitCoder *self)
{
  for (; self->range < LEAST_RANGE; self->range <<= 8)
    if (self->out != NULL)
      put_byte (self);
    else
      self->code = self->code << 8 | read_byte (self);
}

static void
learn (WeftBitModel *model, guint bit)
{
  gint32 aim = bit ? -(HALF - LEAST_SHARE) : HALF - LEAST_SHARE;

  model->lean = (gint16)(model->lean + (aim - model->lean) * rates[model->n_seen] / 32768);
  if (model->n_seen + 1u < G_N_ELEMENTS (rates))
    model->n_seen++;
}

static inline guint
code_bit (WeftBitCoder *self, WeftBitModel *model, guint bit)
{
  guint32 zero = (self->range >> 16) * (guint32)(HALF + model->lean);

  if (self->out == NULL)
    bit = self->code >= zero;
  if (bit == 0)
    self->range = zero;
  else
    {
      self->range -= zero;
      self->low += zero;
      self->code -= zero;
    }
  learn (model, bit);
  widen (self);
  return bit;
}

guint
weft_bit_coder_bit (WeftBitCoder *self, WeftBitModel *model, guint bit)
{
  return code_bit (self, model, bit);
}

guint
weft_bit_coder_symbol (WeftBitCoder *self, WeftBitModel *models, guint n_bits, guint symbol)
{
  guint known = 1;

  for (guint i = n_bits; i-- > 0;)
    known = known << 1 | code_bit (self, &models[known], symbol >> i & 1);
  return known - (1u << n_bits);
}

static guint32
code_digits (WeftBitCoder *self, guint32 digits, guint n)
{
  self->range >>= n;
  if (self->out != NULL)
    self->low += (guint64)self->range * digits;
  else
    {
      digits = self->code / self->range;
      if (digits >> n != 0)
        {
          self->overrun = TRUE;
          digits = 0;
        }
      self->code -= self->range * digits;
    }
  widen (self);
  return digits;
}

/* Returns: the length, at most 64 */
static guint
code_length (WeftBitCoder *self, WeftNumberModel *model, guint length)
{
  guint usual = (model->usual + 128) / 256, shorter, distance = 1;

  if (!code_bit (self, &model->is_other, length != usual))
    return usual;
  shorter = code_bit (self, &model->is_shorter, length < usual);
  while (distance < MOST_LENGTH
         && code_bit (self, &model->goes_on[shorter][MIN (distance, WEFT_NUMBER_STEPS) - 1],
                      distance < (shorter ? usual - length : length - usual)))
    distance++;
  if (distance > (shorter ? usual : MOST_LENGTH - usual))
    {
      self->overrun = TRUE;
      return usual;
    }
  return shorter ? usual - distance : usual + distance;
}

guint64
weft_bit_coder_number (WeftBitCoder *self, WeftNumberModel *model, guint64 number)
{
  guint length = number > 0 ? 64 - (guint)__builtin_clzll (number) : 0;
  guint64 told;

  length = code_length (self, model, length);
  model->usual = model->usual == 0 ? length * 256 : (model->usual * 15 + length * 256) / 16;
  /* the first digit is known */
  told = length > 0;
  for (guint left = length > 0 ? length - 1 : 0, n; left > 0; left -= n)
    {
      n = MIN (left, MOST_DIGITS);
      told = told << n | code_digits (self, (guint32)(number >> (left - n)) & ((1u << n) - 1), n);
    }
  return told;
}

gboolean
weft_bit_coder_end (WeftBitCoder *self)
{
  if (self->out == NULL)
    return !self->overrun && self->at == self->end;
  for (guint i = 0; i < END_BYTES; i++)
    put_byte (self);
  return TRUE;
}
