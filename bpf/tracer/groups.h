/* groups.h: what can be recorded, a row a group: what it is called, the programs that tell
 * it, what they need of the kernel. The tracer attaches and detaches a group at a time;
 * what a kernel lacks is a group less, with its reason, and the rest works. */
#pragma once
#include <gio/gio.h>
#include "record.h"

G_BEGIN_DECLS

struct btf;

/* The most programs of a group; a bit each in what a kernel lacks. */
#define WEFT_GROUP_PROGRAMS 8

typedef struct
{
  const char *name;       /* in a .bpf.c */
  const char *before_6_2; /* (nullable): its stand-in where `modern` is missing */
  const char *tracepoint; /* what it is attached to */
  gboolean optional;      /* the group works without */
} WeftGroupProgram;

typedef struct
{
  const char *id;  /* in SetGroups, --groups and capabilities; NULL: no programs */
  gboolean always; /* recorded whatever is asked for */
  WeftGroupProgram programs[WEFT_GROUP_PROGRAMS]; /* in the order of attaching */
  struct
  {
    const char *structure, *member;
  } fields[4]; /* needed */
} WeftGroup;

/* A set of groups is a mask of these. */
#define WEFT_GROUP_BIT(number) (1u << (number))
#define WEFT_GROUPS_DEFAULT WEFT_GROUP_BIT (WEFT_GROUP_SCHED)

const WeftGroup *weft_group_get (enum weft_group number);

/* What a kernel lacks. */
typedef struct
{
  const char *missing; /* (nullable): what a group cannot do without; static */
  guint32 without;     /* programs that are not there, a bit each */
} WeftGroupLack;

WeftGroupLack weft_group_look_at (const WeftGroup *group, const struct btf *btf);

/**
 * weft_groups_parse:
 * @groups: (out): a mask; untouched on failure
 *
 * Returns: FALSE with %G_IO_ERROR_INVALID_ARGUMENT when one of @ids is no group; the
 *   message names those that there are
 */
gboolean weft_groups_parse (const char *const *ids, guint *groups, GError **error);

G_END_DECLS
