/* helper-client.h: events from the privileged helper. In: a trace that the user
 * starts. Out: records in a store, from a thread of its own, as they come.
 *
 * Three ways lead to the helper, tried in this order: the name on the system
 * bus (installed), pkexec of the helper in the build tree, a child process when
 * we are root already. All end in the same private connection. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean own_only;    /* the caller's own processes: costs no password as a rule */
  gboolean interactive; /* polkit may ask */
  guint32 ring_bytes;   /* power of two, 256 KiB … 256 MiB; 0: the helper's default */
  gboolean text_agent;  /* where nothing else can, polkit asks in this terminal */
  char **groups;        /* (nullable) (transfer none): of events, by the helper's names */
} WeftHelperOptions;

typedef struct
{
  guint64 produced, delivered, lost;
  guint64 complete_until_ns; /* every record before it is in the store */
  guint64 recursion_misses;  /* upper bound of program runs that the kernel skipped */
} WeftHelperAccount;

#define WEFT_TYPE_HELPER_CLIENT (weft_helper_client_get_type ())
G_DECLARE_FINAL_TYPE (WeftHelperClient, weft_helper_client, WEFT, HELPER_CLIENT, GObject)

/**
 * weft_helper_client_new:
 * @store: is fed from the client's thread, and finished when the trace ends
 *
 * One client is one trace. Its signals come in the main context that is the
 * thread's default now; all calls belong to the same thread.
 *
 * Signal "progress": a batch is in the store; at most 30 a second.
 * Signal "refused" (GError): the helper did not take the targets; the trace goes on.
 * Signal "silent": the helper has not answered for some seconds; once more when it is told
 * to stop and does not. It answers again when there is progress.
 * Signal "ended" (GError): the helper or its connection is gone, unasked; what
 * was read is in the store.
 *
 * Returns: (transfer full): dropping it ends the trace at once, unfinished
 */
WeftHelperClient *weft_helper_client_new (WeftTraceStore *store);

/**
 * weft_helper_client_start_async:
 *
 * Errors: %G_IO_ERROR_PERMISSION_DENIED when polkit or the kernel says no,
 * %G_IO_ERROR_CANCELLED when the user dismissed the dialog or @cancellable was
 * cancelled, %G_IO_ERROR_NOT_FOUND when there is no helper,
 * %G_IO_ERROR_NOT_SUPPORTED when the kernel lacks what is needed,
 * %G_IO_ERROR_BUSY when there are too many sessions. After a failure it may be
 * tried again.
 */
void weft_helper_client_start_async (WeftHelperClient *self, const WeftHelperOptions *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean weft_helper_client_start_finish (WeftHelperClient *self, GAsyncResult *result,
                                          GError **error);

/**
 * weft_helper_client_set_targets:
 * @tgids: @n process ids, at most 4096
 * @children: whether their children join at fork
 * @only: nothing but their switches and wakings is recorded from here on
 *
 * At any time; before the start it takes effect with the first record.
 */
void weft_helper_client_set_targets (WeftHelperClient *self, const guint32 *tgids, gsize n,
                                     gboolean children, gboolean only);

/* Detaches, reads what waits, finishes the store. A start that is under way is
 * cancelled; a trace that is over, or never began, is no error. A helper that goes, or
 * stands still, is one: what it sent is in the store. */
void weft_helper_client_stop_async (WeftHelperClient *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean weft_helper_client_stop_finish (WeftHelperClient *self, GAsyncResult *result,
                                         GError **error);

/* Does not wait for a stop that is under way any longer: it fails at once. */
void weft_helper_client_abandon (WeftHelperClient *self);

/* As of the newest batch; zeros before it. Any thread. */
void weft_helper_client_get_account (WeftHelperClient *self, WeftHelperAccount *account);

G_END_DECLS
