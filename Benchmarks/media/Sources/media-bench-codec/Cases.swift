import RTPMedia

/// What is done `frames` times. Each tells a number that depends on all of it.
///
/// What is prepared doesn't depend on the number of frames, so that the difference of two runs is the cost of the frames
/// alone.
struct Cases {
    let folder: String
    let frames: Int
    private let prepared = 500

    func encodeAll(_ encoder: consuming some AudioEncoder, _ speech: Speech) -> Int {
        var sink = 0
        var payload: [UInt8] = []
        payload.reserveCapacity(2000)
        for frame in 0..<frames {
            payload.removeAll(keepingCapacity: true)
            encoder.encode(speech.samples.span.extracting(speech.place(frame)), into: &payload)
            sink &+= payload.count
        }
        return sink
    }

    func decodeAll(
        _ decoder: consuming some AudioDecoder, _ encoder: consuming some AudioEncoder, _ speech: Speech, conceals: Bool
    ) -> Int {
        var sink = 0
        var payloads: [[UInt8]] = []
        for frame in 0..<prepared {
            var payload: [UInt8] = []
            encoder.encode(speech.samples.span.extracting(speech.place(frame)), into: &payload)
            payloads.append(payload)
        }
        var samples: [Int16] = []
        samples.reserveCapacity(4000)
        for frame in 0..<frames {
            samples.removeAll(keepingCapacity: true)
            if conceals, frame % 2 == 1 {
                _ = decoder.conceal(speech.length, into: &samples)
            } else {
                let payload = payloads[frame % prepared]
                decoder.decode(payload.span, into: &samples)
            }
            sink &+= samples.count
        }
        return sink
    }

    private func session(_ suite: SRTPSuite) throws -> SRTPSession {
        let octets = (0..<suite.masterLength).map { UInt8($0) }
        let keying = SRTPKeying(suite: suite, keys: [SRTPMasterKey(key: SRTPKey(octets: octets.span))])
        return try SRTPSession(sending: keying, receiving: keying)
    }

    private func number(_ sequence: Int, _ packet: inout [UInt8]) {
        packet[2] = UInt8(truncatingIfNeeded: sequence >> 8)
        packet[3] = UInt8(truncatingIfNeeded: sequence)
    }

    func protectAll(_ suite: SRTPSuite) throws -> Int {
        var sink = 0
        let session = try session(suite)
        var packet = [UInt8](repeating: 0, count: 172)
        packet.reserveCapacity(300)
        packet[0] = 0x80
        for frame in 0..<frames {
            number(frame, &packet)
            try session.protect(&packet)
            sink &+= packet.count
            packet.removeLast(packet.count - 172)
        }
        return sink
    }

    func unprotectAll(_ suite: SRTPSuite) throws -> Int {
        var sink = 0
        let (one, other) = (try session(suite), try session(suite))
        var packets: [[UInt8]] = []
        for sequence in 0..<4000 {
            var packet = [UInt8](repeating: 0, count: 172)
            packet[0] = 0x80
            number(sequence, &packet)
            try one.protect(&packet)
            packets.append(packet)
        }
        for frame in 0..<min(frames, 4000) {
            try other.unprotect(&packets[frame])
            sink &+= packets[frame].count
        }
        return sink
    }

    func resampleAll(from: Int, to: Int, quality: Int) throws -> Int {
        var sink = 0
        let speech = Speech(folder: folder, sampleRate: from)
        var resampler = try Resampler(from: from, to: to, quality: quality)
        var samples: [Int16] = []
        samples.reserveCapacity(4000)
        for frame in 0..<frames {
            samples.removeAll(keepingCapacity: true)
            resampler.process(speech.samples.span.extracting(speech.place(frame)), into: &samples)
            sink &+= samples.count
        }
        return sink
    }

    /// How many keys are heard in a file of speech, at three loudnesses: none are in it.
    func talkOff(path: String) {
        let speech = Speech(path: path)
        for gain in [1, 2, 4] {
            guard var detector = ToneDetector(sampleRate: 8000) else { return }
            var heard = 0
            for start in stride(from: 0, to: speech.samples.count - 160, by: 160) {
                let frame = speech.samples[start..<start + 160].map { Int16(clamping: Int($0) * gain / 2) }
                heard += detector.receive(frame.span).count
            }
            print("loudness × \(Double(gain) / 2): \(heard) keys in \(speech.samples.count / 8000) s")
        }
    }
}
