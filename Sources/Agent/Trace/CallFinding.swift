/// Something that went wrong on a call: said in a sentence, with what shows it, and what to do about it.
public struct CallFinding: Sendable, Equatable, Codable {
    /// The names stay; see docs/trace.md.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        // Why the call did not come up.
        case wrongPassword, passwordMissing, forbidden, noSuchNumber, busy, notReached, noCommonCodec,
            encryptionRequired
        case otherSideFailed, unreachable, certificate, nameUnknown, answerNotAcknowledged, noPort
        // The sound.
        case noSoundArrived, soundNotDecrypted, noSoundSent, notHeardThere, soundStopped, soundUnplayable,
            soundMiscoded, soundDamaged
        case ownEcho
        // The end, and what was done.
        case sessionTimer, transferFailed, stoppedByUs, goodbyeCut
        // What talks for us.
        case agentFailed, keyRefused, providerSlow, slowAnswers, callerSilent, recordingIncomplete
    }

    public var kind: Kind
    /// What happened, for a person who knows nothing of SIP.
    public var sentence: String
    /// What in the record shows it.
    public var evidence: String
    /// What to do.
    public var fix: String
}
