// threads.rs idle|contended: a pool that waits for a Condvar with a job now and then, or
// threads that sleep with a Mutex in hand.
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{sleep, Builder};
use std::time::{Duration, Instant};

struct Pool {
    jobs: Mutex<VecDeque<i32>>,
    changed: Condvar,
}

impl Pool {
    fn add(&self, job: i32) {
        self.jobs.lock().unwrap().push_back(job);
        self.changed.notify_one();
    }

    fn serve(&self) {
        loop {
            let mut jobs = self.jobs.lock().unwrap();
            while jobs.is_empty() {
                jobs = self.changed.wait(jobs).unwrap();
            }
            if jobs.pop_front().unwrap() < 0 {
                return;
            }
        }
    }

    fn contend(&self, end: Instant) {
        while Instant::now() < end {
            let _jobs = self.jobs.lock().unwrap();
            sleep(Duration::from_millis(1));
        }
    }
}

fn main() {
    let end = Instant::now() + Duration::from_millis(1500);
    let idle = std::env::args().nth(1).unwrap() == "idle";
    let pool = Arc::new(Pool { jobs: Mutex::new(VecDeque::new()), changed: Condvar::new() });
    let mut threads = Vec::new();
    for _ in 0..4 {
        let pool = pool.clone();
        let subject = Builder::new().name("subject".to_string());
        threads.push(subject.spawn(move || if idle { pool.serve() } else { pool.contend(end) }).unwrap());
    }
    while idle && Instant::now() < end {
        pool.add(1);
        sleep(Duration::from_millis(70));
    }
    for _ in 0..4 {
        pool.add(-1);
    }
    for thread in threads {
        thread.join().unwrap();
    }
}
