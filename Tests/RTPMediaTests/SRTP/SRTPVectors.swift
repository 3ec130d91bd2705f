import RTPMedia

/// `Fixtures/srtp/vectors.json`
struct SRTPVectors: Decodable {
    struct Packet: Decodable {
        var roc: UInt32
        var seq: UInt16
        var clear: String
        var protected: String
    }
    struct Stream: Decodable {
        var name: String
        var packets: [Packet]
    }
    struct Suite: Decodable {
        var suite: String
        var masterKeyAndSalt: String
        var mki: String?
        var sessionKeys: [String: String]?
        var streams: [Stream]
    }
    struct ControlPacket: Decodable {
        var index: Int
        var clear: String
        var protected: String
    }
    struct Control: Decodable {
        var suite: String
        var masterKeyAndSalt: String
        var packets: [ControlPacket]
    }
    struct Failure: Decodable {
        var name: String
        var suite: String
        var masterKeyAndSalt: String
        var kind: String
        var packet: String
        var error: String
        var afterAccepting: String?
    }
    struct Derivation: Decodable {
        var source: String
        var masterKey: String
        var masterSalt: String
        var label00CipherKey: String
        var label02Salt: String
        var label01AuthKey: String
        var label03RtcpCipherKeyComputed: String
        var label04RtcpAuthKeyComputed: String
        var label05RtcpSaltComputed: String
    }
    var srtp: [Suite]
    var srtcp: [Control]
    var mustFail: [Failure]
    var keyDerivation: [Derivation]

    static func load() throws -> SRTPVectors { try RTPFixture.load("srtp/vectors.json") }
}

extension SRTPSession {
    /// A session with one key for both directions.
    convenience init(_ suite: SRTPSuite, key: String, identifier: String? = nil) throws {
        let name = identifier.flatMap { SRTPKeyIdentifier(octets: RTPFixture.octets($0)) }
        let octets = RTPFixture.octets(key)
        let keying = SRTPKeying(
            suite: suite, keys: [SRTPMasterKey(key: SRTPKey(octets: octets.span), identifier: name)])
        try self.init(sending: keying, receiving: keying)
    }

    /// A packet after an operation, or why there is none.
    func result(
        _ operation: (SRTPSession, inout [UInt8]) throws(SRTPError) -> Void, _ packet: [UInt8]
    ) -> Result<[UInt8], SRTPError> {
        var packet = packet
        do {
            try operation(self, &packet)
            return .success(packet)
        } catch {
            return packet.isEmpty ? .failure(error) : .success(packet)
        }
    }

    func protected(_ packet: [UInt8]) -> Result<[UInt8], SRTPError> {
        result({ (session, packet) throws(SRTPError) in try session.protect(&packet) }, packet)
    }
    func unprotected(_ packet: [UInt8]) -> Result<[UInt8], SRTPError> {
        result({ (session, packet) throws(SRTPError) in try session.unprotect(&packet) }, packet)
    }
    func protectedControl(_ packet: [UInt8]) -> Result<[UInt8], SRTPError> {
        result({ (session, packet) throws(SRTPError) in try session.protectControl(&packet) }, packet)
    }
    func unprotectedControl(_ packet: [UInt8]) -> Result<[UInt8], SRTPError> {
        result({ (session, packet) throws(SRTPError) in try session.unprotectControl(&packet) }, packet)
    }
}
