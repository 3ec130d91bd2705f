internal import SIPCore
internal import TelephonyPrimitives

/// Tells what happens to the signalling of each call to the journal of that call.
///
/// One core serves all calls; a call is known by its Call-ID. What has none, such as a timer or an answer to a question
/// for a flow, is known by its number: those that were given out while something was done for a call are the call's.
struct SignallingJournal {
    /// How long after a call's end its journal goes on: as long as transactions last, and some more.
    static let afterlife = Duration.seconds(40)
    /// Calls of which it is not known yet who keeps their journals.
    static let maximumWaiting = 64
    static let maximumWaitingOctets = 1 << 18

    private struct Tape {
        /// More than one when a call of ours comes back to us.
        var sinks: [any JournalSink] = []
        /// What came before somebody kept it.
        var waiting: [UInt8] = []
        var numbers: [UInt64] = []
        /// Connections that it has used.
        var flows: Set<UInt64> = []
        /// Calls that are not over.
        var open = 0
    }

    let draws = NotedChance.Draws()
    private let mask: @Sendable ([UInt8]) -> [UInt8]
    private var tapes: [String: Tape] = [:]
    /// Whose a number is.
    private var owners: [UInt64: String] = [:]
    /// Those that wait, the oldest first.
    private var waiting: [String] = []
    private var ended: [(callID: String, until: Instant)] = []

    init(mask: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.mask = mask
    }

    // MARK: What the core is told

    /// Tells the core something, and the journals that it was told.
    mutating func give(_ input: UserAgentCore.Input, to core: inout UserAgentCore, now: Instant) {
        // One by one, so that what is drawn and given out belongs to one call.
        while let number = core.dueTimer(now: now) {
            let before = core.lastNumber
            core.fireDueTimer(now: now)
            fired(number, at: now, before: before, &core)
        }
        if case .wake = input { return }
        let before = core.lastNumber
        let noted = beforehand(input, core)
        core.receive(input, now: now)
        if let noted {
            took(noted, at: now, before: before, &core)
        } else {
            _ = draws.take()
            _ = core.takeJudgements()
        }
    }

    /// What the core wants done next.
    mutating func nextOutput(of core: inout UserAgentCore, now: Instant) -> UserAgentCore.Output? {
        let output = core.nextOutput()
        if let output { put(out: output, at: now) }
        return output
    }

    /// Something that will be told, and of which calls.
    private struct Noted {
        let callIDs: [String]
        let content: JournalledInput.Content
        /// The session whose Call-ID is known only afterwards.
        let session: SessionID?
    }

    /// To be asked before the core is told: a session that ends is not known afterwards.
    private mutating func beforehand(_ input: UserAgentCore.Input, _ core: UserAgentCore) -> Noted? {
        _ = draws.take()
        switch input {
        case .datagram(let octets, let flow):
            guard octets.count > 16, let message = try? Message(parsing: octets), let callID = message.callID,
                begin(callID, with: message)
            else { return nil }
            if flow.protocol.isReliable { tapes[callID]?.flows.insert(flow.id) }
            return Noted(callIDs: [callID], content: .input(.datagram(mask(octets), flow)), session: nil)
        case .flowOpened(let id, let flow):
            guard let callID = owners[id.number] else { return nil }
            if flow.protocol.isReliable { tapes[callID]?.flows.insert(flow.id) }
            return Noted(callIDs: [callID], content: .input(input), session: nil)
        case .flowFailed(let id, _):
            guard let callID = owners[id.number] else { return nil }
            return Noted(callIDs: [callID], content: .input(input), session: nil)
        case .flowClosed(let flow, _):
            let callIDs = tapes.filter { $1.flows.contains(flow.id) }.map(\.key)
            return callIDs.isEmpty ? nil : Noted(callIDs: callIDs, content: .input(input), session: nil)
        case .command(.invite(let id, let invite)):
            let command = UserAgentCore.Command.invite(id, core.withoutAccount(invite))
            return Noted(callIDs: [], content: content(of: command), session: id)
        case .command(let command):
            guard let session = command.session, let callID = core.callID(of: session)?.text, tapes[callID] != nil
            else { return nil }
            guard let alone = core.ofOneCall(command) else { return nil }
            return Noted(callIDs: [callID], content: content(of: alone), session: nil)
        case .wake, .overload: return nil
        }
    }

    private func content(of command: UserAgentCore.Command) -> JournalledInput.Content {
        if let name = command.unjournalledName { return .unknown(name) }
        return .input(.command(command.masked(by: mask)))
    }

    private mutating func took(_ noted: Noted, at now: Instant, before: UInt64, _ core: inout UserAgentCore) {
        var callIDs = noted.callIDs
        if let session = noted.session, let callID = core.callID(of: session)?.text {
            wait(for: callID)
            own(session.number, callID)
            callIDs = [callID]
        }
        note(noted.content, of: callIDs, at: now, before: before, &core)
    }

    /// A timer has fired.
    private mutating func fired(_ number: UInt64, at now: Instant, before: UInt64, _ core: inout UserAgentCore) {
        forget(now: now)
        guard let callID = owners[number] else {
            _ = draws.take()
            _ = core.takeJudgements()
            return
        }
        note(.timer, of: [callID], at: now, before: before, &core)
    }

    private mutating func note(
        _ content: JournalledInput.Content, of callIDs: [String], at now: Instant, before: UInt64,
        _ core: inout UserAgentCore
    ) {
        let input = JournalledInput(
            lastNumber: before, drawn: draws.take(), judgements: core.takeJudgements().map { $0.masked(by: mask) },
            content: content)
        var writing = JournalWriting()
        input.write(to: &writing)
        for callID in callIDs {
            // What was given out meanwhile is the call's; `before` may have wrapped only in theory.
            if core.lastNumber > before, core.lastNumber - before < 64 {
                for number in before + 1...core.lastNumber { own(number, callID) }
            }
            put(JournalRecord(.signallingInput, at: now, writing.octets), of: callID)
        }
    }

    // MARK: What the core wants done

    private mutating func put(out output: UserAgentCore.Output, at now: Instant) {
        let callID: String?
        switch output {
        case .transmit(let octets, _): callID = (try? Message(parsing: octets))?.callID
        case .openFlow(let id, _): callID = owners[id.number]
        case .closeFlow: callID = nil
        case .event(let event): callID = (event.session?.number ?? event.subscription?.number).flatMap { owners[$0] }
        }
        guard let callID, tapes[callID] != nil,
            let noted = JournalledOutput(output, drawn: draws.take(), mask: mask)
        else { return }
        var writing = JournalWriting()
        noted.write(to: &writing)
        put(JournalRecord(.signallingOutput, at: now, writing.octets), of: callID)
    }

    // MARK: Whose it is

    /// Whether the call's journal is kept, or may be: an INVITE outside of a dialog begins one.
    private mutating func begin(_ callID: String, with message: Message) -> Bool {
        let isKept = tapes[callID].map { !$0.sinks.isEmpty } ?? false
        guard !isKept else { return true }
        guard case .request(let request) = message else { return tapes[callID] != nil }
        guard request.method == .invite, (try? request.to.tag) == nil else { return tapes[callID] != nil }
        // One that was refused before, e.g. for credentials that were not there yet, was part of this call.
        wait(for: callID)
        return true
    }

    private mutating func wait(for callID: String) {
        guard tapes[callID] == nil else { return }
        if waiting.count >= Self.maximumWaiting, let oldest = waiting.first { drop(oldest) }
        tapes[callID] = Tape()
        waiting.append(callID)
    }

    private mutating func own(_ number: UInt64, _ callID: String) {
        guard owners.updateValue(callID, forKey: number) == nil else { return }
        tapes[callID]?.numbers.append(number)
    }

    private mutating func drop(_ callID: String) {
        for number in tapes.removeValue(forKey: callID)?.numbers ?? [] { owners[number] = nil }
        waiting.removeAll { $0 == callID }
    }

    private mutating func put(_ record: JournalRecord, of callID: String) {
        guard var tape = tapes[callID] else { return }
        let octets = record.octets
        if tape.sinks.isEmpty {
            guard tape.waiting.count + octets.count <= Self.maximumWaitingOctets else { return drop(callID) }
            tape.waiting += octets
            tapes[callID] = tape
        } else {
            for sink in tape.sinks { sink.put(octets) }
        }
    }

    mutating func bind(_ callID: String, to sink: any JournalSink, _ core: UserAgentCore) {
        var writing = JournalWriting()
        core.configurationOfOneCall.write(to: &writing)
        writing.put(core.webSocketHost) { $0.put($1) }
        // Whether something came before the first input.
        writing.put(false)
        sink.put(JournalRecord(.signallingHead, at: .now, writing.octets).octets)
        var tape = tapes[callID] ?? Tape()
        waiting.removeAll { $0 == callID }
        if !tape.waiting.isEmpty {
            sink.put(tape.waiting)
            tape.waiting = []
        }
        tape.sinks.append(sink)
        tape.open += 1
        tapes[callID] = tape
    }

    mutating func ended(_ callID: String, now: Instant) {
        guard tapes[callID] != nil else { return }
        tapes[callID]?.open -= 1
        ended.append((callID, now + Self.afterlife))
    }

    private mutating func forget(now: Instant) {
        while let first = ended.first, first.until <= now {
            ended.removeFirst()
            guard let tape = tapes[first.callID], tape.open <= 0 else { continue }
            for sink in tape.sinks { sink.end() }
            drop(first.callID)
        }
    }

    mutating func endAll() {
        for tape in tapes.values { for sink in tape.sinks { sink.end() } }
        tapes = [:]
        owners = [:]
        waiting = []
        ended = []
    }
}

extension Message {
    fileprivate var callID: String? {
        switch self {
        case .request(let request): request.callIDOctets.map { String(decoding: $0, as: UTF8.self) }
        case .response(let response): response.callIDOctets.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
