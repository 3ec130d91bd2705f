package import Agent
internal import RTPMedia
internal import SIPCore
package import TelephonyPrimitives

/// What of a conversation a replay may change.
package typealias ReplayedHabits = ConversationConfiguration

/// A call again, from its journal: the same cores, in virtual time.
package struct CallReplay: Sendable {
    /// One line of what happened.
    package struct Line: Sendable, Equatable {
        package let track: ReplayTrack
        /// On the clock of the track.
        package let time: Instant
        package let text: String
    }

    /// The identifier of the call.
    package private(set) var call = ""
    package private(set) var lines: [Line] = []
    /// The first of each track, in the order in which they come.
    package private(set) var differences: [ReplayDifference] = []
    /// What could not be compared, and why.
    package private(set) var remarks: [String] = []
    package private(set) var messages = 0
    package private(set) var packets = 0
    package private(set) var frames = 0
    package private(set) var decisions = 0
    package private(set) var exchanges: [DialogueExchange] = []
    package private(set) var context: DialogueContext?

    /// Replays a journal.
    ///
    /// - Parameters:
    ///   - octets: the journal; whatever they are, they lead to a result or an error.
    ///   - changes: what is done otherwise than it was.
    /// - Throws: when it is no journal.
    package init(_ octets: [UInt8], changes: ReplayChanges = ReplayChanges()) throws(JournalError) {
        let contents = try JournalContents(octets)
        if let damage = contents.damage { remarks.append("The journal ends early: \(damage).") }
        var signalling: SignallingReplay?
        var media = MediaReplay(change: changes.media)
        var turns: TurnReplay?
        var turnsDiffer = false
        var unreadable: Set<ReplayTrack> = []
        var isWhole = false
        for record in contents.records {
            guard let track = record.kind.track else {
                switch record.kind {
                case .head:
                    var reading = JournalReading(record.payload)
                    call = (try? reading.text()) ?? ""
                case .truncated: remarks.append("The journal became too long: what came after is not in it.")
                default: isWhole = contents.damage == nil
                }
                continue
            }
            guard !unreadable.contains(track) else { continue }
            do throws(JournalError) {
                switch record.kind {
                case .signallingHead:
                    if signalling == nil { signalling = try SignallingReplay(record, change: changes.signalling) }
                case .signallingInput, .signallingOutput:
                    guard signalling?.isRunning == true else { continue }
                    let isInput = record.kind == .signallingInput
                    let line = isInput ? try signalling?.take(record) : try signalling?.compare(record)
                    if let line { add(record, track, (isInput ? "← " : "→ ") + line) }
                    if let difference = signalling?.difference { differences.append(difference) }
                    if let stop = signalling?.stop { remarks.append("Signalling is compared so far: \(stop).") }
                case .turnsBegin, .duplexBegin, .botBegin:
                    turns = try TurnReplay(record, change: changes.turns)
                    context = turns?.context
                case .turnsInput, .turnsEnd:
                    guard let step = try turns?.step(record) else { continue }
                    if let line = step.line { add(record, track, line) }
                    guard !turnsDiffer else { continue }
                    decisions += step.replayed.count
                    if step.recorded != step.replayed {
                        turnsDiffer = true
                        differences.append(Self.difference(step, at: record.time))
                    }
                default:
                    guard media.isRunning else { continue }
                    if let line = try media.take(record) { add(record, track, line) }
                    if let difference = media.difference { differences.append(difference) }
                }
            } catch {
                unreadable.insert(track)
                remarks.append("The journal's \(track.rawValue) can't be read further: \(error).")
            }
        }
        if isWhole, signalling?.isRunning == true {
            signalling?.finish(at: contents.records.last { $0.kind.track == .signalling }?.time ?? .zero)
            if let difference = signalling?.difference { differences.append(difference) }
        }
        messages = signalling?.messages ?? 0
        (packets, frames) = (media.packets, media.frames)
        exchanges = turns?.exchanges ?? []
    }

    package var isSame: Bool { differences.isEmpty }

    /// The last line that a person is told.
    package var verdict: String {
        guard let first = differences.first else {
            return "the same: \(messages) SIP messages, \(packets) RTP packets, \(frames) frames heard, "
                + "\(decisions) decisions"
        }
        return differences.dropFirst().reduce("\(first)") { "\($0)\n\($1)" }
    }

    private mutating func add(_ record: JournalRecord, _ track: ReplayTrack, _ text: String) {
        lines.append(Line(track: track, time: record.time, text: text))
    }

    private static func difference(_ step: TurnStep, at time: Instant) -> ReplayDifference {
        let index =
            zip(step.recorded, step.replayed).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(step.recorded.count, step.replayed.count)
        func decision(_ all: [String]) -> String { index < all.count ? all[index] : "(nothing more)" }
        return ReplayDifference(
            track: .turns, time: time, place: "decision \(index + 1) about \(step.input)",
            recorded: decision(step.recorded), replayed: decision(step.replayed))
    }
}

extension JournalRecord.Kind {
    /// `nil` for what is about the journal itself.
    fileprivate var track: ReplayTrack? {
        switch self {
        case .head, .truncated, .end: nil
        case .signallingHead, .signallingInput, .signallingOutput: .signalling
        case .mediaBegin, .mediaChange, .mediaReceived, .mediaBeat, .mediaKeys, .mediaClose, .mediaSent, .mediaEvent:
            .media
        case .turnsBegin, .turnsInput, .turnsEnd, .duplexBegin, .botBegin: .turns
        }
    }
}
