package wire

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, w := watch(context.Background(), time.Minute)
		defer w.stop()
		for range 10 {
			<-time.After(50 * time.Second)
			w.moved()
		}
		if ctx.Err() != nil {
			t.Fatal("barked although things moved")
		}
		w.patience(3 * time.Minute)
		<-time.After(2*time.Minute + 50*time.Second)
		if ctx.Err() != nil {
			t.Fatal("impatient")
		}
		<-time.After(time.Minute)
		if context.Cause(ctx) != error(idleError{3 * time.Minute}) {
			t.Errorf("cause %v", context.Cause(ctx))
		}
	})
}

// On a slow line one write may sit in the kernel's buffer; what the peer has
// acknowledged is progress all the same.
func TestAcknowledged(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	before, ok := acknowledged(conn)
	if !ok {
		t.Skip("this system does not tell what was acknowledged")
	}
	if _, err := conn.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(peer, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	// An answer carries the acknowledgement with it.
	peer.Write([]byte("x"))
	conn.Read(make([]byte, 1))
	if after, _ := acknowledged(conn); after-before < 1000 {
		t.Errorf("%d bytes acknowledged, then %d", before, after)
	}
	if _, ok := acknowledged(nil); ok {
		t.Error("told of no connection")
	}
}
