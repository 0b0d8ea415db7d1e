/* window-private.h: shared by window.c (what is shown), window-actions.c (what can
 * be done) and window-banner.c (what is told). */
#pragma once
#include "details-panel.h"
#include "lane-view.h"
#include "process-pane.h"
#include "trace-session.h"
#include "view-state.h"
#include "window.h"

G_BEGIN_DECLS

struct _WeftWindow
{
  AdwApplicationWindow parent_instance;

  GSettings *settings;
  WeftTraceSession *session;
  WeftViewState *state;
  WeftProcessPane *processes;
  WeftLaneView *lanes;
  GtkWidget *details;
  guint32 wanted_tgid; /* select this process when it is in the table */
  guint follow_timer;
  int pane_width;   /* as the user wants the tree */
  int fitted_width; /* of the window, when the tree was last fitted to it; 0: just now */
  gboolean closing; /* the question about unsaved work was answered */

  /* of the template */
  GtkWidget *record, *record_content, *pause, *target, *stack, *split, *pane_place, *lanes_place;
  GtkWidget *details_place, *legend, *follow, *banner, *banner_text, *banner_cause;
  GtkWidget *banner_retry, *spinner;
};

void weft_window_install_actions (GtkWidgetClass *klass);
/* @message: a sentence; what follows its first line break is shown small below it.
 * @retry: offers to start tracing once more. */
void weft_window_tell (WeftWindow *self, const char *message, gboolean retry);
void weft_window_untell (WeftWindow *self);
void weft_window_warn_of_root (WeftWindow *self);
void weft_window_bind_banner (GtkWidgetClass *klass);
/* Which actions make sense now. */
void weft_window_update_actions (WeftWindow *self);
void weft_window_save (WeftWindow *self, gboolean then_close);

G_END_DECLS
