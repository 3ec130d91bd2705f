internal import Agent
internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A server that is a program: JSON lines over its input and output, remarks over its standard error.
final class MCPProcess: MCPConnection {
    /// Octets of one message.
    private static let longestLine = 4 << 20
    private static let longestRemark = 500
    private static let maximumRemarks = 200
    /// Messages that wait to be written.
    private static let maximumWaiting = 256
    /// What a program may know of our environment.
    private static let inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "LOGNAME", "SHELL"]

    let arrivals: AsyncStream<MCPArrival>
    private let sink: AsyncStream<MCPArrival>.Continuation
    private let child: ChildProcess
    // Threads of their own: they wait in the system for what comes.
    private let reader = DispatchQueue(label: "trunkline.mcp.reader")
    private let listener = DispatchQueue(label: "trunkline.mcp.remarks")
    private let writer = DispatchQueue(label: "trunkline.mcp.writer")
    private let waiting = Mutex(0)

    /// - Throws: `ToolRefusal` when the program can't be started.
    static func start(command: [String], environment: [String: String]) throws(ToolRefusal) -> MCPProcess {
        let own = ProcessInfo.processInfo.environment
        var known = own.filter { inherited.contains($0.key) }
        known.merge(environment) { $1 }
        do throws(ChildProcess.Failure) {
            return MCPProcess(try ChildProcess(command, environment: known))
        } catch {
            throw ToolRefusal(error.description)
        }
    }

    /// Apart from what can fail: Swift 6.3.1 crashes when it optimises both in one.
    private init(_ child: ChildProcess) {
        self.child = child
        (arrivals, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1_024))
        reader.async { [child, sink] in
            Self.read(child.socket, longest: Self.longestLine) { line in
                guard !line.allSatisfy({ $0 <= 0x20 }) else { return }
                if let json = try? JSONValue(parsing: line) {
                    for message in json.array ?? [json] { sink.yield(.message(message)) }
                } else {
                    sink.yield(.remark("wrote a line that is no JSON: " + Self.remark(line)))
                }
            }
            child.end(within: .seconds(1))
            sink.finish()
        }
        listener.async { [child, sink] in
            var left = Self.maximumRemarks
            Self.read(child.remarks, longest: 64 << 10) { line in
                left -= 1
                if left >= 0 { sink.yield(.remark(Self.remark(line))) }
                if left == 0 { sink.yield(.remark("(says more, which is left out)")) }
            }
        }
    }

    private static func remark(_ line: ArraySlice<UInt8>) -> String {
        PrintableText.of(String(decoding: line.prefix(longestRemark), as: UTF8.self))
    }

    func send(_ message: MCPMessage) {
        let mayWait = waiting.withLock { waiting in
            guard waiting < Self.maximumWaiting else { return false }
            waiting += 1
            return true
        }
        guard mayWait else {
            if let number = message.number, case .request = message {
                sink.yield(.requestFailed(number, "The service takes nothing in."))
            }
            return
        }
        let line = Array((message.json.json + "\n").utf8)
        writer.async { [child] in
            child.write(line)
            self.waiting.withLock { $0 -= 1 }
        }
    }

    func abandon(_ request: Int) {}
    func agreed(version: String) {}

    func close() async {
        child.closeInput()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [child] in
                child.end(within: .seconds(1))
                continuation.resume()
            }
        }
    }

    /// Reads lines until the end. Of a line that is too long nothing is told.
    private static func read(_ descriptor: Int32, longest: Int, _ take: (ArraySlice<UInt8>) -> Void) {
        var line: [UInt8] = []
        var isTooLong = false
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe systemRead(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            var rest = chunk.prefix(count)
            while let end = rest.firstIndex(of: 0x0A) {
                if !isTooLong, line.count + (end - rest.startIndex) <= longest {
                    line += rest[..<end]
                    take(line[...])
                }
                line.removeAll(keepingCapacity: false)
                isTooLong = false
                rest = rest[(end + 1)...]
            }
            if line.count + rest.count > longest { isTooLong = true }
            if isTooLong { line = [] } else { line += rest }
        }
    }
}

/// `read`, whose name others have, too.
@unsafe func systemRead(_ descriptor: Int32, _ octets: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    unsafe read(descriptor, octets, count)
}
