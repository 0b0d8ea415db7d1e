/* option-words.h: what is wrong with options, in words of ours. In: options and what was
 * typed. Out: sentences. */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* What a script found nothing for, as in -p "$(pidof x)", does not mean everything: FALSE
 * when a value is empty. @entries: parsed already */
gboolean weft_option_check_values (const GOptionEntry *entries, GError **error);

/* @error: of g_option_context_parse_strv(); what GLib says of the @argv that it was given
 * becomes a sentence, where that says less than can be known */
void weft_option_explain (const GOptionEntry *entries, int argc, char **argv, GError *error);

G_END_DECLS
