internal import Agent
internal import TelephonyPrimitives

/// The hearing of one call by a service: the sockets and the clock around ``HearingLink``.
actor StreamedHearing<Dialect: HearingDialect>: SpeechToTextSession {
    nonisolated let sampleRate: Int
    nonisolated let abilities: HearingAbilities
    nonisolated let events: AsyncStream<HearingEvent>

    private let sink: AsyncStream<HearingEvent>.Continuation
    private let address: ServiceAddress
    private let clock: WireClock
    private var link: HearingLink<Dialect>
    private var place = SocketPlace()
    private var alarm = WireAlarm()

    /// Opens the first socket.
    static func open(
        _ dialect: Dialect, _ encoding: WireEncoding, sampleRate: Int, at address: ServiceAddress, clock: WireClock
    ) async throws(ProviderError) -> StreamedHearing {
        let socket = try await ProviderSocket.open(address, clock: clock)
        let session = StreamedHearing(dialect, encoding, sampleRate: sampleRate, at: address, clock: clock)
        await session.start(socket)
        return session
    }

    private init(
        _ dialect: Dialect, _ encoding: WireEncoding, sampleRate: Int, at address: ServiceAddress, clock: WireClock
    ) {
        self.sampleRate = sampleRate
        self.address = address
        self.clock = clock
        abilities = dialect.abilities
        // Whoever reads none of them must not fill the memory.
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
        link = HearingLink(dialect: dialect, encoding: encoding, sampleRate: sampleRate, now: clock.now())
    }

    private func start(_ socket: ProviderSocket) {
        place.take(socket) { [weak self] in await self?.happened($0, $1) }
        receive(.opened)
    }

    func hear(_ samples: [Int16]) { receive(.sound(samples)) }
    func expect(_ phrases: [String]) { receive(.expect(phrases)) }
    func finishUtterance() { receive(.finishUtterance) }
    func close() { receive(.close) }

    private func happened(_ event: SocketPlace.Event, _ number: Int) {
        if let input: HearingLink<Dialect>.Input = place.input(of: event, number) { receive(input) }
    }

    private func ring() {
        alarm.hasRung()
        receive(.tick)
    }

    private func receive(_ input: HearingLink<Dialect>.Input) {
        var failure: ProviderError?
        for action in link.receive(input, now: clock.now()) {
            switch action {
            case .open:
                place.connect(address, clock) { [weak self] in await self?.happened($0, $1) }
            case .sendText(let text):
                failure = failure ?? attempt { (socket) throws(ProviderError) in try socket.send(text) }
            case .sendSound(let sound):
                failure = failure ?? attempt { (socket) throws(ProviderError) in try socket.send(sound) }
            case .tell(let event): sink.yield(event)
            case .drop: place.drop()
            case .end: sink.finish()
            }
        }
        if let failure {
            receive(.failed(failure))
        } else {
            alarm.set(link.deadline, clock) { [weak self] in await self?.ring() }
        }
    }

    private func attempt(_ body: (ProviderSocket) throws(ProviderError) -> Void) -> ProviderError? {
        guard let socket = place.socket else { return nil }
        do throws(ProviderError) {
            try body(socket)
            return nil
        } catch {
            return error
        }
    }
}
