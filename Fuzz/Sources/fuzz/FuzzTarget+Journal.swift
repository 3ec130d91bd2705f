import CallReplay
import TelephonyPrimitives

extension FuzzTarget {
    /// A call's journal, and the call again. The first octet says what the rest is: a file, or records one after the
    /// other, so that lengths need not be found: kind, milliseconds since the last, length (2 octets), what is in it.
    static func journal(_ octets: [UInt8]) {
        guard let form = octets.first else { return }
        let file = form & 1 == 0 ? Array(octets.dropFirst()) : journal(of: octets.dropFirst())
        guard let contents = try? JournalContents(file), let replay = try? CallReplay(file) else { return }
        let written = contents.records.reduce(into: JournalRecord.magic) { $1.append(to: &$0) }
        guard let again = try? JournalContents(written), again.records == contents.records, again.damage == nil else {
            fatalError("a journal reads as something else")
        }
        _ = replay.timeline
        guard let second = try? CallReplay(file), second.lines == replay.lines, second.verdict == replay.verdict,
            second.remarks == replay.remarks
        else { fatalError("a call is not the same when it is replayed twice") }
    }

    private static func journal(of octets: ArraySlice<UInt8>) -> [UInt8] {
        var file = JournalRecord.magic
        var rest = octets
        var now = Instant(nanoseconds: 1_000_000_000)
        while rest.count >= 4 {
            let head = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            now = now + .milliseconds(Int(head[1]))
            let length = min(Int(head[2]) << 8 | Int(head[3]), rest.count)
            if let kind = JournalRecord.Kind(rawValue: head[0]) {
                JournalRecord(kind, at: now, Array(rest.prefix(length))).append(to: &file)
            }
            rest = rest.dropFirst(length)
        }
        return file
    }
}
