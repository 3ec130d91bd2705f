internal import ArgumentParser
internal import Dispatch
internal import RTPMedia
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How much of the sound a trace holds.
enum TracedSound: String, Sendable, ExpressibleByArgument, CaseIterable {
    /// As it was on the wire.
    case wire
    /// What is encrypted in the clear.
    case clear
}

/// A file with every SIP message of the process, TLS or not, that Wireshark, sngrep and the trace auditor read; with the
/// sound as well, where that is wanted.
///
/// It holds what the messages hold, and what goes over TLS stands in it for everybody to read: only its owner may.
final class CallTrace: Sendable {
    private struct File: ~Copyable {
        let descriptor: Int32
        var capture: MediaCapture
        var octets: [UInt8] = []
    }

    /// Octets that the file may grow to: 16 GiB.
    private static let maximumLength = 1 << 34

    private let queue = DispatchQueue(label: "trunkline.trace", qos: .utility)
    private let file: Mutex<File>
    /// Nanoseconds from the start of the loops' clock to 1970.
    private let offset: Int64
    private let sound: TracedSound?

    /// - Throws: ``CallTrace/Failure`` when the file can't be made.
    init(path: String, sound: TracedSound?) throws(Failure) {
        let descriptor = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(sentence: "--sip-trace \(path): \(unsafe String(cString: strerror(errno))).")
        }
        offset = WallClock.now * 1_000_000 - Instant.now.nanoseconds
        self.sound = sound
        let capture = MediaCapture(isDecrypted: sound == .clear, maximumLength: Self.maximumLength)
        file = Mutex(File(descriptor: descriptor, capture: capture))
        Self.write(MediaCapture.header, to: descriptor)
    }

    /// The trace that was asked for, if one was.
    static func make(path: String?, sound: TracedSound?) throws(Failure) -> CallTrace? {
        guard let path else {
            guard sound == nil else {
                throw Failure(sentence: "--trace-sound needs a file to write to: add --sip-trace FILE.")
            }
            return nil
        }
        return try CallTrace(path: path, sound: sound)
    }

    deinit {
        file.withLock { _ = close($0.descriptor) }
    }

    /// Lets an endpoint tell what is to be traced.
    func attach(to configuration: inout EndpointConfiguration) {
        configuration.onMessage = { self.take($0) }
        guard let sound else { return }
        configuration.mediaTrace = MediaTrace(isDecrypted: sound == .clear) { self.take($0) }
    }

    private func take(_ message: TracedMessage) {
        let time = message.time.nanoseconds &+ offset
        write { capture, octets in
            capture.message(
                message.octets.span, from: message.source, to: message.destination, over: message.pcapTransport,
                at: time, into: &octets)
        }
    }

    private func take(_ datagram: TracedDatagram) {
        let time = datagram.time.nanoseconds &+ offset
        let (source, destination) =
            datagram.isReceived ? (datagram.remote, datagram.local) : (datagram.local, datagram.remote)
        write { capture, octets in
            let clear = datagram.clear ?? []
            capture.media(
                datagram.octets.span, clear: clear.span, from: source, to: destination, at: time, into: &octets)
        }
    }

    /// In the order of the calls, and not on the loop of the caller.
    private func write(_ body: @escaping @Sendable (inout MediaCapture, inout [UInt8]) -> Void) {
        queue.async { [self] in
            file.withLock { file in
                file.octets.removeAll(keepingCapacity: true)
                body(&file.capture, &file.octets)
                Self.write(file.octets, to: file.descriptor)
            }
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
