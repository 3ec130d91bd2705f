import SIPNIO
import Synchronization
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// What a user agent in this process sends and receives, over TLS too, for the trace auditor.
final class Wiretap: Sendable {
    private struct Tape {
        var packets = TracePackets()
        var octets = TracePackets.header
    }

    private let tape = Mutex(Tape())

    /// For `SIPUserAgentConfiguration.onMessage`.
    func take(_ message: TracedMessage) {
        tape.withLock { tape in
            tape.octets += tape.packets.packets(of: message, at: message.time.nanoseconds / 1_000)
        }
    }

    /// Has the auditor read it.
    ///
    /// - Parameters:
    ///   - decrypted: the ports at which TLS is spoken.
    ///   - proxies: ports of proxies, which pass on what others say.
    func audit(
        decrypted: Set<UInt16> = [], proxies: Set<UInt16> = [], waivers: [Waiver] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try Capture.audit(
            tape.withLock { $0.octets }, decrypted: decrypted, proxies: proxies, waivers: waivers,
            sourceLocation: sourceLocation)
    }
}
