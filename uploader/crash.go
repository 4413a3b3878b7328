package uploader

import "simdrop/internal/crash"

// watchBytes has the body pass the crash points between its first byte and the
// answer.
func watchBytes(p *parcel) {
	if !crash.Enabled {
		return
	}
	next, size := p.Sent, p.bytes
	p.Sent = func(n int64) {
		if next != nil {
			next(n)
		}
		crash.Point(crash.Sending)
		if n >= size {
			crash.Point(crash.Sent)
		}
	}
}
