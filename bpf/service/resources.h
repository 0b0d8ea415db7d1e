/* resources.h: what the helper may take of the machine, and what is left of it. GLib ends
 * the process where it finds no descriptor or no memory: so nobody is let in who would
 * bring it there. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* What one session opens, programs, maps and links included, at most. */
#define WEFT_RESOURCES_OF_SESSION 64

/**
 * weft_resources_limit:
 *
 * Bounds memory (rings do not count, they are the kernel's) and descriptors of the process,
 * as far as the sandbox it runs in has not done that already. First of all, before there is
 * a second thread.
 *
 * Returns: %FALSE when there are too few descriptors for even one session
 */
gboolean weft_resources_limit (GError **error);

/* Whether @wanted more descriptors can be opened and a reserve is left. Any thread. */
gboolean weft_resources_check (guint wanted, GError **error);

G_END_DECLS
