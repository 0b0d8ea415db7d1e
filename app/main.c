/* main.c: the program. In: arguments. Out: a command's exit status, or a window. */
#include "application.h"
#include "cli.h"
#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (weft_cli_is_asked (argc, argv))
    return weft_cli_run (argc, argv);
  return weft_application_run (argc, argv);
}
