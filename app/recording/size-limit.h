/* size-limit.h: a file that may not grow any more (ulimit -f) is an error that is told, and
 * not the end of us. In: nothing. Out: how the process takes SIGXFSZ. */
#pragma once

/* To be called once, before a file is written or a program started. */
void weft_size_limit_take (void);

/* In a child that becomes another program: that one meets the signal as we did. Neither
 * allocates nor locks. */
void weft_size_limit_give_back (void);
