/* window-scope.c: what is being traced, where it is said and where it is changed. In:
 * what the store tells of its scope, the session's state, the process that is looked
 * at. Out: the title with its menu, the page that asks to choose, the line that says
 * why the lanes of a bystander are empty. */
#include "window-private.h"
#include "trace/printable.h"
#include "widget-style.h"
#include <glib/gi18n.h>

/* --- changing it -------------------------------------------------------- */

static void
start_scope (WeftWindow *self, GVariant *wanted)
{
  guint32 what, tgid;

  g_variant_get (wanted, "(uu)", &what, &tgid);
  if (tgid != 0)
    self->wanted_tgid = tgid;
  weft_trace_session_start (self->session, (WeftTraced)what, tgid);
}

/* Narrows or widens what runs where that can be done, else it takes another trace. */
void
weft_window_trace (WeftWindow *self, WeftTraced what, guint32 tgid)
{
  if (weft_trace_session_set_scope (self->session, what, tgid))
    {
      weft_window_update_scope (self);
      return;
    }
  weft_window_guard (self, WEFT_VERB_RECORD, start_scope,
                     g_variant_new ("(uu)", (guint32)what, tgid));
}

static void
trace_process (GtkWidget *widget, const char *name, GVariant *parameter)
{
  weft_window_trace (WEFT_WINDOW (widget), WEFT_TRACED_TARGETS, g_variant_get_uint32 (parameter));
}

/* "machine", "own", or the number of a process. */
static void
scope_chosen_cb (GSimpleAction *action, GVariant *value, WeftWindow *self)
{
  const char *wanted = g_variant_get_string (value, NULL);

  if (g_str_equal (wanted, "machine"))
    weft_window_trace (self, WEFT_TRACED_MACHINE, 0);
  else if (g_str_equal (wanted, "own"))
    weft_window_trace (self, WEFT_TRACED_OWN, 0);
  else
    weft_window_trace (self, WEFT_TRACED_TARGETS, (guint32)g_ascii_strtoull (wanted, NULL, 10));
}

static void
add_item (GMenu *menu, const char *label, const char *value)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "win.scope", "s", value);
  g_menu_append_item (menu, item);
}

static gboolean
is_open (WeftWindow *self)
{
  GtkPopover *popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (self->scope));

  return popover != NULL && gtk_widget_get_visible (GTK_WIDGET (popover));
}

/* (transfer full) (nullable): "Only python3 · 4242 and What It Starts" */
static char *
name_choice (WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (self->session);
  const WeftProcess *process;
  char *label = NULL;

  weft_trace_store_begin_read (store);
  process = weft_process_table_get (weft_trace_store_get_processes (store),
                                    weft_process_pane_get_selected_process (self->processes));
  if (process != NULL && process->end_ns == 0
      && weft_trace_session_get_reader (self->session) != NULL)
    {
      g_autoptr (GString) name = g_string_new (process->name);

      g_string_replace (name, "_", "__", 0);
      /* Translators: a process and its children; its name and its number */
      label = g_strdup_printf (_ ("_Only %s · %u and What It Starts"), name->str, process->tgid);
    }
  weft_trace_store_end_read (store);
  return label;
}

/* What would end the trace that runs, for it takes other rights, says so. */
static const char *
name_scope (WeftWindow *self, WeftTraced what)
{
  gboolean another = self->live_scope && !weft_trace_session_can_set_scope (self->session, what);

  if (what == WEFT_TRACED_OWN)
    return another ? _ ("Only _My Programs, in a New Recording") : _ ("Only _My Programs");
  return another ? _ ("_Whole Machine, in a New Recording") : _ ("_Whole Machine");
}

/* The process that is looked at is another one each time. A menu that is open is left
 * alone. */
static void
update_menu (WeftWindow *self)
{
  g_autofree char *choice = name_choice (self);
  g_autofree char *number = g_strdup_printf ("%u", self->selected_tgid);
  const char *head = self->live_scope ? _ ("Being Recorded") : _ ("Record");
  const char *machine = name_scope (self, WEFT_TRACED_MACHINE);
  const char *own = name_scope (self, WEFT_TRACED_OWN);
  g_autofree char *key = g_strconcat (head, machine, own, choice, NULL);
  g_autoptr (GMenu) section = NULL;

  if (is_open (self) || g_strcmp0 (key, self->scope_menu_key) == 0)
    return;
  g_free (self->scope_menu_key);
  self->scope_menu_key = g_steal_pointer (&key);
  section = g_menu_new ();
  add_item (section, machine, "machine");
  add_item (section, own, "own");
  if (choice != NULL)
    add_item (section, choice, number);
  g_menu_remove_all (self->scope_menu);
  g_menu_append_section (self->scope_menu, head, G_MENU_MODEL (section));
}

/* --- telling it --------------------------------------------------------- */

static char *
describe_state (WeftWindow *self)
{
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  switch (weft_trace_session_get_state (self->session))
    {
    case WEFT_SESSION_IDLE:
    case WEFT_SESSION_STARTING:
    case WEFT_SESSION_OPENING:
      if (!weft_window_has_trace (self))
        return NULL;
      break;
    case WEFT_SESSION_TRACING:
    case WEFT_SESSION_STOPPING:
      return g_strdup (_ ("Recording"));
    default:
      break;
    }
  if (!weft_trace_session_has_file (self->session))
    return g_strdup (_ ("Nothing to save"));
  path = weft_trace_session_dup_path (self->session);
  if (path == NULL)
    return g_strdup (_ ("Not saved"));
  name = g_path_get_basename (path);
  return weft_printable_name (name);
}

/* TRUE when it reads otherwise than before. */
static gboolean
set_text (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) == 0)
    return FALSE;
  gtk_label_set_text (GTK_LABEL (label), text);
  return TRUE;
}

/* Both parts of a menu button take part in the accessibility tree. */
static void
name_title (WeftWindow *self, const char *scope, const char *state)
{
  g_autofree char *name = NULL;

  if (state != NULL)
    name = g_strdup_printf (_ ("What is recorded: %s, %s"), scope, state);
  else
    name = g_strdup_printf (_ ("What is recorded: %s"), scope);
  weft_name_menu_button (self->scope, name);
}

static void
show_bystander (WeftWindow *self, gboolean recorded, const char *scope)
{
  g_autofree char *text = NULL;

  if (!recorded && self->live_scope)
    /* Translators: what is recorded, as “python3 · 4242 and 3 children” */
    text = g_strdup_printf (
        _ ("This is not being recorded: what it does is not known. Recorded is %s"), scope);
  else if (!recorded)
    text = g_strdup_printf (_ ("This was not recorded: what it did is not known. Recorded was %s"),
                            scope);
  gtk_widget_set_visible (self->bystander, !recorded);
  gtk_widget_set_visible (self->bystander_widen, self->live_scope);
  if (text != NULL)
    set_text (self->bystander_text, text);
}

static void
show_choose_page (WeftWindow *self, WeftTraced what, const char *scope)
{
  g_autofree char *text = NULL;
  const char *old = adw_status_page_get_description (ADW_STATUS_PAGE (self->choose_page));

  if (what == WEFT_TRACED_OWN)
    text = g_strdup (_ ("Your own programs are being recorded. Click one at the left to see its "
                        "threads, with their past."));
  else if (what == WEFT_TRACED_TARGETS)
    text = g_strdup_printf (_ ("Only this is being recorded: %s. Click it at the left to see its "
                               "threads, with their past."),
                            scope);
  else
    text = g_strdup (_ ("Everything is being recorded. Click a process at the left to see its "
                        "threads, with their past."));
  if (!weft_window_is_live (self))
    {
      g_free (text);
      text = g_strdup (_ ("Click a process at the left to see its threads."));
    }
  if (g_strcmp0 (old, text) != 0)
    adw_status_page_set_description (ADW_STATUS_PAGE (self->choose_page), text);
}

static void
show_choice (WeftWindow *self, WeftTraced what, WeftTraceStore *store)
{
  const WeftScope *scopes;
  guint n;
  g_autofree char *value = NULL;

  weft_trace_store_begin_read (store);
  scopes = weft_trace_store_get_scopes (store, &n);
  if (n > 0 && scopes[n - 1].tgids != NULL && scopes[n - 1].tgids->len > 0)
    value = g_strdup_printf ("%u", g_array_index (scopes[n - 1].tgids, guint32, 0));
  weft_trace_store_end_read (store);
  if (value == NULL)
    value = g_strdup (what == WEFT_TRACED_OWN       ? "own"
                      : what == WEFT_TRACED_MACHINE ? "machine"
                                                    : "");
  g_simple_action_set_state (self->scope_action, g_variant_new_string (value));
}

void
weft_window_update_scope (WeftWindow *self)
{
  WeftTraceStore *store = weft_trace_session_get_store (self->session);
  gboolean traced = weft_window_has_trace (self);
  g_autofree char *scope = NULL;
  g_autofree char *state = describe_state (self);
  WeftTraced what = WEFT_TRACED_UNTOLD;
  gboolean recorded = TRUE;
  guint64 edge;

  self->live_scope = weft_window_is_live (self);
  weft_trace_store_begin_read (store);
  edge = weft_trace_store_get_edge (store);
  if (traced)
    {
      what = weft_trace_store_get_traced (store, self->live_scope ? edge : 0, edge);
      scope = weft_trace_store_describe_scope (store, self->live_scope ? edge : 0, edge);
      /* what runs is asked for what it records now, what ended for all that it recorded */
      recorded = weft_trace_store_records_process (store,
                                                   weft_process_pane_get_selected_process (
                                                       self->processes),
                                                   self->live_scope ? edge : 0, edge);
    }
  weft_trace_store_end_read (store);
  if (scope == NULL)
    scope = g_strdup (traced ? _ ("Recording") : _ ("Nothing Is Recorded"));
  if (set_text (self->target, scope) | set_text (self->target_state, state != NULL ? state : ""))
    name_title (self, scope, state);
  gtk_widget_set_visible (self->target_state, state != NULL);
  show_bystander (self, recorded, scope);
  show_choose_page (self, what, scope);
  if (what != self->shown_what || self->live_scope)
    show_choice (self, what, store);
  self->shown_what = what;
  update_menu (self);
}

static void
widen (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  if (!weft_trace_session_set_scope (self->session, WEFT_TRACED_MACHINE, 0))
    weft_trace_session_set_scope (self->session, WEFT_TRACED_OWN, 0);
  weft_window_update_scope (self);
}

void
weft_window_add_scope (WeftWindow *self)
{
  self->scope_action
      = g_simple_action_new_stateful ("scope", G_VARIANT_TYPE_STRING, g_variant_new_string (""));
  g_signal_connect (self->scope_action, "activate", G_CALLBACK (scope_chosen_cb), self);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (self->scope_action));
  self->scope_menu = g_menu_new ();
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->scope), G_MENU_MODEL (self->scope_menu));
}

void
weft_window_install_scope_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.trace-process", "u", trace_process);
  gtk_widget_class_install_action (klass, "win.widen", NULL, widen);
}
