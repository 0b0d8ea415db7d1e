/* helper-agent.c: see the header. The agent speaks for this process and what it
 * starts; where the session has an agent of its own, that one is asked. */
#include "helper-agent.h"
#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include <polkitagent/polkitagent.h>
#include <unistd.h>

gpointer
weft_helper_agent_register (GCancellable *cancellable)
{
  g_autoptr (PolkitSubject) subject
      = polkit_unix_process_new_for_owner (getpid (), 0, (int)getuid ());
  g_autoptr (PolkitAgentListener) listener = polkit_agent_text_listener_new (cancellable, NULL);
  GVariantBuilder options;

  if (listener == NULL)
    return NULL;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "fallback", g_variant_new_boolean (TRUE));
  return polkit_agent_listener_register_with_options (listener,
                                                      POLKIT_AGENT_REGISTER_FLAGS_RUN_IN_THREAD,
                                                      subject, NULL,
                                                      g_variant_builder_end (&options), cancellable,
                                                      NULL);
}

void
weft_helper_agent_unregister (gpointer agent)
{
  if (agent != NULL)
    polkit_agent_listener_unregister (agent);
}
