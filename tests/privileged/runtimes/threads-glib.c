/* threads-glib.c idle|contended: a GThreadPool with a job now and then, or threads that
 * sleep with a GMutex in hand. */
#include <glib.h>
#include <string.h>
#include <sys/prctl.h>

static GMutex mutex;

static void
serve (gpointer job, gpointer unused)
{
  prctl (PR_SET_NAME, "subject");
}

static gpointer
contend (gpointer end)
{
  while (g_get_monotonic_time () < *(gint64 *)end)
    {
      g_mutex_lock (&mutex);
      g_usleep (1000);
      g_mutex_unlock (&mutex);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  gint64 end = g_get_monotonic_time () + 1500000;

  if (argc > 1 && strcmp (argv[1], "idle") == 0)
    {
      GThreadPool *pool = g_thread_pool_new (serve, NULL, 4, TRUE, NULL);

      for (guint i = 1; g_get_monotonic_time () < end; i++)
        {
          g_thread_pool_push (pool, GUINT_TO_POINTER (i), NULL);
          g_usleep (70000);
        }
      g_thread_pool_free (pool, FALSE, TRUE);
    }
  else
    {
      GThread *threads[4];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("subject", contend, &end);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    }
  return 0;
}
