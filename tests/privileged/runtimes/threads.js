// threads.js idle|contended: the pool that reads files, with a file now and then, or
// workers that sleep with a lock of their own making in hand.
const fs = require('fs');
const { Worker, isMainThread, workerData } = require('worker_threads');

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function contend(word, end) {
  while (Date.now() < end) {
    while (Atomics.exchange(word, 0, 2) !== 0)
      Atomics.wait(word, 0, 2);
    sleep(1);
    Atomics.store(word, 0, 0);
    Atomics.notify(word, 0, 1);
  }
}

if (!isMainThread) {
  contend(new Int32Array(workerData.memory), workerData.end);
} else if (process.argv[2] === 'idle') {
  const timer = setInterval(() => fs.stat('/', () => {}), 70);
  setTimeout(() => clearInterval(timer), 1500);
} else {
  const memory = new SharedArrayBuffer(4);
  for (let i = 0; i < 4; i++)
    new Worker(__filename, { workerData: { memory, end: Date.now() + 1500 } });
}
