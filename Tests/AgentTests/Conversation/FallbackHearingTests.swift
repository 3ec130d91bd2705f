import Testing

@testable import Agent

struct FallbackHearingTests {
    private static let format = SpeechFormat(sampleRate: 8_000)

    private static func collect(_ session: any SpeechToTextSession) -> Task<[HearingEvent], Never> {
        Task {
            var events: [HearingEvent] = []
            for await event in session.events { events.append(event) }
            return events
        }
    }

    @Test("Ears that die in mid-call are replaced, and what was not made out is heard again", arguments: [true, false])
    func dies(byEnd: Bool) async throws {
        let first = ScriptedHearing(sampleRate: 8_000)
        let second = ScriptedHearing(sampleRate: 16_000)
        let session = try await FallbackHearing(first, else: second).makeSession(Self.format)
        let events = Self.collect(session)
        await session.expect(["yes"])
        await session.hear(Array(repeating: 1, count: 8_000))
        first.tell(.final("Hello", start: 0, end: 6_000))
        if byEnd {
            // The final has to be taken in before.
            await until { first.heardSamples == 8_000 }
            first.die()
        } else {
            first.tell(.failed(.failed("one")), .failed(.failed("two")))
        }
        await until { second.heardSamples > 0 }
        #expect(second.heardSamples == 4_000, "the last quarter of a second, at 16 kHz")
        #expect(second.expected == [["yes"]])
        await session.hear(Array(repeating: 1, count: 800))
        await until { second.heardSamples == 5_600 }
        second.tell(.final("again", start: 1_600, end: 3_200))
        await until { first.isClosed }
        second.die()
        let told = await events.value
        #expect(told.first == .final("Hello", start: 0, end: 6_000))
        #expect(told.last == .final("again", start: 6_800, end: 7_600), "in samples of the call")
    }

    @Test("Ears that can't be had at all are replaced from the beginning, and an error without hope at once")
    func refused() async throws {
        let second = ScriptedHearing(sampleRate: 8_000)
        let session = try await FallbackHearing(ScriptedHearing(refuses: true), else: second).makeSession(Self.format)
        #expect(session as? ScriptedHearing === second)

        let (third, fourth) = (ScriptedHearing(sampleRate: 8_000), ScriptedHearing(sampleRate: 8_000))
        let other = try await FallbackHearing(third, else: fourth).makeSession(Self.format)
        let events = Self.collect(other)
        await other.hear(Array(repeating: 1, count: 160))
        third.tell(.failed(.unavailable("The key is wrong.")))
        await until { fourth.heardSamples == 160 }
        await other.close()
        #expect(await events.value.isEmpty)
        #expect(fourth.isClosed)
    }

    @Test("When both are gone the call is told")
    func bothGone() async throws {
        let first = ScriptedHearing(sampleRate: 8_000)
        let session = try await FallbackHearing(first, else: ScriptedHearing(refuses: true)).makeSession(Self.format)
        let events = Self.collect(session)
        first.die()
        #expect(await events.value == [.failed(.overloaded("Too many calls."))])
    }
}
