import Foundation
import SIPCore
import TelephonyTesting
import Testing

/// Calls of all kinds between user agents and through a forking proxy, over networks that are each bad in their own way.
@Suite("A domain of telephones behind a forking proxy")
struct TownTests {
    static let scenariosPerTown = 40

    /// `TOWN_SEED=17` runs one town alone, to see what a seed that failed does; `TOWNS=1000` runs more of them.
    private static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["TOWN_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        return Array(0..<(environment["TOWNS"].flatMap { UInt64($0) } ?? 250))
    }()

    @Test(
        "ten thousand scenarios: each call ends once, both ends agree, nothing is left, no rule is broken",
        arguments: seeds)
    func scenarios(seed: UInt64) {
        let town = Town(seed: seed)
        town.lives(with: Self.scenariosPerTown)
        town.isOver()
        if ProcessInfo.processInfo.environment["TOWN_SEED"] != nil { print(town.network.trace) }
    }

    @Test("meet every method and every crossing on the way, or they would prove little")
    func variety() {
        var titles: Set<String> = []
        var forks = 0
        var replaced = 0
        var causes: Set<SessionEnd.Cause> = []
        var refreshes = 0
        var redirected = 0
        var streams = 0
        for seed in UInt64(0)..<12 {
            let town = Town(seed: seed)
            town.lives(with: Self.scenariosPerTown)
            titles.formUnion(town.network.trace.records.compactMap(\.title))
            forks += town.proxy.forks
            streams += town.network.trace.records.count { $0.protocol == .tcp }
            redirected += town.network.trace.records.count { $0.title == "302 INVITE" && $0.receiver != "proxy" }
            refreshes += town.network.trace.records.count {
                $0.title == "UPDATE" && WireMessage($0.octets)?.hasSessionDescription == false
            }
            replaced += town.parties.reduce(0) { $0 + $1.replaced }
            causes.formUnion(town.parties.flatMap(\.history).flatMap(\.ends).map(\.cause))
        }
        let wanted: Set<String> = [
            "200 REGISTER", "200 OPTIONS", "200 MESSAGE", "200 SUBSCRIBE", "403 SUBSCRIBE", "200 NOTIFY", "200 INFO",
            "200 UPDATE", "491 INVITE", "200 PRACK", "183 INVITE", "486 INVITE", "603 INVITE", "480 INVITE",
            "487 INVITE", "200 CANCEL", "202 REFER", "603 REFER", "200 BYE", "302 INVITE", "401 INVITE", "401 REGISTER",
        ]
        #expect(wanted.subtracting(titles).isEmpty)
        #expect(refreshes > 20 && redirected > 3, "\(refreshes) session refreshes, \(redirected) calls redirected")
        #expect(streams > 100, "\(streams) messages over TCP")
        #expect(forks > 50 && replaced > 3, "\(forks) forks, \(replaced) calls replaced")
        #expect(
            causes.isSuperset(of: [
                .hungUpByPeer, .hungUpLocally, .cancelledByPeer, .cancelledLocally, .rejectedByPeer, .rejectedLocally,
            ]))
    }

    @Test("run the same way again from the same seed")
    func reproducible() {
        let traces = (0..<2).map { _ in
            let town = Town(seed: 7)
            town.lives(with: 10)
            return town.network.trace.records.map(\.octets)
        }
        #expect(traces[0] == traces[1])
    }
}
