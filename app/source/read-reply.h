/* read-reply.h: what the helper answers to Read. In: the answer's body, which nobody
 * vouches for. Out: records in a store, and the helper's account of them. */
#pragma once
#include "helper-client.h"

G_BEGIN_DECLS

#define WEFT_READ_REPLY_TYPE "(aytttt)"

/**
 * weft_read_reply_take:
 * @answer: of type %WEFT_READ_REPLY_TYPE
 * @account: its recursion_misses, of which the answer says nothing, stay
 * @bytes: (out): of records
 *
 * Thread of the store's writer.
 *
 * Returns: %FALSE with @error set to %G_IO_ERROR_INVALID_DATA when a record is
 * malformed; store, account and bytes are untouched then
 */
gboolean weft_read_reply_take (GVariant *answer, WeftTraceStore *store, WeftHelperAccount *account,
                               gsize *bytes, GError **error);

G_END_DECLS
