internal import Dispatch
internal import Synchronization
package import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A folder with one journal for each call, `<call's identifier>.journal`.
package final class JournalFolder: JournalKeeping {
    private let path: String
    private let maximumOctets: Int
    private let onTrouble: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "trunkline.journal", qos: .utility)
    private let open = Mutex<[String: JournalFile]>([:])

    /// Makes the folder where it is not there.
    ///
    /// - Parameters:
    ///   - maximumOctets: of one call's journal; what comes after is left out, which the journal says.
    ///   - onTrouble: is told, once for each call, why its journal could not be written.
    /// - Throws: when the folder can't be made.
    package init(
        path: String, maximumOctets: Int = 64 << 20, onTrouble: @escaping @Sendable (String) -> Void
    ) throws(JournalError) {
        self.path = path
        self.maximumOctets = maximumOctets
        self.onTrouble = onTrouble
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/\(part)"
            guard !part.isEmpty else {
                made = made == "/" ? "" : made
                continue
            }
            if unsafe mkdir(made, 0o700) != 0, errno != EEXIST {
                throw JournalError("\(path) can't be made: \(unsafe String(cString: strerror(errno)))")
            }
        }
        guard unsafe access(path, W_OK) == 0 else { throw JournalError("\(path) can't be written in") }
    }

    /// Where the journal of a call is; whoever erases the call removes it.
    package static func path(of call: String, in folder: String) -> String {
        // An identifier of a caller's making must not lead elsewhere.
        let name = call.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "_" }
        return "\(folder)/\(String(name)).journal"
    }

    package func journal(of call: String) -> any JournalSink {
        open.withLock { open in
            if let file = open[call] { return file }
            let file = JournalFile(
                path: Self.path(of: call, in: path), call: call, maximumOctets: maximumOctets, queue: queue,
                onTrouble: onTrouble, onEnd: { [weak self] in self?.forget(call) })
            open[call] = file
            return file
        }
    }

    private func forget(_ call: String) { open.withLock { $0[call] = nil } }

    /// Ends all journals, and waits until everything is written.
    package func finish() async {
        let files = open.withLock { Array($0.values) }
        for file in files { file.end() }
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}

/// The journal of one call on its way into a file that only its owner may read.
///
/// What comes is gathered for a quarter of a second and written at once, on a queue of its own: when the process is killed
/// no more than that is lost, and of the sound a tenth of a second more.
final class JournalFile: JournalSink {
    private static let gathering = DispatchTimeInterval.milliseconds(250)

    private struct State {
        var gathered: [UInt8] = []
        var isScheduled = false
        var length = 0
        var isOver = false
    }

    private let path: String
    private let maximumOctets: Int
    private let queue: DispatchQueue
    private let onTrouble: @Sendable (String) -> Void
    private let onEnd: @Sendable () -> Void
    private let state: Mutex<State>
    /// Used on the queue alone: -1 before it is opened, -2 when it can't be.
    private let descriptor = Mutex<Int32>(-1)

    init(
        path: String, call: String, maximumOctets: Int, queue: DispatchQueue,
        onTrouble: @escaping @Sendable (String) -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        self.path = path
        self.maximumOctets = maximumOctets
        self.queue = queue
        self.onTrouble = onTrouble
        self.onEnd = onEnd
        var writing = JournalWriting()
        writing.put(call)
        let head = JournalRecord.magic + JournalRecord(.head, at: .zero, writing.octets).octets
        state = Mutex(State(gathered: head, length: head.count))
    }

    deinit {
        let descriptor = descriptor.withLock { $0 }
        if descriptor >= 0 { _ = close(descriptor) }
    }

    func put(_ octets: [UInt8]) {
        let isFirst = state.withLock { state in
            guard !state.isOver else { return false }
            if state.length + octets.count > maximumOctets {
                state.isOver = true
                state.gathered += JournalRecord(.truncated, at: .zero).octets
            } else {
                state.gathered += octets
                state.length += octets.count
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.gathering) { self.write() } }
    }

    func end() {
        state.withLock { state in
            if !state.isOver { state.gathered += JournalRecord(.end, at: .zero).octets }
            state.isOver = true
        }
        queue.async { self.write() }
        onEnd()
    }

    private func write() {
        let octets = state.withLock { state in
            defer {
                state.gathered = []
                state.isScheduled = false
            }
            return state.gathered
        }
        guard !octets.isEmpty else { return }
        let trouble: String? = descriptor.withLock { descriptor in
            if descriptor == -1 {
                descriptor = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else {
                    descriptor = -2
                    return unsafe String(cString: strerror(errno))
                }
            }
            guard descriptor >= 0 else { return nil }
            var rest = octets[...]
            while !rest.isEmpty {
                let written = unsafe rest.withUnsafeBytes { unsafe Self.write(descriptor, $0) }
                guard written > 0 else {
                    // A full disk ends the journal and nothing else.
                    _ = close(descriptor)
                    descriptor = -2
                    return unsafe String(cString: strerror(errno))
                }
                rest = rest.dropFirst(written)
            }
            return nil
        }
        if let trouble { onTrouble("the journal \(path) can't be written: \(trouble)") }
    }

    private static func write(_ descriptor: Int32, _ octets: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(descriptor, octets.baseAddress, octets.count)
        #elseif canImport(Musl)
            unsafe Musl.write(descriptor, octets.baseAddress, octets.count)
        #else
            unsafe Darwin.write(descriptor, octets.baseAddress, octets.count)
        #endif
    }
}
