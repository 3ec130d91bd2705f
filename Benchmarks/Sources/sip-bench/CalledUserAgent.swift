import Logging
import NIOCore
import NIOPosix
import SIPBenchmarks
import SIPCore
import SIPNIO
import TelephonyPrimitives

/// Answers every INVITE at once with a fixed description, over UDP and TCP on loopback, until it is killed.
func answerCalls(port: UInt16) throws {
    var core = UserAgentConfiguration.benchmark
    core.userAgentName = "benchmark"
    let address = TransportAddress(ip: .loopbackV4, port: port)
    var configuration = SIPUserAgentConfiguration(
        core: core, listen: [ListenAddress(.udp, address), ListenAddress(.tcp, address)])
    // The load comes from one address; its rate is what is measured, not what is refused.
    configuration.trustedSources = [.loopbackV4]
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let answerer = Answerer()
    let agent = SIPUserAgent(
        configuration: configuration, loop: group.next(),
        logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() },
        onEvent: { answerer.take($0) })
    answerer.agent = agent
    let failure = group.next().makePromise(of: Void.self)
    Task {
        do { try await agent.start() } catch { failure.fail(error) }
    }
    // The main thread waits in its place: an asynchronous main of libdispatch ends it, which valgrind does not survive.
    try failure.futureResult.wait()
}

/// Gives the one command that an incoming call needs, on the agent's loop.
private final class Answerer: @unchecked Sendable {
    weak var agent: SIPUserAgent?

    func take(_ event: UserAgentCore.Event) {
        guard case .incoming(let id, _, _) = event else { return }
        agent?.assumeIsolated { $0.perform(.answer(id, body: .benchmarkAnswer)) }
    }
}
