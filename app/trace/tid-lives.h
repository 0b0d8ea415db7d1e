/* tid-lives.h: who had this tid then. A tid is given again, and an exec from a worker
 * takes its thread to the tid of the leader: so a tid has lives, each one a thread from
 * a moment on. Pure; guarded by the lock of whoever owns it. */
#pragma once
#include "thread.h"

G_BEGIN_DECLS

typedef struct _WeftTidLives WeftTidLives;

WeftTidLives *weft_tid_lives_new (void);
void weft_tid_lives_free (WeftTidLives *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTidLives, weft_tid_lives_free)

/* From @from_ns on @tid is @thread's, which must outlive this. */
void weft_tid_lives_add (WeftTidLives *self, guint32 tid, guint64 from_ns, WeftThread *thread);

/* Whose @tid was at @time_ns, or until shortly before; NULL before its first life.
 * A search by halves, however often the tid was given. */
WeftThread *weft_tid_lives_find (WeftTidLives *self, guint32 tid, guint64 time_ns);

/* The newest life of @tid whose thread started at this moment; NULL when none did. */
WeftThread *weft_tid_lives_find_start (WeftTidLives *self, guint32 tid, guint64 start_boottime_ns);

G_END_DECLS
