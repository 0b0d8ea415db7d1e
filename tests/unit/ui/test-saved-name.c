/* A recording is saved under a name that says what it is. */
#include "ui/session/saved-name.h"
#include <string.h>

static void
test_name_gets_the_ending_of_recordings (void)
{
  static const char *const cases[][2] = {
    { "/tmp/slow.weft", "/tmp/slow.weft" },
    { "/tmp/Slow.WEFT", "/tmp/Slow.WEFT" },
    { "/tmp/plain", "/tmp/plain.weft" },
    { "/tmp/tool.py", "/tmp/tool.py.weft" },
    { "/tmp/notes.txt", "/tmp/notes.txt.weft" },
    { "/tmp/run-1.2", "/tmp/run-1.2.weft" },
    { "/tmp/of.png/plain", "/tmp/of.png/plain.weft" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = weft_saved_name (cases[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (name, ==, cases[i][1]);
    }
}

static void
test_name_of_what_is_exported_is_refused (void)
{
  static const char *const names[]
      = { "/tmp/shot.png", "/tmp/shot.SVG", "/tmp/shot.pdf", "/tmp/shot.csv", "/tmp/shot.jsonl" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (weft_saved_name (names[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, strrchr (names[i], '/') + 1));
      g_assert_nonnull (strstr (error->message, "Save it as shot.weft, then export it."));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/saved-name/gets-the-ending-of-recordings",
                   test_name_gets_the_ending_of_recordings);
  g_test_add_func ("/saved-name/of-what-is-exported-is-refused",
                   test_name_of_what_is_exported_is_refused);
  return g_test_run ();
}
