import CFuzz
import TelephonyPrimitives

@testable import SIPCore

extension FuzzTarget {
    /// A whole user agent: lines of the input are datagrams, commands and passing time.
    static func agent(_ octets: [UInt8]) {
        var core = UserAgentCore(
            configuration: UserAgentConfiguration(maxSessions: 20, maxTransactions: 100),
            random: SeededGenerator(seed: 1))
        // What is held when nothing has come yet.
        fuzz_reset_allocations()
        let flow = Flow(
            protocol: (octets.first ?? 0) & 1 == 0 ? .udp : .tcp,
            local: TransportAddress(ip: .v4(0xC000_0201), port: 5060),
            remote: TransportAddress(ip: .v4(0xC000_0209), port: 5060), id: 1)
        var now = Instant.zero
        var answers = octets.count
        func drain() {
            while let output = core.nextOutput() {
                switch output {
                case .openFlow(let request, _): core.receive(.flowOpened(request, flow), now: now)
                case .transmit(let octets, _):
                    guard (try? Message(parsing: octets)) != nil else { fatalError("it sent what is no message") }
                case .event(.incoming(let id, _, _)):
                    answers &+= 1
                    switch answers % 4 {
                    case 0: core.receive(.command(.reject(id, status: 486)), now: now)
                    case 1: core.receive(.command(.ring(id)), now: now)
                    default: core.receive(.command(.answer(id, body: nil)), now: now)
                    }
                case .event(.reinvite(let id, _)): core.receive(.command(.answerReinvite(id, body: nil)), now: now)
                default: break
                }
            }
        }
        // NUL separates; an empty piece lets a second pass.
        for piece in octets.split(separator: 0, maxSplits: 200, omittingEmptySubsequences: false) {
            if piece.isEmpty {
                now = now + .seconds(1)
                core.receive(.wake, now: now)
            } else {
                core.receive(.datagram(Array(piece), flow), now: now)
            }
            drain()
        }
        // Whatever has happened, it comes to rest.
        for _ in 0..<100_000 {
            guard let deadline = core.deadline else { break }
            now = max(now, deadline)
            core.receive(.wake, now: now)
            drain()
            // A call that is up lasts: it is hung up after a day.
            if now > .zero + .seconds(86_400) { break }
        }
    }
}
