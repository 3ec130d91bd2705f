import Testing

@testable import Rehearsal

@Suite struct CallerMouthTests {
    @Test("Speech goes out in frames of 20 ms, then silence")
    func frames() {
        var mouth = CallerMouth(sampleRate: 100)
        #expect(mouth.next() == ([0, 0], false))
        mouth.say([1, 2, 3])
        #expect(mouth.next() == ([1, 2], false))
        #expect(mouth.next() == ([3, 0], true))
        #expect(mouth.next() == ([0, 0], false))
    }

    @Test("A voice is brought to one level, without the silence around it")
    func evened() {
        #expect(Loudness.evened([0, 1, 3_000, 0, -6_000, 2, 0]) == [6_000, 0, -12_000])
        #expect(Loudness.evened([0, 0]) == [])
        #expect(Loudness.evened([]) == [])
        #expect(Loudness.evened([.min]) == [-12_000])
    }

    @Test("What is speech")
    func loudness() {
        #expect(Loudness.isSpeech([400, -400]))
        #expect(!Loudness.isSpeech([200, -200]))
        #expect(!Loudness.isSpeech([]))
    }
}
