/* journals.h: the files that SQLite keeps beside a database by its name: log, index of the
 * log, rollback journal. In: the database's path. Out: whether these names may be used,
 * and what SQLite left there removed. SQLite itself writes to, and removes, whatever has
 * such a name; what is no file of its making is never left to it, and what came to such a
 * name after we looked is not ours to remove. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_N_JOURNALS 3

/* Which files a database and those beside it are. Zeros: none, or not known. */
typedef struct
{
  struct
  {
    guint64 device, inode;
  } database, beside[WEFT_N_JOURNALS];
} WeftJournals;

void weft_journals_look (const char *path, WeftJournals *seen);

/* TRUE while the database at @path is the one that was seen. */
gboolean weft_journals_is_that_database (const char *path, const WeftJournals *seen);
/* The same of its log, too. */
gboolean weft_journals_are_those (const char *path, const WeftJournals *seen);

/* Of those that were seen beside a database, what lies beside @path now. @all: also a log
 * that has something in it, and its index. */
void weft_journals_remove_those (const char *path, const WeftJournals *seen, gboolean all);

/* TRUE when nothing has the name of a rollback journal. */
gboolean weft_journals_may_roll_back (const char *path);

/* TRUE when the first bytes of what is at @path are those of a log, an index of one or a
 * rollback journal. */
gboolean weft_journals_recognise (const char *path);

/* (transfer full) (nullable) (type filename): the recording for which @path, there or not, is
 * the name of one of these. */
char *weft_journals_find_owner (const char *path);

/* TRUE when one of the names is taken, by whatever. */
gboolean weft_journals_are_there (const char *path);

/* @path: (type filename): of a new database. FALSE with a sentence that names what is in the
 * way: only an index that SQLite left, which holds nothing, is not. */
gboolean weft_journals_check_new (const char *path, GError **error);

/* @path: (type filename): of a recording that is to be replaced, and what was left beside it
 * with it. FALSE with a sentence when something there is not its own. */
gboolean weft_journals_check_replaced (const char *path, GError **error);

/* The log of a file that was replaced, and that one's index; what else has such a name
 * stays. */
void weft_journals_remove_log (const char *path);

/* The same, and the rollback journal. */
void weft_journals_remove (const char *path);

G_END_DECLS
