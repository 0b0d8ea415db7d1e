/* process-item.c: see the header. */
#include "process-item.h"

#include "draw/header-painter.h"
#include <glib/gi18n.h>
#include <string.h>
#include <sys/wait.h>

/* How long a new process glows. */
#define BIRTH_NS 1000000000.0

struct _WeftProcessItem
{
  GObject parent_instance;

  WeftProcessPlace place;
};

G_DEFINE_FINAL_TYPE (WeftProcessItem, weft_process_item, G_TYPE_OBJECT)

static void
weft_process_item_class_init (WeftProcessItemClass *klass)
{
}

static void
weft_process_item_init (WeftProcessItem *self)
{
}

WeftProcessItem *
weft_process_item_new (const WeftProcessPlace *place)
{
  WeftProcessItem *self = g_object_new (WEFT_TYPE_PROCESS_ITEM, NULL);

  self->place = *place;
  return self;
}

void
weft_process_item_set_place (WeftProcessItem *self, const WeftProcessPlace *place)
{
  self->place = *place;
}

const WeftProcessPlace *
weft_process_item_get_place (WeftProcessItem *self)
{
  return &self->place;
}

const char *
weft_process_state_label (const WeftProcess *process)
{
  switch (process->end_ns != 0 ? 'X' : process->proc_state)
    {
    case 'R':
      return C_ ("process state", "running");
    case 'S':
      return C_ ("process state", "sleeping");
    case 'D':
      return C_ ("process state", "waiting for a device");
    case 'T':
      return C_ ("process state", "stopped");
    case 't':
      return C_ ("process state", "stopped by a debugger");
    case 'Z':
      return C_ ("process state", "ended, not yet collected by its parent");
    case 'I':
      return C_ ("process state", "idle");
    case 'X':
      return C_ ("process state", "exited");
    default:
      return C_ ("process state", "state not known yet");
    }
}

char *
weft_process_describe_end (const WeftProcess *process)
{
  int status = (int)process->status;
  const char *name;

  if (process->end_ns == 0)
    return NULL;
  if (!process->status_known)
    return g_strdup (C_ ("process", "exited"));
  if (!WIFSIGNALED (status))
    return g_strdup_printf (C_ ("process", "exited %d"), WEXITSTATUS (status));
  name = sigabbrev_np (WTERMSIG (status));
  if (name == NULL)
    return g_strdup_printf (C_ ("process", "killed by signal %d"), WTERMSIG (status));
  return g_strdup_printf (C_ ("process", "killed by SIG%s"), name);
}

static guint64
age_ns (const WeftProcess *process, guint64 now_ns)
{
  guint64 end = process->end_ns != 0 ? process->end_ns : now_ns;

  return end > process->start_ns ? end - process->start_ns : 0;
}

static double
birth (const WeftProcess *process, const WeftProcessMoment *moment)
{
  if (!moment->live || process->end_ns != 0)
    return 0;
  return CLAMP (1 - (double)age_ns (process, moment->now_ns) / BIRTH_NS, 0, 1);
}

static double
fade (const WeftProcessPlace *place, const WeftProcessMoment *moment)
{
  const WeftProcess *process = &place->process;
  double since;

  if (!moment->live || place->kept || process->end_ns == 0 || moment->fade_ns == 0)
    return 0;
  since = moment->now_ns > process->end_ns ? (double)(moment->now_ns - process->end_ns) : 0;
  return CLAMP (since / (double)moment->fade_ns, 0, 1);
}

void
weft_process_place_get_look (const WeftProcessPlace *place, const WeftProcessMoment *moment,
                             WeftTreeRowLook *look, char **exit_text)
{
  const WeftProcess *process = &place->process;

  *exit_text = weft_process_describe_end (process);
  *look = (WeftTreeRowLook){
    .name = process->name,
    .pid = process->tgid,
    .depth = place->depth,
    .open_levels = place->open_levels,
    .last_child = place->last_child,
    .has_children = place->has_children,
    .expanded = place->expanded,
    .n_hidden = place->n_hidden,
    .glyph = weft_tree_glyph_for (process->proc_state),
    .cpu_share = process->cpu_share,
    .memory_bytes = process->memory_bytes,
    .n_threads = process->n_threads,
    .age_ns = age_ns (process, moment->now_ns),
    .exited = process->end_ns != 0,
    .exit_text = *exit_text,
    .exit_failed = process->status_known && process->status != 0,
    .birth = birth (process, moment),
    .fade = fade (place, moment),
    .paint_selection = TRUE,
    .matched = place->matched && moment->search != NULL && *moment->search != '\0',
    .match = place->matched ? moment->search : NULL,
  };
}

static void
append_figures (GString *text, const WeftProcess *process, const char *separator)
{
  if (process->memory_bytes > 0)
    {
      g_autofree char *bytes = weft_format_bytes (process->memory_bytes);

      g_string_append_printf (text, "%s%sB", separator, bytes);
    }
  if (process->n_threads > 0)
    {
      g_string_append (text, separator);
      g_string_append_printf (text, ngettext ("%u thread", "%u threads", process->n_threads),
                              process->n_threads);
    }
}

char *
weft_process_place_describe (const WeftProcessPlace *place, const WeftProcessMoment *moment)
{
  const WeftProcess *process = &place->process;
  g_autofree char *end = weft_process_describe_end (process);
  g_autofree char *age = weft_format_age (age_ns (process, moment->now_ns));
  GString *text = g_string_new (process->name);

  g_string_append (text, ", ");
  g_string_append_printf (text, _ ("process %u"), process->tgid);
  if (end != NULL)
    g_string_append_printf (text, ", %s", end);
  else if (moment->live)
    g_string_append_printf (text, ", %s", weft_process_state_label (process));
  if (end == NULL || !moment->live)
    {
      g_autofree char *share = weft_share_format (process->cpu_share, TRUE);

      g_string_append (text, ", ");
      g_string_append_printf (text, _ ("CPU %s"), share);
      append_figures (text, process, ", ");
    }
  g_string_append (text, ", ");
  g_string_append_printf (text, end != NULL ? _ ("lived %s") : _ ("%s old"), age);
  if (place->n_hidden > 0)
    {
      g_string_append (text, ", ");
      g_string_append_printf (text,
                              ngettext ("%u process hidden", "%u processes hidden",
                                        place->n_hidden),
                              place->n_hidden);
    }
  return g_string_free (text, FALSE);
}

/* Long command lines make tooltips that cover the window. */
#define MAX_TOOLTIP_CHARS 400

char *
weft_process_place_explain (const WeftProcessPlace *place, const WeftProcessMoment *moment)
{
  const WeftProcess *process = &place->process;
  const char *command = process->command_line;
  g_autofree char *sentence = weft_process_place_describe (place, moment);
  g_autofree char *shown = NULL;

  if (process->kernel)
    return g_strdup_printf ("%s\n%s", sentence, _ ("a thread of the kernel"));
  if (command == NULL || *command == '\0')
    return g_steal_pointer (&sentence);
  if (g_utf8_strlen (command, -1) <= MAX_TOOLTIP_CHARS)
    return g_strdup_printf ("%s\n%s", sentence, command);
  shown = g_utf8_substring (command, 0, MAX_TOOLTIP_CHARS);
  return g_strdup_printf ("%s\n%s…", sentence, shown);
}
