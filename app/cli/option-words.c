/* option-words.c: see the header. */
#include "option-words.h"
#include "nearest-word.h"
#include "printable.h"
#include <glib/gi18n.h>
#include <string.h>

static gboolean
has_empty_value (const GOptionEntry *entry)
{
  char **words = NULL;
  const char *word = NULL;

  if (entry->arg == G_OPTION_ARG_STRING_ARRAY || entry->arg == G_OPTION_ARG_FILENAME_ARRAY)
    words = *(char ***)entry->arg_data;
  else if (entry->arg == G_OPTION_ARG_STRING || entry->arg == G_OPTION_ARG_FILENAME)
    word = *(char **)entry->arg_data;
  for (; words != NULL && *words != NULL; words++)
    if (**words == '\0')
      return TRUE;
  return word != NULL && *word == '\0';
}

gboolean
weft_option_check_values (const GOptionEntry *entries, GError **error)
{
  for (; entries->long_name != NULL; entries++)
    if (has_empty_value (entries))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("What stands behind --%s is empty. Name something, or leave the option"
                        " out."),
                     entries->long_name);
        return FALSE;
      }
  return TRUE;
}

/* Takes @sentence. */
static void
say (GError *error, char *sentence)
{
  g_free (error->message);
  error->message = sentence;
}

/* GLib says “invalid byte sequence” and not of what. */
static void
name_broken_text (int argc, char **argv, GError *error)
{
  for (int i = 0; i < argc; i++)
    {
      g_autofree char *text = g_locale_to_utf8 (argv[i], -1, NULL, NULL, NULL);
      g_autofree char *shown = weft_printable_name (argv[i]);

      if (text != NULL)
        continue;
      say (error, g_strdup_printf (_ ("“%s” is no text in the letters of this terminal's locale."
                                      " UTF-8 is what is expected as a rule."),
                                   shown));
      return;
    }
}

/* What was typed up to a “=”. */
static char *
option_of (const char *word)
{
  return g_strndup (word, strcspn (word, "="));
}

/* (nullable) (transfer full): "--format" for "--formt" */
static char *
find_nearest (const GOptionEntry *entries, const char *word)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *option = option_of (word);
  const char *nearest;

  if (!g_str_has_prefix (option, "--"))
    return NULL;
  for (; entries->long_name != NULL; entries++)
    g_ptr_array_add (names, (gpointer)entries->long_name);
  g_ptr_array_add (names, "help");
  g_ptr_array_add (names, NULL);
  nearest = weft_nearest_word (option + 2, (const char *const *)names->pdata);
  return nearest != NULL ? g_strconcat ("--", nearest, NULL) : NULL;
}

/* GLib names the word that it does not know, in a sentence of any language. */
static void
name_unknown (const GOptionEntry *entries, int argc, char **argv, GError *error)
{
  for (int i = 0; i < argc; i++)
    {
      g_autofree char *shown = weft_printable_name (argv[i]);
      g_autofree char *nearest = NULL;

      if (*argv[i] != '-' || strstr (error->message, argv[i]) == NULL)
        continue;
      nearest = find_nearest (entries, argv[i]);
      say (error,
           nearest != NULL
               ? g_strdup_printf (_ ("There is no option “%s”. Did you mean “%s”?"), shown, nearest)
               : g_strdup_printf (_ ("There is no option “%s”."), shown));
      return;
    }
}

/* (nullable): what was typed as the value of a long option */
static const char *
find_value (const char *name, int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    {
      g_autofree char *option = option_of (argv[i]);

      if (!g_str_has_prefix (option, "--") || strcmp (option + 2, name) != 0)
        continue;
      if (argv[i][strlen (option)] == '=')
        return argv[i] + strlen (option) + 1;
      return i + 1 < argc ? argv[i + 1] : NULL;
    }
  return NULL;
}

static void
name_bad_value (const GOptionEntry *entries, int argc, char **argv, GError *error)
{
  for (; entries->long_name != NULL; entries++)
    {
      const char *value = find_value (entries->long_name, argc, argv);
      g_autofree char *option = g_strconcat ("--", entries->long_name, NULL);
      g_autofree char *shown = NULL;

      if (value == NULL || strstr (error->message, option) == NULL
          || (entries->arg != G_OPTION_ARG_INT && entries->arg != G_OPTION_ARG_DOUBLE))
        continue;
      shown = weft_printable_name (value);
      say (error, g_strdup_printf (_ ("“%s” is no number that %s takes."), shown, option));
      return;
    }
}

void
weft_option_explain (const GOptionEntry *entries, int argc, char **argv, GError *error)
{
  if (error->domain == G_CONVERT_ERROR)
    name_broken_text (argc, argv, error);
  else if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    name_unknown (entries, argc, argv, error);
  else if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE))
    name_bad_value (entries, argc, argv, error);
}
