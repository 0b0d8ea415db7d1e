/* test-ring-reader.c: what the reader makes of a ring that the test fills as the programs
 * do: records of any length in order of time, none of them across the ring's end, and
 * none of them handed out in pieces. */
#include "ring-reader.h"
#include <string.h>

#define UNITS 16
#define RINGS 2

typedef struct
{
  struct weft_ring rings[RINGS];
  struct weft_record units[RINGS * UNITS];
  WeftRingReader *reader;
  guint64 next_number; /* of the record that is written next */
  guint64 next_read;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  memset (self, 0, sizeof *self);
  for (guint i = 0; i < RINGS; i++)
    self->rings[i] = (struct weft_ring){ .base = i * UNITS, .mask = UNITS - 1 };
  self->reader = weft_ring_reader_new (self->rings, self->units, RINGS, UNITS);
  self->next_number = self->next_read = 1;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  weft_ring_reader_free (self->reader);
}

static guint32
units_to_the_end (struct weft_ring *ring)
{
  return UNITS - ((guint32)ring->head & (UNITS - 1));
}

/* As ring.bpf.h does it; FALSE when there is no room. Every word tells the record's number,
 * which is its time. */
static gboolean
write_record (Fixture *self, guint at, guint8 count)
{
  struct weft_ring *ring = &self->rings[at];
  guint32 left = units_to_the_end (ring), skipped = count > left ? left : 0;
  guint32 position = (guint32)ring->head;
  struct weft_record *unit;

  if (position + skipped + count - (guint32)ring->tail > UNITS)
    return FALSE;
  ring->head = ((ring->head >> 32) + 1) << 32 | (guint32)(position + skipped + count);
  if (skipped > 0)
    {
      unit = &self->units[ring->base + (position & (UNITS - 1))];
      unit->kind = WEFT_PAD;
      unit->units = (guint8)skipped;
      unit->time_ns = 1;
    }
  unit = &self->units[ring->base + ((position + skipped) & (UNITS - 1))];
  g_assert_cmpuint (unit->time_ns, ==, 0);
  for (guint word = 0; word < count * 4u; word++)
    ((guint64 *)unit)[word] = self->next_number;
  unit->kind = WEFT_STATE;
  unit->units = count;
  self->next_number++;
  return TRUE;
}

/* What was drained is whole, and follows what was drained before. */
static guint
check (Fixture *self, const guint64 *words, gsize bytes)
{
  guint n = 0;

  for (gsize at = 0; at < bytes / 8; n++)
    {
      const struct weft_record *record = (const void *)&words[at];

      g_assert_cmpuint (record->kind, ==, WEFT_STATE);
      for (guint word = 0; word < record->units * 4u; word++)
        if (word != 1) /* holds kind and units */
          g_assert_cmpuint (words[at + word], ==, self->next_read);
      self->next_read++;
      at += record->units * 4u;
    }
  return n;
}

static void
test_a_record_never_wraps (Fixture *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint64 buffer[RINGS * UNITS * 4];

  for (guint round = 0; round < 20000; round++)
    {
      guint written = 0, waits = (guint)(self->next_number - self->next_read);
      guint wanted = (guint)g_rand_int_range (random, 0, 4);
      gsize room = (gsize)g_rand_int_range (random, 8, RINGS * UNITS) * WEFT_UNIT_BYTES;
      guint taken;

      while (written < wanted
             && write_record (self, (guint)g_rand_int_range (random, 0, RINGS),
                              (guint8)g_rand_int_range (random, 1, 9)))
        written++;
      taken = check (self, buffer, weft_ring_reader_drain (self->reader, (guint8 *)buffer, room));
      g_assert_cmpuint (taken, <=, waits + written);
      g_assert_true (taken > 0 || waits + written == 0);
    }
  while (weft_ring_reader_get_pending (self->reader) > 0)
    check (self, buffer, weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer));
  g_assert_cmpuint (self->next_read, ==, self->next_number);
  g_assert_cmpuint (weft_ring_reader_get_delivered (self->reader), ==, self->next_number - 1);
  g_assert_cmpuint (weft_ring_reader_get_reserved (self->reader), ==, self->next_number - 1);
}

static void
test_a_record_without_room_tells_how_much_it_needs (Fixture *self, gconstpointer data)
{
  guint64 buffer[8 * 4];

  g_assert_true (write_record (self, 0, 1));
  g_assert_true (write_record (self, 0, 5));
  g_assert_cmpuint (check (self, buffer,
                           weft_ring_reader_drain (self->reader, (guint8 *)buffer, 128)),
                    ==, 1);
  g_assert_cmpuint (weft_ring_reader_drain (self->reader, (guint8 *)buffer, 128), ==, 0);
  g_assert_cmpuint (weft_ring_reader_get_needed (self->reader), ==, 160);
  g_assert_cmpuint (check (self, buffer,
                           weft_ring_reader_drain (self->reader, (guint8 *)buffer, 160)),
                    ==, 1);
  g_assert_cmpuint (weft_ring_reader_get_needed (self->reader), ==, 0);
}

static void
test_a_record_that_is_being_written_is_waited_for (Fixture *self, gconstpointer data)
{
  guint64 buffer[8 * 4];
  struct weft_record *first = &self->units[0];

  g_assert_true (write_record (self, 0, 2));
  first->time_ns = 0;
  weft_ring_reader_mark (self->reader);
  g_assert_cmpuint (weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer), ==, 0);
  g_assert_false (weft_ring_reader_has_passed_mark (self->reader));
  first->time_ns = 1;
  g_assert_cmpuint (check (self, buffer,
                           weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer)),
                    ==, 1);
  g_assert_true (weft_ring_reader_has_passed_mark (self->reader));
}

static void
test_what_is_stamped_after_the_end_was_never_written (Fixture *self, gconstpointer data)
{
  guint64 buffer[8 * 4];

  for (guint i = 0; i < 6; i++)
    g_assert_true (write_record (self, i % RINGS, 1));
  weft_ring_reader_end (self->reader, 4);
  g_assert_cmpuint (check (self, buffer,
                           weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer)),
                    ==, 4);
  g_assert_cmpuint (weft_ring_reader_get_pending (self->reader), ==, 0);
  g_assert_cmpuint (weft_ring_reader_get_delivered (self->reader), ==, 4);
  g_assert_cmpuint (weft_ring_reader_get_reserved (self->reader), ==, 4);
}

/* As ring.bpf.h does it: what found no room is counted; its number is its time as well. */
static void
write_or_lose (Fixture *self, guint at, guint8 count)
{
  struct weft_ring *ring = &self->rings[at];

  if (write_record (self, at, count))
    return;
  if (ring->lost == ring->lost_told)
    ring->first_ns = self->next_number;
  ring->last_ns = self->next_number++;
  ring->lost++;
}

typedef struct
{
  guint64 last_ns; /* of all */
  guint64 ring_ns[RINGS];
  guint64 told[RINGS];
} Stream;

/* All in the order of time; each ring's loss between what it held before and after. */
static guint
check_with_losses (Fixture *self, Stream *stream, const guint64 *words, gsize bytes)
{
  guint n = 0;

  for (gsize at = 0; at < bytes / 8; n++)
    {
      const struct weft_record *record = (const void *)&words[at];
      gboolean is_lost = record->kind == WEFT_LOST;
      guint ring = is_lost ? record->cpu : (guint)record->sw.arg;

      g_assert_cmpuint (record->time_ns, >, stream->last_ns);
      g_assert_cmpuint (is_lost ? record->lost.first_ns : record->time_ns, >,
                        stream->ring_ns[ring]);
      stream->last_ns = stream->ring_ns[ring] = record->time_ns;
      if (is_lost)
        {
          g_assert_cmpuint (record->lost.count, >, 0);
          stream->told[ring] += record->lost.count;
        }
      at += record->units * 4u;
    }
  return n;
}

static void
test_a_loss_is_told_where_it_was (Fixture *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  guint64 buffer[RINGS * UNITS * 4];
  Stream stream = { 0 };
  guint64 lost = 0;

  for (guint round = 0; round < 20000; round++)
    {
      gsize room = (gsize)g_rand_int_range (random, 1, RINGS * UNITS) * WEFT_UNIT_BYTES;

      for (gint i = g_rand_int_range (random, 0, 40); i > 0; i--)
        {
          guint ring = (guint)g_rand_int_range (random, 0, RINGS);
          guint32 position = (guint32)self->rings[ring].head;

          write_or_lose (self, ring, 1);
          if ((guint32)self->rings[ring].head != position)
            self->units[self->rings[ring].base + (position & (UNITS - 1))].sw.arg = ring;
        }
      check_with_losses (self, &stream, buffer,
                         weft_ring_reader_drain (self->reader, (guint8 *)buffer, room));
    }
  while (weft_ring_reader_get_pending (self->reader) > 0)
    check_with_losses (self, &stream, buffer,
                       weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer));
  for (guint i = 0; i < RINGS; i++)
    {
      g_assert_cmpuint (stream.told[i], ==, self->rings[i].lost);
      g_assert_cmpuint (stream.told[i], >, 1000);
      lost += stream.told[i];
    }
  g_assert_cmpuint (weft_ring_reader_get_told (self->reader), ==, lost);
  g_assert_cmpuint (weft_ring_reader_get_delivered (self->reader) + lost, ==,
                    self->next_number - 1);
}

static void
test_a_loss_without_room_waits_and_the_mark_with_it (Fixture *self, gconstpointer data)
{
  guint64 buffer[UNITS * 4];
  Stream stream = { 0 };

  for (guint i = 0; i < UNITS + 3; i++)
    write_or_lose (self, 0, 1);
  weft_ring_reader_mark (self->reader);
  g_assert_cmpuint (weft_ring_reader_drain (self->reader, (guint8 *)buffer, sizeof buffer), ==,
                    sizeof buffer);
  g_assert_false (weft_ring_reader_has_passed_mark (self->reader));
  g_assert_cmpuint (weft_ring_reader_get_needed (self->reader), ==, WEFT_UNIT_BYTES);
  g_assert_cmpuint (weft_ring_reader_get_pending (self->reader), ==, WEFT_UNIT_BYTES);
  g_assert_cmpuint (check_with_losses (self, &stream, buffer,
                                       weft_ring_reader_drain (self->reader, (guint8 *)buffer,
                                                               sizeof buffer)),
                    ==, 1);
  g_assert_cmpuint (stream.told[0], ==, 3);
  g_assert_true (weft_ring_reader_has_passed_mark (self->reader));
  g_assert_cmpuint (weft_ring_reader_get_pending (self->reader), ==, 0);
  g_assert_cmpuint (self->rings[0].tail, ==, UNITS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/ring-reader/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("a-record-never-wraps", test_a_record_never_wraps);
  ADD ("a-record-without-room-tells-how-much-it-needs",
       test_a_record_without_room_tells_how_much_it_needs);
  ADD ("a-record-that-is-being-written-is-waited-for",
       test_a_record_that_is_being_written_is_waited_for);
  ADD ("what-is-stamped-after-the-end-was-never-written",
       test_what_is_stamped_after_the_end_was_never_written);
  ADD ("a-loss-is-told-where-it-was", test_a_loss_is_told_where_it_was);
  ADD ("a-loss-without-room-waits-and-the-mark-with-it",
       test_a_loss_without_room_waits_and_the_mark_with_it);
#undef ADD
  return g_test_run ();
}
