/* signals.c: a handler that writes into a pipe, for GLib does not tell who sent a signal
 * and leaves SIGQUIT out. In: signals. Out: calls. */
#include "signals.h"
#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

/* All that end a program unless it says otherwise, but for those that its own faults and
 * failed writes raise. */
static const int numbers[] = { SIGINT,    SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2,  SIGALRM,
                               SIGVTALRM, SIGPROF, SIGXCPU, SIGIO,   SIGPWR,  SIGSTKFLT };

typedef struct
{
  int number;
  int of_terminal;
} Event;

static struct
{
  int fds[2]; /* read, write */
  guint source;
  struct sigaction before[_NSIG]; /* by number */
  WeftSignalFunc func;
  gpointer user_data;
} watch = { .fds = { -1, -1 } };

static void
handle (int number, siginfo_t *info, void *context)
{
  Event event = { number, info->si_code == SI_KERNEL };
  int saved = errno;

  /* A full pipe holds more of them than anybody sends. */
  if (write (watch.fds[1], &event, sizeof event) < 0)
    errno = 0;
  errno = saved;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer unused)
{
  Event event;

  while (watch.source != 0 && read (fd, &event, sizeof event) == sizeof event)
    watch.func (event.number, event.of_terminal, watch.user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
is_watched (int number)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i] == number)
      return TRUE;
  return number >= SIGRTMIN;
}

/* One that was ignored still is, but for those that ask by name and those that shells ignore
 * for what they start in the background; what has a handler belongs to a library. */
static gboolean
is_ours_to_take (int number, const struct sigaction *before)
{
  if (before->sa_handler == SIG_IGN)
    return number == SIGINT || number == SIGQUIT || number == SIGTERM;
  return before->sa_handler == SIG_DFL;
}

gboolean
weft_signals_watch (WeftSignalFunc func, gpointer user_data, GError **error)
{
  struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART };

  if (!g_unix_open_pipe (watch.fds, FD_CLOEXEC, error))
    return FALSE;
  g_unix_set_fd_nonblocking (watch.fds[0], TRUE, NULL);
  g_unix_set_fd_nonblocking (watch.fds[1], TRUE, NULL);
  watch.func = func;
  watch.user_data = user_data;
  watch.source = g_unix_fd_add (watch.fds[0], G_IO_IN, readable_cb, NULL);
  for (int number = 1; number <= SIGRTMAX; number++)
    {
      if (!is_watched (number))
        continue;
      sigaction (number, NULL, &watch.before[number]);
      if (is_ours_to_take (number, &watch.before[number]))
        sigaction (number, &action, NULL);
    }
  return TRUE;
}

void
weft_signals_unwatch (void)
{
  if (watch.source == 0)
    return;
  for (int number = 1; number <= SIGRTMAX; number++)
    if (is_watched (number))
      sigaction (number, &watch.before[number], NULL);
  g_source_remove (watch.source);
  watch.source = 0;
  for (guint i = 0; i < 2; i++)
    close (watch.fds[i]);
}
