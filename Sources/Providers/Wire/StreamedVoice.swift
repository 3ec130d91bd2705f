internal import Agent
internal import RTPMedia
internal import TelephonyPrimitives

/// The voice of one call by a service: the sockets and the clock around ``VoiceLink``.
actor StreamedVoice<Dialect: VoiceDialect>: TextToSpeechSession {
    private typealias Sink = AsyncThrowingStream<SpokenSound, any Error>.Continuation

    private struct Listener {
        let sink: Sink
        let sound: WireSound
    }

    private let callRate: Int
    private let address: ServiceAddress
    private let clock: WireClock
    private var link: VoiceLink<Dialect>
    private var place = SocketPlace()
    private var alarm = WireAlarm()
    private var listeners: [Int: Listener] = [:]
    private var speeches = 0

    /// Opens the first socket.
    static func open(
        _ dialect: Dialect, callRate: Int, at address: ServiceAddress, clock: WireClock
    ) async throws(ProviderError) -> StreamedVoice {
        // Tells now, not in mid-call, that the rates don't fit.
        _ = try WireSound(dialect.encoding, from: dialect.sampleRate, to: callRate)
        let socket = try await ProviderSocket.open(address, clock: clock)
        let session = StreamedVoice(dialect, callRate: callRate, at: address, clock: clock)
        await session.start(socket)
        return session
    }

    private init(_ dialect: Dialect, callRate: Int, at address: ServiceAddress, clock: WireClock) {
        self.callRate = callRate
        self.address = address
        self.clock = clock
        link = VoiceLink(dialect: dialect)
    }

    private func start(_ socket: ProviderSocket) {
        place.take(socket) { [weak self] in await self?.happened($0, $1) }
        receive(.opened)
    }

    nonisolated func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        let (stream, sink) = AsyncThrowingStream.makeStream(of: SpokenSound.self)
        let begun = Task { await begin(text, sink) }
        sink.onTermination = { [weak self] termination in
            guard case .cancelled = termination else { return }
            Task {
                guard let id = await begun.value else { return }
                await self?.cancel(id)
            }
        }
        return stream
    }

    func close() { receive(.close) }

    private func begin(_ text: String, _ sink: Sink) -> Int? {
        let sound: WireSound
        do throws(ProviderError) {
            sound = try WireSound(link.dialect.encoding, from: link.dialect.sampleRate, to: callRate)
        } catch {
            sink.finish(throwing: error)
            return nil
        }
        speeches += 1
        listeners[speeches] = Listener(sink: sink, sound: sound)
        receive(.speak(speeches, text))
        return speeches
    }

    private func cancel(_ id: Int) {
        guard listeners.removeValue(forKey: id) != nil else { return }
        receive(.cancel(id))
    }

    private func happened(_ event: SocketPlace.Event, _ number: Int) {
        if let input: VoiceLink<Dialect>.Input = place.input(of: event, number) { receive(input) }
    }

    private func ring() {
        alarm.hasRung()
        receive(.tick)
    }

    private func receive(_ input: VoiceLink<Dialect>.Input) {
        var failure: ProviderError?
        for action in link.receive(input, now: clock.now()) {
            switch action {
            case .open:
                place.connect(address, clock) { [weak self] in await self?.happened($0, $1) }
            case .send(let text):
                do throws(ProviderError) {
                    try place.socket?.send(text)
                } catch {
                    failure = error
                }
            case .sound(let id, let octets, let words):
                guard let listener = listeners[id] else { break }
                listener.sink.yield(SpokenSound(listener.sound.frame(octets), words: words))
            case .finish(let id, let words, let error): finish(id, words, error)
            case .drop: place.drop()
            }
        }
        if let failure {
            receive(.failed(failure))
        } else {
            alarm.set(link.deadline, clock) { [weak self] in await self?.ring() }
        }
    }

    private func finish(_ id: Int, _ words: [SpokenWord], _ error: ProviderError?) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        if let error {
            listener.sink.finish(throwing: error)
            return
        }
        let rest = listener.sound.rest()
        if !rest.samples.isEmpty || !words.isEmpty { listener.sink.yield(SpokenSound(rest, words: words)) }
        listener.sink.finish()
    }
}
