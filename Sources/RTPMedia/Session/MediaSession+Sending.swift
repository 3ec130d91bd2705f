public import TelephonyPrimitives

extension MediaSession {
    /// Sends the next 20 ms, as one packet; to be called every 20 ms.
    ///
    /// Keys that are being sent take its place. Nothing is sent while the direction forbids it or no address is known;
    /// the timestamp runs on all the same.
    ///
    /// - Parameters:
    ///   - frame: 160 samples at 8 kHz; shorter ones are filled up with silence, what is more is cut off, and one of
    ///     another rate is refused. `nil` is silence: it is sent, so that NATs and carriers keep the path open.
    ///   - now: when it is sent.
    public mutating func push(_ frame: PCMFrame?, now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        defer { stream.advance(by: UInt32(Self.frameLength)) }
        guard configuration.direction.sends, let destination else {
            needsMarker = true
            return
        }
        let wasSendingKeys = keysSent.isSending
        if let payloadType = configuration.telephoneEventSend, let key = keysSent.tick(timestamp: stream.timestamp) {
            let packet = stream.packet(
                payloadType: payloadType, payload: key.event.serialized, marker: key.marker, timestamp: key.timestamp)
            outputs.append(.rtp(packet, to: destination))
            needsMarker = true
        } else {
            let payload = encoder.encode(samples(of: frame))
            let packet = stream.packet(
                payloadType: configuration.sendPayloadType, payload: payload, marker: needsMarker)
            outputs.append(.rtp(packet, to: destination))
            needsMarker = false
        }
        if wasSendingKeys, !keysSent.isSending { outputs.append(.event(.dtmfSent)) }
    }

    /// Queues keys to be sent as telephone-events: 0 to 9, `*`, `#`, A to D; a comma is a pause of 500 ms. Other
    /// characters are passed over.
    ///
    /// ``MediaEvent/dtmfSent`` tells that all are out. They wait while the direction forbids to send.
    ///
    /// - Returns: how many were queued: none when the other side has not agreed to telephone-events.
    @discardableResult public mutating func sendDTMF(_ digits: String) -> Int {
        guard !isClosed, configuration.telephoneEventSend != nil else { return 0 }
        return keysSent.enqueue(digits)
    }

    /// Whether keys are being sent or wait to be.
    public var isSendingDTMF: Bool { keysSent.isSending }

    private mutating func samples(of frame: PCMFrame?) -> [Int16] {
        let silence = [Int16](repeating: 0, count: Self.frameLength)
        guard let frame else { return silence }
        guard frame.sampleRate == Self.sampleRate else {
            counters.framesRefused += 1
            return silence
        }
        if frame.samples.count == Self.frameLength { return frame.samples }
        return Array((frame.samples.prefix(Self.frameLength) + silence).prefix(Self.frameLength))
    }
}
