/* event-fields.c: the names of fields and kinds. In: numbers. Out: words that other
 * programs rely on, never translated. */
#include "event-row.h"

static const struct
{
  const char *column, *key;
  WeftFieldType type;
} fields[WEFT_N_FIELDS] = {
  [WEFT_FIELD_TIMESTAMP] = { "Timestamp", "timestamp", WEFT_FIELD_IS_TIME },
  [WEFT_FIELD_EVENT_TYPE] = { "Event_Type", "event_type", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_PID] = { "PID", "pid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_PPID] = { "PPID", "ppid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_COMMAND] = { "Command", "command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_PARENT_COMMAND] = { "Parent_Command", "parent_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_CHILD_COMMAND] = { "Child_Command", "child_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_PREV_PID] = { "Prev_PID", "prev_pid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_PREV_COMMAND] = { "Prev_Command", "prev_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_NEXT_PID] = { "Next_PID", "next_pid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_NEXT_COMMAND] = { "Next_Command", "next_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_TID] = { "TID", "tid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_CPU] = { "CPU", "cpu", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_STATE] = { "State", "state", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_REASON] = { "Reason", "reason", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_SYSTEM_CALL] = { "System_Call", "system_call", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_ARGUMENT] = { "Argument", "argument", WEFT_FIELD_IS_HEX },
  [WEFT_FIELD_WAITS_ON] = { "Waits_On", "waits_on", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_WAKER_CONTEXT] = { "Waker_Context", "waker_context", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_WAKER_PID] = { "Waker_PID", "waker_pid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_WAKER_TID] = { "Waker_TID", "waker_tid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_WAKER_COMMAND] = { "Waker_Command", "waker_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_TARGET_CPU] = { "Target_CPU", "target_cpu", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_NEXT_TID] = { "Next_TID", "next_tid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_PARENT_TID] = { "Parent_TID", "parent_tid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_OLD_COMMAND] = { "Old_Command", "old_command", WEFT_FIELD_IS_TEXT },
  [WEFT_FIELD_OLD_TID] = { "Old_TID", "old_tid", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_EXIT_CODE] = { "Exit_Code", "exit_code", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_EXIT_SIGNAL] = { "Exit_Signal", "exit_signal", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_COUNT] = { "Count", "count", WEFT_FIELD_IS_NUMBER },
  [WEFT_FIELD_SINCE_NS] = { "Since_ns", "since_ns", WEFT_FIELD_IS_SIGNED },
  [WEFT_FIELD_TIME_NS] = { "Time_ns", "time_ns", WEFT_FIELD_IS_SIGNED },
};

static const char *const kind_names[] = {
#define KIND_NAME(name, number, units, group, text, event, usual) [number] = event,
  WEFT_KINDS (KIND_NAME)
#undef KIND_NAME
};

const char *
weft_field_get_column (WeftField field)
{
  return fields[field].column;
}

const char *
weft_field_get_key (WeftField field)
{
  return fields[field].key;
}

WeftFieldType
weft_field_get_type (WeftField field)
{
  return fields[field].type;
}

guint64
weft_event_kind_from_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++)
    if (kind_names[i] != NULL && g_ascii_strcasecmp (kind_names[i], name) == 0)
      return WEFT_EVENT_KIND (i);
  return g_ascii_strcasecmp (name, "all") == 0 ? WEFT_EVENT_KINDS_ALL : 0;
}

char *
weft_event_kinds_list (guint64 kinds)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++)
    {
      g_autofree char *name = kind_names[i] != NULL ? g_ascii_strdown (kind_names[i], -1) : NULL;

      if (name != NULL && (kinds & WEFT_EVENT_KIND (i)) != 0)
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", name);
    }
  return g_string_free (list, FALSE);
}

const char *
weft_event_kind_get_name (guint8 kind)
{
  return kind < G_N_ELEMENTS (kind_names) ? kind_names[kind] : NULL;
}
