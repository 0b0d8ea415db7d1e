/* event-writer.h: rows as text. In: rows. Out: RFC 4180 lines, or a JSON object a
 * line. Pure. */
#pragma once
#include "event-row.h"

G_BEGIN_DECLS

/* Lines end in CR LF, as RFC 4180 wants it. */
void weft_csv_append_header (GString *out);
void weft_csv_append_row (GString *out, const WeftEventRow *row);

/* Only the fields that the row has. */
void weft_jsonl_append_row (GString *out, const WeftEventRow *row);

/* 2026-11-21T03:15:00.123456789Z */
void weft_append_time (GString *out, guint64 realtime_ns);

/* With quotes. @text: UTF-8 */
void weft_json_append_string (GString *out, const char *text);

G_END_DECLS
