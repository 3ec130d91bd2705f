public import TelephonyPrimitives

/// Streams the sound of a leg over a WebSocket.
public struct StreamingStartCommand: LegCommand, Hashable {
    public static let action = "streaming_start"

    public var stream: StreamOptions
    /// Told in the stream's `start`.
    public var parameters: [String: String] = [:]

    public init(_ stream: StreamOptions) {
        self.stream = stream
    }

    public var fields: CommandFields {
        let named = parameters.sorted { $0.key < $1.key }
            .map { CommandFields(dictionaryLiteral: ("name", $0.key), ("value", $0.value)) }
        return stream.fields().merging(["custom_parameters": named.isEmpty ? nil : named])
    }

    public func check() throws(TelnyxError) { try stream.check() }
}

/// Ends streaming.
public struct StreamingStopCommand: LegCommand, Hashable {
    public static let action = "streaming_stop"
    /// `nil`: all of the leg's.
    public var streamID: String?
    public init(_ streamID: String? = nil) { self.streamID = streamID }
    public var fields: CommandFields { ["stream_id": streamID] }
}

/// Sends a leg's RTP to two addresses; not together with streaming.
public struct ForkStartCommand: LegCommand, Hashable {
    public static let action = "fork_start"

    /// Where what the leg says goes: `udp:192.0.2.1:9000`.
    public var heard: String
    /// Where what is said to the leg goes.
    public var said: String

    public init(heard: String, said: String) {
        self.heard = heard
        self.said = said
    }

    public var fields: CommandFields { ["rx": heard, "tx": said] }

    public func check() throws(TelnyxError) {
        for address in [heard, said] where !address.hasPrefix("udp:") {
            throw .invalid("`rx` and `tx` are addresses like udp:192.0.2.1:9000.")
        }
    }
}

/// Ends the fork.
public struct ForkStopCommand: LegCommand, Hashable {
    public static let action = "fork_stop"
    public init() {}
    public var fields: CommandFields { [:] }
}

/// Has Telnyx write down what is said, as it is said.
public struct TranscriptionStartCommand: LegCommand, Hashable {
    public static let action = "transcription_start"

    public enum Tracks: String, Sendable, Hashable, FieldValue { case inbound, outbound, both }

    /// E.g. `Telnyx`, `Deepgram`.
    public var engine: String?
    /// What the engine takes besides.
    public var settings: JSONValue?
    public var tracks: Tracks?

    public init() {}

    public var fields: CommandFields {
        [
            "transcription_engine": engine, "transcription_engine_config": settings, "transcription_tracks": tracks,
        ]
    }
}

/// Ends the transcription.
public struct TranscriptionStopCommand: LegCommand, Hashable {
    public static let action = "transcription_stop"
    public init() {}
    public var fields: CommandFields { [:] }
}

/// Takes noise out of a leg's sound.
public struct SuppressionStartCommand: LegCommand, Hashable {
    public static let action = "suppression_start"

    public enum Direction: String, Sendable, Hashable, FieldValue { case inbound, outbound, both }

    public var direction: Direction?
    /// E.g. `Denoiser`, `Krisp`.
    public var engine: String?

    public init() {}

    public var fields: CommandFields { ["direction": direction, "noise_suppression_engine": engine] }
}

/// Leaves noise in.
public struct SuppressionStopCommand: LegCommand, Hashable {
    public static let action = "suppression_stop"
    public init() {}
    public var fields: CommandFields { [:] }
}
