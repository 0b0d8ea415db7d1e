/* launched-command.c: fork, wait, exec. In: words. Out: a process. One pipe holds
 * the child back until a byte comes; another, closed by a successful exec, brings
 * back why an exec failed. */
#include "launched-command.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct _WeftLaunchedCommand
{
  GPid pid;
  char *program; /* its path */
  char *name;    /* as it was asked for */
  int go_fd;     /* writing a byte lets it go; -1 when done */
  int why_fd;    /* brings errno of a failed exec; -1 when read */
  guint watch;   /* source id */
  gboolean ended;
  int wait_status;
  void (*func) (gpointer);
  gpointer func_data;
};

/* In the child: nothing here may allocate or lock. Never returns. */
static void
wait_and_become (const char *program, char **words, int go_fd, int why_fd)
{
  char byte;
  int why;

  /* Our parent gave up, or died. */
  if (read (go_fd, &byte, 1) != 1)
    _exit (125);
  execv (program, words);
  why = errno;
  if (write (why_fd, &why, sizeof why) < 0)
    _exit (125);
  _exit (why == ENOENT ? WEFT_EXIT_NOT_FOUND : WEFT_EXIT_NOT_EXECUTABLE);
}

static gboolean
fail_to_start (const char *name, int why, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why), _ ("“%s” cannot be started: %s."),
               name, g_strerror (why));
  return FALSE;
}

static gboolean
fork_child (WeftLaunchedCommand *self, char **words, GError **error)
{
  int go[2], why[2];

  if (!g_unix_open_pipe (go, FD_CLOEXEC, error))
    return FALSE;
  if (!g_unix_open_pipe (why, FD_CLOEXEC, error))
    {
      close (go[0]);
      close (go[1]);
      return FALSE;
    }
  self->pid = fork ();
  if (self->pid == 0)
    {
      close (go[1]);
      close (why[0]);
      wait_and_become (self->program, words, go[0], why[1]);
    }
  close (go[0]);
  close (why[1]);
  self->go_fd = go[1];
  self->why_fd = why[0];
  return self->pid > 0 || fail_to_start (words[0], errno, error);
}

WeftLaunchedCommand *
weft_launched_command_new (char **words, GError **error)
{
  g_autoptr (WeftLaunchedCommand) self = g_new0 (WeftLaunchedCommand, 1);

  self->go_fd = self->why_fd = -1;
  self->name = g_strdup (words[0]);
  self->program = g_find_program_in_path (words[0]);
  if (self->program == NULL && strchr (words[0], '/') != NULL)
    self->program = g_strdup (words[0]); /* exec says what is wrong with it */
  if (self->program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("There is no program “%s”. Check its name, or give its path."), words[0]);
      return NULL;
    }
  if (!fork_child (self, words, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
weft_launched_command_free (WeftLaunchedCommand *self)
{
  if (self == NULL)
    return;
  if (self->watch != 0)
    g_source_remove (self->watch);
  /* One that still waits sees the pipe close and goes. */
  if (self->go_fd >= 0 && self->pid > 0)
    {
      close_fd (&self->go_fd);
      waitpid (self->pid, NULL, 0);
    }
  close_fd (&self->why_fd);
  g_free (self->program);
  g_free (self->name);
  g_free (self);
}

GPid
weft_launched_command_get_pid (WeftLaunchedCommand *self)
{
  return self->pid;
}

gboolean
weft_launched_command_go (WeftLaunchedCommand *self, GError **error)
{
  int why = 0;
  gssize n_read;

  if (write (self->go_fd, "!", 1) != 1)
    return fail_to_start (self->name, errno, error);
  close_fd (&self->go_fd);
  do
    n_read = read (self->why_fd, &why, sizeof why);
  while (n_read < 0 && errno == EINTR);
  close_fd (&self->why_fd);
  return n_read != sizeof why || fail_to_start (self->name, why, error);
}

static void
ended_cb (GPid pid, int wait_status, gpointer user_data)
{
  WeftLaunchedCommand *self = user_data;

  self->watch = 0;
  self->ended = TRUE;
  self->wait_status = wait_status;
  self->func (self->func_data);
}

void
weft_launched_command_watch (WeftLaunchedCommand *self, GCallback func, gpointer user_data)
{
  self->func = (void (*) (gpointer))func;
  self->func_data = user_data;
  self->watch = g_child_watch_add (self->pid, ended_cb, self);
}

gboolean
weft_launched_command_has_ended (WeftLaunchedCommand *self)
{
  return self->ended;
}

void
weft_launched_command_signal (WeftLaunchedCommand *self, int number)
{
  if (!self->ended)
    kill (self->pid, number);
}

int
weft_launched_command_get_status (WeftLaunchedCommand *self)
{
  if (self->watch != 0)
    g_source_remove (self->watch);
  self->watch = 0;
  while (!self->ended)
    {
      if (waitpid (self->pid, &self->wait_status, 0) < 0 && errno == EINTR)
        continue;
      self->ended = TRUE;
    }
  return WIFSIGNALED (self->wait_status) ? 128 + WTERMSIG (self->wait_status)
                                         : WEXITSTATUS (self->wait_status);
}
