/* read-reply.c: see the header. */
#include "read-reply.h"

gboolean
weft_read_reply_take (GVariant *answer, WeftTraceStore *store, WeftHelperAccount *account,
                      gsize *bytes, GError **error)
{
  g_autoptr (GVariant) records = NULL;
  g_autoptr (GBytes) data = NULL;
  WeftHelperAccount told = { .recursion_misses = account->recursion_misses };

  g_return_val_if_fail (g_variant_is_of_type (answer, G_VARIANT_TYPE (WEFT_READ_REPLY_TYPE)),
                        FALSE);
  g_variant_get (answer, "(@aytttt)", &records, &told.complete_until_ns, &told.produced,
                 &told.delivered, &told.lost);
  data = g_variant_get_data_as_bytes (records);
  if (!weft_trace_store_append (store, data, told.complete_until_ns, error))
    return FALSE;
  weft_trace_store_set_lost (store, told.lost);
  *account = told;
  *bytes = g_bytes_get_size (data);
  return TRUE;
}
