import RTPMedia
import Testing

@Suite("RTCP feedback and application packets")
struct RTCPFeedbackTests {
    private static func again(_ packet: RTCPPacket) throws -> [RTCPPacket] {
        try RTCPCompound(parsing: RTCPCompound([packet]).serialized, allowsReducedSize: true).packets
    }

    @Test("Feedback is read as it was written")
    func feedback() throws {
        for layer in [RTCPFeedback.Layer.transport, .payload] {
            for format in UInt8(0)..<32 {
                let packet = RTCPPacket.feedback(
                    RTCPFeedback(
                        layer: layer, format: format, sender: 1, media: .max,
                        information: [UInt8](repeating: format, count: Int(format) * 4)))
                #expect(try Self.again(packet) == [packet])
            }
        }
    }

    @Test("A generic NACK names the number and those that its bits mean, over the wrap")
    func missing() {
        let nack = RTCPFeedback(
            layer: .transport, format: 1, sender: 1, media: 2, information: [0xFF, 0xFF, 0x80, 0x01, 0, 7, 0, 0, 1])
        #expect(nack.missing == [65_535, 0, 15, 7])
        #expect(
            RTCPFeedback(layer: .payload, format: 1, sender: 1, media: 2, information: [0, 1, 0, 0]).missing == nil)
    }

    @Test("An application packet is read as it was written, cut to what fits, its name made of four letters")
    func application() throws {
        let packet = RTCPPacket.application(.init(subtype: 31, ssrc: 5, name: "QoS!", data: [1, 2, 3, 4]))
        #expect(try Self.again(packet) == [packet])
        let odd = RTCPPacket.application(
            .init(subtype: 40, ssrc: 5, name: "né", data: [UInt8](repeating: 9, count: 5000)))
        guard case .application(let read) = try Self.again(odd).first else {
            Issue.record("It is another packet.")
            return
        }
        #expect(read.name == "n?? ")
        #expect(read.subtype == 8)
        #expect(read.data == [UInt8](repeating: 9, count: RTCPApplication.maximumData))
        let short = RTCPPacket.application(.init(subtype: 0, ssrc: 5, name: "a", data: [7]))
        #expect(try Self.again(short) == [.application(.init(subtype: 0, ssrc: 5, name: "a   ", data: [7, 0, 0, 0]))])
    }

    @Test("A lone packet is refused unless reduced size is allowed")
    func reducedSize() {
        let octets = RTCPCompound([.feedback(.init(layer: .payload, format: 1, sender: 1, media: 2))]).serialized
        #expect(throws: RTCPParseError.startsWith(type: 206)) { try RTCPCompound(parsing: octets) }
        #expect(throws: Never.self) { try RTCPCompound(parsing: octets, allowsReducedSize: true) }
    }
}
