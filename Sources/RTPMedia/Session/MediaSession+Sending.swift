public import TelephonyPrimitives

extension MediaSession {
    /// Sends the next 20 ms, as one packet; to be called every 20 ms.
    ///
    /// Keys that are being sent take its place. Nothing is sent while the direction forbids it or no address is known;
    /// the timestamp runs on all the same.
    ///
    /// - Parameters:
    ///   - frame: 20 ms at ``sampleRate``; shorter ones are filled up with silence, what is more is cut off, and one of
    ///     another rate is refused. `nil` is silence: it is sent, so that NATs and carriers keep the path open.
    ///   - now: when it is sent.
    public mutating func push(_ frame: PCMFrame?, now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        defer { stream.advance(by: UInt32(configuration.codec.clockRate / 50)) }
        guard configuration.direction.sends, let destination else {
            needsMarker = true
            return
        }
        let wasSendingKeys = isSendingDTMF
        if let payloadType = configuration.telephoneEventSend, let key = keysSent.tick(timestamp: stream.timestamp) {
            let packet = stream.packet(
                payloadType: payloadType, payload: key.event.serialized, marker: key.marker, timestamp: key.timestamp)
            send(packet, to: destination)
            needsMarker = true
        } else {
            var payload: [UInt8] = []
            let samples = tones() ?? samples(of: frame)
            encoder.encode(samples.span, into: &payload)
            if payload.isEmpty {
                // Nothing is to be sent in a pause (RFC 3551 §4.1).
                needsMarker = true
            } else {
                let packet = stream.packet(
                    payloadType: configuration.sendPayloadType, payload: payload, marker: needsMarker)
                send(packet, to: destination)
                needsMarker = false
            }
        }
        if wasSendingKeys, !isSendingDTMF { outputs.append(.event(.dtmfSent)) }
    }

    /// Queues keys to be sent, as telephone-events or, where the other side takes none, as tones in the sound: 0 to 9, `*`, `#`, A to D; a comma is a pause of 500 ms. Other
    /// characters are passed over.
    ///
    /// ``MediaEvent/dtmfSent`` tells that all are out. They wait while the direction forbids to send.
    ///
    /// - Returns: how many were queued.
    @discardableResult public mutating func sendDTMF(_ digits: String) -> Int {
        guard !isClosed else { return 0 }
        return configuration.telephoneEventSend != nil ? keysSent.enqueue(digits) : tonesSent.enqueue(digits)
    }

    /// Whether keys are being sent or wait to be.
    public var isSendingDTMF: Bool { keysSent.isSending || tonesSent.isPlaying }

    /// The next 20 ms of the tones that are being sent.
    private mutating func tones() -> [Int16]? {
        guard tonesSent.isPlaying else { return nil }
        var samples: [Int16] = []
        tonesSent.render(frameLength, into: &samples)
        return samples
    }

    private mutating func samples(of frame: PCMFrame?) -> [Int16] {
        let silence = [Int16](repeating: 0, count: frameLength)
        guard let frame else { return silence }
        guard frame.sampleRate == sampleRate else {
            counters.framesRefused += 1
            return silence
        }
        if frame.samples.count == frameLength { return frame.samples }
        return Array((frame.samples.prefix(frameLength) + silence).prefix(frameLength))
    }

    private mutating func send(_ packet: [UInt8], to destination: TransportAddress) {
        guard
            let octets = letOut(packet, by: { session, octets throws(SRTPError) in try session.protect(&octets) })
        else { return }
        outputs.append(.rtp(octets, to: destination))
    }
}
