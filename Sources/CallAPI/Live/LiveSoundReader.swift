internal import Agent
internal import Synchronization
internal import Telephony

/// One who listens to a call over HTTP: the caller left, the agent right. Whoever takes it too slowly misses some of it.
final class LiveSoundReader: OctetSource {
    /// How the samples are written.
    enum Form: String, CaseIterable {
        /// A WAV file without an end: 16 bits, little-endian.
        case wav
        /// Samples alone (RFC 2586): 16 bits, big-endian.
        case l16

        func contentType(sampleRate: Int) -> String {
            switch self {
            case .wav: "audio/wav"
            case .l16: "audio/L16; rate=\(sampleRate); channels=2"
            }
        }
    }

    private struct State {
        var sound: LiveSound?
        var number: Int?
        var isOver = false
    }

    private let call: CallIdentifier
    private let calls: LiveCalls
    private let desk: SupervisionDesk
    private let form: Form
    private let by: String
    private let state = Mutex(State())

    init(of call: CallIdentifier, in calls: LiveCalls, desk: SupervisionDesk, form: Form, by: String) {
        self.call = call
        self.calls = calls
        self.desk = desk
        self.form = form
        self.by = by
    }

    deinit { close() }

    func next() async -> [UInt8]? {
        guard let sound = state.withLock({ $0.isOver ? nil : $0.sound }) else { return await begin() }
        guard let moment = await sound.moments.first(where: { _ in true }) else {
            close()
            return nil
        }
        return octets(of: moment)
    }

    /// Begins to listen with the first octets that are wanted: whoever asks for the head alone is no listener.
    private func begin() async -> [UInt8]? {
        guard !state.withLock({ $0.isOver }), let (_, number) = calls.news(of: call) else { return nil }
        guard let sound = await desk.listen(by: by) else {
            calls.left(number, of: call)
            return nil
        }
        let isWanted = state.withLock { state in
            guard !state.isOver else { return false }
            state.sound = sound
            state.number = number
            return true
        }
        guard isWanted else {
            sound.close()
            calls.left(number, of: call)
            return nil
        }
        return form == .wav ? Self.header(sampleRate: sound.sampleRate) : await next()
    }

    func close() {
        let (sound, number) = state.withLock { state in
            defer { state = State(isOver: true) }
            return (state.sound, state.number)
        }
        sound?.close()
        if let number { calls.left(number, of: call) }
    }

    private func octets(of moment: LiveSound.Moment) -> [UInt8] {
        let samples = moment.interleaved
        var octets: [UInt8] = []
        octets.reserveCapacity(samples.count * 2)
        for sample in samples {
            let bits = UInt16(bitPattern: sample)
            let (high, low) = (UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits))
            octets.append(form == .wav ? low : high)
            octets.append(form == .wav ? high : low)
        }
        return octets
    }

    /// Of a file whose length is not known yet: the largest there is stands in its place, as players expect.
    static func header(sampleRate: Int) -> [UInt8] {
        var octets: [UInt8] = []
        func put(_ text: String) { octets += Array(text.utf8) }
        func put(_ number: UInt32, octets count: Int = 4) {
            for shift in 0..<count { octets.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * shift))) }
        }
        let rate = UInt32(clamping: sampleRate)
        put("RIFF")
        put(UInt32.max)
        put("WAVEfmt ")
        put(16)
        put(1, octets: 2)
        put(2, octets: 2)
        put(rate)
        put(rate &* 4)
        put(4, octets: 2)
        put(16, octets: 2)
        put("data")
        put(UInt32.max)
        return octets
    }
}
