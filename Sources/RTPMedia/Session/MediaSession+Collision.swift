internal import TelephonyPrimitives

/// Two sources with one SSRC, and our own packets that come back (RFC 3550 §8.2).
extension MediaSession {
    /// So long packets under our SSRC are ours that come back: ten intervals of reports (RFC 3550 §8.2). It is as well
    /// how often somebody who forges them can make us change.
    static var collisionMemory: Duration { .seconds(50) }

    /// A packet of the call came under our own SSRC: we take another, unless we have done so lately. Then the other side
    /// sends back what we send, as test lines do. That is heard, for the caller asked for it, and counted.
    mutating func collide(_ now: Instant) {
        if let last = collided, now - last < Self.collisionMemory {
            counters.loops += 1
            collided = now
            return
        }
        collided = now
        counters.ssrcCollisions += 1
        if stream.packets > 0 || hasReported { sendReport(now: now, isGoodbye: true) }
        var ssrc = UInt32(truncatingIfNeeded: random.next())
        while ssrc == stream.ssrc || ssrc == remoteSSRC { ssrc &+= 1 }
        stream.changeSource(to: ssrc)
        needsMarker = true
        // What the other side reports begins anew as well.
        remoteLostBefore &+= remoteLost
        remoteLost = 0
    }
}
