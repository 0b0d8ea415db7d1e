/* wire-call.c: see the header. In: bytes of a peer that nobody vouches for. Out: yes, or
 * why not. What is known comes from the interface's description: a new method needs no
 * change here, as long as its arguments are basic types or arrays of them. */
#include "wire-call.h"
#include "session.h"
#include "weft-dbus.h"
#include <glib/gi18n.h>
#include <string.h>

#define METHOD_CALL 1
#define KNOWN_FLAGS 0x07
#define PROTOCOL_VERSION 1
#define MOST_NAME_BYTES 255
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* Where the reading of a message stands. */
typedef struct
{
  const guint8 *bytes;
  gsize size, at;
} Cursor;

/* What the header tells; NULL: not told. */
typedef struct
{
  const char *path, *interface, *member, *signature;
} Fields;

static gboolean
complain (GError **error, const char *reason)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The peer sent what is no call to a trace session: %s"), reason);
  return FALSE;
}

/* --- pieces --------------------------------------------------------------- */

static guint32
number_at (const guint8 *message, gsize offset)
{
  guint32 number;

  memcpy (&number, message + offset, sizeof number);
  return message[0] == 'l' ? GUINT32_FROM_LE (number) : GUINT32_FROM_BE (number);
}

static gboolean
take_padding (Cursor *self, gsize alignment)
{
  gsize end = (self->at + alignment - 1) / alignment * alignment;

  if (end > self->size)
    return FALSE;
  while (self->at < end && self->bytes[self->at] == 0)
    self->at++;
  return self->at == end;
}

static gboolean
take_number (Cursor *self, guint32 *number)
{
  if (!take_padding (self, 4) || self->size - self->at < 4)
    return FALSE;
  *number = number_at (self->bytes, self->at);
  self->at += 4;
  return TRUE;
}

/* @length bytes and the zero that ends them, the only one; NULL when it is no text. */
static const char *
take_text (Cursor *self, gsize length)
{
  const char *text = (const char *)self->bytes + self->at;

  if (length >= self->size - self->at || strnlen (text, length + 1) != length
      || !g_utf8_validate (text, (gssize)length, NULL))
    return NULL;
  self->at += length + 1;
  return text;
}

/* --- the header ----------------------------------------------------------- */

static const char **
find_field (Fields *fields, guint8 code, guint8 type)
{
  if (code == G_DBUS_MESSAGE_HEADER_FIELD_PATH && type == 'o')
    return &fields->path;
  if (code == G_DBUS_MESSAGE_HEADER_FIELD_INTERFACE && type == 's')
    return &fields->interface;
  if (code == G_DBUS_MESSAGE_HEADER_FIELD_MEMBER && type == 's')
    return &fields->member;
  if (code == G_DBUS_MESSAGE_HEADER_FIELD_SIGNATURE && type == 'g')
    return &fields->signature;
  return NULL;
}

static gboolean
take_field (Cursor *self, Fields *fields)
{
  const guint8 *head = self->bytes + self->at; /* code; the type as a signature */
  const char **field;
  guint32 length;

  if (self->size - self->at < 5 || head[1] != 1 || head[3] != '\0')
    return FALSE;
  field = find_field (fields, head[0], head[2]);
  self->at += 4;
  if (field == NULL || *field != NULL)
    return FALSE;
  if (head[2] == 'g')
    length = self->bytes[self->at++];
  else if (!take_number (self, &length))
    return FALSE;
  *field = take_text (self, length);
  return *field != NULL;
}

/* All fields and the padding behind them: the body comes next. */
static gboolean
take_header (Cursor *self, Fields *fields)
{
  gsize end = WEFT_WIRE_HEAD_BYTES + number_at (self->bytes, 12);
  Cursor header = { .bytes = self->bytes, .size = end, .at = WEFT_WIRE_HEAD_BYTES };

  while (header.at < end)
    if (!take_padding (&header, 8) || !take_field (&header, fields))
      return FALSE;
  self->at = end;
  return take_padding (self, 8);
}

/* --- the arguments -------------------------------------------------------- */

/* Which is their alignment, too. */
static gsize
width_of (char type)
{
  switch (type)
    {
    case 'y':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'b':
    case 'i':
    case 'u':
    case 's': /* of its length */
      return 4;
    case 'x':
    case 't':
    case 'd':
      return 8;
    default:
      return 0;
    }
}

static gboolean
take_basic (Cursor *self, char type)
{
  gsize width = width_of (type);
  guint32 number;

  if (type == 's')
    return take_number (self, &number) && take_text (self, number) != NULL;
  if (type == 'b')
    return take_number (self, &number) && number <= 1;
  if (width == 0 || !take_padding (self, width) || self->size - self->at < width)
    return FALSE;
  self->at += width;
  return TRUE;
}

static gboolean
take_array (Cursor *self, char type)
{
  guint32 bytes;
  gsize end;

  if (width_of (type) == 0 || !take_number (self, &bytes) || !take_padding (self, width_of (type))
      || bytes > self->size - self->at)
    return FALSE;
  end = self->at + bytes;
  while (self->at < end)
    if (!take_basic (self, type))
      return FALSE;
  return self->at == end;
}

static gboolean
take_arguments (Cursor *self, const char *signature)
{
  for (const char *type = signature; *type != '\0'; type++)
    if (*type == 'a' ? !take_array (self, *++type) : !take_basic (self, *type))
      return FALSE;
  return self->at == self->size;
}

/* --- what is known -------------------------------------------------------- */

static char *
signature_of (const GDBusMethodInfo *method)
{
  GString *signature = g_string_new (NULL);

  for (guint i = 0; method->in_args != NULL && method->in_args[i] != NULL; i++)
    g_string_append (signature, method->in_args[i]->signature);
  return g_string_free (signature, FALSE);
}

/* (transfer full): of the arguments; NULL: there is no such method. */
static char *
find_signature (const Fields *fields)
{
  const GDBusMethodInfo *method;

  if (g_str_equal (fields->interface, PROPERTIES))
    return g_str_equal (fields->member, "Get") ? g_strdup ("ss") : NULL;
  method
      = g_dbus_interface_info_lookup_method (weft_dbus_session1_interface_info (), fields->member);
  return method != NULL ? signature_of (method) : NULL;
}

static gboolean
is_for_us (const Fields *fields)
{
  return fields->path != NULL && g_str_equal (fields->path, WEFT_SESSION_PATH)
         && fields->interface != NULL
         && (g_str_equal (fields->interface, weft_dbus_session1_interface_info ()->name)
             || g_str_equal (fields->interface, PROPERTIES))
         && fields->member != NULL && g_dbus_is_member_name (fields->member)
         && strlen (fields->member) <= MOST_NAME_BYTES;
}

/* --- a method of another version ------------------------------------------ */

static void
put_number (GByteArray *message, gsize offset, guint32 number)
{
  guint32 told = message->data[0] == 'l' ? GUINT32_TO_LE (number) : GUINT32_TO_BE (number);

  memcpy (message->data + offset, &told, sizeof told);
}

static void
append_padding (GByteArray *message)
{
  while (message->len % 8 != 0)
    g_byte_array_append (message, (const guint8 *)"", 1);
}

static void
append_field (GByteArray *message, GDBusMessageHeaderField code, char type, const char *text)
{
  guint8 head[8] = { (guint8)code, 1, (guint8)type };
  gsize length = strlen (text);

  append_padding (message);
  g_byte_array_append (message, head, sizeof head);
  put_number (message, message->len - 4, (guint32)length);
  g_byte_array_append (message, (const guint8 *)text, (guint)length + 1);
}

static void
drop_arguments (GByteArray *message, const Fields *fields)
{
  g_autoptr (GByteArray) bare = g_byte_array_new ();

  g_byte_array_append (bare, message->data, WEFT_WIRE_HEAD_BYTES);
  append_field (bare, G_DBUS_MESSAGE_HEADER_FIELD_PATH, 'o', fields->path);
  append_field (bare, G_DBUS_MESSAGE_HEADER_FIELD_INTERFACE, 's', fields->interface);
  append_field (bare, G_DBUS_MESSAGE_HEADER_FIELD_MEMBER, 's', fields->member);
  put_number (bare, 4, 0);
  put_number (bare, 12, bare->len - WEFT_WIRE_HEAD_BYTES);
  append_padding (bare);
  g_byte_array_set_size (message, 0);
  g_byte_array_append (message, bare->data, bare->len);
}

/* --- all of it ------------------------------------------------------------ */

gsize
weft_wire_call_measure (const guint8 *head, gsize most_bytes, GError **error)
{
  guint64 header, all;

  if ((head[0] != 'l' && head[0] != 'B') || head[1] != METHOD_CALL || (head[2] & ~KNOWN_FLAGS) != 0
      || head[3] != PROTOCOL_VERSION || number_at (head, 8) == 0)
    return complain (error, _ ("it does not begin as a method call does"));
  header = (WEFT_WIRE_HEAD_BYTES + (guint64)number_at (head, 12) + 7) / 8 * 8;
  all = header + number_at (head, 4);
  if (header > WEFT_WIRE_MOST_HEADER_BYTES || all > most_bytes)
    return complain (error, _ ("it is longer than any of them"));
  if (header == WEFT_WIRE_HEAD_BYTES)
    return complain (error, _ ("it does not say what is called"));
  return all;
}

gboolean
weft_wire_call_check (GByteArray *message, GError **error)
{
  Cursor cursor = { .bytes = message->data, .size = message->len };
  Fields fields = { 0 };
  g_autofree char *signature = NULL;

  g_return_val_if_fail (message->len > WEFT_WIRE_HEAD_BYTES, FALSE);
  if (!take_header (&cursor, &fields))
    return complain (error, _ ("a header field is unknown, malformed or told twice"));
  if (!is_for_us (&fields))
    return complain (error, _ ("it is for another object or interface"));
  signature = find_signature (&fields);
  if (signature == NULL)
    drop_arguments (message, &fields);
  else if (g_strcmp0 (fields.signature != NULL ? fields.signature : "", signature) != 0)
    return complain (error, _ ("its arguments are of other types"));
  else if (!take_arguments (&cursor, signature))
    return complain (error, _ ("its arguments are malformed"));
  return TRUE;
}
