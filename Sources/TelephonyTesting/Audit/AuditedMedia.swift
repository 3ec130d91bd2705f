import TelephonyPrimitives

/// The RTP and RTCP of a trace, and the session descriptions that it has to follow.
struct AuditedMedia {
    let packets: [Packet]
    let controls: [Trace.Record]
    let adverts: [Advert]
    let signalling: AuditedSignalling
    /// BYE requests by Call-ID.
    let byes: [String: [AuditedMessage]]
    /// When media from a source address, as its receiver sees it, first arrived anywhere: who answers symmetrically may
    /// send to it (RFC 4961).
    let firstArrivals: [TransportAddress: Instant]
    private let byAddress: [TransportAddress: [Int]]
    private let byCall: [String: [Int]]

    /// A session description on its way: what its sender wants to receive and may send.
    struct Advert {
        let side: String
        let callID: String
        /// The sender's tag in the dialog; forks differ in it.
        let tag: String
        let address: TransportAddress?
        let controlAddress: TransportAddress?
        let media: WireSessionDescription.Media
        let sentAt: Instant
        let arrivedAt: Instant?
        /// From when it counts for its sender: at once in a response, with the 2xx in a request.
        let countsForSender: Instant?
        /// From when it counts for its receiver: on arrival in a response, with its own 2xx in a request.
        let countsForReceiver: Instant?
    }

    /// An RTP packet with the call it belongs to.
    struct Packet {
        let record: Trace.Record
        let rtp: WireRTP?
        let fault: WireRTP.Fault?
        /// The side that sent it, by its own session description when the source address is in one.
        let sender: String
        /// `nil` when no session description speaks of its addresses.
        let callID: String?

        var time: Instant { record.time }
    }

    init(_ trace: Trace, signalling: AuditedSignalling) {
        self.signalling = signalling
        let adverts = Self.adverts(of: signalling)
        self.adverts = adverts
        var byAddress: [TransportAddress: [Int]] = [:]
        for (index, advert) in adverts.enumerated() {
            for address in Set([advert.address, advert.controlAddress].compactMap { $0 }) {
                byAddress[address, default: []].append(index)
            }
        }
        self.byAddress = byAddress
        byes = Dictionary(
            grouping: signalling.messages.filter { $0.message.method == "BYE" }, by: { $0.message.callID ?? "" })
        byCall = Dictionary(grouping: adverts.indices, by: { adverts[$0].callID })
        controls = trace.records.filter { WireRTP.isControl($0.octets) }
        let packets: [Packet] = trace.records.filter { WireRTP.mayBeRTP($0.octets) }.map { record in
            let latest = { (address: TransportAddress) -> Advert? in
                (byAddress[address] ?? []).last { adverts[$0].sentAt <= record.time }.map { adverts[$0] }
            }
            let own = latest(record.source)
            let call = latest(record.destination)?.callID ?? own?.callID
            do throws(WireRTP.Fault) {
                return Packet(
                    record: record, rtp: try WireRTP(record.octets), fault: nil, sender: own?.side ?? record.sender,
                    callID: call)
            } catch {
                return Packet(
                    record: record, rtp: nil, fault: error, sender: own?.side ?? record.sender, callID: call)
            }
        }
        self.packets = packets
        firstArrivals = packets.reduce(into: [:]) { result, packet in
            guard let arrival = packet.record.arrivals.min() else { return }
            let source = packet.record.translatedSource ?? packet.record.source
            result[source] = min(arrival, result[source] ?? arrival)
        }
    }

    /// The descriptions of `callID` that sides other than `side` sent.
    func peerAdverts(of callID: String, not side: String) -> [Advert] {
        (byCall[callID] ?? []).map { adverts[$0] }.filter { $0.side != side }
    }

    /// The descriptions of `callID` that `side` sent.
    func ownAdverts(of callID: String, side: String) -> [Advert] {
        (byCall[callID] ?? []).map { adverts[$0] }.filter { $0.side == side }
    }

    /// The side that an address belongs to, by its last session description.
    func side(of address: TransportAddress) -> String? {
        byAddress[address]?.last.map { adverts[$0].side }
    }

    private static func adverts(of signalling: AuditedSignalling) -> [Advert] {
        var adverts: [Advert] = []
        for message in signalling.messages {
            guard let description = message.message.sessionDescription, let callID = message.message.callID,
                let media = description.media.first(where: { $0.kind == "audio" })
            else { continue }
            var countsForSender: Instant? = message.sentAt
            var countsForReceiver = message.arrivedAt
            if message.message.isRequest, message.message.method != "ACK" {
                let transaction = signalling.transactionsByCall[callID]?.first {
                    $0.key.client == message.sender && $0.key.branch == message.message.branch
                        && $0.key.method == message.message.method
                }
                let answers =
                    transaction?.responses.filter {
                        (101...299).contains($0.message.status ?? 0)
                            && ($0.message.hasSessionDescription || ($0.message.status ?? 0) >= 200)
                    } ?? []
                countsForSender = answers.compactMap(\.arrivedAt).min()
                countsForReceiver = answers.map(\.sentAt).min()
            }
            let control = media.multiplexed ? nil : media.controlPort ?? (media.port == .max ? nil : media.port + 1)
            adverts.append(
                Advert(
                    side: message.sender, callID: callID,
                    tag: (message.message.isRequest ? message.message.fromTag : message.message.toTag) ?? "",
                    address: media.address,
                    controlAddress: media.address.flatMap { address in
                        control.map { TransportAddress(ip: address.ip, port: $0) }
                    },
                    media: media, sentAt: message.sentAt, arrivedAt: message.arrivedAt,
                    countsForSender: countsForSender, countsForReceiver: countsForReceiver))
        }
        return adverts
    }
}
