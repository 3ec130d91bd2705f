/// What a recording is, as a configuration names it.
public enum RecordingName: String, Sendable, CaseIterable {
    /// 16-bit PCM: 115 MB for an hour of narrow-band sound, and exactly what was heard.
    case wav
    /// Opus in Ogg: about 14 MB for an hour.
    case opus
}
