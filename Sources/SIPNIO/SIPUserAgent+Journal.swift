internal import SIPCore
package import TelephonyPrimitives

/// The journals of calls: what the core is told and what it wants done goes through here.
extension SIPUserAgent {
    static func core(
        _ configuration: UserAgentConfiguration, mask: (@Sendable ([UInt8]) -> [UInt8])?
    ) -> (UserAgentCore, SignallingJournal?) {
        guard let mask else {
            return (UserAgentCore(configuration: configuration, random: SystemRandomNumberGenerator()), nil)
        }
        let journal = SignallingJournal(mask: mask)
        var core = UserAgentCore(configuration: configuration, random: NotedChance(journal.draws))
        core.notesJudgements = true
        return (core, journal)
    }

    func take(_ input: UserAgentCore.Input, now: Instant) {
        guard journal != nil else {
            core.receive(input, now: now)
            return
        }
        journal?.give(input, to: &core, now: now)
    }

    func nextOutput() -> UserAgentCore.Output? {
        guard journal != nil else { return core.nextOutput() }
        return journal?.nextOutput(of: &core, now: .now)
    }

    /// From now on, and from the INVITE on, what happens to the call of this Call-ID goes into `sink`.
    package func keepJournal(of callID: String, in sink: any JournalSink) {
        journal?.bind(callID, to: sink, core)
    }

    /// The call is over: its journal ends once nothing can belong to it any more.
    package func endJournal(of callID: String) {
        journal?.ended(callID, now: .now)
    }

    package func endJournals() {
        journal?.endAll()
    }
}
