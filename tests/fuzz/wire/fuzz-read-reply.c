/* fuzz-read-reply.c: whatever the helper answers to Read, the app takes it whole or
 * leaves it, and counts what it does not know. In: libFuzzer's bytes as answers, as the
 * body of one, or as a D-Bus message. Out: a crash, or nothing. A judge of its own says
 * what must come of each answer. */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include "read-reply.h"

#define START (G_GUINT64_CONSTANT (1000000000))
#define WINDOW_NS 20000
#define N_REPLIES 3

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef enum
{
  AS_RECORDS, /* of three answers */
  AS_BODY,
  AS_MESSAGE,
  N_MODES
} Mode;

/* What must be in the store after the answers so far. */
typedef struct
{
  guint64 events, unknown, lost, account_lost;
} Sums;

/* abort() and not g_error(): libFuzzer keeps the input of the one only. */
static void G_GNUC_NORETURN
fail (const char *complaint)
{
  g_printerr ("%s\n", complaint);
  abort ();
}

/* Whether the parts of a record take all units from @at to @units. */
static gboolean
parts_fit (const guint8 *record, guint at, guint units)
{
  while (at < units)
    {
      guint8 part_units = record[at * WEFT_UNIT_BYTES + G_STRUCT_OFFSET (struct weft_part, units)];

      if (part_units == 0)
        return FALSE;
      at += part_units;
    }
  return at == units;
}

/* FALSE, @sums untouched, when a record is cut, too short for its kind, or endless. */
static gboolean
judge (const guint8 *data, gsize size, Sums *sums)
{
  static const guint8 needed[] = { 0, 1, 1, 2, 2, 2, 2, 3, 1, 1, 1 };
  Sums found = *sums;

  if (size % WEFT_UNIT_BYTES != 0)
    return FALSE;
  for (gsize left = size; left > 0;)
    {
      struct weft_record record;
      gboolean known, with_parts;

      memcpy (&record, data + (size - left), sizeof record);
      with_parts = (record.kind & WEFT_HAS_PARTS) != 0;
      record.kind &= WEFT_KIND_MASK;
      known = record.kind > 0 && record.kind < G_N_ELEMENTS (needed);
      if (record.units == 0 || record.units > left / WEFT_UNIT_BYTES
          || (known && record.units < needed[record.kind] + with_parts))
        return FALSE;
      if (known && with_parts
          && !parts_fit (data + (size - left), needed[record.kind], record.units))
        return FALSE;
      left -= (gsize)record.units * WEFT_UNIT_BYTES;
      found.unknown += !known;
      found.lost += record.kind == WEFT_LOST ? record.lost.count : 0;
      found.events += known && record.kind != WEFT_LOST && record.kind != WEFT_STATE
                      && record.kind != WEFT_SYNC;
    }
  *sums = found;
  return TRUE;
}

static void
check_refused (WeftTraceStore *store, const WeftTraceTotals *before, guint64 generation,
               const GError *error)
{
  WeftTraceTotals after;

  weft_trace_store_get_totals (store, &after);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    fail ("a refusal says no reason");
  if (memcmp (before, &after, sizeof after) != 0
      || weft_trace_store_get_generation (store) != generation)
    fail ("a refused answer changed the store");
}

static void
take (WeftTraceStore *store, GVariant *answer, Sums *sums)
{
  g_autoptr (GVariant) records = g_variant_get_child_value (answer, 0);
  g_autoptr (GError) error = NULL;
  WeftHelperAccount account = { .lost = 77, .recursion_misses = 5 };
  guint64 generation = weft_trace_store_get_generation (store);
  WeftTraceTotals before;
  gsize size = 0, bytes = 99;
  gconstpointer data = g_variant_get_fixed_array (records, &size, 1);
  gboolean whole = judge (data, size, sums);

  weft_trace_store_get_totals (store, &before);
  if (weft_read_reply_take (answer, store, &account, &bytes, &error) != whole)
    fail (whole ? "a good answer was refused" : "a malformed answer was taken");
  if (!whole)
    {
      check_refused (store, &before, generation, error);
      if (account.lost != 77 || bytes != 99)
        fail ("a refused answer left its account");
      return;
    }
  g_variant_get_child (answer, 4, "t", &sums->account_lost);
  if (account.lost != sums->account_lost || account.recursion_misses != 5 || bytes != size)
    fail ("the account is not what was told");
}

static GVariant *
reply_of (const guint8 *data, gsize size, guint64 until_ns, guint64 lost)
{
  GVariant *records = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1);

  return g_variant_ref_sink (
      g_variant_new ("(@aytttt)", records, until_ns, G_MAXUINT64, G_GUINT64_CONSTANT (0), lost));
}

/* Two bytes say where the rest is cut, in steps of 8: also through a record. */
static void
take_records (WeftTraceStore *store, const guint8 *data, gsize size, Sums *sums)
{
  gsize from = MIN (size, 2);

  for (guint i = 0; i < N_REPLIES; i++)
    {
      gsize wanted = i + 1 < N_REPLIES && size > i ? (gsize)data[i] * 8 : size;
      gsize bytes = MIN (wanted, size - from);
      g_autoptr (GVariant) answer = reply_of (data + from, bytes, START + i * WINDOW_NS, bytes * i);

      take (store, answer, sums);
      from += bytes;
    }
}

static void
take_body (WeftTraceStore *store, const guint8 *data, gsize size, Sums *sums)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GVariant) answer = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE (WEFT_READ_REPLY_TYPE), bytes, FALSE));

  take (store, answer, sums);
}

/* As GDBus does before it looks whether the body is of the type that was asked for. */
static void
take_message (WeftTraceStore *store, const guint8 *data, gsize size, Sums *sums)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GDBusMessage) message
      = size > 0 ? g_dbus_message_new_from_blob (copy, size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL)
                 : NULL;
  GVariant *answer = message != NULL ? g_dbus_message_get_body (message) : NULL;

  if (answer != NULL && g_variant_is_of_type (answer, G_VARIANT_TYPE (WEFT_READ_REPLY_TYPE)))
    take (store, answer, sums);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static void (*const takers[N_MODES]) (WeftTraceStore *, const guint8 *, gsize, Sums *)
      = { take_records, take_body, take_message };
  WeftTraceInfo info = { .architecture = "x86_64", .n_cpus = 4, .start_ns = START };
  g_autoptr (WeftTraceStore) store = NULL;
  WeftTraceTotals totals;
  Sums sums = { 0 };

  if (size < 1)
    return 0;
  store = weft_trace_store_new (&info);
  weft_trace_store_begin_with_first (store);
  takers[data[0] % N_MODES](store, data + 1, size - 1, &sums);
  weft_trace_store_finish (store, 0);
  weft_trace_store_get_totals (store, &totals);
  if (totals.events != sums.events || totals.unknown != sums.unknown
      || totals.lost != MAX (sums.lost, sums.account_lost))
    fail ("the totals are not what came");
  return 0;
}
