internal import Agent
public import ArgumentParser
internal import CallAPI
internal import CallReplay
internal import FoundationEssentials
internal import Logging
internal import RTPMedia
public import SIPCore
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// `trunkline call`: places one call, plays, listens, and says how it went.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Place a call, let the agent talk or play a recording, and sum up.",
        discussion: """
            Exit code: 0 when the call was answered and ended normally, 2 refused, 3 not answered, 4 unreachable, \
            5 answered but ended by a failure, 1 for anything else.
            """)

    @Argument(
        help:
            "Whom to call, e.g. sip:bob@example.com or sip:100@192.0.2.1:5080;transport=tcp; with --config that has a trunk or call_control: also a number, +15551234567."
    )
    var uri: String

    @Option(
        help: ArgumentHelp(
            "Who talks: local, model, realtime, bot, echo, or playback:FILE; the call is kept in the database.",
            valueName: "agent"))
    var agent: String?

    @Option(
        help: ArgumentHelp(
            "The configuration file of the agent, as for serve. What it says of listening for SIP and of accounts counts not here.",
            valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "What the model is told for this call, in place of the configured instructions.", valueName: "text"))
    var instructions: String?

    @Option(
        help: ArgumentHelp(
            "When a voicemail answers the agent: hang_up, leave_message or continue. Key: outbound.on_machine.",
            valueName: "what"))
    var onMachine: String?

    @Option(
        help: ArgumentHelp("What the agent leaves on a voicemail. Key: outbound.voicemail.", valueName: "text"))
    var voicemail: String?

    @Option(
        help: ArgumentHelp(
            "A file to play once the call is answered: WAV (16-bit PCM, any rate) or Opus in Ogg.", valueName: "file"))
    var play: String?

    @Option(
        help: ArgumentHelp(
            "Record the call to this file: left what was heard, right what was sent. WAV; Opus for .opus and .ogg.",
            valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("Keys to send after the answer; ',' pauses half a second.", valueName: "digits"))
    var dtmf: String?

    @Option(
        help: ArgumentHelp(
            "Hang up after this many seconds. Default: when the recording has played, else 10.", valueName: "seconds"))
    var duration: Double?

    @Option(help: ArgumentHelp("Who calls, as a SIP URI.", valueName: "uri"))
    var from: String?

    @Option(help: ArgumentHelp("User name, for when the other side asks for one.", valueName: "user"))
    var auth: String?

    @Option(help: ArgumentHelp("Name of the environment variable that holds the password.", valueName: "name"))
    var passwordEnv: String?

    @Option(help: "udp, tcp or tls. Default: what the URI says, else udp.")
    var transport: TransportProtocol?

    @Option(help: ArgumentHelp("PEM file with the roots to trust for tls, instead of the system's.", valueName: "file"))
    var tlsCA: String?

    @Option(help: ArgumentHelp("Local address for signalling and sound. Default: any.", valueName: "address"))
    var bind: String = "0.0.0.0"

    @Option(help: ArgumentHelp("Give up when nobody answers within this many seconds.", valueName: "seconds"))
    var ringTimeout: Double = 60

    @Option(
        help: ArgumentHelp(
            "Write every SIP message, what goes over TLS in the clear, to this pcap file.", valueName: "file"))
    var sipTrace: String?

    @Option(
        help: ArgumentHelp(
            "Write the sound into the --sip-trace file, too: wire, as it was sent, or clear, decrypted.",
            valueName: "wire|clear"))
    var traceSound: TracedSound?

    @Option(
        help: ArgumentHelp(
            "Keep a journal of the call in this folder, for `trunkline replay`. Key: calls.journal.",
            valueName: "folder"))
    var journal: String?

    @Flag(help: "Print the summary as JSON on standard output; progress goes to standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Log what happens below.")
    var verbose = false

    func validate() throws {
        if transport == nil, uri.isEmpty { throw ValidationError("Say whom to call, e.g. sip:bob@example.com.") }
        if number == nil, (try? SIPURI(parsing: uri)) == nil {
            throw ValidationError(
                "'\(uri)' is no SIP URI and no number; write e.g. sip:bob@example.com or +15551234567.")
        }
        if number != nil {
            guard config != nil else {
                throw ValidationError(
                    "\(uri) is a number: name the file with the trunk or call_control: that it is called by, with --config."
                )
            }
            guard transport == nil, auth == nil else {
                throw ValidationError("--transport and --auth: a trunk has its own; leave them out.")
            }
        }
        guard IPAddress(bind) != nil else {
            throw ValidationError("--bind '\(bind)' is no IP address; write e.g. 127.0.0.1.")
        }
        if let dtmf, let wrong = dtmf.first(where: { !"0123456789*#ABCDabcd,".contains($0) }) {
            throw ValidationError(
                "--dtmf '\(dtmf)': '\(wrong)' is no telephone key; use 0-9 * # A-D and ',' for a pause.")
        }
        if let duration, !(duration > 0 && duration <= 86_400) {
            throw ValidationError("--duration \(duration): give seconds between 0 and 86400.")
        }
        guard ringTimeout > 0, ringTimeout <= 600 else {
            throw ValidationError("--ring-timeout \(ringTimeout): give seconds between 0 and 600.")
        }
        if agent != nil || config != nil {
            let others = [
                ("--play", play != nil), ("--record", record != nil), ("--dtmf", dtmf != nil),
                ("--duration", duration != nil),
            ].filter(\.1).map(\.0)
            guard others.isEmpty else {
                throw ValidationError(
                    "\(others.joined(separator: ", ")): not where the agent leads the call; leave it out, or --agent.")
            }
        } else if instructions != nil || onMachine != nil || voicemail != nil {
            throw ValidationError(
                "--instructions, --on-machine and --voicemail are for an agent: name one with --agent or --config.")
        }
        if (auth == nil) != (passwordEnv == nil) {
            throw ValidationError("--auth and --password-env go together: a user name, and where its password is.")
        }
    }

    /// The number to call; `nil` for an address.
    private var number: Destination? {
        guard case .number(let digits)? = try? Destination(parsing: uri) else { return nil }
        return .number(digits)
    }

    func run() async throws {
        let recording = try play.map { try SoundSource.read(path: $0) }
        var outgoing = OutgoingCall(to: uri)
        outgoing.from = from
        outgoing.transport = transport
        outgoing.ringTimeout = .milliseconds(Int64(ringTimeout * 1000))
        if let auth, let passwordEnv {
            guard let password = ProcessInfo.processInfo.environment[passwordEnv] else {
                throw ValidationError(
                    "The environment has no \(passwordEnv); set it to the password, or name another with --password-env."
                )
            }
            outgoing.credentials = Credentials(username: auth, password: password)
        }
        let progress = Progress(toStandardError: json)
        var logger = Logger(label: "trunkline.call") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .error

        let ip = IPAddress(bind) ?? .anyV4
        var configuration = EndpointConfiguration(
            listen: [
                ListenAddress(.udp, TransportAddress(ip: ip, port: 0)),
                ListenAddress(.tcp, TransportAddress(ip: ip, port: 0)),
            ])
        configuration.trustRoots = tlsCA
        configuration.mediaLoops = 1
        let trace = try CallTrace.make(path: sipTrace, sound: traceSound)
        trace?.attach(to: &configuration)
        let led = try await agentCall(logger)
        led?.attach(to: &configuration)
        let journals = led == nil ? try JournalFolder.kept(in: journal, logger) : nil
        if led == nil { configuration.journals = journals }
        let endpoint = try await Endpoint(configuration: configuration, logger: logger)
        let summary: CallSummary
        if let led {
            progress.say("Calling \(uri)")
            let local = endpoint.addresses.first.map { "sip:trunkline@\($0.address)" } ?? "sip:trunkline@localhost"
            let id: CallIdentifier
            (summary, id) = await led.place(
                outgoing, to: number, as: local, brief: CallBrief(instructions: instructions), on: endpoint)
            await endpoint.shutdown()
            await led.close()
            progress.say("The record: trunkline calls show \(id)")
        } else {
            let id = CallIdentifier.make()
            outgoing.id = id
            summary = await place(outgoing, on: endpoint, playing: recording, progress: progress)
            await endpoint.shutdown()
            await journals?.finish()
            if let journal { progress.say("The journal: trunkline replay \(id) --folder \(journal)") }
        }
        await trace?.finish()
        if json { print(try summary.json) } else { progress.say(summary.text) }
        if summary.exitCode != 0 { throw ExitCode(summary.exitCode) }
    }

    /// What leads the call, if an agent does.
    private func agentCall(_ logger: Logger) async throws -> AgentCall? {
        guard agent != nil || config != nil else { return nil }
        var settings = try Configuration.read(config)
        if let journal { settings.calls.journal = journal }
        if let agent { settings.agent = try Configuration.AgentChoice(argument: agent) }
        if let voicemail {
            settings.outbound.voicemail = voicemail
            settings.outbound.onMachine = .leaveMessage
        }
        if let onMachine {
            guard let choice = Configuration.OnMachine(rawValue: onMachine) else {
                let known = Configuration.OnMachine.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--on-machine \(onMachine): it is one of \(known).")
            }
            settings.outbound.onMachine = choice
        }
        try settings.check()
        do {
            return try await AgentCall(settings, output: json ? .standardError : .standardOutput, logger: logger)
        } catch {
            FileHandleOutput.standardError.write("The call was not placed: \(error)\n")
            throw ExitCode.failure
        }
    }

    private func place(
        _ outgoing: OutgoingCall, on endpoint: Endpoint, playing recording: AudioClip?, progress: Progress
    ) async -> CallSummary {
        let kept = Mutex<(statistics: CallStatistics, answered: Bool, end: CallEnd?)>((CallStatistics(), false, nil))
        progress.say("Calling \(uri)")
        do {
            try await endpoint.call(outgoing) {
                progress.say($0)
            } _: { call in
                kept.withLock { $0.answered = true }
                let recorder = try record.map {
                    try CallRecorder(path: $0, format: RecordingFormat(fileName: $0), sampleRate: call.sampleRate)
                }
                if let recorder { await call.setTap { heard, sent in recorder.take(heard, sent) } }
                let end = await converse(on: call, playing: recording, progress: progress)
                await call.hangUp(reason: .normal)
                let final = await call.statistics()
                kept.withLock {
                    $0.statistics = final
                    $0.end = end
                }
                try await recorder?.finish()
            }
        } catch let error as CallError {
            return kept.withLock { CallSummary(error, target: uri, statistics: $0.statistics, answered: $0.answered) }
        } catch {
            return CallSummary(target: uri, failure: String(describing: error))
        }
        let (statistics, _, end) = kept.withLock { $0 }
        return CallSummary(target: uri, statistics: statistics, end: end)
    }

    /// Plays, presses keys and waits, until the time is over or the other side hangs up.
    ///
    /// - Returns: how the other side ended it, if it did.
    private func converse(on call: any Call, playing recording: AudioClip?, progress: Progress) async -> CallEnd? {
        // Somebody has to read what is heard; leaving the scope ends it.
        async let _: Void = { for await _ in call.audio {} }()
        return await withTaskGroup(of: CallEnd?.self) { group in
            group.addTask {
                for await event in call.events {
                    progress.say(event)
                    if case .ended(let end) = event { return end }
                }
                return nil
            }
            group.addTask {
                await perform(on: call, playing: recording)
                return nil
            }
            // Whichever comes first: the other side hangs up, or our script is over.
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Presses the keys, plays the recording, and lasts as long as was asked for.
    private func perform(on call: any Call, playing recording: AudioClip?) async {
        let nothingToDo = recording == nil && dtmf == nil
        let length = duration.map { Duration.milliseconds(Int64($0 * 1000)) } ?? (nothingToDo ? .seconds(10) : nil)
        async let timer: Void? = try? await Task.sleep(for: length ?? .zero)
        if let dtmf {
            try? await call.sendDTMF(dtmf)
            // As long as the keys take to send: 100 ms each and 60 ms between, half a second for a comma.
            let milliseconds = dtmf.reduce(200) { $0 + ($1 == "," ? 500 : 160) }
            try? await Task.sleep(for: .milliseconds(milliseconds))
        }
        if let recording {
            for frame in (try? recording.converted(to: call.sampleRate))?.frames.map({ $0 }) ?? [] {
                do { try await call.play(frame) } catch { break }
            }
            if length == nil { await call.drain() }
        }
        _ = await timer
    }
}

extension TransportProtocol: ExpressibleByArgument {}
