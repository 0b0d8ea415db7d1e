/* launched-command.c: fork, wait, exec. In: words. Out: a process. One pipe holds
 * the child back until a byte comes; another, closed by a successful exec, brings
 * back why an exec failed. */
#include "launched-command.h"
#include "printable.h"
#include "size-limit.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What shells run such scripts with. */
#define SHELL "/bin/sh"

struct _WeftLaunchedCommand
{
  GPid pid;
  char *program;      /* its path */
  char *name;         /* as it was asked for, to show */
  char **shell_words; /* to run it with, when it is a script that does not say by what */
  int go_fd;          /* writing a byte lets it go; -1 when done */
  int why_fd;         /* brings errno of a failed exec; -1 when read */
  guint watch;        /* source id */
  gboolean ended;
  int wait_status;
  void (*func) (gpointer);
  gpointer func_data;
};

/* In the child: nothing here may allocate or lock. Never returns. */
static void
wait_and_become (WeftLaunchedCommand *self, char **words, int go_fd, int why_fd)
{
  char byte;
  int why;

  /* Our parent gave up, or died. */
  if (read (go_fd, &byte, 1) != 1)
    _exit (125);
  weft_size_limit_give_back ();
  execv (self->program, words);
  if (errno == ENOEXEC)
    execv (SHELL, self->shell_words);
  why = errno;
  if (write (why_fd, &why, sizeof why) < 0)
    _exit (125);
  _exit (access (self->program, F_OK) == 0 ? WEFT_EXIT_NOT_EXECUTABLE : WEFT_EXIT_NOT_FOUND);
}

/* What the script says behind "#!"; NULL when it is none. */
static char *
find_interpreter (const char *program)
{
  g_autoptr (GFile) file = g_file_new_for_path (program);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  char head[256] = "";
  gsize length = 0;

  if (stream == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), head, sizeof head - 1, &length, NULL,
                                   NULL)
      || strncmp (head, "#!", 2) != 0)
    return NULL;
  head[strcspn (head, "\n")] = '\0';
  g_strchug (head + 2);
  head[2 + strcspn (head + 2, " \t\r")] = '\0';
  return weft_printable_name (head + 2);
}

static gboolean
fail_to_start (WeftLaunchedCommand *self, int why, GError **error)
{
  GIOErrorEnum code = g_io_error_from_errno (why);
  gboolean there = why == ENOENT && g_file_test (self->program, G_FILE_TEST_EXISTS);
  g_autofree char *interpreter = there ? find_interpreter (self->program) : NULL;

  if (interpreter != NULL)
    g_set_error (error, G_IO_ERROR, code,
                 _ ("“%s” cannot be started: there is no “%s”, which its first line asks for."),
                 self->name, interpreter);
  else if (there)
    g_set_error (error, G_IO_ERROR, code,
                 _ ("“%s” cannot be started: the loader that it needs is not here. It may be of"
                    " another architecture, or a library is missing."),
                 self->name);
  else if (g_file_test (self->program, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, code, _ ("“%s” cannot be started: it is a folder."),
                 self->name);
  else
    g_set_error (error, G_IO_ERROR, code, _ ("“%s” cannot be started: %s."), self->name,
                 g_strerror (why));
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
      wait_and_become (self, words, go[0], why[1]);
    }
  close (go[0]);
  close (why[1]);
  self->go_fd = go[1];
  self->why_fd = why[0];
  return self->pid > 0 || fail_to_start (self, errno, error);
}

static char **
make_shell_words (const char *program, char **words)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add_many (builder, SHELL, program, NULL);
  g_strv_builder_addv (builder, (const char **)words + 1);
  return g_strv_builder_end (builder);
}

WeftLaunchedCommand *
weft_launched_command_new (char **words, GError **error)
{
  g_autoptr (WeftLaunchedCommand) self = g_new0 (WeftLaunchedCommand, 1);

  self->go_fd = self->why_fd = -1;
  self->name = weft_printable_name (words[0]);
  self->program = g_find_program_in_path (words[0]);
  if (self->program == NULL && strchr (words[0], '/') != NULL)
    self->program = g_strdup (words[0]); /* exec says what is wrong with it */
  if (self->program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("There is no program “%s”. Check its name, or give its path."), self->name);
      return NULL;
    }
  self->shell_words = make_shell_words (self->program, words);
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
  g_strfreev (self->shell_words);
  g_free (self->program);
  g_free (self->name);
  g_free (self);
}

GPid
weft_launched_command_get_pid (WeftLaunchedCommand *self)
{
  return self->pid;
}

const char *
weft_launched_command_get_name (WeftLaunchedCommand *self)
{
  return self->name;
}

gboolean
weft_launched_command_go (WeftLaunchedCommand *self, GError **error)
{
  int why = 0;
  gssize n_read;

  if (write (self->go_fd, "!", 1) != 1)
    return fail_to_start (self, errno, error);
  close_fd (&self->go_fd);
  do
    n_read = read (self->why_fd, &why, sizeof why);
  while (n_read < 0 && errno == EINTR);
  close_fd (&self->why_fd);
  return n_read != sizeof why || fail_to_start (self, why, error);
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
  g_return_val_if_fail (self->ended, WEFT_EXIT_NOT_EXECUTABLE);
  return WIFSIGNALED (self->wait_status) ? 128 + WTERMSIG (self->wait_status)
                                         : WEXITSTATUS (self->wait_status);
}
