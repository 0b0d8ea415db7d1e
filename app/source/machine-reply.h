/* machine-reply.h: what the helper says of the machine that it traces. In: the value of
 * its property Machine, which nobody vouches for. Out: a trace's info, with the clocks
 * of that machine. */
#pragma once
#include "trace-store.h"

G_BEGIN_DECLS

#define WEFT_MACHINE_REPLY_TYPE "a{sv}"

/**
 * weft_machine_reply_take:
 * @facts: of type %WEFT_MACHINE_REPLY_TYPE
 * @info: its label stays; what @facts do not tell is empty
 *
 * Returns: %FALSE, with @info untouched, when the clocks or the architecture are
 * missing: an older helper
 */
gboolean weft_machine_reply_take (GVariant *facts, WeftTraceInfo *info);

G_END_DECLS
