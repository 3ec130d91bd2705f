import SIPCore
import TelephonyPrimitives
import TelephonyTesting

extension Town {
    /// What is wrong now that ``run(scenarios:)`` is over; empty when all is well.
    ///
    /// Every call has ended once, and for both of its ends; no user agent and no transaction keeps anything or has a
    /// timer left; every message could be read, every session description fitted; nobody broke a rule that the
    /// `TraceAuditor` knows.
    public func failures() -> [SimulationFailure] {
        var found: [SimulationFailure] = []
        func check(_ isRight: Bool, _ side: String, _ problem: @autoclosure () -> String) {
            if !isRight { found.append(SimulationFailure(seed: seed, side: side, problem: problem())) }
        }
        for party in parties {
            check(party.core.counters.isIdle, party.name, "is not idle: \(party.core.counters)")
            check(party.core.counters.malformed == 0, party.name, "got messages that it could not read")
            for call in party.history {
                check(call.ends.count == 1, party.name, "a call has \(call.ends.count) ends: \(call)")
                check(call.faults.isEmpty, party.name, "\(call.faults) in \(call)")
            }
        }
        check(proxy.isIdle, proxy.name, "has transactions left")
        check(network.faults.isEmpty, "network", "\(network.faults)")
        for (side, problem) in disagreements() { check(false, side, problem) }
        let report = TraceAuditor(proxies: [proxy.name]).audit(network.trace)
        check(report.isClean, "audit", "\(report)")
        return found
    }

    /// How much later than one end of a call the other may be over: a callee waits 64·T1 for the ACK before it may send
    /// BYE (RFC 3261 §15), and a BYE may have to be repeated.
    private static let patience = Duration.seconds(40)

    /// Calls whose ends do not agree: both ends of a call that was answered know that it was, they do not both believe
    /// that the other hung up, and neither stays behind when the other has gone.
    private func disagreements() -> [(side: String, problem: String)] {
        var found: [(side: String, problem: String)] = []
        for party in parties {
            for call in party.history where call.isOutgoing && call.isAnswered {
                let callee = parties.first { $0.host == call.peer }
                // An INVITE that was refused as busy may come again with credentials for another branch: the same call.
                let others = callee?.history.filter { !$0.isOutgoing && $0.callID == call.callID } ?? []
                guard let other = others.first(where: \.isAnswered) ?? others.first else {
                    found.append((party.name, "nobody knows of the call that was answered: \(call)"))
                    continue
                }
                if !other.isAnswered { found.append((callee?.name ?? "", "never answered \(call)")) }
                let causes = [call.ends.first?.cause, other.ends.first?.cause]
                if causes == [.hungUpByPeer, .hungUpByPeer] {
                    found.append((party.name, "each end says that the other hung up: \(call)"))
                }
                let ends = [call.endedAt, other.endedAt].compactMap(\.self).sorted()
                if let early = ends.first, let late = ends.last, late - early > Self.patience {
                    found.append((party.name, "one end was over at \(early), the other at \(late): \(call)"))
                }
            }
            for call in party.history where !call.isOutgoing && call.isAcknowledged {
                let isKnown = parties.contains { caller in
                    caller.history.contains { $0.isOutgoing && $0.callID == call.callID && $0.isAnswered }
                }
                // A caller that gave up just then has acknowledged and hung up without ever being in the call.
                let isOver = [.hungUpByPeer, .hungUpLocally].contains(call.ends.first?.cause)
                if !isKnown, !isOver { found.append((party.name, "the caller knows nothing of \(call)")) }
            }
        }
        return found
    }
}
