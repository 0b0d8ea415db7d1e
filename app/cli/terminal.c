/* terminal.c: see the header. In: the terminal's size and owner, asked for each time.
 * Out: escape sequences, where there is a terminal. */
#include "terminal.h"
#include "printable.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static gboolean line_is_shown;

int
weft_terminal_get_width (int fd)
{
  struct winsize size = { 0 };

  if (!isatty (fd))
    return 0;
  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static gboolean
is_read_by_keys (int fd)
{
  struct termios modes;

  return tcgetattr (fd, &modes) == 0 && (modes.c_lflag & ICANON) == 0;
}

gboolean
weft_terminal_is_ours (void)
{
  return isatty (STDERR_FILENO) && tcgetpgrp (STDERR_FILENO) == getpgrp ()
         && !is_read_by_keys (STDERR_FILENO);
}

/* It knows no sequence that clears a line. */
static gboolean
is_dumb (void)
{
  const char *kind = g_getenv ("TERM");

  return kind == NULL || *kind == '\0' || strcmp (kind, "dumb") == 0;
}

static int
count_columns (gunichar letter)
{
  if (g_unichar_iszerowidth (letter))
    return 0;
  return g_unichar_iswide (letter) ? 2 : 1;
}

/* How many bytes of @text fit into @width columns. */
static gsize
measure (const char *text, int width)
{
  const char *at = text;

  for (int columns = 0; *at != '\0'; at = g_utf8_next_char (at))
    {
      columns += count_columns (g_utf8_get_char (at));
      if (columns > width)
        break;
    }
  return (gsize)(at - text);
}

void
weft_terminal_show_line (const char *const *texts)
{
  /* In the last column some terminals wrap. */
  int width = weft_terminal_get_width (STDERR_FILENO) - 1;
  gsize length = 0;

  if (width <= 0 || !weft_terminal_is_ours () || is_dumb ())
    return;
  for (; *texts != NULL; texts++)
    {
      length = measure (*texts, width);
      if ((*texts)[length] == '\0' || texts[1] == NULL)
        break;
    }
  weft_terminal_clear_line ();
  g_printerr ("%.*s", (int)length, *texts);
  line_is_shown = TRUE;
}

void
weft_terminal_clear_line (void)
{
  if (line_is_shown && isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
  line_is_shown = FALSE;
}

void
weft_terminal_say (const char *text)
{
  g_autofree char *printable = weft_make_message_printable (text);

  weft_terminal_clear_line ();
  g_printerr ("weftscope: %s\n", printable);
}

void
weft_terminal_remark (const char *text)
{
  if (!isatty (STDERR_FILENO) || weft_terminal_is_ours ())
    weft_terminal_say (text);
}
