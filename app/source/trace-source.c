/* trace-source.c: the table, and which row a file belongs to. In: first bytes. Out: what
 * the row's functions make of them. */
#include "trace-source.h"
#include "local-machine.h"
#include "printable.h"
#include "recording/recording-reader.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <sys/stat.h>
#include <unistd.h>

static const WeftTraceSource sources[] = {
  { .id = "helper", .connect = weft_helper_client_new },
  { .id = "recording",
    .title = N_ ("Weftscope recordings"),
    .extension = "weft",
    .saved_so = TRUE,
    .recognise = weft_recording_recognise_head,
    .open = weft_recording_open },
};

const WeftTraceSource *
weft_trace_source_get (guint i)
{
  return i < G_N_ELEMENTS (sources) ? &sources[i] : NULL;
}

static gboolean
fail (const char *path, int why, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why),
               why == EACCES ? _ ("“%s” cannot be opened: you may not read it (%s).")
                             : _ ("“%s” cannot be opened: %s."),
               name, g_strerror (why));
  return FALSE;
}

static gboolean
read_bytes (int fd, guint8 *head, gsize *size)
{
  *size = 0;
  while (*size < WEFT_TRACE_SOURCE_HEAD_BYTES)
    {
      gssize n = read (fd, head + *size, WEFT_TRACE_SOURCE_HEAD_BYTES - *size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n == 0;
      *size += (gsize)n;
    }
  return TRUE;
}

/* The first bytes of a plain file: nothing else can be opened at any place of it. A pipe
 * would be waited for, hence O_NONBLOCK. */
static gboolean
read_head (const char *path, guint8 *head, gsize *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean done = FALSE;
  struct stat info;
  int why;

  if (fd < 0)
    return fail (path, errno, error);
  if (fstat (fd, &info) == 0)
    done = !S_ISREG (info.st_mode) || read_bytes (fd, head, size);
  why = errno;
  close (fd);
  return done || fail (path, why, error);
}

static void
refuse (const char *path, gsize size, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("“%s” is a folder. Name a recording in it."), name);
  else if (size == 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("“%s” is empty: there is no recording in it."), name);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("“%s” is not a Weftscope recording."), name);
}

static const WeftTraceSource *
recognise (const char *path, GError **error)
{
  g_autofree guint8 *head = g_malloc (WEFT_TRACE_SOURCE_HEAD_BYTES);
  gsize size = 0;

  if (!read_head (path, head, &size, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i].recognise != NULL && sources[i].recognise (head, size))
      return &sources[i];
  refuse (path, size, error);
  return NULL;
}

WeftTraceStore *
weft_trace_source_open (const char *path, WeftTraceProgress progress, gpointer user_data,
                        char **warning, GCancellable *cancellable, GError **error)
{
  const WeftTraceSource *source = recognise (path, error);

  return source != NULL ? source->open (path, progress, user_data, warning, cancellable, error)
                        : NULL;
}

WeftTraceStore *
weft_trace_source_new_store (const char *label)
{
  WeftTraceInfo info;

  weft_local_machine_describe (&info);
  if (label != NULL)
    g_strlcpy (info.label, label, sizeof info.label);
  return weft_trace_store_new (&info);
}

WeftHelperClient *
weft_trace_source_connect (WeftTraceStore *store)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i].connect != NULL)
      return sources[i].connect (store);
  g_return_val_if_reached (NULL);
}
