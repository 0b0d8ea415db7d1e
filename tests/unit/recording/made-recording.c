/* made-recording.c FILE.weft EVENTS: a recording of the made-up machine, for the suites
 * that change files. */
#include "recording-fixture.h"

int
main (int argc, char **argv)
{
  g_autoptr (WeftTraceStore) store = NULL;

  if (argc != 3)
    {
      g_printerr ("Usage: made-recording FILE.weft EVENTS\n");
      return 2;
    }
  store = fixture_record (argv[1], (guint)g_ascii_strtoull (argv[2], NULL, 10));
  return 0;
}
