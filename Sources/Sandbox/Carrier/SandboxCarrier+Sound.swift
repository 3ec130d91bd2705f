import SIPCore
import TelephonyPrimitives

// Sound as it is described to each side (reference A7), with its keys (SDES).

extension SandboxCarrier {
    /// What comes of an offer.
    ///
    /// - Parameter isTrunk: whether it is the agent's, whose connection says whether sound is encrypted. A telephone has it as
    ///   it likes.
    /// - Returns: `nil`: sound is not encrypted.
    mutating func agreeOnKeys(_ sound: PeerSound, isTrunk: Bool) throws(Refusal) -> LegKeys? {
        let wants = isTrunk ? settings.trunk.encryptsMedia : sound.isSecure
        guard wants else {
            if sound.isSecure { throw .encryptionMismatch }
            return nil
        }
        guard let key = sound.key else { throw .encryptionMismatch }
        return LegKeys(own: makeKey(tag: key.tag), theirs: key.octets, profile: sound.profile)
    }

    /// A new key of ours.
    mutating func makeKey(tag: Int) -> SoundKey {
        SoundKey(tag: tag, octets: (0..<SoundKey.length).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) })
    }

    /// Notes the key that a side has said, and has the sound protected by it. The same key again changes nothing.
    mutating func takeKey(_ sound: PeerSound, of side: SoundSide, in id: UInt64) {
        guard var keys = calls[id]?.leg(side)?.keys, let key = sound.key, keys.theirs != key.octets else { return }
        keys.theirs = key.octets
        keys.own.tag = key.tag
        calls[id]?.update(side) { $0.keys = keys }
        if let protection = keys.sound { actions.append(.relay(call: id, .protect(side, protection))) }
    }

    // MARK: Descriptions

    /// What a side is told of the sound of the other.
    ///
    /// - Parameters:
    ///   - body: what the other side has said.
    ///   - leg: whom it is for.
    ///   - port: where the carrier takes the sound of that side.
    /// - Returns: `nil` when nothing is left of it.
    func describe(
        _ body: [UInt8], for leg: inout CarrierLeg, at port: UInt16, direction: String? = nil
    ) -> [UInt8]? {
        guard let sound = try? PeerSound(body) else { return nil }
        let isALaw = settings.fault == .aLaw && leg.party == .trunk
        let isReliable = leg.wire.transport.isReliable
        return leg.sound.describe(
            sound, at: TransportAddress(ip: mediaAddress, port: port),
            takes: { Self.takes($0, isReliable: isReliable) && (!isALaw || ["pcma", "telephone-event"].contains($0)) },
            direction: direction, keys: leg.keys)
    }

    /// The codecs of a connection; Opus over TCP and TLS alone (reference A7).
    private static func takes(_ codec: String, isReliable: Bool) -> Bool {
        switch codec {
        case "pcmu", "pcma", "g722", "g729", "telephone-event": true
        case "opus": isReliable
        default: false
        }
    }
}
