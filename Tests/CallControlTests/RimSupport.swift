import Crypto
import Foundation
import Logging
import ProviderDoubles
import Synchronization
import Telephony
import TelephonyPrimitives

@testable import CallControl
@testable import Telnyx

/// A server on this machine, and a carrier that is none.
struct Rim {
    let server: CallControlServer
    let double: CallControlDouble
    let serving: Task<Void, Never>
    let lines: LogLines
    private let key: Curve25519.Signing.PrivateKey

    var port: Int { Int(server.address.port) }
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// - Parameter handle: what is done with each call.
    init(
        maximumCalls: Int = 10, limits: CallControlLeg.Limits = CallControlLeg.Limits(),
        codec: CallControlConfiguration.Codec = .pcmu, servesTeXML: Bool = false,
        handle: @escaping @Sendable (IncomingLeg) async throws -> Void
    ) async throws {
        let key = Curve25519.Signing.PrivateKey()
        self.key = key
        double = try await CallControlDouble { octets in
            ((try? key.signature(for: Data(octets))) ?? Data()).base64EncodedString()
        }
        var configuration = CallControlConfiguration(
            listen: TransportAddress(ip: .loopbackV4, port: 0), publicURL: "https://agent.example",
            publicKey: key.publicKey.rawRepresentation.base64EncodedString(), apiKey: Secret("KEYplanted"))
        configuration.apiURL = double.url
        configuration.codec = codec
        configuration.connection = "1494404757140276705"
        configuration.caller = "+12025550131"
        configuration.maximumCalls = maximumCalls
        configuration.servesTeXML = servesTeXML
        let lines = LogLines()
        self.lines = lines
        let logger = Logger(label: "test") { _ in LogKeeper(lines: lines) }
        let server = try await CallControlServer(configuration, limits: limits, logger: logger)
        self.server = server
        let ready = AsyncStream.makeStream(of: Void.self)
        serving = Task {
            ready.continuation.finish()
            await server.serve(handle)
        }
        for await _ in ready.stream {}
        // The port is open before somebody serves.
        while await !server.isServing { await Task.yield() }
    }

    /// In Base64.
    func sign(_ octets: [UInt8]) -> String {
        ((try? key.signature(for: Data(octets))) ?? Data()).base64EncodedString()
    }

    /// Posts a webhook that is signed as it should be.
    @discardableResult func post(
        _ type: String, call: String = "v3:one", _ payload: [String: String] = [:]
    ) async throws -> Int {
        try await CallControlDouble.post(
            double.webhook(type, call: call, payload: payload, time: Self.now), to: port)
    }

    static let incoming = [
        "direction": "incoming", "state": "parked", "from": "+12025550133", "to": "+12025550131",
    ]

    /// A call that comes in, up to its stream.
    func ring(call: String = "v3:one", _ more: [String: String] = [:]) async throws -> MediaStreamPeer {
        try await post("call.initiated", call: call, Self.incoming.merging(more) { $1 })
        let answer = await double.next("answer")
        try await post("call.answered", call: call, ["state": "answered"])
        let peer = try await MediaStreamPeer.open(answer.fields["stream_url"] ?? "", port: port)
        try peer.begin(call: call)
        return peer
    }

    func close() async {
        await server.shutdown(drain: .zero)
        await serving.value
        await double.stop()
    }
}

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private struct LogKeeper: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}

/// What is told by one task and awaited by another.
final class Told<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let sink: AsyncStream<Value>.Continuation

    init() { (stream, sink) = AsyncStream.makeStream() }

    func tell(_ value: Value) { sink.yield(value) }

    func next() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}
