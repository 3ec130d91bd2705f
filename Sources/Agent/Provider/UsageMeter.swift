internal import Synchronization
internal import TelephonyPrimitives

/// Counts for one call what services did that tell no counts themselves: characters that were to be spoken, and sound
/// that was to be understood, as they were sent.
public final class UsageMeter: Sendable {
    /// That of the call on which this task works; `nil` when nobody counts, as before the first call.
    @TaskLocal public static var current: UsageMeter?

    private struct Count {
        var service: String
        var kind: ServiceKind
        var characters: Int?
        var audio: Duration?
    }

    private let counts = Mutex([Count]())

    public init() {}

    /// What was counted, each service in all for each kind of work, in the order in which they were first used.
    public var records: [UsageRecord] {
        counts.withLock { counts in
            counts.map { count in
                UsageRecord(
                    ProviderUsage(
                        provider: count.service, characters: count.characters,
                        audioSeconds: count.audio.map(\.inSeconds)), kind: count.kind)
            }
        }
    }

    func add(characters: Int, of service: String) {
        change(service, .speaking) { $0.characters = ($0.characters ?? 0) + characters }
    }

    func add(audio: Duration, of service: String) {
        change(service, .hearing) { $0.audio = ($0.audio ?? .zero) + audio }
    }

    private func change(_ service: String, _ kind: ServiceKind, _ body: (inout Count) -> Void) {
        counts.withLock { counts in
            let index =
                counts.firstIndex { $0.service == service && $0.kind == kind }
                ?? {
                    counts.append(Count(service: service, kind: kind))
                    return counts.count - 1
                }()
            body(&counts[index])
        }
    }
}

/// A voice whose characters are counted.
public struct MeteredVoice: TextToSpeech {
    private let voice: any TextToSpeech

    public var name: String { voice.name }

    public init(_ voice: any TextToSpeech) {
        self.voice = voice
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        let session = try await voice.makeSession(format)
        guard let meter = UsageMeter.current else { return session }
        return Session(session: session, meter: meter, service: name)
    }

    private struct Session: TextToSpeechSession {
        let session: any TextToSpeechSession
        let meter: UsageMeter
        let service: String

        func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
            meter.add(characters: text.unicodeScalars.count, of: service)
            return session.speak(text)
        }

        func close() async { await session.close() }
    }
}

/// A hearing whose sound is counted.
public struct MeteredHearing: SpeechToText {
    private let hearing: any SpeechToText

    public var name: String { hearing.name }

    public init(_ hearing: any SpeechToText) {
        self.hearing = hearing
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        let session = try await hearing.makeSession(format)
        guard let meter = UsageMeter.current else { return session }
        return Session(session: session, meter: meter, service: name)
    }

    private struct Session: SpeechToTextSession {
        let session: any SpeechToTextSession
        let meter: UsageMeter
        let service: String

        var sampleRate: Int { session.sampleRate }
        var abilities: HearingAbilities { session.abilities }
        var events: AsyncStream<HearingEvent> { session.events }

        func hear(_ samples: [Int16]) async {
            let nanoseconds = Int64(samples.count) * 1_000_000_000 / Int64(max(1, sampleRate))
            meter.add(audio: .nanoseconds(nanoseconds), of: service)
            await session.hear(samples)
        }

        func expect(_ phrases: [String]) async { await session.expect(phrases) }
        func finishUtterance() async { await session.finishUtterance() }
        func close() async { await session.close() }
    }
}
