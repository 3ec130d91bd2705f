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
        var packet = spare.popLast() ?? []
        if let payloadType = configuration.telephoneEventSend, let key = keysSent.tick(timestamp: stream.timestamp) {
            prepareExtension(for: nil, isKey: true)
            stream.begin(
                &packet, payloadType: payloadType, marker: key.marker, timestamp: key.timestamp,
                headerExtension: extensionSent)
            packet.append(contentsOf: key.event.serialized)
            send(packet, to: destination)
            needsMarker = true
        } else {
            prepareExtension(for: frame, isKey: false)
            stream.begin(
                &packet, payloadType: configuration.sendPayloadType, marker: needsMarker, headerExtension: extensionSent
            )
            encode(frame, into: &packet)
            if packet.count > RTPPacket.fixedHeaderLength + extensionSent.count {
                send(packet, to: destination)
                needsMarker = false
            } else {
                // Nothing is to be sent in a pause (RFC 3551 §4.1).
                recycle(packet)
                needsMarker = true
            }
        }
        if wasSendingKeys, !isSendingDTMF { outputs.append(.event(.dtmfSent)) }
    }

    /// Queues keys to be sent, as telephone-events or, where the other side takes none, as tones in the sound: 0 to 9,
    /// `*`, `#`, A to D; a comma is a pause of 500 ms. Other characters are passed over.
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

    /// Appends the payload of a frame, or of the tones that are being sent in its place.
    private mutating func encode(_ frame: PCMFrame?, into packet: inout [UInt8]) {
        if tonesSent.isPlaying {
            var samples: [Int16] = []
            tonesSent.render(frameLength, into: &samples)
            encoder.encode(samples.span, into: &packet)
        } else if let frame, frame.sampleRate == sampleRate, frame.samples.count == frameLength {
            encoder.encode(frame.samples.span, into: &packet)
        } else {
            encoder.encode(fitted(frame).span, into: &packet)
        }
    }

    /// A frame's samples, as many as a packet takes; silence for one of another rate.
    private mutating func fitted(_ frame: PCMFrame?) -> [Int16] {
        if let frame, frame.sampleRate != sampleRate { counters.framesRefused += 1 }
        let samples = frame?.sampleRate == sampleRate ? frame?.samples : nil
        guard let samples else { return quiet }
        return Array((samples.prefix(frameLength) + quiet).prefix(frameLength))
    }

    private mutating func send(_ packet: consuming [UInt8], to destination: TransportAddress) {
        stream.sent(payload: packet.count - RTPPacket.fixedHeaderLength - extensionSent.count)
        var octets = packet
        let inside = clear.isKept && protection != nil ? octets : nil
        guard letOut(&octets, by: { session, octets throws(SRTPError) in try session.protect(&octets) }) else {
            return
        }
        if let inside { clear.send(inside) }
        outputs.append(.rtp(octets, to: destination))
    }
}
