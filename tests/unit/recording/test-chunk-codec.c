/* test-chunk-codec.c: what goes into a chunk comes out of it; what is no chunk
 * is refused. In: made-up machines and spoiled bytes. */
#include "chunk-codec.h"
#include "synthetic.h"

static const SyntheticMachine machines[] = {
  { 1, 1, 2, 5000, 0, 1, 1000000000 },
  { 2, 10, 4, 8000, 0.01, 2, 123456789012 },
  { 64, 200, 3, 20000, 0.05, 3, G_GUINT64_CONSTANT (9999999999999) },
  { 3, 300, 1, 100, 0.5, 4, 0 },
};

static void
assert_round_trip (GBytes *records)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) encoded = weft_chunk_encode (records, &error);
  g_autoptr (GBytes) decoded = NULL;

  g_assert_no_error (error);
  decoded = weft_chunk_decode (encoded, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (records, decoded));
}

static void
test_chunk_codec_gives_back_every_record (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autoptr (Synthetic) synthetic = synthetic_new (&machines[i]);

      for (guint chunk = 0; chunk < 3; chunk++)
        {
          g_autoptr (GBytes) records = synthetic_next (synthetic, 20000);

          assert_round_trip (records);
        }
    }
}

static void
test_chunk_codec_takes_an_empty_chunk (void)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

  assert_round_trip (nothing);
}

/* Times that run backwards, equal times, strange kinds, fields that should be zero. */
static void
test_chunk_codec_gives_back_random_bytes_as_they_are (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);

  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GBytes) records = NULL;

      for (guint i = 0; i < 50; i++)
        {
          guint32 words[24];
          struct weft_record *record = (struct weft_record *)words;

          for (guint w = 0; w < G_N_ELEMENTS (words); w++)
            words[w] = g_rand_int (random);
          record->units = (guint8)g_rand_int_range (random, 1, 4);
          record->kind = (guint8)g_rand_int_range (random, 0, 13);
          record->kind |= round % 5 == 0 ? WEFT_HAS_PARTS : 0;
          record->time_ns &= round % 2 == 0 ? 7 : G_MAXUINT64;
          record->cpu &= round % 3 == 0 ? 3 : G_MAXUINT16;
          /* Too short for its kind is malformed, not strange. */
          record->units = MAX (record->units, weft_kind_units (weft_record_kind (record)));
          g_byte_array_append (bytes, (guint8 *)words, record->units * WEFT_UNIT_BYTES);
        }
      records = g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
      assert_round_trip (records);
    }
}

static void
test_chunk_codec_refuses_malformed_records (void)
{
  const struct weft_record no_units = { .kind = WEFT_SWITCH, .units = 0 };
  const struct weft_record too_long = { .kind = WEFT_SWITCH, .units = 2 };
  const struct weft_record too_short = { .kind = WEFT_FORK, .units = 1 };
  const struct
  {
    gconstpointer data;
    gsize bytes;
  } cases[] = { { &no_units, 32 }, { &too_long, 32 }, { &too_short, 32 }, { "half a unit", 11 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) records = g_bytes_new (cases[i].data, cases[i].bytes);
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_chunk_encode (records, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* What a decoder may give out of spoiled bytes: well-formed records, or nothing. */
static void
assert_harmless (WeftChunkDecoder *decoder, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) records = weft_chunk_decoder_decode (decoder, bytes, &error);
  gsize length, offset = 0;
  const guint8 *out;

  if (records == NULL)
    {
      g_assert_nonnull (error);
      return;
    }
  out = g_bytes_get_data (records, &length);
  while (offset < length)
    {
      guint units = ((const struct weft_record *)(out + offset))->units;

      g_assert_cmpuint (units, >, 0);
      offset += units * WEFT_UNIT_BYTES;
    }
  g_assert_cmpuint (offset, ==, length);
}

static GBytes *
encode_some (guint n_events)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (&machines[1]);
  g_autoptr (GBytes) records = synthetic_next (synthetic, n_events);
  GBytes *encoded = weft_chunk_encode (records, NULL);

  g_assert_nonnull (encoded);
  return encoded;
}

static void
test_chunk_codec_refuses_every_truncation (void)
{
  g_autoptr (GBytes) encoded = encode_some (500);
  g_autoptr (WeftChunkDecoder) decoder = weft_chunk_decoder_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (encoded, &size);

  for (gsize length = 0; length < size; length++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (data, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_chunk_decoder_decode (decoder, bytes, &error));
      g_assert_nonnull (error);
    }
}

static void
test_chunk_codec_survives_any_changed_byte (void)
{
  g_autoptr (GBytes) encoded = encode_some (500);
  g_autoptr (WeftChunkDecoder) decoder = weft_chunk_decoder_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (encoded, &size);
  g_autofree guint8 *changed = g_memdup2 (data, size);

  for (gsize i = 0; i < size; i++)
    {
      for (guint bit = 0; bit < 8; bit++)
        {
          changed[i] = data[i] ^ (guint8)(1 << bit);
          assert_harmless (decoder, changed, size);
        }
      changed[i] = data[i];
    }
}

static void
test_chunk_codec_names_a_newer_version (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\x63some later format", 17);
  g_autoptr (GError) error = NULL;

  g_assert_null (weft_chunk_decode (bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_chunk_codec_keeps_to_its_budget (void)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (&machines[1]);
  g_autoptr (GBytes) snapshot = synthetic_next (synthetic, 1000);
  g_autoptr (GBytes) records = synthetic_next (synthetic, 65536);
  g_autoptr (GBytes) encoded = weft_chunk_encode (records, NULL);

  g_assert_nonnull (encoded);
  g_assert_cmpfloat ((double)g_bytes_get_size (encoded) / 65536, <, 3.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chunk-codec/gives-back-every-record",
                   test_chunk_codec_gives_back_every_record);
  g_test_add_func ("/chunk-codec/takes-an-empty-chunk", test_chunk_codec_takes_an_empty_chunk);
  g_test_add_func ("/chunk-codec/gives-back-random-bytes-as-they-are",
                   test_chunk_codec_gives_back_random_bytes_as_they_are);
  g_test_add_func ("/chunk-codec/refuses-malformed-records",
                   test_chunk_codec_refuses_malformed_records);
  g_test_add_func ("/chunk-codec/refuses-every-truncation",
                   test_chunk_codec_refuses_every_truncation);
  g_test_add_func ("/chunk-codec/survives-any-changed-byte",
                   test_chunk_codec_survives_any_changed_byte);
  g_test_add_func ("/chunk-codec/names-a-newer-version", test_chunk_codec_names_a_newer_version);
  g_test_add_func ("/chunk-codec/keeps-to-its-budget", test_chunk_codec_keeps_to_its_budget);
  return g_test_run ();
}
