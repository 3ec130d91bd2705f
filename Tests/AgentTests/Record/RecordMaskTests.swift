import Testing

@testable import Agent

/// What is said and pressed while the recording pauses is not in the record.
struct RecordMaskTests {
    private func turn(_ start: Int, _ end: Int) -> CallEntry {
        .turn(TurnRecord(who: .caller, text: "four two 42", startMs: start, endMs: end))
    }

    private func key(_ at: Int) -> CallEntry {
        .key(KeyRecord(digit: "7", direction: .received, atMs: at, durationMs: 0))
    }

    private func text(_ entry: CallEntry) -> String {
        switch entry {
        case .turn(let turn): turn.text
        case .key(let key): key.digit
        case .note(let key, let value, _): "\(key)=\(value)"
        case .event(let kind, let detail, _): "\(kind) \(detail)"
        default: "?"
        }
    }

    @Test("T-53: keys, words, notes and events of a pause are masked, however late they are told; others are not")
    func pause() {
        var mask = RecordMask(masksKeys: false)
        #expect(mask.masked(key(50)) == key(50))
        let begins = [mask.pause(at: 100), mask.pause(at: 120), mask.isPaused]
        #expect(begins == [true, false, true])
        #expect(text(mask.masked(key(150))) == "•")
        let ends = [mask.resume(at: 200), mask.resume(at: 210), mask.isPaused]
        #expect(ends == [true, false, false])
        let turns = [(0, 99, false), (0, 100, true), (120, 130, true), (90, 300, true), (201, 300, false)]
        for (start, end, isMasked) in turns {
            #expect((text(mask.masked(turn(start, end))) == "•") == isMasked, "\(start) \(end)")
        }
        for (at, isMasked) in [(99, false), (100, true), (200, true), (201, false)] {
            #expect((text(mask.masked(key(at))) == "•") == isMasked)
            let note = CallEntry.note(key: "card 1", value: "4242 to ٤٢", at: at)
            #expect(text(mask.masked(note)) == (isMasked ? "card •=•••• to ••" : "card 1=4242 to ٤٢"))
            let event = CallEntry.event(kind: "tool", detail: "pay 17", at: at)
            #expect(text(mask.masked(event)) == (isMasked ? "tool pay ••" : "tool pay 17"))
        }
        // A second pause.
        _ = mask.pause(at: 400)
        #expect(text(mask.masked(key(450))) == "•" && mask.masked(key(300)) == key(300))
        #expect(text(mask.masked(key(150))) == "•")
    }

    @Test("Where keys are not to be kept, none is, and words are")
    func keys() {
        let mask = RecordMask(masksKeys: true)
        #expect(text(mask.masked(key(5))) == "•")
        #expect(mask.masked(turn(1, 2)) == turn(1, 2))
    }

    @Test("Pauses without end are one, and none is lost")
    func many() {
        var mask = RecordMask(masksKeys: false)
        for number in 0..<3_000 {
            _ = mask.pause(at: number * 10)
            _ = mask.resume(at: number * 10 + 5)
        }
        for number in 0..<3_000 { #expect(text(mask.masked(key(number * 10 + 3))) == "•") }
        #expect(mask.masked(key(7)) == key(7))
    }

    @Test("The tools pause and resume the recording of their call at once, and say when there is none")
    func tools() async throws {
        let switches = RecordingSwitches()
        let (states, sink) = AsyncStream.makeStream(of: Bool.self)
        switches.open("c-1") { sink.yield($0) }
        let context = DialogueContext(callID: "c-1", caller: "sip:a@b", called: "sip:c@d")
        let pausing = RecordingTool.pausing(switches)
        let resuming = RecordingTool.resuming(switches)
        #expect(pausing.declaration.name == "pause_recording" && resuming.declaration.name == "resume_recording")
        #expect(try await pausing.run(.object([:]), context: context).text == "The recording is paused.")
        #expect(try await resuming.run(.object([:]), context: context).text == "The recording goes on.")
        switches.close("c-1")
        await #expect(throws: ToolRefusal.self) { try await pausing.run(.object([:]), context: context) }
        sink.finish()
        var seen: [Bool] = []
        for await state in states { seen.append(state) }
        #expect(seen == [true, false])
    }
}
