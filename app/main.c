/* main.c: the program. In: arguments. Out: a command's exit status, or a window. */
#include "application.h"
#include "cli.h"
#include "size-limit.h"
#include <fcntl.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <unistd.h>

/* Cron and the like may start us without: a file of ours must never be what others take
 * for standard error. What takes their places is open the other way round, so that who
 * uses one fails as if it were closed. Programs that we start find it as we did. */
static void
fill_standard_files (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      open ("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

int
main (int argc, char **argv)
{
  fill_standard_files ();
  weft_size_limit_take ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (weft_cli_is_asked (argc, argv))
    return weft_cli_run (argc, argv);
  return weft_application_run (argc, argv);
}
