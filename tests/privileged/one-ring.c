/* one-ring.c: takes the machine for one that had a single CPU when the trace began, so that
 * all CPUs share a ring, as one that comes online later does. Linked with --wrap. */
#include <unistd.h>

long __real_sysconf (int name);
long __wrap_sysconf (int name);

long
__wrap_sysconf (int name)
{
  return name == _SC_NPROCESSORS_ONLN ? 1 : __real_sysconf (name);
}
