internal import RTPMedia
internal import SIPNIO
internal import TelephonyPrimitives

/// What the sound of one call is replayed from: all that its ``MediaSession`` is told and all that it wants done, what is
/// encrypted in the clear. It gathers in memory, and a whole tenth of a second is handed on at once.
struct MediaJournal {
    /// What one beat took and gave, in octets of the journal, at most; a flood goes into several records.
    private static let maximumGathered = 64 * 1024

    private let sink: any JournalSink
    private let draws = NotedChance.Draws()
    private var octets: [UInt8] = []
    private var beats = 0

    init(_ sink: any JournalSink) {
        self.sink = sink
        octets.reserveCapacity(16 * 1024)
    }

    /// Chance for a new session.
    var chance: NotedChance { NotedChance(draws) }

    mutating func began(_ configuration: MediaSessionConfiguration, now: Instant) {
        var writing = JournalWriting()
        configuration.write(to: &writing)
        note(.mediaBegin, now, &writing)
    }

    mutating func changed(_ configuration: MediaSessionConfiguration, now: Instant) {
        var writing = JournalWriting()
        configuration.write(to: &writing)
        note(.mediaChange, now, &writing)
    }

    /// A datagram as it would have come in the clear.
    mutating func received(_ octets: [UInt8], from remote: TransportAddress, control: Bool, at arrival: Instant) {
        var writing = JournalWriting()
        writing.put(control)
        writing.put(remote)
        writing.put(octets)
        note(.mediaReceived, arrival, &writing)
    }

    /// What the beat gave to be sent.
    private var pushed = JournalWriting()

    mutating func pushing(_ frame: PCMFrame?) {
        pushed = JournalWriting()
        pushed.put(frame) { writing, frame in
            writing.put(frame.sampleRate)
            writing.put(frame.samples.count)
            for sample in frame.samples {
                writing.put(UInt8(truncatingIfNeeded: sample >> 8))
                writing.put(UInt8(truncatingIfNeeded: sample))
            }
        }
    }

    /// The beat is under way: what was given to be sent has been taken, and what is due by time is done.
    mutating func woke(now: Instant) {
        var writing = pushed
        note(.mediaBeat, now, &writing)
    }

    /// What was heard in the beat: the digest of its samples.
    mutating func pulled(_ frame: borrowing PCMFrame, now: Instant) {
        var digest = Digest64()
        for sample in frame.samples { digest.take(UInt16(bitPattern: sample)) }
        var writing = JournalWriting()
        writing.put(UInt8(2))
        writing.put(frame.sampleRate)
        writing.put(frame.samples.count)
        writing.put(digest.value)
        note(.mediaSent, now, &writing)
        beats &+= 1
        if beats % 5 == 0 { handOn() }
    }

    mutating func keys(_ digits: String, now: Instant) {
        var writing = JournalWriting()
        writing.put(digits)
        note(.mediaKeys, now, &writing)
    }

    mutating func sent(_ octets: [UInt8], to remote: TransportAddress, control: Bool, now: Instant) {
        var writing = JournalWriting()
        writing.put(UInt8(control ? 1 : 0))
        writing.put(remote)
        writing.put(octets)
        note(.mediaSent, now, &writing)
    }

    mutating func happened(_ event: MediaEvent, now: Instant) {
        var writing = JournalWriting()
        writing.put("\(event)")
        note(.mediaEvent, now, &writing)
    }

    mutating func closing(now: Instant) {
        var writing = JournalWriting()
        note(.mediaClose, now, &writing)
    }

    mutating func handOn() {
        guard !octets.isEmpty else { return }
        sink.put(octets)
        octets.removeAll(keepingCapacity: true)
    }

    /// What was drawn stands at the end of each record.
    private mutating func note(_ kind: JournalRecord.Kind, _ time: Instant, _ writing: inout JournalWriting) {
        writing.put(each: draws.take()) { $0.put($1) }
        JournalRecord(kind, at: time, writing.octets).append(to: &octets)
        if octets.count > Self.maximumGathered { handOn() }
    }
}
