/* helper-launch.h: finds the helper and brings back a stream to it. Blocks;
 * meant for the client's own thread. */
#pragma once
#include "helper-client.h"

G_BEGIN_DECLS

typedef struct
{
  GIOStream *stream;  /* the private connection's bytes */
  GSubprocess *child; /* the helper, or pkexec, when it is a process of ours */
  pid_t pid;          /* of the helper; 0 when it is not known */
  gboolean no_bus;    /* nothing can ask for a password then */
  gpointer agent;     /* asks for passwords in the terminal, while it is there */
} WeftHelperLaunch;

/**
 * weft_helper_launch:
 * @launch: (out caller-allocates): clear it with weft_helper_launch_clear()
 *
 * Errors are those of weft_helper_client_start_async(). With pkexec it returns
 * before the user was asked: the first call on the connection is answered, or
 * the connection closed, when the user has answered.
 */
gboolean weft_helper_launch (const WeftHelperOptions *options, WeftHelperLaunch *launch,
                             GCancellable *cancellable, GError **error);

/* Nothing more will be asked: the terminal is the program's own again. */
void weft_helper_launch_close_agent (WeftHelperLaunch *launch);

/* Closes the stream, which ends a helper that is a process of ours. */
void weft_helper_launch_clear (WeftHelperLaunch *launch);

/* When the helper, or pkexec, ended before it answered: replaces *@error by what
 * it said. Else puts *@error, which came from the helper, in our words. */
void weft_helper_launch_explain (const WeftHelperLaunch *launch, GCancellable *cancellable,
                                 GError **error);

G_END_DECLS
