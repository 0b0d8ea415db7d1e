/* test-launch-command.c: what is typed to be launched: split as a shell does, looked
 * for before anything is traced, refused with a reason. */
#include "ui/session/launch-command.h"
#include "size-limit.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static char *folder;

static const struct
{
  const char *command;   /* %s: a folder that has 'plain' (a file), 'tool' (a program) */
  const char *arguments; /* separated by '|'; NULL: refused */
  const char *why;
} commands[] = {
  { "sh -c 'exit 3'", "sh|-c|exit 3", NULL },
  { "%s/tool \"a b\" c", "%s/tool|a b|c", NULL },
  { "", NULL, "Type the program" },
  { "   ", NULL, "Type the program" },
  { "sh -c 'exit", NULL, "quotation" },
  { "weft-no-such-program -x", NULL, "“weft-no-such-program”: there is no such program" },
  { "%s/missing", NULL, "/missing”: there is no such file" },
  { "%s/plain", NULL, "/plain”: the file is not executable" },
  { "%s", NULL, "it is a folder" },
};

static char *
in_folder (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "%s", -1);

  return g_strjoinv (folder, parts);
}

static void
test_command (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *command = in_folder (commands[i].command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = weft_launch_command_parse (command, &error);

  if (commands[i].arguments == NULL)
    {
      g_assert_null (argv);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, commands[i].why));
    }
  else
    {
      g_autofree char *expected = in_folder (commands[i].arguments);
      g_autofree char *found = NULL;

      g_assert_no_error (error);
      found = g_strjoinv ("|", argv);
      g_assert_cmpstr (found, ==, expected);
    }
}

/* We ignore SIGXFSZ; what is launched shall not. */
static void
test_signals_are_as_we_met_them (void)
{
  const char *const argv[]
      = { "sh", "-c", "grep -q 'SigIgn:.*0[0-9a-f]\\{6\\}$' /proc/self/status", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child = NULL;

  signal (SIGXFSZ, SIG_DFL);
  weft_size_limit_take ();
  child = weft_launch_command_spawn (argv, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (child, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *tool = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("weft-launch-XXXXXX", &error);
  g_assert_no_error (error);
  plain = g_build_filename (folder, "plain", NULL);
  tool = g_build_filename (folder, "tool", NULL);
  g_file_set_contents (plain, "", 0, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (tool, "", 0, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strdup_printf ("/launch-command/%u", i);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_command);
    }
  g_test_add_func ("/launch-command/signals-are-as-we-met-them", test_signals_are_as_we_met_them);
  status = g_test_run ();
  g_unlink (plain);
  g_unlink (tool);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
