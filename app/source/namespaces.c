/* namespaces.c: see the header. In: links such as "pid:[4026531836]". Out: sentences. */
#include "namespaces.h"
#include <glib/gi18n.h>

/* linux/proc_ns.h: of the namespaces that the kernel began with. */
#define FIRST_USER_NAMESPACE "user:[4026531837]"
#define FIRST_PID_NAMESPACE "pid:[4026531836]"

/* Where /proc does not tell, nothing is refused. */
static gboolean
is_first (const char *link, const char *first)
{
  g_autofree char *own = g_file_read_link (link, NULL);

  return own == NULL || g_str_equal (own, first);
}

gboolean
weft_namespaces_check_pids (GError **error)
{
  if (is_first ("/proc/self/ns/pid", FIRST_PID_NAMESPACE))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This is a container that numbers its processes by itself (a PID"
                          " namespace), and the kernel's events would be taken for those of"
                          " other processes. Run Weftscope outside of it, or start the container"
                          " with the numbers of the host, as with --pid=host."));
  return FALSE;
}

gboolean
weft_namespaces_check_root (GError **error)
{
  if (is_first ("/proc/self/ns/user", FIRST_USER_NAMESPACE))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                       _ ("You are root within a container only (a user namespace), and only"
                          " root of the machine may trace. Run Weftscope outside of it."));
  return FALSE;
}
