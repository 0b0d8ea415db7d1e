/* private-folder.h: folders that hold a recording and nothing else. In: descriptors and
 * names. Out: descriptors of folders that are ours alone; the folder is gone. Paths are
 * walked by descriptor and no link is followed: who runs us as another user with his own
 * HOME, or has the folder written by others, leads us nowhere. Private to the folder. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* @parent: descriptor of the folder it is in, or AT_FDCWD. Returns: a descriptor, or -1
 * with errno set: EPERM when it belongs to somebody else or others may write to it */
int weft_private_folder_open (int parent, const char *name);

/* What the files in it take; @fd stays open. */
guint64 weft_private_folder_measure (int fd);

/* Removes the files in the folder @fd, and the folder. What cannot be removed stays. */
void weft_private_folder_remove (int parent, const char *name, int fd);

/* TRUE while the name still is that of the folder @fd. */
gboolean weft_private_folder_is_there (int parent, const char *name, int fd);

G_END_DECLS
