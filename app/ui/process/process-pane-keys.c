/* process-pane-keys.c: what the keyboard and the menu do with the tree: open
 * and close, walk, find by typing, copy. In: keys and clicks on the list. Out:
 * another selection, another set of collapsed rows. */
#include "list-focus.h"
#include "process-pane-private.h"

#include <glib/gi18n.h>

/* Letters typed within this time belong together. */
#define TYPE_AHEAD_US (G_USEC_PER_SEC)

static void
set_collapsed (WeftProcessPane *self, guint id, gboolean collapsed)
{
  if (collapsed)
    g_hash_table_add (self->collapsed, GUINT_TO_POINTER (id));
  else
    g_hash_table_remove (self->collapsed, GUINT_TO_POINTER (id));
  weft_process_pane_update (self);
}

void
weft_process_pane_toggle (WeftProcessPane *self, guint id)
{
  set_collapsed (self, id, !g_hash_table_contains (self->collapsed, GUINT_TO_POINTER (id)));
}

/* --- going to a row ------------------------------------------------------- */

static GtkWidget *
find_list_item (WeftProcessPane *self, guint position)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *list_item = g_ptr_array_index (self->bound, i);

      if (gtk_list_item_get_position (list_item) == position)
        return gtk_widget_get_parent (gtk_list_item_get_child (list_item));
    }
  return NULL;
}

void
weft_process_pane_show_row (WeftProcessPane *self, guint position, gboolean focus)
{
  GtkWidget *list_item;

  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
  list_item = find_list_item (self, position);
  if (focus && list_item != NULL)
    gtk_widget_grab_focus (list_item);
}

static guint
selected_position (WeftProcessPane *self)
{
  return weft_process_list_model_find (self->model,
                                       weft_process_list_model_get_selected (self->model));
}

static void
select_position (WeftProcessPane *self, guint position)
{
  const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, position);

  if (place == NULL)
    return;
  weft_process_list_model_set_selected (self->model, place->process.id);
  weft_process_pane_show_row (self, position, TRUE);
}

/* Ancestors that are collapsed hide it: they open. */
static void
open_parents (WeftProcessPane *self, guint id)
{
  gboolean opened = FALSE;
  WeftProcessTable *table;

  weft_trace_store_begin_read (self->store);
  table = weft_trace_store_get_processes (self->store);
  for (guint steps = weft_process_table_get_size (table); steps > 0; steps--)
    {
      const WeftProcess *process = weft_process_table_get (table, id);

      if (process == NULL || process->parent == WEFT_NO_ID)
        break;
      id = process->parent;
      if (g_hash_table_remove (self->collapsed, GUINT_TO_POINTER (id)))
        opened = TRUE;
    }
  weft_trace_store_end_read (self->store);
  if (opened)
    weft_process_pane_update (self);
}

/* Once the list has its rows: GTK 4.8 leaves those above an item bare that it was
 * asked to scroll to before it was laid out. */
static gboolean
show_selected_cb (gpointer user_data)
{
  WeftProcessPane *self = user_data;
  guint position = selected_position (self);

  self->show_source = 0;
  if (position != GTK_INVALID_LIST_POSITION)
    {
      weft_process_pane_show_row (self, position,
                                  self->had_focus && weft_process_pane_has_focus (self));
      self->had_focus = FALSE;
    }
  return G_SOURCE_REMOVE;
}

void
weft_process_pane_set_selected_process (WeftProcessPane *self, guint id)
{
  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  if (id != WEFT_NO_ID && self->store != NULL)
    open_parents (self, id);
  weft_process_list_model_set_selected (self->model, id);
  weft_process_pane_show_selected (self);
}

void
weft_process_pane_show_selected (WeftProcessPane *self)
{
  if (self->show_source == 0)
    self->show_source = g_idle_add (show_selected_cb, self);
}

void
weft_process_pane_focus_row (WeftProcessPane *self)
{
  GtkWidget *list_item;
  guint position;

  g_return_if_fail (WEFT_IS_PROCESS_PANE (self));
  position = selected_position (self);
  list_item = position != GTK_INVALID_LIST_POSITION ? find_list_item (self, position) : NULL;
  if (list_item != NULL)
    weft_process_pane_show_row (self, position, TRUE);
  else
    {
      if (!gtk_widget_grab_focus (self->list))
        gtk_widget_grab_focus (self->search_entry);
      self->had_focus = TRUE; /* the chosen row gets it when it is there */
    }
}

/* --- keys ----------------------------------------------------------------- */

/* Closes the row, or goes to its parent. */
static void
go_out (WeftProcessPane *self, guint position)
{
  const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, position);
  guint depth = place->depth;

  if (place->has_children && place->expanded)
    {
      set_collapsed (self, place->process.id, TRUE);
      return;
    }
  while (position > 0 && depth > 0)
    if (weft_process_list_model_get_place (self->model, --position)->depth < depth)
      {
        select_position (self, position);
        return;
      }
}

/* Opens the row, or goes to its first child. */
static void
go_in (WeftProcessPane *self, guint position)
{
  const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, position);

  if (!place->has_children)
    return;
  if (place->expanded)
    select_position (self, position + 1);
  else
    set_collapsed (self, place->process.id, FALSE);
}

static gboolean
begins_with (const char *name, const char *typed)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);
  g_autofree char *wanted = g_utf8_casefold (typed, -1);

  return g_str_has_prefix (folded, wanted);
}

static gboolean
answers_to (const WeftProcessPlace *place, const char *typed)
{
  char pid[16];

  g_snprintf (pid, sizeof pid, "%u", place->process.tgid);
  return begins_with (place->process.name, typed) || g_str_has_prefix (pid, typed);
}

/* The next row whose name or number begins with what was typed. One letter goes
 * on from row to row; more narrow down the row that was found. */
static void
find_typed (WeftProcessPane *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  guint from = selected_position (self);

  if (from == GTK_INVALID_LIST_POSITION)
    from = 0;
  else if (g_utf8_strlen (self->typed->str, -1) == 1)
    from++;
  for (guint i = 0; i < n; i++)
    {
      guint position = (from + i) % n;

      if (!answers_to (weft_process_list_model_get_place (self->model, position), self->typed->str))
        continue;
      select_position (self, position);
      return;
    }
  gtk_widget_error_bell (self->list);
}

static gboolean
type_ahead (WeftProcessPane *self, guint keyval)
{
  gunichar c = gdk_keyval_to_unicode (keyval);
  gint64 now_us = g_get_monotonic_time ();

  if (!g_unichar_isgraph (c))
    return FALSE;
  if (now_us - self->typed_us > TYPE_AHEAD_US)
    g_string_truncate (self->typed, 0);
  g_string_append_unichar (self->typed, c);
  self->typed_us = now_us;
  find_typed (self);
  return TRUE;
}

static void popup_menu (WeftProcessPane *self, guint position, const GdkRectangle *at);

static gboolean
popup_by_key (WeftProcessPane *self)
{
  guint position = selected_position (self);
  GtkWidget *list_item
      = position != GTK_INVALID_LIST_POSITION ? find_list_item (self, position) : NULL;
  graphene_rect_t bounds;

  if (list_item == NULL || !gtk_widget_compute_bounds (list_item, GTK_WIDGET (self), &bounds))
    return FALSE;
  popup_menu (self, position,
              &(GdkRectangle){ (int)bounds.origin.x + (int)bounds.size.width / 3,
                               (int)bounds.origin.y, 1, (int)bounds.size.height });
  return TRUE;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller, guint keyval, guint keycode,
                GdkModifierType state, WeftProcessPane *self)
{
  gboolean rtl = gtk_widget_get_direction (self->list) == GTK_TEXT_DIR_RTL;
  guint position = selected_position (self);

  if (keyval == GDK_KEY_Menu || (keyval == GDK_KEY_F10 && (state & GDK_SHIFT_MASK)))
    return popup_by_key (self);
  if (weft_list_focus_leave (self->list, keyval, state))
    return TRUE;
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  if (position != GTK_INVALID_LIST_POSITION
      && (keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left || keyval == GDK_KEY_Right
          || keyval == GDK_KEY_KP_Right))
    {
      gboolean left = keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left;

      if (left != rtl)
        go_out (self, position);
      else
        go_in (self, position);
      return TRUE;
    }
  return type_ahead (self, keyval);
}

/* Down in the search goes to the rows below it. */
static gboolean
search_key_cb (GtkEventControllerKey *controller, guint keyval, guint keycode,
               GdkModifierType state, WeftProcessPane *self)
{
  guint position = selected_position (self);

  if (keyval != GDK_KEY_Down && keyval != GDK_KEY_KP_Down)
    return FALSE;
  select_position (self, position != GTK_INVALID_LIST_POSITION ? position : 0);
  return TRUE;
}

/* --- menu ----------------------------------------------------------------- */

static GMenu *
make_menu (const WeftProcess *process)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuItem) trace = g_menu_item_new (_ ("_Trace Only This"), NULL);
  g_autoptr (GMenu) copies = g_menu_new ();
  g_autoptr (GMenu) tree = g_menu_new ();

  /* there only where the window can do it */
  g_menu_item_set_action_and_target (trace, "win.trace-process", "u", process->tgid);
  g_menu_item_set_attribute (trace, "hidden-when", "s", "action-missing");
  if (process->end_ns == 0 && !process->kernel)
    g_menu_append_item (menu, trace);
  g_menu_append (copies, _ ("Copy _PID"), "tree.copy-pid");
  if (process->command_line != NULL)
    g_menu_append (copies, _ ("Copy Command _Line"), "tree.copy-command-line");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (copies));
  g_menu_append (tree, _ ("_Collapse All"), "tree.collapse-all");
  g_menu_append (tree, _ ("_Expand All"), "tree.expand-all");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (tree));
  return menu;
}

/* @at: in the pane's coordinates */
static void
popup_menu (WeftProcessPane *self, guint position, const GdkRectangle *at)
{
  const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, position);
  g_autoptr (GMenu) menu = NULL;

  if (place == NULL)
    return;
  weft_process_list_model_set_selected (self->model, place->process.id);
  menu = make_menu (&place->process);
  if (self->menu == NULL)
    {
      self->menu = gtk_popover_menu_new_from_model (NULL);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
    }
  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), G_MENU_MODEL (menu));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), at);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
menu_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, WeftProcessPane *self)
{
  GtkWidget *under = gtk_widget_pick (self->list, x, y, GTK_PICK_DEFAULT);
  double at_x, at_y;

  for (guint i = 0; under != NULL && i < self->bound->len; i++)
    {
      GtkListItem *list_item = g_ptr_array_index (self->bound, i);
      GtkWidget *row = gtk_list_item_get_child (list_item);

      if (row != under && gtk_widget_get_parent (row) != under)
        continue;
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      gtk_widget_translate_coordinates (self->list, GTK_WIDGET (self), x, y, &at_x, &at_y);
      popup_menu (self, gtk_list_item_get_position (list_item),
                  &(GdkRectangle){ (int)at_x, (int)at_y, 1, 1 });
      return;
    }
}

static const WeftProcess *
get_selected (WeftProcessPane *self)
{
  const WeftProcessPlace *place
      = weft_process_list_model_get_place (self->model, selected_position (self));

  return place != NULL ? &place->process : NULL;
}

static void
copy_pid (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const WeftProcess *process = get_selected (WEFT_PROCESS_PANE (widget));
  char pid[16];

  if (process == NULL)
    return;
  g_snprintf (pid, sizeof pid, "%u", process->tgid);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), pid);
}

static void
copy_command_line (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const WeftProcess *process = get_selected (WEFT_PROCESS_PANE (widget));

  if (process != NULL && process->command_line != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), process->command_line);
}

/* All but the roots: one row that says "+400" helps nobody. */
static void
collapse_all (GtkWidget *widget, const char *action, GVariant *parameter)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (widget);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  for (guint i = 0; i < n; i++)
    {
      const WeftProcessPlace *place = weft_process_list_model_get_place (self->model, i);

      if (place->has_children && place->depth > 0)
        g_hash_table_add (self->collapsed, GUINT_TO_POINTER (place->process.id));
    }
  weft_process_pane_update (self);
}

static void
expand_all (GtkWidget *widget, const char *action, GVariant *parameter)
{
  WeftProcessPane *self = WEFT_PROCESS_PANE (widget);

  g_hash_table_remove_all (self->collapsed);
  weft_process_pane_update (self);
}

void
weft_process_pane_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "tree.copy-pid", NULL, copy_pid);
  gtk_widget_class_install_action (widget_class, "tree.copy-command-line", NULL, copy_command_line);
  gtk_widget_class_install_action (widget_class, "tree.collapse-all", NULL, collapse_all);
  gtk_widget_class_install_action (widget_class, "tree.expand-all", NULL, expand_all);
}

void
weft_process_pane_init_input (WeftProcessPane *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *search_keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkAdjustment *adjustment
      = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));

  /* before the list's own shortcuts: it takes Left and Right for itself */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (self->list, keys);
  gtk_event_controller_set_propagation_phase (search_keys, GTK_PHASE_CAPTURE);
  g_signal_connect (search_keys, "key-pressed", G_CALLBACK (search_key_cb), self);
  gtk_widget_add_controller (self->search_entry, search_keys);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (menu_pressed_cb), self);
  gtk_widget_add_controller (self->list, GTK_EVENT_CONTROLLER (click));
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (weft_process_pane_refresh_rows),
                           self, G_CONNECT_SWAPPED);
}
