import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives

/// One call of a ``Phone``: what was agreed, said, heard and told.
final class PhoneCall {
    let session: SessionID
    let localRTP: TransportAddress
    var exchange: AudioOfferAnswer
    let ssrc: UInt32
    /// The offer of the peer's INVITE, until it is answered.
    var offer: [UInt8]?
    /// We have offered in a response and await the answer in the ACK.
    var awaitsAnswer = false
    /// A change of ours that is not settled.
    var wish: Wish?
    var media: MediaSession?
    var nextTick: Instant?
    /// How many ticks of 20 ms the sound has lasted.
    var ticks = 0
    /// What is said in a tick; `nil` says silence.
    var voice: (Int) -> PCMFrame?
    /// Whether anything is sent at all; a phone that records voice mail, say, sends nothing.
    var sends = true
    /// What was heard, a frame per 20 ms, and when.
    var heard: [(time: Instant, frame: PCMFrame)] = []
    var mediaEvents: [MediaEvent] = []
    /// What happened, in order: `180`, `183 with sound`, `answered`, `ended: hungUpByPeer` …
    var story: [String] = []
    var ends: [SessionEnd] = []
    var answeredAt: Instant?
    var endedAt: Instant?

    struct Wish {
        var direction: StreamDirection
        var offer: [UInt8]
        var isSent = false
    }

    init(
        _ session: SessionID, localRTP: TransportAddress, capabilities: AudioCapabilities, ssrc: UInt32, tone: Tone
    ) {
        self.session = session
        self.localRTP = localRTP
        self.ssrc = ssrc
        exchange = AudioOfferAnswer(sessionID: UInt64(ssrc), local: localRTP, capabilities: capabilities)
        voice = { tone.frame($0) }
    }

    /// The keys that the other side pressed.
    var keys: String {
        String(mediaEvents.compactMap { if case .dtmf(let digit, _) = $0 { digit } else { nil } })
    }

    var isOver: Bool { !ends.isEmpty }

    /// What was heard from `start` on and before `end`.
    func heard(from start: Duration, to end: Duration = .seconds(100_000)) -> [PCMFrame] {
        heard.filter { $0.time >= .zero + start && $0.time < .zero + end }.map(\.frame)
    }

    /// What the media session is to do, by what was agreed.
    var configuration: MediaSessionConfiguration? {
        guard let agreement = exchange.agreement,
            let codec = AudioCodecKind(name: agreement.codec.name, clockRate: agreement.codec.clockRate),
            let direction = MediaDirection(rawValue: agreement.direction.rawValue)
        else { return nil }
        return MediaSessionConfiguration(
            codec: codec, sendPayloadType: agreement.sendPayloadType,
            receivePayloadTypes: agreement.receivePayloadTypes.compactMapValues {
                AudioCodecKind(name: $0.name, clockRate: $0.clockRate)
            },
            telephoneEventSend: agreement.telephoneEventSendPayloadType,
            telephoneEventReceive: agreement.telephoneEventReceivePayloadTypes, remote: agreement.remote,
            remoteRTCP: agreement.remoteRTCP, direction: direction, ptime: agreement.ptime, ssrc: ssrc,
            cname: "phone-\(ssrc)")
    }
}
