/* log-limit.h: what is complained of goes to standard error, one line each and few of them,
 * so that no client fills a log: GDBus would print every message that it cannot read, whole
 * and in hexadecimal. */
#pragma once

/* First of all; for all of GLib's messages of the process. */
void weft_log_limit_install (void);
