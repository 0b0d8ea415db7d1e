/* bpf-error.h: what the kernel and libbpf refuse, as a GError that says what was
 * attempted, why not, and what to do. The one place where their codes end. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* From now on libbpf prints nothing; the last of what it would have said is kept for
 * the next error. For the whole process; may be called again. */
void weft_bpf_error_collect (void);

/**
 * weft_bpf_set_error:
 * @attempted: (transfer none): a translated clause, such as "Cannot load the programs"
 * @code: negative errno, as libbpf gives it
 *
 * Sets @error to %G_IO_ERROR_PERMISSION_DENIED, %G_IO_ERROR_NO_SPACE (memory),
 * %G_IO_ERROR_NOT_SUPPORTED or %G_IO_ERROR_FAILED.
 */
void weft_bpf_set_error (GError **error, const char *attempted, int code);

G_END_DECLS
