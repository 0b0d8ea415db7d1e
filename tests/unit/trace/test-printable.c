/* test-printable.c: what is fit for a terminal or a label. In: bytes of any origin. */
#include "printable.h"

static void
test_messages_keep_their_lines_and_nothing_else (void)
{
  g_autofree char *text = weft_make_message_printable ("a \033[31mname\nwhy: \xff\r\nwhat to do");
  g_autofree char *name = weft_printable_basename ("/a/\033]0;b\n.weft");

  g_assert_cmpstr (text, ==, "a \\x1b[31mname\nwhy: \\xff\\x0d\nwhat to do");
  g_assert_cmpstr (name, ==, "\\x1b]0;b\\x0a.weft");
}

static void
test_names_are_fit_to_show (void)
{
  static const struct
  {
    const char *bytes, *text;
  } cases[] = {
    { "plain", "plain" },
    { "größe", "größe" },
    { "two\nlines", "two\\x0alines" },
    { "\033[31m", "\\x1b[31m" },
    { "bad\xff\xc3", "bad\\xff\\xc3" },
    { "\xe2\x80\xaeturned", "\\xe2\\x80\\xaeturned" }, /* right-to-left override */
    { "line\xe2\x80\xa8", "line\\xe2\\x80\\xa8" },     /* LINE SEPARATOR */
    { "part\xe2\x80\xa9", "part\\xe2\\x80\\xa9" },     /* PARAGRAPH SEPARATOR */
    { "nil\xef\xbb\xbf", "nil\\xef\\xbb\\xbf" },       /* byte order mark */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = weft_make_printable (cases[i].bytes, -1);

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/printable/messages-keep-their-lines-and-nothing-else",
                   test_messages_keep_their_lines_and_nothing_else);
  g_test_add_func ("/printable/names-are-fit-to-show", test_names_are_fit_to_show);
  return g_test_run ();
}
