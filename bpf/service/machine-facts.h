/* machine-facts.h: what a session says of the machine it traces. In: the kernel. Out:
 * the value of Session1's property Machine. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* (transfer floating) a{sv}: as the interface's manual says, with the clocks of now. */
GVariant *weft_machine_facts_new (void);

G_END_DECLS
