/* fuzz-chunk-codec.c: no bytes may harm the decoder, and what it makes of them
 * must survive the encoder. In: libFuzzer's bytes. Out: a crash, or nothing. */
#include "chunk-codec.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_decoder (GBytes *bytes)
{
  g_autoptr (GBytes) records = weft_chunk_decode (bytes, NULL);
  g_autoptr (GBytes) encoded = NULL;
  g_autoptr (GBytes) again = NULL;

  if (records == NULL)
    return;
  encoded = weft_chunk_encode (records, NULL);
  if (encoded == NULL)
    g_error ("the decoder gave malformed records");
  again = weft_chunk_decode (encoded, NULL);
  if (again == NULL || !g_bytes_equal (records, again))
    g_error ("decoded records do not survive");
}

/* The same bytes as records. */
static void
check_encoder (GBytes *bytes)
{
  g_autoptr (GBytes) encoded = weft_chunk_encode (bytes, NULL);
  g_autoptr (GBytes) again = NULL;

  if (encoded == NULL)
    return;
  again = weft_chunk_decode (encoded, NULL);
  if (again == NULL || !g_bytes_equal (bytes, again))
    g_error ("records do not survive");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  check_decoder (bytes);
  check_encoder (bytes);
  return 0;
}
