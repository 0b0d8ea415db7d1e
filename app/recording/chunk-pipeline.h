/* chunk-pipeline.h: decodes the chunks of a recording on all CPUs and gives them
 * in order; private to the reader. In: numbers. Out: records, a few chunks ahead. */
#pragma once
#include "chunk-reader.h"

G_BEGIN_DECLS

typedef struct _WeftChunkPipeline WeftChunkPipeline;

/* @numbers: (transfer none) (element-type guint): the chunks wanted; outlives it */
WeftChunkPipeline *weft_chunk_pipeline_new (WeftChunkReader *reader, GArray *numbers);
/* Waits for what is being decoded. */
void weft_chunk_pipeline_free (WeftChunkPipeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChunkPipeline, weft_chunk_pipeline_free)

/* Returns: (transfer full): the next chunk's records, or NULL with @error set when
 * it is damaged; the one after it can be asked for all the same. Not more often
 * than there are numbers. */
GBytes *weft_chunk_pipeline_next (WeftChunkPipeline *self, GError **error);

G_END_DECLS
