package import SIPCore
internal import Telephony
internal import TelephonyPrimitives

/// What of the signalling a replay may change.
package typealias ReplayedSignalling = UserAgentConfiguration

/// The signalling of one call again: a new core with the same configuration is told what the old one was told of this
/// call, draws what was drawn then, and has to want the same done, octet by octet.
struct SignallingReplay {
    private var core: UserAgentCore
    private let chance = GivenChance.Draws()
    /// A caller who was asked for a password: that part of the call is not in the journal.
    private let begins: Bool
    private(set) var difference: ReplayDifference?
    /// Why nothing more is compared.
    private(set) var stop: String?
    private(set) var messages = 0
    private(set) var events = 0

    init(_ head: JournalRecord, change: (inout ReplayedSignalling) -> Void) throws(JournalError) {
        var reading = JournalReading(head.payload)
        var configuration = try UserAgentConfiguration(from: &reading)
        let host = try reading.optional { (reading) throws(JournalError) in try reading.text() }
        begins = try !reading.truth()
        change(&configuration)
        core = UserAgentCore(configuration: configuration, random: GivenChance(chance))
        core.webSocketHost = host
    }

    var isRunning: Bool { difference == nil && stop == nil }

    /// Tells the core what it was told.
    ///
    /// - Returns: the message that came, for the timeline.
    mutating func take(_ record: JournalRecord) throws(JournalError) -> String? {
        var reading = JournalReading(record.payload)
        let input = try JournalledInput(from: &reading)
        core.lastNumber = input.lastNumber
        chance.give(input.drawn)
        core.give(input.judgements)
        switch input.content {
        case .timer:
            guard !core.fireDueTimer(now: record.time), begins else { return nil }
            differs(record, "a timer", recorded: "fires", replayed: "none is due")
        case .unknown(let name): stop = "the journal can't hold this command: \(name)"
        case .input(let input):
            core.receive(input, now: record.time)
            if case .datagram(let octets, _) = input { return Self.startLine(octets) }
        }
        return nil
    }

    /// Compares what the core wants done next with what it wanted done then.
    ///
    /// - Returns: the message that was sent, for the timeline.
    mutating func compare(_ record: JournalRecord) throws(JournalError) -> String? {
        var reading = JournalReading(record.payload)
        let recorded = try JournalledOutput(from: &reading)
        chance.give(recorded.drawn)
        let replayed = next()
        guard recorded.content == replayed?.content else {
            differs(record, recorded, replayed)
            return nil
        }
        guard case .transmit(let octets, _) = recorded.content else {
            events += 1
            return nil
        }
        messages += 1
        return Self.startLine(octets)
    }

    /// To be called where the journal is whole: nothing more may be wanted.
    mutating func finish(at time: Instant) {
        guard isRunning, let more = next() else { return }
        difference = ReplayDifference(
            track: .signalling, time: time, place: "at the end", recorded: "nothing", replayed: Self.words(of: more))
    }

    private mutating func next() -> JournalledOutput? {
        while let output = core.nextOutput() {
            if case .closeFlow = output { continue }
            if let output = JournalledOutput(output, mask: { MessageSecrets.masked($0) }) { return output }
        }
        return nil
    }

    private mutating func differs(_ record: JournalRecord, _ place: String, recorded: String, replayed: String) {
        difference = ReplayDifference(
            track: .signalling, time: record.time, place: place, recorded: recorded, replayed: replayed)
    }

    private mutating func differs(
        _ record: JournalRecord, _ recorded: JournalledOutput, _ replayed: JournalledOutput?
    ) {
        guard case .transmit(let old, let oldFlow) = recorded.content,
            case .transmit(let new, let newFlow) = replayed?.content
        else {
            differs(
                record, "what is wanted done", recorded: Self.words(of: recorded),
                replayed: replayed.map(Self.words) ?? "nothing")
            return
        }
        guard old != new else {
            differs(
                record, "where \(Self.startLine(old)) is sent", recorded: "\(oldFlow.remote)",
                replayed: "\(newFlow.remote)")
            return
        }
        let (lines, others) = (Self.lines(of: old), Self.lines(of: new))
        let index = zip(lines, others).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let place = index ?? min(lines.count, others.count)
        differs(
            record, "\(Self.startLine(old)), line \(place + 1)",
            recorded: place < lines.count ? lines[place] : "(no more)",
            replayed: place < others.count ? others[place] : "(no more)")
    }

    private static func words(of output: JournalledOutput) -> String {
        switch output.content {
        case .transmit(let octets, let flow): "sends \(startLine(octets)) to \(flow.remote)"
        case .openFlow(_, let host): "asks for a way to \(host)"
        case .closeFlow(let flow): "closes the connection to \(flow.remote)"
        case .event(let text): "tells: \(text)"
        }
    }

    private static func lines(of octets: [UInt8]) -> [String] {
        octets.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self)
        }
    }

    private static func startLine(_ octets: [UInt8]) -> String {
        String(decoding: octets.prefix { $0 != 0x0D && $0 != 0x0A }.prefix(200), as: UTF8.self)
    }
}
