/* helper-agent.h: lets polkit ask for a password in this program's terminal,
 * over ssh for instance, where no desktop's agent is there to do it. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* Returns: (nullable): NULL when there is no terminal or no polkit to ask. */
gpointer weft_helper_agent_register (GCancellable *cancellable);
void weft_helper_agent_unregister (gpointer agent);

G_END_DECLS
