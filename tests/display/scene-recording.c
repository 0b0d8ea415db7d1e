/* scene-recording.c: the invented scene as a .weft file, so that the window is
 * tested on a trace whose picture is known. In: where to. Out: the file. */
#include "recording.h"
#include "scene.h"
#include "trace-notes.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  WeftTraceStore *store;
  GByteArray *records;
} Copy;

static gboolean
copy_record (const struct weft_record *record, gpointer user_data)
{
  Copy *copy = user_data;

  g_byte_array_append (copy->records, (const guint8 *)record,
                       (guint)record->units * WEFT_UNIT_BYTES);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (WeftTraceStore) scene = NULL;
  g_autoptr (WeftTraceStore) store = NULL;
  g_autoptr (WeftRecording) recording = NULL;
  g_autoptr (GBytes) records = NULL;
  g_autoptr (GError) error = NULL;
  Copy copy;

  if (argc != 2 && (argc != 3 || strcmp (argv[2], "--with-notes") != 0))
    {
      g_printerr ("Usage: scene-recording FILE.weft [--with-notes]\n");
      return 2;
    }
  g_unlink (argv[1]); /* that of the test before */
  scene = scene_new ();
  store = weft_trace_store_new (weft_trace_store_get_info (scene));
  copy = (Copy){ store, g_byte_array_new () };
  if (weft_trace_store_foreach_record (scene, 0, G_MAXUINT64, copy_record, &copy, NULL, &error))
    recording = weft_recording_create (argv[1], store, WEFT_RECORDING_NONE, &error);
  records = g_byte_array_free_to_bytes (copy.records);
  if (recording == NULL || !weft_trace_store_append (store, records, G_MAXUINT64, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  if (argc == 3)
    {
      weft_trace_store_set_note (store, WEFT_NOTE_LACKS "throttling", "made up");
      weft_trace_store_set_note (store, WEFT_NOTE_MISSED, "77");
    }
  weft_trace_store_finish (store, weft_trace_store_get_edge (scene));
  if (!weft_recording_finish (recording, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
