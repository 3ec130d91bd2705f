internal import Agent
internal import ArgumentParser
internal import CallAPI
internal import CallWatch
internal import FoundationEssentials
internal import TrunklineConfiguration

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `trunkline watch`: the calls of a running server, as they go on.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show the calls of a running server: state, loudness, last words, delay.",
        discussion: "The server needs its HTTP port: `trunkline serve --http 127.0.0.1:8080`. Stop with Ctrl-C.")

    @OptionGroup var server: ServerAccess

    @Flag(help: "Show it once.")
    var once = false

    @Flag(help: "Print JSON, one line each time.")
    var json = false

    func run() async throws {
        let isTerminal = isatty(1) == 1 && !json && !once
        let environment = ProcessInfo.processInfo.environment
        let isColoured = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        let signals = Signals()
        do {
            try await WatchClient.withClient(of: server.url, token: try server.token()) { client in
                try await watch(client, signals, isTerminal: isTerminal, isColoured: isColoured)
            }
        } catch let failure as WatchClient.Failure {
            FileHandleOutput.standardError.write("\(failure)\n")
            throw ExitCode.failure
        }
    }

    private func watch(
        _ client: WatchClient, _ signals: Signals, isTerminal: Bool, isColoured: Bool
    ) async throws {
        let output = FileHandleOutput.standardOutput
        // The other screen of the terminal: what stood there comes back at the end.
        if isTerminal { output.write("\u{1B}[?1049h\u{1B}[?25l") }
        defer { if isTerminal { output.write("\u{1B}[?25h\u{1B}[?1049l") } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await signal in signals.stream { if case .stop = signal { return } }
            }
            group.addTask { try await show(client, isTerminal: isTerminal, isColoured: isColoured) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func show(_ client: WatchClient, isTerminal: Bool, isColoured: Bool) async throws {
        // The loudness is there from the second time on.
        if once { _ = try await client.report() }
        var hasAnswered = false
        repeat {
            if once || hasAnswered { try await Task.sleep(for: .milliseconds(400)) }
            do throws(WatchClient.Failure) {
                draw(try await client.report(), isTerminal: isTerminal, isColoured: isColoured)
                hasAnswered = true
            } catch {
                // A server that is started again is waited for.
                guard hasAnswered, error.mayPass, !once else { throw error }
                if isTerminal { FileHandleOutput.standardOutput.write("\u{1B}[H\u{1B}[J\(error)\n") }
            }
        } while !once && !Task.isCancelled
    }

    private func draw(_ report: LiveReport, isTerminal: Bool, isColoured: Bool) {
        if json {
            if let line = try? JSONText.line(report) { FileHandleOutput.standardOutput.write(line + "\n") }
            return
        }
        let size = Self.size()
        let screen = WatchScreen(columns: size.columns, lines: isTerminal ? size.lines : .max, isColoured: isColoured)
        let lines = screen.text(report, of: server.url)
        if isTerminal {
            // Each line is cleared behind its end, so that nothing flickers.
            let text = lines.map { "\($0)\u{1B}[K\r\n" }.joined()
            FileHandleOutput.standardOutput.write("\u{1B}[H\(text)\u{1B}[J")
        } else {
            FileHandleOutput.standardOutput.write(lines.joined(separator: "\n") + "\n")
        }
    }

    /// Of the terminal; 100 columns where there is none.
    private static func size() -> (columns: Int, lines: Int) {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (100, 40) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
