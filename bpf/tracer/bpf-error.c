/* bpf-error.c: see the header. In: negative codes, libbpf's log lines. Out: GError. */
#include "bpf-error.h"
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>

#define KEPT_LINES 4
#define KEPT_LINE_BYTES 400

/* Of each thread, so that no session's complaint has the lines of another. */
typedef struct
{
  char *lines[KEPT_LINES]; /* a ring; the oldest at next */
  guint next;
} Kept;

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  for (guint i = 0; i < KEPT_LINES; i++)
    g_free (kept->lines[i]);
  g_free (kept);
}

static Kept *
get_kept (void)
{
  static GPrivate of_thread = G_PRIVATE_INIT (kept_free);
  Kept *kept = g_private_get (&of_thread);

  if (kept == NULL)
    {
      kept = g_new0 (Kept, 1);
      g_private_set (&of_thread, kept);
    }
  return kept;
}

/* A verifier's log comes as one line of up to megabytes, its reason at the end. */
static char *
end_of_line (const char *line)
{
  gsize length = strlen (line);
  const char *from = length > KEPT_LINE_BYTES ? line + length - KEPT_LINE_BYTES : line;
  g_autofree char *valid = g_utf8_make_valid (from, -1);

  return g_strdup (g_strstrip (valid));
}

static int
keep_line (enum libbpf_print_level level, const char *format, va_list arguments)
{
  Kept *kept = get_kept ();
  g_autofree char *line = NULL;

  if (level != LIBBPF_WARN)
    return 0;
  line = g_strdup_vprintf (format, arguments);
  g_free (kept->lines[kept->next]);
  kept->lines[kept->next] = end_of_line (line);
  kept->next = (kept->next + 1) % KEPT_LINES;
  return 0;
}

void
weft_bpf_error_collect (void)
{
  libbpf_set_print (keep_line);
}

/* What was kept, oldest first, each in brackets; forgets it. */
static char *
take_kept_lines (void)
{
  Kept *kept = get_kept ();
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < KEPT_LINES; i++)
    {
      g_autofree char *line = g_steal_pointer (&kept->lines[(kept->next + i) % KEPT_LINES]);

      if (line != NULL && *line != '\0')
        g_string_append_printf (all, " [%s]", line);
    }
  return g_string_free (all, FALSE);
}

static gboolean
kernel_is_locked_down (void)
{
  g_autofree char *modes = NULL;

  return g_file_get_contents ("/sys/kernel/security/lockdown", &modes, NULL, NULL)
         && strstr (modes, "[confidentiality]") != NULL;
}

static const char *
what_rights_are_missing (void)
{
  if (kernel_is_locked_down ())
    return _ ("the kernel is locked down (confidentiality), which forbids tracing; boot without "
              "lockdown=confidentiality");
  return _ ("the kernel refused; the capabilities CAP_BPF and CAP_PERFMON are needed. Use the "
            "installed service, or start the program as root or through pkexec");
}

void
weft_bpf_set_error (GError **error, const char *attempted, int code)
{
  g_autofree char *lines = take_kept_lines ();
  int number = code < 0 ? -code : code;

  switch (number)
    {
    case EPERM:
    case EACCES:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: %s.%s", attempted,
                   what_rights_are_missing (), lines);
      break;
    case ENOMEM:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   _ ("%s: the kernel has no memory for it. Choose a smaller event ring, or raise "
                      "the memory limit of the service.%s"),
                   attempted, lines);
      break;
    case EOPNOTSUPP:
    case ENOSYS:
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
          _ ("%s: this kernel cannot do that. Linux 5.15 or newer with CONFIG_BPF_SYSCALL, "
             "CONFIG_BPF_JIT and CONFIG_DEBUG_INFO_BTF is needed.%s"),
          attempted, lines);
      break;
    default:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("%s: %s. If this kernel is 5.15 or newer, please report it with these "
                      "lines:%s"),
                   attempted, g_strerror (number), lines);
    }
}
