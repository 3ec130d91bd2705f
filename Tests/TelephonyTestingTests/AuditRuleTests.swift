import Testing

@testable import TelephonyTesting

@Suite("The auditor")
struct AuditRuleTests {
    @Test(
        "finds nothing in calls that are right",
        arguments: [
            ("a call with hold and a digit", GoldenTrace.call()), ("a call given up", .cancelled()),
            ("a call with credentials and a late offer", .challenged()), ("a call on a line that loses", .lossy()),
            ("a call with reliable responses", .reliable()), ("a call with a session timer", .timed()),
            ("a call whose ends change it at once", .glare()), ("a call whose INVITE comes again", .repeated()),
        ])
    func golden(name: String, golden: GoldenTrace) {
        let report = golden.report()
        #expect(report.isClean, "\(name): \(report)\n\(golden.trace)")
        #expect(report.messages > 5)
        #expect(report.unreadable == 0)
    }

    @Test("finds a broken rule, that one and no other", arguments: Mutation.all)
    func mutation(mutation: Mutation) {
        let report = mutation.trace.report()
        let broken = ([mutation.rule] + mutation.besides).map(\.id).sorted()
        #expect(report.brokenRules == broken, "\(mutation.what): \(report)")
        #expect(report.violations.allSatisfy { !$0.detail.isEmpty && !$0.side.isEmpty })
        let sides = Set(report.violations.map(\.side))
        #expect(sides == mutation.culprits, "\(report)")
    }

    @Test("has a mutation for each of its rules")
    func coverage() {
        let missing = Set(AuditRule.all).subtracting(Mutation.all.map(\.rule)).map(\.id).sorted()
        #expect(missing.isEmpty)
    }

    @Test("has rules with a name, a section and a sentence", arguments: AuditRule.all)
    func form(rule: AuditRule) {
        #expect(rule.id.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
        #expect(rule.section.hasPrefix("RFC ") && rule.section.contains("§"))
        #expect(rule.sentence.hasSuffix("."))
        #expect(AuditRule.all.count { $0.id == rule.id } == 1)
    }

    @Test("lets a side break a rule when a waiver names both and says why")
    func waivers() throws {
        var golden = GoldenTrace.call()
        golden.edit("BYE") { $0["Max-Forwards"] = nil }
        let leave = Waiver(.mandatoryHeaders, for: "bob", because: "bob is a device of 2003")
        let report = TraceAuditor.audit(golden.trace, waivers: [leave])
        #expect(report.isClean)
        #expect(report.waived.map(\.rule) == [.mandatoryHeaders])
        #expect(report.unusedWaivers.isEmpty)
        for other in [
            Waiver(.mandatoryHeaders, for: "alice", because: "it is not alice"),
            Waiver(.dialogTarget, for: "bob", because: "it is another rule"),
            Waiver(.mandatoryHeaders, for: "bob", because: ""),
        ] {
            let report = TraceAuditor.audit(golden.trace, waivers: [other])
            #expect(report.brokenRules == ["mandatory-headers"])
            #expect(report.unusedWaivers == [other])
        }
    }

    @Test("checks only the rules that it is asked for")
    func selection() {
        var golden = GoldenTrace.call()
        golden.edit("BYE") { $0["Max-Forwards"] = nil }
        #expect(TraceAuditor(rules: [.dialogTarget]).audit(golden.trace).isClean)
        #expect(!TraceAuditor(rules: [.mandatoryHeaders]).audit(golden.trace).isClean)
    }

    @Test("takes an empty trace for no proof")
    func empty() {
        let report = TraceAuditor.audit(Trace())
        #expect(!report.isClean)
        #expect(report.description.hasPrefix("Nothing to audit"))
    }

    @Test("holds against a side only what it could know: a late copy of a request excuses its second answer")
    func doubled() {
        var golden = GoldenTrace.call()
        golden.repeats("BYE-200", at: 6015)
        #expect(golden.report().brokenRules == ["final-timing"])
        golden.repeats("BYE", at: 6000.5)
        #expect(golden.report().brokenRules == ["request-timing"])
    }

    @Test(
        "convicts nobody of haste by the trace of the one who read the message late",
        arguments: [("BYE", 6200.0, "request-timing"), ("200", 1200, "final-timing")])
    func observed(label: String, time: Double, rule: String) {
        var golden = GoldenTrace.lossy()
        // A copy 200 ms after the first; it is due after 500 ms.
        golden.move("\(label)'", to: time)
        golden.move(label == "BYE" ? "BYE-200'" : "ACK'", to: time + 11)
        var trace = golden.trace
        trace.precision = .captured
        #expect(TraceAuditor().audit(trace).brokenRules == [rule])
        #expect(TraceAuditor(observers: ["alice"]).audit(trace).isClean)
        // What the observer sent himself stands there with its true time.
        #expect(TraceAuditor(observers: ["bob"]).audit(trace).brokenRules == [rule])
    }
}
