internal import TelephonyPrimitives

/// Two sources with one SSRC, and our own packets that come back (RFC 3550 §8.2).
extension MediaSession {
    /// Where a packet with our SSRC came from last.
    struct Collision {
        var host: IPAddress
        var seen: Instant
    }

    /// So long packets of the same host under our SSRC are ours that come back: ten intervals of reports (RFC 3550 §8.2).
    static var collisionMemory: Duration { .seconds(50) }

    /// A packet of the call came under our own SSRC: we take another, unless we have done so for this host already. Then
    /// it sends back what we send, as test lines do. That is heard, for the caller asked for it, and counted.
    mutating func collide(with host: IPAddress, _ now: Instant) {
        if let last = collision, last.host == host, now - last.seen < Self.collisionMemory {
            counters.loops += 1
            collision?.seen = now
            return
        }
        collision = Collision(host: host, seen: now)
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
