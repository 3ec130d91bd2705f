import SDP
import TelephonyPrimitives

extension FuzzTarget {
    /// A session description; an answer can be made to whatever is understood as an offer.
    static func sdp(_ octets: [UInt8]) {
        guard let description = try? SessionDescription(parsing: octets) else { return }
        guard let again = try? SessionDescription(parsing: description.serialized) else {
            fatalError("a session description can't be read back")
        }
        guard again.serialized == description.serialized else {
            fatalError("a session description changes when it is written again")
        }
        var answerer = AudioOfferAnswer(
            sessionID: 1, local: TransportAddress(ip: .v4(0x7F00_0001), port: 4_000),
            capabilities: AudioCapabilities(codecs: [.pcmu, .pcma], telephoneEvent: true, ptime: 20))
        if let (answer, _) = try? answerer.receiveOffer(description) {
            guard let read = try? SessionDescription(parsing: answer.serialized),
                read.media.count == description.media.count
            else { fatalError("an answer can't be read, or has another number of media") }
        }
        var offerer = AudioOfferAnswer(
            sessionID: 1, local: TransportAddress(ip: .v4(0x7F00_0001), port: 4_000),
            capabilities: AudioCapabilities(codecs: [.pcmu, .pcma], telephoneEvent: true, ptime: 20))
        _ = offerer.makeOffer()
        _ = try? offerer.receiveAnswer(description)
    }
}
