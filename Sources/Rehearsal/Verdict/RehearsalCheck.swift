package import Agent
internal import TelephonyPrimitives

/// One thing that had to be true of a call as a whole, and whether it was.
package struct RehearsalCheck: Sendable, Equatable {
    /// As the file has it, e.g. `expect.ended_by`.
    package var name: String
    /// Why it is not so; `nil` when it is.
    package var failure: String?

    package init(_ name: String, _ failure: String? = nil) {
        self.name = name
        self.failure = failure
    }
}

extension CallExpectation {
    package func checks(of outcome: CallerOutcome) -> [RehearsalCheck] {
        var checks: [RehearsalCheck] = []
        func check(_ name: String, _ isSo: Bool, _ failure: @autoclosure () -> String) {
            checks.append(RehearsalCheck("expect.\(name)", isSo ? nil : failure()))
        }
        if let endedBy {
            let ender = outcome.endedBy.map { "the \($0.rawValue)" } ?? "neither side"
            check("ended_by", outcome.endedBy == endedBy, "\(ender) hung up, not the \(endedBy.rawValue)")
        }
        if let transfersTo {
            let wanted = transfersTo.lowercased()
            let others = outcome.transfers.isEmpty ? "nobody" : outcome.transfers.joined(separator: ", ")
            check(
                "transfers_to", outcome.transfers.contains { $0.lowercased().contains(wanted) },
                "the caller was put through to \(others), not to \(transfersTo)")
        }
        if shortest != nil || longest != nil {
            let length = outcome.length
            if let shortest {
                check(
                    "length", length.map { $0 >= shortest } ?? false,
                    "the call lasted \(length?.forPeople ?? "no time"), less than \(shortest.forPeople)")
            }
            if let longest {
                check(
                    "length", length.map { $0 <= longest } ?? false,
                    "the call lasted \(length?.forPeople ?? "no time"), more than \(longest.forPeople)")
            }
        }
        let spread = LatencySpread(outcome.answers)
        func delay(_ name: String, _ limit: Duration?, _ value: Duration?) {
            guard let limit else { return }
            guard let value else { return check(name, false, "no answer's delay was measured") }
            check(name, value <= limit, "it is \(value.forPeople), not at most \(limit.forPeople)")
        }
        delay("median_answer", medianAnswer, spread?.median)
        delay("worst_answer", worstAnswer, spread?.worst)
        return checks
    }
}

extension RecordExpectation {
    /// - Parameter call: the record; `nil`: there is none.
    package func checks(of call: StoredCall?) -> [RehearsalCheck] {
        guard let call else { return [RehearsalCheck("record", "there is no record of the call")] }
        var checks: [RehearsalCheck] = []
        func check(_ name: String, _ isSo: Bool, _ failure: @autoclosure () -> String) {
            checks.append(RehearsalCheck("record.\(name)", isSo ? nil : failure()))
        }
        if let outcome {
            check("outcome", call.endCause == outcome, "the outcome is \(call.endCause ?? "not known"), not \(outcome)")
        }
        let kinds = Set(call.events.map(\.kind) + (call.turns.contains { $0.isCut } ? ["interruption"] : []))
        let known = kinds.isEmpty ? "none" : kinds.sorted().joined(separator: ", ")
        for kind in events {
            check("events", kinds.contains(kind), "there is no event \"\(kind)\"; there are: \(known)")
        }
        for kind in noEvents { check("no_events", !kinds.contains(kind), "there is an event \"\(kind)\"") }
        let called = call.events.filter { $0.kind == "tool" }.map(\.detail)
        for tool in tools {
            let others = called.isEmpty ? "none" : called.joined(separator: ", ")
            check(
                "tools", called.contains { $0 == tool || $0.hasPrefix("\(tool) ") || $0.hasPrefix("\(tool):") },
                "\(tool) was not called; called were: \(others)")
        }
        let caller = call.words(of: .caller)
        let agent = call.words(of: .agent)
        for phrase in heard {
            check("heard", caller.has(phrase), "the agent heard \(caller.quoted), not \"\(phrase)\"")
        }
        for phrase in says { check("says", agent.has(phrase), "the agent said \(agent.quoted), not \"\(phrase)\"") }
        for phrase in neverSays { check("never_says", !agent.has(phrase), "the agent said \"\(phrase)\"") }
        let digits = call.dtmf.filter { $0.direction == .received }.map(\.digit)
        if let keys {
            // Which keys came instead may be a secret.
            check("keys", digits.joined() == keys, "\(digits.count) keys came, and not those that were to come")
        }
        if let masksKeys {
            let shown = digits.count { $0 != "•" }
            if masksKeys {
                check(
                    "masked", !digits.isEmpty && shown == 0,
                    digits.isEmpty ? "no key is in the record" : "\(shown) of \(digits.count) keys can be read")
            } else {
                check("masked", shown == digits.count, "\(digits.count - shown) of \(digits.count) keys are masked")
            }
        }
        for (key, value) in notes.sorted(by: { $0.key < $1.key }) {
            let values = call.notes.filter { $0.key == key }.map(\.value)
            check(
                "notes", values.contains { HeardWords($0).has(value) },
                values.isEmpty ? "there is no note \"\(key)\"" : "the note \"\(key)\" has not \"\(value)\" in it")
        }
        return checks
    }
}

extension StoredCall {
    fileprivate func words(of speaker: TurnRecord.Speaker) -> HeardWords {
        HeardWords(turns.filter { $0.who == speaker }.map(\.text).joined(separator: " "))
    }
}

extension TurnRecord {
    fileprivate var isCut: Bool { who == .agent && interrupted }
}
