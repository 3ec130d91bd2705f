public import FoundationEssentials
public import Telephony

/// Kept calls as files for others: a folder for each call, and `index.json` over all.
///
/// Every name is made of the call's identifier alone. Nothing that is there already is followed or written over, links
/// least of all, unless that is wished; then a link is replaced, and what it leads to is left.
public struct CallExport: Sendable {
    /// What of a call is exported.
    public enum Format: String, Sendable, CaseIterable {
        /// `call.json`: the whole record.
        case json
        /// `call.txt`: the same for people.
        case text
        /// `recording.wav` or `recording.opus`, as it was recorded.
        case wav
        /// `sip.pcap`: the messages, for Wireshark.
        case pcap
    }

    /// A call in `index.json`.
    public struct Entry: Sendable, Equatable, Codable {
        public var id: String
        /// The folder that its files are in.
        public var folder: String
        public var direction: CallDirection
        public var remote: String
        /// Milliseconds since 1970.
        public var startedAt: Int64
        public var state: StoredCall.State
        public var files: [String] = []
        /// What could not be exported, in a sentence each.
        public var troubles: [String] = []
    }

    private struct Index: Encodable {
        var version = 1
        var calls: [Entry]
    }

    private let folder: ExportFolder
    private let formats: Set<Format>
    private let timeZone: TimeZone
    /// In the order in which they were added.
    public private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - path: the folder; it is made when it is not there.
    ///   - formats: what is written of each call.
    ///   - replaces: whether files that are there already are replaced.
    ///   - timeZone: for the text.
    /// - Throws: ``CallExportError`` when the folder can't be made.
    public init(
        to path: String, formats: Set<Format> = Set(Format.allCases), replaces: Bool = false,
        timeZone: TimeZone = .current
    ) throws(CallExportError) {
        folder = try ExportFolder(path: path, replaces: replaces)
        self.formats = formats
        self.timeZone = timeZone
        if !replaces, folder.has("index.json") { throw .isThere("\(path)/index.json") }
    }

    /// Writes the files of one call.
    ///
    /// - Throws: ``CallExportError``; what can't be read of a recording is in the entry instead.
    public mutating func add(_ call: StoredCall, messages: [MessageRecord]) throws(CallExportError) {
        guard let name = RecordFolderName.of(call.id) else { throw .noName(call.id) }
        let place = try folder.folder(name)
        var entry = Entry(
            id: call.id, folder: name, direction: call.direction, remote: call.remote, startedAt: call.startedAt,
            state: call.state)
        let timeline = CallTimeline(call, messages: messages)
        if formats.contains(.json) {
            try place.write(try Self.json(call), to: "call.json")
            entry.files.append("call.json")
        }
        if formats.contains(.text) {
            try place.write(Array((CallReport.show(timeline, timeZone: timeZone) + "\n").utf8), to: "call.txt")
            entry.files.append("call.txt")
        }
        if formats.contains(.wav), let path = call.recording {
            if let recording = RecordingFile(path: path, of: call.id) {
                let file = "recording.\(recording.fileExtension)"
                if let trouble = try place.copy(recording.path, to: file) {
                    entry.troubles.append("The recording \(path) can't be read: \(trouble)")
                } else {
                    entry.files.append(file)
                }
            } else {
                entry.troubles.append("\(path) is not named as a recording of this call is.")
            }
        }
        if formats.contains(.pcap), !timeline.messages.isEmpty {
            let (octets, omitted) = TraceCapture.of(timeline)
            try place.write(octets, to: "sip.pcap")
            entry.files.append("sip.pcap")
            if omitted > 0 { entry.troubles.append("\(omitted) SIP messages could not be put into the capture.") }
        }
        entries.append(entry)
    }

    /// Writes `index.json`.
    public func finish() throws(CallExportError) {
        try folder.write(try Self.json(Index(calls: entries)), to: "index.json")
    }

    private static func json(_ value: some Encodable) throws(CallExportError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value)) + [0x0A]
        } catch {
            throw .cannotWrite("JSON", reason: String(describing: error))
        }
    }
}

public enum CallExportError: Error, Sendable, Equatable, CustomStringConvertible {
    case isThere(String)
    case isLink(String)
    case cannotWrite(String, reason: String)
    case noName(String)

    public var description: String {
        switch self {
        case .isThere(let path): "\(path) is there already. Choose another folder, or --force to replace it."
        case .isLink(let path):
            "\(path) is no folder, or a link to one: nothing is written through it. Choose another folder."
        case .cannotWrite(let path, let reason):
            "\(path) can't be written: \(reason). Is there room, and may you write there?"
        case .noName(let id):
            "The identifier '\(PrintableText.of(String(id.prefix(80))))' is none of ours; it is left out."
        }
    }
}
