/* output-refusal.c: see the header. */
#include "output-refusal.h"
#include "journals.h"
#include "printable.h"
#include "recording-files.h"
#include <glib/gi18n.h>
#include <sys/stat.h>

gboolean
weft_output_refuse_busy (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               _ ("“%s” is being written by another Weftscope just now. Choose another name."),
               name);
  return FALSE;
}

gboolean
weft_output_refuse_stream (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
               _ ("“%s” is a pipe or a device, and a recording needs a file. Name one, or choose"
                  " a format that can be streamed with --format jsonl."),
               name);
  return FALSE;
}

gboolean
weft_output_refuse_input (const char *path, const char *input, GError **error)
{
  g_autofree char *name = weft_printable_name (path);
  struct stat out, in;

  if (stat (path, &out) != 0 || stat (input, &in) != 0 || out.st_dev != in.st_dev
      || out.st_ino != in.st_ino)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is the recording itself. Choose another name to write to."), name);
  return FALSE;
}

static gboolean
refuse_recording (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there and is a recording. Choose another name, or remove it first."),
               name);
  return FALSE;
}

static gboolean
refuse_log (const char *path, GError **error)
{
  g_autofree char *name = weft_printable_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is there and is the log of a recording or of another database. Choose"
                  " another name, or remove it first."),
               name);
  return FALSE;
}

static gboolean
refuse_name_of (const char *path, const char *owner, GError **error)
{
  g_autofree char *name = weft_printable_name (path);
  g_autofree char *recording = weft_printable_basename (owner);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               _ ("“%s” is a name that the recording “%s” needs for itself. Choose another name."),
               name, recording);
  return FALSE;
}

gboolean
weft_output_check_name (const char *path, const char *target, gboolean replaces, GError **error)
{
  g_autofree char *owner = weft_journals_find_owner (target);

  if (owner != NULL)
    return refuse_name_of (path, owner, error);
  if (replaces && weft_recording_files_recognise (target))
    return refuse_recording (path, error);
  return !replaces || !weft_journals_recognise (target) || refuse_log (path, error);
}
