/* private-folder.h: folders that hold a recording and nothing else. In: a path. Out:
 * the folder is gone. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Removes the folder and the files in it. What cannot be removed stays. */
void weft_private_folder_remove (const char *folder);

G_END_DECLS
