internal import Dispatch
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file with every SIP message of the process, TLS or not, that Wireshark, sngrep and the trace auditor read.
///
/// It holds what the messages hold, and what goes over TLS stands in it for everybody to read: only its owner may.
final class SIPTrace: Sendable {
    private struct File: ~Copyable {
        let descriptor: Int32
        var packets = TracePackets()
    }

    private let queue = DispatchQueue(label: "trunkline.sip-trace", qos: .utility)
    private let file: Mutex<File>
    /// Microseconds from the start of the loops' clock to 1970.
    private let offset: Int64

    /// - Throws: ``SIPTrace/Failure`` when the file can't be made.
    init(path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(sentence: "--sip-trace \(path): \(unsafe String(cString: strerror(errno))).")
        }
        offset = WallClock.now * 1_000 - Instant.now.nanoseconds / 1_000
        file = Mutex(File(descriptor: descriptor))
        Self.write(TracePackets.header, to: descriptor)
    }

    deinit {
        file.withLock { _ = close($0.descriptor) }
    }

    /// Takes a message; returns at once.
    func take(_ message: TracedMessage) {
        let time = message.time.nanoseconds / 1_000 + offset
        queue.async { [self] in
            file.withLock { Self.write($0.packets.packets(of: message, at: time), to: $0.descriptor) }
        }
    }

    /// Waits until all that was taken is written.
    func finish() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    /// A full disk ends the trace and nothing else.
    private static func write(_ octets: [UInt8], to descriptor: Int32) {
        FileHandleOutput(descriptor: descriptor).write(octets)
    }

    struct Failure: Error, CustomStringConvertible {
        var sentence: String
        var description: String { sentence }
    }
}
