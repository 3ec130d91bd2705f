internal import RTPMedia

/// Ears behind ears: when the first fail in mid-call, the second go on with what was not made out yet.
public struct FallbackHearing: SpeechToText {
    private let first: any SpeechToText
    private let second: any SpeechToText

    public var name: String { "\(first.name), else \(second.name)" }

    public init(_ first: any SpeechToText, else second: any SpeechToText) {
        self.first = first
        self.second = second
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        let regular: any SpeechToTextSession
        do throws(ProviderError) {
            regular = try await first.makeSession(format)
        } catch {
            return try await second.makeSession(format)
        }
        return FallbackHearingSession(regular: regular, second: second, format: format)
    }
}

private actor FallbackHearingSession: SpeechToTextSession {
    /// Failures in a row after which the first is given up; that its events end is enough.
    private static let failuresAllowed = 2
    /// Seconds of sound that are kept for the second.
    private static let kept = 10

    nonisolated let sampleRate: Int
    nonisolated let abilities: HearingAbilities
    nonisolated let events: AsyncStream<HearingEvent>

    private let sink: AsyncStream<HearingEvent>.Continuation
    private let second: any SpeechToText
    private let format: SpeechFormat
    private let judgesTurns: Bool
    private var current: any SpeechToTextSession
    private var isSecond = false
    private var reading: Task<Void, Never>?
    private var failures = 0
    private var isClosed = false
    private var expected: [String] = []
    /// What has been heard since the last words that are certain, and where it begins.
    private var unheard: [Int16] = []
    private var heard = 0
    /// Where the second's positions begin, and its rate.
    private var offset = 0
    private var resampler: Resampler?

    init(regular: any SpeechToTextSession, second: any SpeechToText, format: SpeechFormat) {
        sampleRate = regular.sampleRate
        abilities = regular.abilities
        judgesTurns = regular.abilities.judgesTurns
        current = regular
        self.second = second
        self.format = format
        (events, sink) = AsyncStream.makeStream()
        Task { await self.read() }
    }

    func hear(_ samples: [Int16]) async {
        heard += samples.count
        if isSecond {
            await current.hear(resampler?.process(samples) ?? samples)
        } else {
            unheard += samples
            let excess = unheard.count - Self.kept * sampleRate
            if excess > 0 { unheard.removeFirst(excess) }
            await current.hear(samples)
        }
    }

    func expect(_ phrases: [String]) async {
        expected = phrases
        await current.expect(phrases)
    }

    func finishUtterance() async { await current.finishUtterance() }

    func close() async {
        isClosed = true
        reading?.cancel()
        await current.close()
        sink.finish()
    }

    private func read() {
        guard !isClosed else { return }
        let (session, wasSecond) = (current, isSecond)
        reading = Task {
            for await event in session.events { await self.take(event, ofSecond: wasSecond) }
            await self.ended(ofSecond: wasSecond)
        }
    }

    private func take(_ event: HearingEvent, ofSecond: Bool) async {
        guard ofSecond == isSecond, !isClosed else { return }
        switch event {
        case .failed(let error) where !isSecond:
            failures += 1
            if failures >= Self.failuresAllowed || !error.mayPass { await change() } else { sink.yield(event) }
        case .final(let text, let start, let end):
            failures = 0
            // What comes from now on belongs to the next words.
            if !isSecond { unheard = Array(unheard.suffix(max(0, heard - end))) }
            sink.yield(.final(text, start: place(start), end: place(end)))
            if isSecond, judgesTurns, !current.abilities.judgesTurns { sink.yield(.turn(.over)) }
        case .speechStarted(let at): sink.yield(.speechStarted(at: place(at)))
        case .speechDismissed(let at): sink.yield(.speechDismissed(at: place(at)))
        case .speechEnded(let at): sink.yield(.speechEnded(at: place(at)))
        case .partial(let text, let start): sink.yield(.partial(text, start: place(start)))
        case .turn, .failed: sink.yield(event)
        }
    }

    /// A position of the session that is listening, in ours.
    private func place(_ position: Int) -> Int {
        isSecond ? offset + position * sampleRate / max(1, current.sampleRate) : position
    }

    private func ended(ofSecond: Bool) async {
        guard ofSecond == isSecond, !isClosed else { return }
        if isSecond { sink.finish() } else { await change() }
    }

    private func change() async {
        guard !isSecond, !isClosed else { return }
        isSecond = true
        let old = current
        do throws(ProviderError) {
            current = try await second.makeSession(format)
        } catch {
            sink.yield(.failed(error))
            sink.finish()
            return
        }
        resampler = current.sampleRate == sampleRate ? nil : try? Resampler(from: sampleRate, to: current.sampleRate)
        offset = heard - unheard.count
        read()
        await current.expect(expected)
        let rest = unheard
        unheard = []
        await current.hear(resampler?.process(rest) ?? rest)
        await old.close()
    }
}
