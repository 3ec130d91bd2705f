public import TelephonyPrimitives

/// One side of a call's sound.
public enum SoundSide: Sendable, Hashable {
    /// Who called.
    case caller
    /// Who was called.
    case callee

    var other: SoundSide { self == .caller ? .callee : .caller }
}

/// What the sound of a call needs from the rim: the carrier stands between the two sides (it anchors media).
public enum RelayOrder: Sendable, Hashable {
    /// Open a port for each side; answered by ``SandboxCarrier/Event/relayOpened(call:caller:callee:)``.
    case open
    /// Where the sound to a side goes until it sends from elsewhere.
    case aim(SoundSide, TransportAddress)
    /// Nobody is at the callee's side: the caller hears this from then on, as payload type 0 (PCMU) or 8 (PCMA).
    case play(ScriptedCallee.Sound, payloadType: UInt8)
    /// Which side is the agent's, for faults on the way to it.
    case agentSide(SoundSide)
    /// How the sound of a side is protected from then on; `nil`: not at all.
    case protect(SoundSide, SoundKeys?)
    /// Tell of each packet; answered by ``SandboxCarrier/Event/tapped(call:_:_:)``.
    case tap
    /// A packet that a side says without having a socket.
    case say([UInt8], from: SoundSide)
    case close
}
