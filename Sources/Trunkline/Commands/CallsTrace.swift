internal import Agent
internal import ArgumentParser
internal import FoundationEssentials
internal import RTPMedia

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Calls {
    /// `trunkline calls trace`: a whole call on one page.
    struct Trace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A whole call on one page: SIP, words, and where the time went.",
            discussion: "Without an option a ladder for the terminal. `-` as a file stands for standard output.")

        @Argument(help: "The call's identifier, or how it begins.")
        var id: String

        @OptionGroup var database: Database

        @Flag(help: "Print JSON; docs/trace.md describes it.")
        var json = false

        @Option(
            help: ArgumentHelp("Write the SIP messages to a capture for Wireshark, without sound.", valueName: "file"))
        var pcap: String?

        @Option(
            help: ArgumentHelp("Write a page for a browser, with the waveform of the recording.", valueName: "file"))
        var html: String?

        func validate() throws {
            let outputs = [json, pcap == "-", html == "-"].filter(\.self).count
            guard outputs > 1 else { return }
            throw ValidationError("Only one of --json, --pcap - and --html - can go to standard output.")
        }

        func run() async throws {
            let store = try database.open()
            guard let call = try await store.call(id) else { throw Calls.unknown(id) }
            let timeline = CallTimeline(call, messages: try await store.messages(of: call.id))
            if let pcap { try writeCapture(timeline, to: pcap) }
            if let html { try write(Array(TracePage.of(timeline, waveform: waveform(of: call)).utf8), to: html) }
            if json {
                print(try JSONText.of(timeline))
            } else if pcap == nil, html == nil {
                print(LadderText.of(timeline, isColoured: Self.isTerminal))
            }
        }

        /// A terminal whose owner has not said that it is to have no colours (no-color.org).
        private static var isTerminal: Bool {
            isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
                && ProcessInfo.processInfo.environment["TERM"] != "dumb"
        }

        private func writeCapture(_ timeline: CallTimeline, to path: String) throws {
            let (octets, omitted) = TraceCapture.of(timeline)
            try write(octets, to: path)
            var sentence = "\(timeline.messages.count - omitted) SIP messages; the sound is not in the capture"
            if let recording = timeline.call.recording {
                sentence += ", it is recorded in \(PrintableText.of(recording))"
            }
            if omitted > 0 { sentence += "; \(omitted) messages could not be put into it" }
            FileHandleOutput.standardError.write(sentence + ".\n")
        }

        /// Of the recording, when it can be read; without it the page says the rest.
        private func waveform(of call: StoredCall) -> Waveform? {
            guard let path = call.recording else { return nil }
            guard let data = FileManager.default.contents(atPath: path) else {
                FileHandleOutput.standardError.write(
                    "The recording \(PrintableText.of(path)) can't be read; the page has no waveform.\n")
                return nil
            }
            do {
                return Waveform(try AudioFile(parsing: Array(data)))
            } catch {
                FileHandleOutput.standardError.write(
                    "The recording \(PrintableText.of(path)) can't be drawn: \(error) The page has no waveform.\n")
                return nil
            }
        }

        private func write(_ octets: [UInt8], to path: String) throws {
            guard path != "-" else {
                FileHandleOutput.standardOutput.write(octets)
                return
            }
            // A call is private: nobody else on the machine reads it.
            let isMade = FileManager.default.createFile(
                atPath: path, contents: Data(octets), attributes: [.posixPermissions: 0o600])
            guard isMade else {
                throw ValidationError("\(path) can't be written. Is the folder there, and may you write in it?")
            }
        }
    }

    /// The failure of a command that was given no call's name.
    static func unknown(_ id: String) -> any Error {
        FileHandleOutput.standardError.write(
            "There is no call '\(PrintableText.of(id))', or more than one begins like that; "
                + "`trunkline calls list` shows them.\n")
        return ExitCode.failure
    }
}
