/* launch-command.c: see the header. */
#include "launch-command.h"
#include "build-root.h"
#include "printable.h"
#include "size-limit.h"
#include <glib/gi18n.h>
#include <string.h>

static gboolean
refuse (const char *program, const char *why, GError **error)
{
  g_autofree char *shown = weft_printable_name (program);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("Cannot launch “%s”: %s"), shown, why);
  return FALSE;
}

static gboolean
check_program (const char *const *argv, GError **error)
{
  g_autofree char *found = g_find_program_in_path (argv[0]);

  if (found != NULL)
    return TRUE;
  if (strchr (argv[0], '/') == NULL)
    return refuse (argv[0],
                   _ ("there is no such program. Check the spelling, or give its whole path"),
                   error);
  if (g_file_test (argv[0], G_FILE_TEST_IS_DIR))
    return refuse (argv[0], _ ("it is a folder. Name a program in it"), error);
  if (g_file_test (argv[0], G_FILE_TEST_EXISTS))
    return refuse (argv[0], _ ("the file is not executable. Make it so with chmod +x"), error);
  return refuse (argv[0], _ ("there is no such file. Check its path"), error);
}

static const char *
explain_parse (const GError *why)
{
  if (g_error_matches (why, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    return _ ("Type the program to launch, with its arguments");
  return _ ("The command line ends within a quotation. Close it");
}

char **
weft_launch_command_parse (const char *command, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_auto (GStrv) argv = NULL;

  if (!g_shell_parse_argv (command, NULL, &argv, &why))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, explain_parse (why));
      return NULL;
    }
  if (!check_program ((const char *const *)argv, error))
    return NULL;
  return g_steal_pointer (&argv);
}

char **
weft_launch_command_demo (GError **error)
{
  const char *const places[]
      = { WEFT_BUILD_ROOT "/tests/workloads/weftscope-demo", WEFT_LIBEXECDIR "/weftscope-demo" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      {
        const char *const argv[] = { places[i], "demo", "--seconds", "60", NULL };

        return g_strdupv ((char **)argv);
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("The demo workload is not installed; build Weftscope wholly and try again"));
  return NULL;
}

static void
become_cb (gpointer unused)
{
  weft_size_limit_give_back ();
}

GSubprocess *
weft_launch_command_spawn (const char *const *argv, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_INHERIT);
  g_autoptr (GError) why = NULL;
  GSubprocess *child;

  g_subprocess_launcher_set_child_setup (launcher, become_cb, NULL, NULL);
  child = g_subprocess_launcher_spawnv (launcher, argv, &why);

  if (child == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("Cannot launch “%s”: this machine does not run it. Is it made for it, and its "
                    "interpreter there?\n%s"),
                 argv[0], why->message);
  return child;
}
