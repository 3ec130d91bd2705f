internal import NIOCore
internal import RTPMedia
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx
internal import WebSockets

/// What comes on the WebSocket of a call, and what its session wants done.
extension StreamCall {
    func received(_ text: [UInt8], by number: Int) {
        guard stream?.number == number else { return }
        let now = Instant.now
        withSession(now) { $0.receive(text, now: now) }
    }

    func receivedBinary(by number: Int) {
        guard stream?.number == number else { return }
        withSession(.now) { $0.receiveBinary() }
    }

    func socket(isWritable: Bool, of number: Int) {
        guard stream?.number == number else { return }
        let now = Instant.now
        withSession(now) { $0.socket(isWritable: isWritable, now: now) }
    }

    func socketClosed(_ number: Int) {
        guard stream?.number == number else { return }
        withSession(.now) { $0.closed() }
    }

    func perform(_ actions: [MediaStreamSession.Action], now: Instant) {
        for action in actions {
            switch action {
            case .send(let text):
                stream?.channel.writeAndFlush(WebSocketMessage(.text, ByteBuffer(string: text)), promise: nil)
            case .began(let start): began(start)
            case .heard(let media, let lost): hear(media, lost: lost)
            case .pressed(let digits, _): control.heard(.input(.pressed(digits)), of: id)
            case .reached(let mark, _): drains[mark]?.isReached = true
            case .dropped(let excess):
                control.heard(.note("\(excess) of our sound could not be kept, and was not sent."), of: id)
            case .complaint(let sentence): control.heard(.note(sentence), of: id)
            case .close(let code, let reason):
                stream?.channel.triggerUserOutboundEvent(
                    WebSocketClosing(code: WebSocketCloseCode(rawValue: code), reason: reason), promise: nil)
            case .ended(let end):
                forgetStream()
                control.heard(.input(.streamEnded(end)), of: id)
            }
        }
    }

    private func began(_ start: StreamStart) {
        if leg == nil, let name = start.control {
            control.heard(.named(name, session: start.session), of: id)
        }
        stream?.decoder = StreamSound(start.format)
        stream?.inward = nil
        guard let rate = stream?.decoder?.sampleRate else {
            control.heard(
                .note("Telnyx streams \(start.format), for which there is no codec here: nothing is heard."), of: id)
            return control.heard(.input(.streamBegan), of: id)
        }
        if rate != sampleRate { stream?.inward = try? Resampler(from: rate, to: sampleRate) }
        control.heard(.input(.streamBegan), of: id)
    }

    private func hear(_ media: StreamMedia, lost: Int) {
        // What the leg hears is our own.
        guard media.track == .inbound, let samples = stream?.samples(of: media.payload) else { return }
        figures.received += 1
        figures.lost += lost
        if !samples.isEmpty { cushion.add(samples) }
    }
}
