/* exit-words.c: see the header. */
#include "exit-words.h"
#include <glib/gi18n.h>
#include <string.h>
#include <sys/wait.h>

static char *
signal_name (int number)
{
  const char *name = sigabbrev_np (number);

  return name != NULL ? g_strconcat ("SIG", name, NULL) : g_strdup_printf (_ ("signal %d"), number);
}

char *
weft_exit_describe (guint32 status, gboolean *failed)
{
  g_autofree char *name = NULL;

  if (failed != NULL)
    *failed = status != 0;
  if (!WIFSIGNALED ((int)status))
    return g_strdup_printf (_ ("exited %d"), WEXITSTATUS ((int)status));
  name = signal_name (WTERMSIG ((int)status));
  return g_strdup_printf (_ ("killed by %s"), name);
}

char *
weft_exit_code (guint32 status)
{
  if (WIFSIGNALED ((int)status))
    return signal_name (WTERMSIG ((int)status));
  return g_strdup_printf ("%d", WEXITSTATUS ((int)status));
}
