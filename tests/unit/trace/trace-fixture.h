/* trace-fixture.h: stores that the tests of the model begin with: an empty one, and one
 * of a random machine beside a model that walks everything again. */
#pragma once
#include "naive-model.h"
#include "trace-store.h"

G_BEGIN_DECLS

/* When every trace of these tests begins. */
#define START (G_GUINT64_CONSTANT (5000) * 1000000000)

/* (transfer full) */
WeftTraceStore *trace_fixture_new_store (void);

/* Takes @bytes of records, which must be well formed; complete until @until. */
void trace_fixture_append (WeftTraceStore *store, const void *records, gsize bytes, guint64 until);

/* The same random records in the store and in the model. */
typedef struct
{
  WeftTraceStore *store;
  NaiveModel *model;
  GRand *rand;
  guint64 edge_ns;
} BothModels;

/* For g_test_add(); @seed: GUINT_TO_POINTER. */
void both_models_set_up (BothModels *self, gconstpointer seed);
void both_models_tear_down (BothModels *self, gconstpointer seed);

G_END_DECLS
