package import TelephonyPrimitives

/// The three things about a call that are replayed, each by itself.
package enum ReplayTrack: String, Sendable, CaseIterable, Codable {
    case signalling, media, turns
}

/// The first thing on a track that was not the same again.
package struct ReplayDifference: Sendable, Equatable, CustomStringConvertible {
    package let track: ReplayTrack
    /// On the clock of the track.
    package let time: Instant
    /// What kind of thing differs, and where.
    package let place: String
    /// What the journal has, and what came now.
    package let recorded: String
    package let replayed: String

    package var description: String {
        """
        \(track.rawValue) differs at \(time): \(place)
          recorded: \(recorded)
          now:      \(replayed)
        """
    }
}

/// What a replay is done with other than it was; for tests of the replay itself, and of ideas.
package struct ReplayChanges: Sendable {
    package var signalling: @Sendable (inout ReplayedSignalling) -> Void = { _ in }
    package var media: @Sendable (inout ReplayedMedia) -> Void = { _ in }
    package var turns: @Sendable (inout ReplayedHabits) -> Void = { _ in }

    package init() {}
}
