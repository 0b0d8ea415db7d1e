/* window-private.h: shared by window.c (what is shown), window-actions.c (what can
 * be done), window-guard.c (what is asked before), window-files.c (open and save),
 * window-scope.c (what is traced), window-unsaved.c (what earlier runs left),
 * window-busy.c (what takes a while), window-focus.c (where the keyboard is) and
 * window-banner.c (what is told). */
#pragma once
#include "details/details-panel.h"
#include "lanes/lane-view.h"
#include "process/process-pane.h"
#include "session/trace-session.h"
#include "session/unsaved-guard.h"
#include "view-state.h"
#include "window.h"

G_BEGIN_DECLS

/* A verb that waits for its turn. */
typedef void (*WeftGuardedFunc) (WeftWindow *self, GVariant *parameter);
/* @path: (transfer full) (nullable): NULL when the person chose none */
typedef void (*WeftPlaceFunc) (WeftWindow *self, char *path, gpointer user_data);

typedef struct
{
  gboolean waits;
  gboolean asking;  /* the question is on screen */
  gboolean discard; /* the answer */
  char *path;       /* the other one: where to save to; "": where it is */
  WeftVerb verb;
  WeftGuardedFunc go; /* (nullable): to be done then */
  GVariant *parameter;
} WeftPending;

typedef struct
{
  GtkWidget *last;  /* (nullable), unowned: the thing that had it */
  gboolean in_tree; /* that was there */
  gboolean had;     /* some thing had it */
  guint rescue;     /* idle handler */
  gulong handler;
} WeftWindowFocus;

struct _WeftWindow
{
  AdwApplicationWindow parent_instance;

  GSettings *settings;
  WeftTraceSession *session;
  WeftViewState *state;
  WeftProcessPane *processes;
  WeftLaneView *lanes;
  GtkWidget *details;
  guint32 wanted_tgid;   /* select this process when it is in the table */
  guint32 selected_tgid; /* of the process that is selected; 0: none */
  gboolean had_trace;    /* while another is started or opened */
  guint follow_timer;
  int pane_width;   /* as the user wants the tree */
  int fitted_width; /* of the window, when the tree was last fitted to it; 0: just now */

  WeftPending pending;
  GtkNativeDialog *choosing; /* a file, now; (nullable), unowned */
  guint going_on;            /* idle handler */
  gboolean closing;          /* the question about unsaved work was answered */
  gboolean leaving;          /* without one: the program was told to end */

  GSimpleAction *scope_action;
  GMenu *scope_menu;
  char *scope_menu_key;  /* what it was made for */
  WeftTraced shown_what; /* by its state */
  gboolean live_scope;
  gint64 next_title_us; /* while it runs */
  WeftSessionState busy_state;
  guint busy_quarters; /* of a second: so long it takes already */
  WeftWindowFocus focus;

  /* of the template */
  GtkWidget *record, *record_content, *pause, *scope, *target, *target_state, *toasts, *stack;
  GtkWidget *split, *pane_place, *lanes_place, *details_place, *legend, *follow, *facts;
  GtkWidget *banner, *banner_text, *banner_cause, *banner_retry, *choose_page, *welcome;
  GtkWidget *unsaved;
  GtkWidget *busy, *busy_text, *busy_bar, *busy_cancel;
  GtkWidget *bystander, *bystander_text, *bystander_widen;
};

void weft_window_install_actions (GtkWidgetClass *klass);
void weft_window_install_file_actions (GtkWidgetClass *klass);
void weft_window_install_scope_actions (GtkWidgetClass *klass);
void weft_window_install_busy_actions (GtkWidgetClass *klass);
/* Which actions make sense now. */
void weft_window_update_actions (WeftWindow *self);

/* --- window.c: there is a trace to look at, running or over; it runs. */
gboolean weft_window_has_trace (WeftWindow *self);
gboolean weft_window_is_live (WeftWindow *self);

/* --- window-banner.c
 * @message: a sentence; what follows its first line break is shown small below it.
 * @retry: offers to start tracing once more. */
void weft_window_tell (WeftWindow *self, const char *message, gboolean retry);
void weft_window_untell (WeftWindow *self);
void weft_window_warn_of_root (WeftWindow *self);
void weft_window_bind_banner (GtkWidgetClass *klass);

/* --- window-guard.c
 *
 * Does @func when nothing is lost by it: now, or when the person has answered and
 * what was answered is done. A newer verb takes the place of one that waits; while
 * the person is asked, it is ignored.
 * @parameter: (nullable): a floating one is consumed */
void weft_window_guard (WeftWindow *self, WeftVerb verb, WeftGuardedFunc func, GVariant *parameter);
void weft_window_guard_close (WeftWindow *self);
void weft_window_guard_state_changed (WeftWindow *self);
/* What waits is not done: the person thought otherwise, or saving failed. */
void weft_window_forget_pending (WeftWindow *self);
/* Stops what runs, saves, and does what waits. @path: (transfer full) */
void weft_window_save_to (WeftWindow *self, char *path);

/* --- window-files.c: asks where to, or knows. */
void weft_window_choose_place (WeftWindow *self);
void weft_window_ask_for_place (WeftWindow *self, WeftPlaceFunc func, gpointer user_data);
/* @path: (transfer full): "" for the marks of a file, where it is */
void weft_window_save_now (WeftWindow *self, char *path);
void weft_window_tell_saved (WeftWindow *self, const char *path);

/* --- window-scope.c */
void weft_window_add_scope (WeftWindow *self);
void weft_window_trace (WeftWindow *self, WeftTraced what, guint32 tgid);
void weft_window_update_scope (WeftWindow *self);

/* --- window-unsaved.c */
void weft_window_add_unsaved (WeftWindow *self);

/* --- window-focus.c: no verb leaves the keyboard on what only holds others. */
void weft_window_watch_focus (WeftWindow *self);
void weft_window_unwatch_focus (WeftWindow *self);

/* --- window-busy.c: four times a second */
void weft_window_update_busy (WeftWindow *self);

G_END_DECLS
