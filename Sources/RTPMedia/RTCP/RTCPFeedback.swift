/// A feedback message (RFC 4585 §6.1): of the transport (RTPFB, type 205) or of the payload (PSFB, type 206).
public struct RTCPFeedback: Sendable, Hashable {
    /// What a message is about.
    public enum Layer: Sendable, Hashable {
        /// The transport: RTPFB, type 205.
        case transport
        /// The payload: PSFB, type 206.
        case payload
    }

    /// What it is about; it says how ``format`` is to be read.
    public var layer: Layer
    /// FMT, 0 to 31: what is meant. 1 of the transport is the generic NACK, 1 of the payload a picture loss.
    public var format: UInt8
    /// Who sends it.
    public var sender: UInt32
    /// The stream that it is about.
    public var media: UInt32
    /// What the format defines, in whole 32-bit words.
    public var information: [UInt8]

    /// - Parameters:
    ///   - layer: what it is about.
    ///   - format: FMT, 0 to 31; of more the lower five bits count.
    ///   - sender: who sends it.
    ///   - media: the stream that it is about.
    ///   - information: what the format defines, in whole 32-bit words.
    public init(layer: Layer, format: UInt8, sender: UInt32, media: UInt32, information: [UInt8] = []) {
        self.layer = layer
        self.format = format & 0x1F
        self.sender = sender
        self.media = media
        self.information = information
    }

    /// The sequence numbers that a generic NACK misses, at most 17 of each word (RFC 4585 §6.2.1); `nil` for other
    /// messages.
    public var missing: [UInt16]? {
        guard layer == .transport, format == 1 else { return nil }
        return stride(from: 0, to: information.count - 3, by: 4).flatMap { start in
            let first = information.bigEndian16(at: start)
            let others = information.bigEndian16(at: start + 2)
            return [first] + (0..<16).filter { others >> UInt16($0) & 1 == 1 }.map { first &+ UInt16($0) &+ 1 }
        }
    }

    /// Reads the body of an RTCP packet; `nil` when it is too short.
    init?(layer: Layer, format: UInt8, _ body: ArraySlice<UInt8>) {
        guard body.count >= 8 else { return nil }
        self.init(
            layer: layer, format: format, sender: body.bigEndian32(at: body.startIndex),
            media: body.bigEndian32(at: body.startIndex + 4), information: Array(body.dropFirst(8)))
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: sender)
        octets.append(bigEndian: media)
        octets.append(contentsOf: information.prefix(1024))
        while octets.count % 4 != 0 { octets.append(0) }
    }
}
