import Logging
import NIOCore
import NIOPosix
import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// A user agent on loopback with its events in a stream.
struct Rim: Sendable {
    let agent: SIPUserAgent
    let addresses: [ListenAddress]
    let events: AsyncStream<UserAgentCore.Event>

    /// Runs `body` with a user agent that listens on `listen`, and closes it.
    static func with<Result>(
        _ listen: [TransportProtocol], change: (inout SIPUserAgentConfiguration) -> Void = { _ in },
        body: (Rim) async throws -> Result
    ) async throws -> Result {
        let addresses = listen.map { ListenAddress($0, TransportAddress(ip: .loopbackV4, port: 0)) }
        var configuration = SIPUserAgentConfiguration(core: UserAgentConfiguration(), listen: addresses)
        change(&configuration)
        let (stream, continuation) = AsyncStream.makeStream(of: UserAgentCore.Event.self)
        let agent = SIPUserAgent(
            configuration: configuration, loop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onEvent: { continuation.yield($0) })
        let rim = Rim(agent: agent, addresses: try await agent.start(), events: stream)
        do {
            let result = try await body(rim)
            await agent.close()
            return result
        } catch {
            await agent.close()
            throw error
        }
    }

    func address(_ transport: TransportProtocol) throws -> TransportAddress {
        try #require(addresses.first { $0.protocol == transport }).address
    }

    /// Sends OPTIONS to `target` and returns the status of the answer.
    ///
    /// - Throws: when there is no answer, with the reason.
    func options(_ target: String) async throws -> Response {
        let uri = try SIPURI(parsing: target)
        let from = NameAddress(uri: .sip(try SIPURI(parsing: "sip:tester@example.com")))
        await agent.perform(.request(RequestID(1), OutgoingRequest(method: .options, target: uri, from: from)))
        for await event in events {
            switch event {
            case .response(_, let response): return response
            case .requestFailed(_, let reason): throw Unexpected(reason)
            default: break
            }
        }
        throw Unexpected("the events ended")
    }

    /// The first event in which `pick` finds something.
    func event<Found>(_ what: String, _ pick: (UserAgentCore.Event) -> Found?) async throws -> Found {
        for await event in events {
            if let found = pick(event) { return found }
        }
        throw Unexpected("no \(what) came")
    }
}

extension Trait where Self == TimeLimitTrait {
    /// Whatever a test waits for comes within seconds, or never.
    static var bounded: Self { .timeLimit(.minutes(2)) }
}

/// The text of an OPTIONS.
func options(_ number: Int = 1, via: String = "TCP client.example", extra: String = "", body: String = "") -> String {
    let head = """
        OPTIONS sip:test@127.0.0.1 SIP/2.0
        Via: SIP/2.0/\(via);branch=z9hG4bK\(number)
        From: <sip:a@example.com>;tag=a
        To: <sip:b@example.com>
        Call-ID: call-\(number)
        CSeq: 1 OPTIONS
        Max-Forwards: 70
        \(extra.isEmpty ? "" : extra + "\n")Content-Length: \(body.utf8.count)


        """
    return head.replacing("\n", with: "\r\n") + body
}
