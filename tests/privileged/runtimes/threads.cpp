// threads.cpp idle|contended: a pool that waits for a std::condition_variable with a job now
// and then, or threads that sleep with a std::mutex in hand.
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static std::mutex mutex;
static std::condition_variable changed;
static std::deque<int> jobs;

static void
serve ()
{
  pthread_setname_np (pthread_self (), "subject");
  std::unique_lock<std::mutex> lock (mutex);
  for (;;)
    {
      changed.wait (lock, [] { return !jobs.empty (); });
      int job = jobs.front ();
      jobs.pop_front ();
      if (job < 0)
        return;
    }
}

static void
contend (std::chrono::steady_clock::time_point end)
{
  pthread_setname_np (pthread_self (), "subject");
  while (std::chrono::steady_clock::now () < end)
    {
      std::lock_guard<std::mutex> lock (mutex);
      std::this_thread::sleep_for (1ms);
    }
}

static void
add_job (int job)
{
  std::lock_guard<std::mutex> lock (mutex);
  jobs.push_back (job);
  changed.notify_one ();
}

int
main (int argc, char **argv)
{
  auto end = std::chrono::steady_clock::now () + 1500ms;
  bool idle = argc > 1 && strcmp (argv[1], "idle") == 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 4; i++)
    threads.push_back (idle ? std::thread (serve) : std::thread (contend, end));
  for (int i = 0; idle && std::chrono::steady_clock::now () < end; i++, std::this_thread::sleep_for (70ms))
    add_job (i);
  for (int i = 0; idle && i < 4; i++)
    add_job (-1);
  for (auto &thread : threads)
    thread.join ();
}
