/* Threads idle|contended: a fixed pool with a job now and then, or threads that sleep
 * within the monitor of one object. */
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class Threads {
    private static final Object monitor = new Object();

    private static void contend(long end) {
        while (System.nanoTime() < end) {
            synchronized (monitor) {
                pause(1);
            }
        }
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void idle(long end) {
        ExecutorService pool = Executors.newFixedThreadPool(4, job -> new Thread(job, "subject"));
        while (System.nanoTime() < end) {
            pool.submit(() -> { });
            pause(70);
        }
        pool.shutdown();
    }

    public static void main(String[] words) {
        long end = System.nanoTime() + 1_500_000_000L;
        if (words[0].equals("idle")) {
            idle(end);
            return;
        }
        for (int i = 0; i < 4; i++) {
            new Thread(() -> contend(end), "subject").start();
        }
    }
}
