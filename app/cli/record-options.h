/* record-options.h: what `record` was asked to do. In: arguments. Out: checked values. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_RECORD_FILE,  /* a recording */
  WEFT_RECORD_JSONL, /* a live stream of events */
  WEFT_RECORD_CSV,
} WeftRecordFormat;

typedef struct
{
  /* as given */
  char **pid_words, **names;
  char *duration, *out, *format_word, *label, *groups;
  gboolean all, no_children, own;
  char **command; /* (nullable): what stands behind -- */

  /* as understood */
  GArray *pids;        /* (nullable) (element-type guint32) */
  guint64 duration_ns; /* 0: until stopped */
  WeftRecordFormat format;
  gboolean to_stdout;
} WeftRecordOptions;

/* FALSE when there is nothing to do but to exit with @status. */
gboolean weft_record_options_parse (WeftRecordOptions *self, int argc, char **argv, int *status);
void weft_record_options_clear (WeftRecordOptions *self);

G_END_DECLS
