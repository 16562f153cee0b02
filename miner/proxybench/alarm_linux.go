package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// alarm waits for instants more exactly than time.Sleep. The runtime's timers wait in epoll_wait for whole milliseconds:
// they are late by up to one, by how much depends on what else goes on in the process, and that is as much as is to be
// measured here. A timerfd is late by the time that it takes to wake a thread.
//
// It is used by one goroutine at a time.
type alarm struct {
	file *os.File
	fd   int
}

var alarms sync.Pool // of *alarm

// sleepUntil returns at an instant, at once when that is over.
func sleepUntil(due time.Time) error {
	if time.Until(due) <= 0 {
		return nil
	}
	a, ok := alarms.Get().(*alarm)
	if !ok {
		var err error
		if a, err = newAlarm(); err != nil {
			return err
		}
	}
	defer alarms.Put(a)
	return a.wait(due)
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	return &alarm{file: os.NewFile(uintptr(fd), "timer"), fd: fd}, nil
}

func (a *alarm) wait(due time.Time) error {
	left := time.Until(due)
	if left <= 0 {
		return nil
	}
	if err := unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(left.Nanoseconds())}, nil); err != nil {
		return fmt.Errorf("set a timer: %w", err)
	}
	var expired [8]byte
	if _, err := a.file.Read(expired[:]); err != nil {
		return fmt.Errorf("wait for a timer: %w", err)
	}
	if binary.NativeEndian.Uint64(expired[:]) == 0 {
		return fmt.Errorf("a timer of %s did not expire", left)
	}
	return nil
}
