/// A packet of an application's own (APP, RFC 3550 §6.7).
public struct RTCPApplication: Sendable, Hashable {
    /// The most data that are sent, in octets: with a report before it, the datagram still fits in an Ethernet frame.
    public static let maximumData = 1024

    /// 0 to 31, of the application's choice.
    public var subtype: UInt8
    /// Who sends it.
    public var ssrc: UInt32
    /// Four octets, as ASCII where they are; others read as `?`.
    public var name: String
    /// In whole 32-bit words; filled up with zeros, cut to ``maximumData`` octets.
    public var data: [UInt8]

    /// - Parameters:
    ///   - subtype: 0 to 31; of more the lower five bits count.
    ///   - ssrc: who sends it.
    ///   - name: four characters of ASCII.
    ///   - data: up to ``maximumData`` octets.
    public init(subtype: UInt8, ssrc: UInt32, name: String, data: [UInt8]) {
        self.subtype = subtype & 0x1F
        self.ssrc = ssrc
        self.name = name
        self.data = data
    }

    /// Reads the body of an RTCP packet; `nil` when it is too short.
    init?(subtype: UInt8, _ body: ArraySlice<UInt8>) {
        guard body.count >= 8 else { return nil }
        let name = body.dropFirst(4).prefix(4).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        self.init(
            subtype: subtype, ssrc: body.bigEndian32(at: body.startIndex), name: String(decoding: name, as: UTF8.self),
            data: Array(body.dropFirst(8)))
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        var name = name.utf8.prefix(4).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        while name.count < 4 { name.append(UInt8(ascii: " ")) }
        octets += name
        octets.append(contentsOf: data.prefix(Self.maximumData))
        while octets.count % 4 != 0 { octets.append(0) }
    }
}
