/* session.h: one client's trace, as an object on its private connection. In:
 * calls of a client that nobody vouches for. Out: the records it may see, only
 * as fast as it reads them; what it leaves in the ring is counted as lost. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_SESSION_PATH "/io/github/weftscope/Session1"

/* The ring of a session that costs no password is no larger than this. */
#define WEFT_OWN_RING_BYTES (32u << 20)

/* Who asked, as the bus or the kernel says, and for what. */
typedef struct
{
  gboolean own; /* only processes of @uid and @gid, else the whole machine */
  guint32 uid, gid;
  guint32 pid;        /* its process; 0 when nobody knows */
  guint32 ring_bytes; /* power of two, 256 KiB … 256 MiB; 0 = 32 MiB */
} WeftSessionOptions;

#define WEFT_TYPE_SESSION (weft_session_get_type ())
G_DECLARE_FINAL_TYPE (WeftSession, weft_session, WEFT, SESSION, GObject)

/**
 * weft_session_new:
 * @in_fd: @out_fd: (transfer full): a byte stream to the client, two
 *   descriptors (dup() one that goes both ways). Closed on failure, too
 *
 * Speaks D-Bus over the stream, without authentication: whoever holds the other
 * end is the client. Nothing is loaded into the kernel before Start, and a session
 * that is not started within a minute ends. It works in a thread of its own, which
 * holds a reference. The signal "closed", emitted in the main thread's context, says
 * that the client is gone; thread and kernel side are gone by then.
 */
WeftSession *weft_session_new (int in_fd, int out_fd, const WeftSessionOptions *options,
                               GError **error);

const WeftSessionOptions *weft_session_get_options (WeftSession *self);
gboolean weft_session_is_started (WeftSession *self);

/* Whether it is on its way to "closed": the client has hung up, or was too slow. */
gboolean weft_session_is_leaving (WeftSession *self);

/* FALSE and @error set when no session could have such a ring. */
gboolean weft_session_check_ring (gboolean own, guint32 ring_bytes, GError **error);

G_END_DECLS
