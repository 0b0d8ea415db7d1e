// threads.go idle|contended: goroutines that wait for a job now and then, or goroutines
// that crowd one channel, whose lock is a mutex of the runtime.
package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

func idle(end time.Time) {
	jobs := make(chan int)
	for i := 0; i < 4; i++ {
		go func() {
			runtime.LockOSThread()
			for range jobs {
			}
		}()
	}
	for time.Now().Before(end) {
		jobs <- 1
		time.Sleep(70 * time.Millisecond)
	}
}

func contended(end time.Time) {
	runtime.GOMAXPROCS(8)
	crowd := make(chan int, 64)
	var all sync.WaitGroup
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := 0; n&1023 != 0 || time.Now().Before(end); n++ {
				select {
				case crowd <- 1:
				case <-crowd:
				}
			}
		}()
	}
	all.Wait()
}

func main() {
	end := time.Now().Add(1500 * time.Millisecond)
	if os.Args[1] == "idle" {
		idle(end)
	} else {
		contended(end)
	}
}
