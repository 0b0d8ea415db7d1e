/* test-wire-call.c: what may reach GDBus on a private connection. In: messages made here,
 * good ones from GDBus itself, bad ones by a change of one byte or field. */
#include "session.h"
#include "weft-dbus.h"
#include "wire-call.h"
#include <string.h>

#define MOST_BYTES (64u << 10)

/* --- messages ------------------------------------------------------------- */

/* A header field as it is told: @type may be a lie. */
typedef struct
{
  guint8 code;
  const char *type;
  const char *text;
} Field;

#define N_FIELDS 6

typedef struct
{
  const char *what;
  Field fields[N_FIELDS]; /* as long as they have a code */
} Header;

#define OURS                                                                                       \
  { 1, "o", WEFT_SESSION_PATH },                                                                   \
  {                                                                                                \
    2, "s", "io.github.weftscope.Session1"                                                         \
  }

static void
append (GByteArray *message, const void *bytes, gsize count)
{
  g_byte_array_append (message, bytes, (guint)count);
}

static void
align (GByteArray *message, guint alignment)
{
  while (message->len % alignment != 0)
    append (message, "", 1);
}

static void
append_number (GByteArray *message, guint32 number)
{
  align (message, 4);
  append (message, &number, sizeof number);
}

static void
append_field (GByteArray *message, const Field *field)
{
  guint8 length = (guint8)strlen (field->type);

  align (message, 8);
  append (message, &field->code, 1);
  append (message, &length, 1);
  append (message, field->type, length + 1u);
  if (*field->type == 'g')
    append (message, &(guint8){ (guint8)strlen (field->text) }, 1);
  else
    append_number (message, (guint32)strlen (field->text));
  if (*field->type == 'u') /* the number was the value */
    return;
  append (message, field->text, strlen (field->text) + 1);
}

/* In the host's byte order. */
static GByteArray *
make (const Header *header, const void *body, guint32 body_bytes)
{
  GByteArray *message = g_byte_array_new ();
  guint32 length;

  append (message, G_BYTE_ORDER == G_LITTLE_ENDIAN ? "l" : "B", 1);
  append (message, "\1\0\1", 3);
  append_number (message, body_bytes);
  append_number (message, 7);
  append_number (message, 0);
  for (guint i = 0; i < N_FIELDS && header->fields[i].code != 0; i++)
    append_field (message, &header->fields[i]);
  length = message->len - WEFT_WIRE_HEAD_BYTES;
  memcpy (message->data + 12, &length, sizeof length);
  align (message, 8);
  append (message, body, body_bytes);
  return message;
}

static GByteArray *
make_by_gdbus (const char *interface, const char *member, GVariant *arguments,
               GDBusMessageByteOrder order)
{
  g_autoptr (GDBusMessage) call
      = g_dbus_message_new_method_call (NULL, WEFT_SESSION_PATH, interface, member);
  gsize bytes = 0;
  guint8 *blob;

  g_dbus_message_set_serial (call, 1);
  g_dbus_message_set_byte_order (call, order);
  if (arguments != NULL)
    g_dbus_message_set_body (call, arguments);
  blob = g_dbus_message_to_blob (call, &bytes, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
  g_assert_nonnull (blob);
  return g_byte_array_new_take (blob, bytes);
}

/* Measured and checked, as the stream does. */
static gboolean
is_taken (GByteArray *message, GError **error)
{
  gsize bytes = weft_wire_call_measure (message->data, MOST_BYTES, error);

  if (bytes == 0)
    return FALSE;
  g_assert_cmpuint (bytes, ==, message->len);
  return weft_wire_call_check (message, error);
}

static void
assert_refused (GByteArray *message, const char *what)
{
  g_autoptr (GError) error = NULL;

  if (is_taken (message, &error))
    g_error ("taken: %s", what);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (error->message, !=, "");
}

/* --- what is taken -------------------------------------------------------- */

static GVariant *
example_of (const char *type)
{
  g_autoptr (GVariantBuilder) builder = NULL;

  if (*type == 's')
    return g_variant_new_string ("sched");
  if (*type == 'b')
    return g_variant_new_boolean (TRUE);
  if (*type == 'u')
    return g_variant_new_uint32 (42);
  if (*type == 't')
    return g_variant_new_uint64 (42);
  if (*type != 'a')
    g_error ("no example of %s; wire-call.c knows basic types and arrays of them", type);
  builder = g_variant_builder_new (G_VARIANT_TYPE (type));
  for (guint i = 0; i < 3; i++)
    g_variant_builder_add_value (builder, example_of (type + 1));
  return g_variant_builder_end (builder);
}

static void
test_every_method_of_the_interface_is_taken (void)
{
  const GDBusInterfaceInfo *info = weft_dbus_session1_interface_info ();
  static const GDBusMessageByteOrder orders[]
      = { G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN, G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN };

  for (guint i = 0; info->methods[i] != NULL; i++)
    for (guint order = 0; order < G_N_ELEMENTS (orders); order++)
      {
        const GDBusMethodInfo *method = info->methods[i];
        g_autoptr (GByteArray) message = NULL;
        g_autoptr (GError) error = NULL;
        GVariantBuilder arguments;

        g_variant_builder_init (&arguments, G_VARIANT_TYPE_TUPLE);
        for (guint j = 0; method->in_args != NULL && method->in_args[j] != NULL; j++)
          g_variant_builder_add_value (&arguments, example_of (method->in_args[j]->signature));
        message = make_by_gdbus (info->name, method->name, g_variant_builder_end (&arguments),
                                 orders[order]);
        is_taken (message, &error);
        g_assert_no_error (error);
      }
}

static void
test_a_property_is_taken_and_no_more_of_properties (void)
{
  static const char *const interface = "org.freedesktop.DBus.Properties";
  g_autoptr (GByteArray) get
      = make_by_gdbus (interface, "Get",
                       g_variant_new ("(ss)", "io.github.weftscope.Session1", "Capabilities"),
                       G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN);
  g_autoptr (GByteArray) all
      = make_by_gdbus (interface, "GetAll", g_variant_new ("(s)", "io.github.weftscope.Session1"),
                       G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN);
  g_autoptr (GError) error = NULL;
  guint bytes = all->len;

  g_assert_true (is_taken (get, &error));
  g_assert_true (is_taken (all, &error));
  g_assert_cmpuint (all->len, <, bytes); /* its argument is gone */
}

static void
test_an_unknown_method_loses_its_arguments (void)
{
  static const GDBusMessageByteOrder orders[]
      = { G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN, G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GByteArray) message
          = make_by_gdbus ("io.github.weftscope.Session1", "ReadMore",
                           g_variant_new ("(sa{sv}v)", "x", NULL, g_variant_new_uint32 (1)),
                           orders[i]);
      g_autoptr (GDBusMessage) left = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (is_taken (message, &error));
      left = g_dbus_message_new_from_blob (message->data, message->len,
                                           G_DBUS_CAPABILITY_FLAGS_NONE, &error);
      g_assert_no_error (error);
      g_assert_null (g_dbus_message_get_body (left));
      g_assert_cmpstr (g_dbus_message_get_member (left), ==, "ReadMore");
      g_assert_cmpstr (g_dbus_message_get_path (left), ==, WEFT_SESSION_PATH);
      g_assert_cmpuint (g_dbus_message_get_serial (left), ==, 1);
    }
}

/* --- what is refused ------------------------------------------------------ */

static void
test_hostile_headers_are_refused (void)
{
  static const Header headers[] = {
    { "no fields", { { 0 } } },
    { "no path", { { 2, "s", "io.github.weftscope.Session1" }, { 3, "s", "Stop" } } },
    { "no interface", { { 1, "o", WEFT_SESSION_PATH }, { 3, "s", "Stop" } } },
    { "no member", { OURS } },
    { "a path as a string",
      { { 1, "s", WEFT_SESSION_PATH },
        { 2, "s", "io.github.weftscope.Session1" },
        { 3, "s", "Stop" } } },
    { "a path as a signature",
      { { 1, "g", "s" }, { 2, "s", "io.github.weftscope.Session1" }, { 3, "s", "Stop" } } },
    { "a path as a number",
      { { 1, "u", "" }, { 2, "s", "io.github.weftscope.Session1" }, { 3, "s", "Stop" } } },
    { "an interface as a path",
      { { 1, "o", WEFT_SESSION_PATH }, { 2, "o", "/a" }, { 3, "s", "Stop" } } },
    { "a member as a path", { OURS, { 3, "o", "/Stop" } } },
    { "a member as a signature", { OURS, { 3, "g", "s" } } },
    { "a member as a number", { OURS, { 3, "u", "" } } },
    { "a member twice", { OURS, { 3, "s", "Stop" }, { 3, "s", "Stop" } } },
    { "a path twice", { OURS, { 1, "o", WEFT_SESSION_PATH }, { 3, "s", "Stop" } } },
    { "a member that is none", { OURS, { 3, "s", "a.b" } } },
    { "a member of nothing", { OURS, { 3, "s", "" } } },
    { "a member that is no text", { OURS, { 3, "s", "\xff\xfe" } } },
    { "a signature as a string", { OURS, { 3, "s", "Stop" }, { 8, "s", "u" } } },
    { "an error's name", { OURS, { 3, "s", "Stop" }, { 4, "s", "a.b" } } },
    { "an answer's serial", { OURS, { 3, "s", "Stop" }, { 5, "u", "" } } },
    { "a destination", { OURS, { 3, "s", "Stop" }, { 6, "s", ":1.1" } } },
    { "a sender", { OURS, { 3, "s", "Stop" }, { 7, "s", ":1.1" } } },
    { "a sender that is none", { OURS, { 3, "s", "Stop" }, { 7, "s", "not valid" } } },
    { "descriptors", { OURS, { 3, "s", "Stop" }, { 9, "u", "" } } },
    { "a field of number 10", { OURS, { 3, "s", "Stop" }, { 10, "s", "x" } } },
    { "a field of number 255", { OURS, { 3, "s", "Stop" }, { 255, "s", "x" } } },
    { "a field of a long type", { OURS, { 3, "s", "Stop" }, { 10, "aaaaas", "x" } } },
    { "a signature where there is nothing", { OURS, { 3, "s", "Stop" }, { 8, "g", "u" } } },
    { "no signature where there should be", { OURS, { 3, "s", "Read" } } },
    { "another signature", { OURS, { 3, "s", "Read" }, { 8, "g", "ss" } } },
    { "another path",
      { { 1, "o", "/" }, { 2, "s", "io.github.weftscope.Session1" }, { 3, "s", "Stop" } } },
    { "another interface",
      { { 1, "o", WEFT_SESSION_PATH },
        { 2, "s", "org.freedesktop.DBus.Introspectable" },
        { 3, "s", "Introspect" } } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autoptr (GByteArray) message = make (&headers[i], "\0\0\0\0\0\0\0\0", 8);
      g_autoptr (GByteArray) bare = make (&headers[i], "", 0);

      assert_refused (message, headers[i].what);
      assert_refused (bare, headers[i].what);
    }
}

typedef struct
{
  const char *what;
  const char *member, *signature;
  const char *body;
  guint32 bytes;
} Arguments;

static void
test_malformed_arguments_are_refused (void)
{
  static const Arguments all[] = {
    { "too few", "Read", "uu", "\1\0\0\0", 4 },
    { "too many", "Read", "uu", "\1\0\0\0\1\0\0\0\1\0\0\0", 12 },
    { "none", "Start", "u", "", 0 },
    { "some where there are none", "Stop", NULL, "\1\0\0\0", 4 },
    { "a truth of 2", "SetTargets", "aubb", "\0\0\0\0\2\0\0\0\1\0\0\0", 12 },
    { "an array that runs past", "SetTargets", "aubb", "\x80\0\0\0\1\0\0\0\1\0\0\0", 12 },
    { "an array of a piece", "SetTargets", "aubb", "\6\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0", 16 },
    { "an array of 4 GiB", "SetTargets", "aubb", "\xff\xff\xff\xff\1\0\0\0\1\0\0\0", 12 },
    { "a text without its end", "SetGroups", "as", "\x9\0\0\0\5\0\0\0schedX", 14 },
    { "a text that runs past", "SetGroups", "as", "\xa\0\0\0\xff\0\0\0sched\0", 14 },
    { "a text of two", "SetGroups", "as", "\xa\0\0\0\5\0\0\0sc\0ed\0", 14 },
    { "a text that is none", "SetGroups", "as", "\xa\0\0\0\5\0\0\0sch\xff\xff\0", 14 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      Header header = { all[i].what, { OURS, { 3, "s", all[i].member } } };
      g_autoptr (GByteArray) message = NULL;

      if (all[i].signature != NULL)
        header.fields[3] = (Field){ 8, "g", all[i].signature };
      message = make (&header, all[i].body, all[i].bytes);
      assert_refused (message, all[i].what);
    }
}

typedef struct
{
  const char *what;
  guint offset;
  guint8 byte;
} Change;

/* Of a good call to Stop. */
static void
test_changes_of_a_byte_are_refused (void)
{
  static const Change changes[] = {
    { "no byte order", 0, 'x' },
    { "an answer", 1, 2 },
    { "an error", 1, 3 },
    { "a signal", 1, 4 },
    { "a type of 0", 1, 0 },
    { "an unknown flag", 2, 8 },
    { "another protocol", 3, 2 },
    { "no serial", 8, 0 },
    { "a path that ends early", 20, 9 },
    { "padding that is not 0", 55, 1 },
    { "a type of two", 17, 2 },
  };
  static const Header stop = { "Stop", { OURS, { 3, "s", "Stop" } } };
  g_autoptr (GByteArray) good = make (&stop, "", 0);

  g_assert_true (is_taken (good, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GByteArray) bad = make (&stop, "", 0);

      g_assert_cmpuint (bad->data[changes[i].offset], !=, changes[i].byte);
      bad->data[changes[i].offset] = changes[i].byte;
      assert_refused (bad, changes[i].what);
    }
}

static void
test_long_ones_are_refused_by_their_head (void)
{
  static const Header stop = { "Stop", { OURS, { 3, "s", "Stop" } } };
  static const guint32 sizes[] = { 1024, MOST_BYTES, 1u << 27, G_MAXUINT32 - 7, G_MAXUINT32 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint offset = 4; offset <= 12; offset += 8)
      {
        g_autoptr (GByteArray) message = make (&stop, "", 0);
        g_autoptr (GError) error = NULL;

        if (offset == 4 && sizes[i] < MOST_BYTES)
          continue;
        memcpy (message->data + offset, &sizes[i], sizeof sizes[i]);
        g_assert_cmpuint (weft_wire_call_measure (message->data, MOST_BYTES, &error), ==, 0);
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire-call/every-method-of-the-interface-is-taken",
                   test_every_method_of_the_interface_is_taken);
  g_test_add_func ("/wire-call/a-property-is-taken-and-no-more-of-properties",
                   test_a_property_is_taken_and_no_more_of_properties);
  g_test_add_func ("/wire-call/an-unknown-method-loses-its-arguments",
                   test_an_unknown_method_loses_its_arguments);
  g_test_add_func ("/wire-call/hostile-headers-are-refused", test_hostile_headers_are_refused);
  g_test_add_func ("/wire-call/malformed-arguments-are-refused",
                   test_malformed_arguments_are_refused);
  g_test_add_func ("/wire-call/changes-of-a-byte-are-refused", test_changes_of_a_byte_are_refused);
  g_test_add_func ("/wire-call/long-ones-are-refused-by-their-head",
                   test_long_ones_are_refused_by_their_head);
  return g_test_run ();
}
