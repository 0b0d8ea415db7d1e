/* test-bit-coder.c: what was written is read, whatever the numbers are; few bits where they
 * tell little; what was not written is told from it. In: made-up numbers. */
#include "bit-coder.h"

#define N_NUMBERS 5000

typedef guint64 (*Make) (GRand *rand, guint i);

static guint64
make_any (GRand *rand, guint i)
{
  guint64 number = (guint64)g_rand_int (rand) << 32 | g_rand_int (rand);

  return number >> g_rand_int_range (rand, 0, 64);
}

static guint64
make_ends (GRand *rand, guint i)
{
  static const guint64 ends[] = { 0, G_MAXUINT64, 1, G_MAXINT64, 0xffffffff, 0x100000000 };

  return ends[i % G_N_ELEMENTS (ends)];
}

static guint64
make_zero (GRand *rand, guint i)
{
  return 0;
}

static guint64
make_similar (GRand *rand, guint i)
{
  return (1 << 19) + (guint64)g_rand_int_range (rand, 0, 1 << 19);
}

/* A bit, a symbol and a number, over and over. */
static gboolean
code_all (WeftBitCoder *coder, guint64 *numbers)
{
  static const WeftNumberModel no_number;
  WeftNumberModel number = no_number;
  WeftBitModel bit = { 0 }, symbols[8] = { { 0 } };

  for (guint i = 0; i < N_NUMBERS; i++)
    {
      guint64 low = weft_bit_coder_bit (coder, &bit, numbers[i] & 1);

      low |= weft_bit_coder_symbol (coder, symbols, 3, numbers[i] >> 1 & 7) << 1;
      numbers[i] = weft_bit_coder_number (coder, &number, numbers[i] >> 4) << 4 | low;
      if (coder->overrun)
        return FALSE;
    }
  return weft_bit_coder_end (coder);
}

static GByteArray *
write_all (Make make, guint64 *numbers)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  GByteArray *bytes = g_byte_array_new ();
  WeftBitCoder coder = weft_bit_coder_write (bytes);

  for (guint i = 0; i < N_NUMBERS; i++)
    numbers[i] = make (rand, i);
  g_assert_true (code_all (&coder, numbers));
  return bytes;
}

static void
test_numbers_come_back (void)
{
  static const struct
  {
    Make make;
    guint most_bytes;
  } cases[] = {
    { make_any, N_NUMBERS * 5 },
    { make_ends, N_NUMBERS * 7 },
    { make_zero, 32 },                          /* says nothing at all */
    { make_similar, N_NUMBERS * 19 / 8 + 600 }, /* 19 bits are not known before */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 numbers[N_NUMBERS], read[N_NUMBERS] = { 0 };
      g_autoptr (GByteArray) bytes = write_all (cases[i].make, numbers);
      WeftBitCoder coder = weft_bit_coder_read (bytes->data, bytes->len);

      g_assert_true (code_all (&coder, read));
      g_assert_cmpmem (read, sizeof read, numbers, sizeof numbers);
      g_assert_cmpuint (bytes->len, <=, cases[i].most_bytes);
    }
}

static void
test_other_lengths_are_told (void)
{
  guint64 numbers[N_NUMBERS];
  g_autoptr (GByteArray) bytes = write_all (make_any, numbers);

  g_byte_array_append (bytes, (const guint8 *)"", 1);
  for (guint length = 0; length <= bytes->len; length += length < bytes->len - 20 ? 97 : 1)
    {
      guint64 read[N_NUMBERS] = { 0 };
      WeftBitCoder coder = weft_bit_coder_read (bytes->data, length);

      g_assert_true (code_all (&coder, read) == (length == bytes->len - 1));
    }
}

static void
test_any_bytes_can_be_read (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint8 bytes[400] = { 0 };

  for (guint round = 0; round < 500; round++)
    {
      guint64 read[N_NUMBERS] = { 0 };
      WeftBitCoder coder;

      for (guint i = 1; i < sizeof bytes; i++)
        bytes[i] = round % 2 ? 0xff : (guint8)g_rand_int (rand);
      coder = weft_bit_coder_read (bytes, sizeof bytes);
      code_all (&coder, read);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bit-coder/numbers-come-back", test_numbers_come_back);
  g_test_add_func ("/bit-coder/other-lengths-are-told", test_other_lengths_are_told);
  g_test_add_func ("/bit-coder/any-bytes-can-be-read", test_any_bytes_can_be_read);
  return g_test_run ();
}
