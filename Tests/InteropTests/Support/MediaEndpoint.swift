import Foundation
import RTPMedia
import TelephonyPrimitives

/// A ``MediaSession`` on two UDP sockets of its own, without any signalling: what a rim does for it, as plainly as it
/// can be done.
final class MediaEndpoint: Sendable {
    struct Heard: Sendable {
        var samples: [Int16] = []
        var statistics = MediaStatistics()
        var events: [MediaEvent] = []
    }

    /// That of RTP; RTCP is on the next one.
    let port: UInt16
    private let rtp: Int32
    private let rtcp: Int32

    init() throws {
        port = try Workspace.freePort()
        rtp = try Self.open(port)
        do {
            rtcp = try Self.open(port + 1)
        } catch {
            Glibc.close(rtp)
            throw error
        }
    }

    deinit {
        Glibc.close(rtp)
        Glibc.close(rtcp)
    }

    /// Sends a sound, 20 ms of it every 20 ms, then a little silence and a goodbye.
    ///
    /// - Parameter sound: at the rate of the codec.
    func play(_ sound: [Int16], _ configuration: MediaSessionConfiguration) async -> Heard {
        await onThread {
            var session = MediaSession(configuration: configuration, random: SystemRandomNumberGenerator())
            var heard = Heard()
            let length = session.sampleRate / 50
            let start = ContinuousClock.now
            for tick in 0..<(sound.count / length + 10) {
                var wait: Duration { .milliseconds(20) * tick - start.duration(to: .now) }
                while wait > .zero {
                    self.poll(wait)
                    _ = self.receive(into: &session, now: .zero + start.duration(to: .now))
                }
                let now = Instant.zero + start.duration(to: .now)
                let samples = Array(sound.dropFirst(tick * length).prefix(length))
                session.push(
                    samples.isEmpty ? nil : PCMFrame(samples: samples, sampleRate: session.sampleRate), now: now)
                session.wake(now: now)
                self.flush(&session, into: &heard)
            }
            self.end(&session, now: .zero + start.duration(to: .now), &heard)
            return heard
        }
    }

    /// Hears what comes until it is over.
    ///
    /// Time goes by what comes, 20 ms for a packet, and not by the clock: a busy machine on which the other side sends in
    /// fits and starts makes no difference to what is heard. Jitter is for the tests of the jitter buffer.
    ///
    /// - Parameter isOver: is asked when nothing has come for 20 ms; after 20 s nobody is asked any more.
    func hear(
        _ configuration: MediaSessionConfiguration, until isOver: @escaping @Sendable () -> Bool
    ) async -> Heard {
        await onThread {
            var session = MediaSession(configuration: configuration, random: SystemRandomNumberGenerator())
            var heard = Heard()
            var now = Instant.zero
            func tick() {
                heard.samples += session.pull(now: now).samples
                session.wake(now: now)
                self.flush(&session, into: &heard)
                now = now + .milliseconds(20)
            }
            let start = ContinuousClock.now
            while start.duration(to: .now) < .seconds(20) {
                // Asked before it is looked whether something has come: nothing comes after the end.
                let isOver = isOver()
                self.poll(.milliseconds(20))
                var hasCome = false
                while let isRTP = self.receive(into: &session, now: now) {
                    if isRTP { tick() }
                    hasCome = true
                }
                if isOver, !hasCome { break }
            }
            // What the jitter buffer still holds.
            for _ in 0..<20 { tick() }
            self.end(&session, now: now, &heard)
            return heard
        }
    }

    /// A thread of its own: the ticks wait for nobody else's work.
    private func onThread(_ body: @escaping @Sendable () -> Heard) async -> Heard {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    private func end(_ session: inout MediaSession, now: Instant, _ heard: inout Heard) {
        heard.statistics = session.statistics
        session.close(now: now)
        flush(&session, into: &heard)
    }

    private func flush(_ session: inout MediaSession, into heard: inout Heard) {
        while let output = session.nextOutput() {
            switch output {
            case .rtp(let octets, let place): send(octets, from: rtp, to: place)
            case .rtcp(let octets, let place): send(octets, from: rtcp, to: place)
            case .event(let event): heard.events.append(event)
            }
        }
    }

    // MARK: Sockets

    private static func place(_ port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return place
    }

    private static func open(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var place = place(port)
        let bound = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, bound == 0 else {
            Glibc.close(descriptor)
            throw Program.Failure(description: "Port \(port) can't be opened: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private func poll(_ duration: Duration) {
        var sockets = [rtp, rtcp].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = Glibc.poll(&sockets, 2, Int32(clamping: max(1, duration.inMilliseconds)))
    }

    /// Takes the next datagram, of RTP before RTCP.
    ///
    /// - Returns: whether it came to the port of RTP; `nil` when there is none.
    private func receive(into session: inout MediaSession, now: Instant) -> Bool? {
        var octets = [UInt8](repeating: 0, count: MediaSession.maximumDatagram + 1)
        for descriptor in [rtp, rtcp] {
            var place = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &octets, octets.count, Int32(MSG_DONTWAIT), $0, &length)
                }
            }
            // That nobody is at the port that we sent to is told once, and passed over.
            guard count >= 0 else { continue }
            session.receive(
                packet: Array(octets[..<count]),
                from: TransportAddress(ip: .loopbackV4, port: UInt16(bigEndian: place.sin_port)), now: now)
            return descriptor == rtp
        }
        return nil
    }

    private func send(_ octets: [UInt8], from descriptor: Int32, to target: TransportAddress) {
        var place = Self.place(target.port)
        _ = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, octets, octets.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
