import RTPMedia
import TelephonyPrimitives
import Testing

@testable import Agent

/// Frames as a front end sees them: `v` a voice, `.` none, `e` our own echo, `n` a doubtful noise.
private struct Watch {
    var activity: SpeechActivity
    var now = Instant(nanoseconds: 0)
    var told: [String] = []

    init(hearingFindsSpeech: Bool) {
        activity = SpeechActivity(hearingFindsSpeech: hearingFindsSpeech, now: now)
    }

    mutating func see(_ frames: String) {
        for frame in frames {
            now = now + .milliseconds(20)
            note(
                activity.saw(
                    SpeechObservation(
                        isSpeech: frame != ".", speechProbability: frame == "v" || frame == "e" ? 0.9 : 0.2,
                        isOwnEcho: frame == "e", echo: nil), now: now))
        }
    }

    mutating func note(_ event: SpeechActivity.Event?) {
        guard let event else { return }
        let at = now.nanoseconds / 1_000_000
        switch event {
        case .started: told.append("started@\(at)")
        case .dismissed: told.append("dismissed@\(at)")
        case .ended(let last): told.append("ended@\(at) last \(last.nanoseconds / 1_000_000)")
        }
    }
}

struct SpeechActivityTests {
    private static let silence = String(repeating: ".", count: 30)

    @Test(
        "Without ears that listen for speech the front end decides",
        arguments: [
            ("..vvvvvvvv", ["started@120", "ended@440 last 200"]),
            ("..vvvv.vv.vvv", ["started@120", "ended@500 last 260"]),
            ("..v.vv.v.vvv..", []), ("..eeeeeeeeee", []), ("..nnnnnnnnnn", []),
            ("..vvvv", ["started@120", "dismissed@360"]),
        ])
    func alone(frames: String, expected: [String]) {
        var watch = Watch(hearingFindsSpeech: false)
        watch.see(frames + Self.silence)
        #expect(watch.told == expected)
    }

    @Test("F-24 What the front end alone has heard is dismissed when the ears do not confirm it")
    func unconfirmed() {
        var watch = Watch(hearingFindsSpeech: true)
        watch.see("..vvvvvv" + Self.silence)
        #expect(watch.told == ["started@120", "dismissed@620"])
        watch.see("vvvv")
        #expect(watch.told.last == "started@840")
    }

    @Test("F-24 Noise that sets in and stays is dismissed, and a voice in it is heard all the same")
    func steadyNoise() {
        var watch = Watch(hearingFindsSpeech: true)
        watch.see("..vv" + String(repeating: "v", count: 100))
        #expect(watch.told == ["started@120", "dismissed@920"])
        watch.note(watch.activity.hearingStarted())
        #expect(watch.told.last == "started@2080")
        watch.note(watch.activity.hearingEnded(at: 0, lastSound: watch.now))
        watch.see(Self.silence + "vvvv")
        #expect(watch.told.last?.hasPrefix("started") == true, "and the front end is believed again")
    }

    @Test("Ears that confirm, or hear something first, have the last word")
    func confirmed() {
        var watch = Watch(hearingFindsSpeech: true)
        watch.see("..vvvvv")
        watch.note(watch.activity.hearingStarted())
        watch.see("vvvvv" + Self.silence)
        #expect(watch.told == ["started@120"], "the front end ends nothing")
        watch.note(watch.activity.hearingEnded(at: 0, lastSound: watch.now))
        #expect(watch.told.count == 2 && watch.told[1].hasPrefix("ended"))

        var soft = Watch(hearingFindsSpeech: true)
        soft.note(soft.activity.hearingStarted())
        soft.see("vvvvvvvv")
        soft.note(soft.activity.hearingDismissed())
        #expect(soft.told == ["started@0", "dismissed@160"])
    }

    @Test(
        "F-30 Ears that hear our own voice come back are not believed before somebody else is seen",
        arguments: [
            // Frames before the ears tell, frames after, and what comes of it.
            ("..vveeeee", "eeeee", []), (".....eeee", "eeeeeeee", []), ("..eeeee", "eeevvv", []),
            ("..eeeee", "eeevvvv", ["started@280"]),
            ("..eeeee", "ee" + String(repeating: ".", count: 25), ["started@680"]),
            ("..vvveee", "", ["started@160"]), ("eeee" + String(repeating: ".", count: 16), "", ["started@400"]),
            ("..vvvveeeeeeeee", "", ["started@120"]),
        ])
    func ownEcho(before: String, after: String, expected: [String]) {
        var watch = Watch(hearingFindsSpeech: true)
        watch.see(before)
        watch.note(watch.activity.hearingStarted())
        watch.see(after)
        #expect(watch.told == expected)
        #expect(watch.activity.isHearingEcho == expected.isEmpty)
    }

    @Test("F-30 Words of our own echo are told from those that follow")
    func echoWords() {
        var watch = Watch(hearingFindsSpeech: true)
        watch.see("eeeeeee")
        watch.note(watch.activity.hearingStarted())
        watch.note(watch.activity.hearingEnded(at: 9_000, lastSound: watch.now))
        watch.see(Self.silence)
        watch.note(watch.activity.hearingStarted())
        #expect(watch.told == ["started@740"])
        #expect(watch.activity.isEcho(from: 1_000) && !watch.activity.isEcho(from: 9_000))
        watch.note(watch.activity.hearingEnded(at: 16_000, lastSound: watch.now))
        #expect(watch.told.count == 2 && !watch.activity.isEcho(from: 12_000))
    }
}
