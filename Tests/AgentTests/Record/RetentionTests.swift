import Foundation
import Telephony
import Testing

@testable import Agent

/// What is kept long enough is due; days go by in virtual time.
struct RetentionTests {
    private static let day: Int64 = 86_400_000

    @Test("Without a time to keep, nothing is ever due")
    func forEver() {
        var policy = RetentionPolicy(keep: nil, keepRecordings: nil)
        #expect(policy.decide(wall: Int64.max, uptime: .zero) == nil)
    }

    @Test("What ended too long ago is due, calls and recordings each by their own time")
    func cutoffs() {
        var policy = RetentionPolicy(keep: .seconds(90 * 86_400), keepRecordings: .seconds(30 * 86_400))
        #expect(
            policy.decide(wall: 100 * Self.day, uptime: .zero)
                == .erase(callsBefore: 10 * Self.day, recordingsBefore: 70 * Self.day))
        var recordings = RetentionPolicy(keep: nil, keepRecordings: .seconds(86_400))
        #expect(
            recordings.decide(wall: 2 * Self.day, uptime: .zero) == .erase(callsBefore: nil, recordingsBefore: Self.day)
        )
    }

    @Test(
        "T-55: a clock that leaps ahead erases nothing before an hour has shown that it is right; one set back never does"
    )
    func leaps() {
        var policy = RetentionPolicy(keep: .seconds(86_400), keepRecordings: nil)
        let hour: Int64 = 3_600_000
        #expect(
            policy.decide(wall: 10 * Self.day, uptime: .zero)
                == .erase(callsBefore: 9 * Self.day, recordingsBefore: nil))
        #expect(
            policy.decide(wall: 1_000 * Self.day + hour, uptime: .seconds(3_600))
                == .wait(leaptBy: .seconds(990 * 86_400)))
        // It is set right again.
        #expect(
            policy.decide(wall: 10 * Self.day + 2 * hour, uptime: .seconds(7_200))
                == .erase(callsBefore: 9 * Self.day + 2 * hour, recordingsBefore: nil))
        _ = policy.decide(wall: 20 * Self.day, uptime: .seconds(10_800))
        #expect(
            policy.decide(wall: 20 * Self.day + hour, uptime: .seconds(14_400))
                == .erase(callsBefore: 19 * Self.day + hour, recordingsBefore: nil))
    }

    @Test(
        "A time that can't be counted is none", arguments: [Duration.seconds(Int64.max), .seconds(Int64.max / 1_000)])
    func overflow(length: Duration) {
        #expect(RetentionPolicy.time(5, before: length) <= 5)
        #expect(RetentionPolicy.time(Int64.min, before: length) <= 0)
    }

    @Test("Days go by: recordings go first, then their calls, and a call that is up stays")
    func days() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 0)
        for number in 0..<4 {
            let id = CallIdentifier("call-\(number)")
            store.write(
                .began(
                    CallBeginning(
                        direction: .incoming, remote: CallParty(address: "sip:a@b"),
                        local: CallParty(address: "sip:c@d"),
                        agent: "echo", startedAt: Int64(number) * Self.day)), of: id)
            store.write(.answered(at: 10), of: id)
            let recording = folder.file("\(id).wav")
            try "sound".write(toFile: recording, atomically: true, encoding: .utf8)
            store.write(.recording(path: recording), of: id)
            if number != 1 {
                // It ends half a day later.
                store.write(
                    .ended(CallEnd(cause: .localHangUp, explanation: "Over."), at: 43_200_000), of: id)
            }
        }
        await store.flush()
        var policy = RetentionPolicy(keep: .seconds(3 * 86_400), keepRecordings: .seconds(86_400))
        var seen: [String] = []
        for half in 0..<16 {
            let wall = Int64(half) * Self.day / 2 + 1
            guard
                case .erase(let calls?, let recordings?) = policy.decide(wall: wall, uptime: .milliseconds(wall))
            else { continue }
            _ = try await store.eraseRecordings(endedBefore: recordings)
            _ = try await store.erase(try await store.calls(endedBefore: calls))
            let kept = try await store.calls().map { String($0.id.suffix(1)) }.sorted().joined()
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".wav") }
            seen.append("\(kept)/\(files.map { String($0.dropFirst(5).prefix(1)) }.sorted().joined())")
        }
        #expect(
            seen == [
                "0123/0123", "0123/0123", "0123/0123", "0123/123", "0123/123", "0123/123", "0123/123", "123/13",
                "123/13",
                "123/1", "123/1", "13/1", "13/1", "1/1", "1/1", "1/1",
            ])
        await store.close()
    }
}
