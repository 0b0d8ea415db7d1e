/* size-limit.c: see the header. In: what we were started with. Out: the same, later. */
#include "size-limit.h"
#include <signal.h>

static struct sigaction before;

void
weft_size_limit_take (void)
{
  const struct sigaction ignore = { .sa_handler = SIG_IGN };

  sigaction (SIGXFSZ, &ignore, &before);
}

void
weft_size_limit_give_back (void)
{
  sigaction (SIGXFSZ, &before, NULL);
}
