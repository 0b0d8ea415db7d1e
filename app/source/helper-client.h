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
  gboolean own_only;    /* the caller's own processes: costs no password */
  gboolean interactive; /* polkit may ask */
  guint32 ring_bytes;   /* 0: the helper's default */
  gboolean text_agent;  /* polkit asks in this terminal (libpolkit-agent) */
} WeftHelperOptions;

typedef struct
{
  guint64 produced, delivered, lost;
  guint64 complete_until_ns;
} WeftHelperAccount;

#define WEFT_TYPE_HELPER_CLIENT (weft_helper_client_get_type ())
G_DECLARE_FINAL_TYPE (WeftHelperClient, weft_helper_client, WEFT, HELPER_CLIENT, GObject)

/**
 * WeftHelperClient:
 *
 * Signals, in the main context that was the thread's default at creation:
 * "progress": a batch is in the store; at most 30 a second.
 * "ended" (GError *error): the helper or its connection is gone, unasked; what
 * was read is in the store.
 */
WeftHelperClient *weft_helper_client_new (WeftTraceStore *store);

/**
 * weft_helper_client_start_async:
 *
 * Errors: G_IO_ERROR_PERMISSION_DENIED when polkit or the kernel says no,
 * G_IO_ERROR_NOT_FOUND when there is no helper, others as they come.
 */
void weft_helper_client_start_async (WeftHelperClient *self, const WeftHelperOptions *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean weft_helper_client_start_finish (WeftHelperClient *self, GAsyncResult *result,
                                          GError **error);

/* @only: nothing but their switches and wakings is recorded from here on. */
void weft_helper_client_set_targets (WeftHelperClient *self, const guint32 *tgids, gsize n,
                                     gboolean children, gboolean only);

/* Detaches, reads what waits, finishes the store. */
void weft_helper_client_stop_async (WeftHelperClient *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean weft_helper_client_stop_finish (WeftHelperClient *self, GAsyncResult *result,
                                         GError **error);

void weft_helper_client_get_account (WeftHelperClient *self, WeftHelperAccount *account);

/* (transfer full) a{s(bs)}: what the helper can do; NULL before the start. */
GVariant *weft_helper_client_get_capabilities (WeftHelperClient *self);

G_END_DECLS
