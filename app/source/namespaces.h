/* namespaces.h: whether what this process calls a number, or root, is what the kernel
 * calls so. In: /proc/self/ns. Out: yes, or a sentence. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* FALSE with %G_IO_ERROR_NOT_SUPPORTED within a container that numbers its processes by
 * itself: events carry the kernel's numbers, and would be of others. */
gboolean weft_namespaces_check_pids (GError **error);

/* FALSE with %G_IO_ERROR_PERMISSION_DENIED when we are root of a user namespace only,
 * which may not trace. */
gboolean weft_namespaces_check_root (GError **error);

G_END_DECLS
