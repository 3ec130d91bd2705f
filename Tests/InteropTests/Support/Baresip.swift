import Foundation

/// baresip, a SIP phone that others wrote, with a WAV file for a microphone and another for a loudspeaker.
struct Baresip {
    let program: Program
    let workspace: Workspace
    let port: UInt16
    let controlPort: UInt16
    private let user: String

    /// - Parameters:
    ///   - user: its name, of which each of a test has one of its own.
    ///   - speaking: a WAV file, mono 16-bit, at the rate of its sound card; baresip ends the call at its end.
    ///   - rate: of its sound card, in Hz. Its own conversion from 8 to 16 kHz lets nothing above 1.5 kHz through.
    ///   - dial: whom to call at once; `nil` waits for calls and answers them.
    ///   - answers: takes calls at once; else it rings.
    ///   - registrar: the address of record to register, e.g. `sip:phone@127.0.0.1:5060`; `nil` registers nowhere.
    ///   - password: what answers the registrar's challenge.
    ///   - certificate: a file with a certificate and its key, to take calls over TLS on the port above ``port``.
    init(
        in workspace: Workspace, user: String = "phone", speaking: String, dial: String? = nil, codecs: String = "pcmu",
        rate: Int = 8_000, account: String = "", answers: Bool = true,
        registrar: String? = nil, password: String = "secret",
        certificateAuthority: String? = nil, certificate: String? = nil
    ) throws {
        self.workspace = workspace
        self.user = user
        port = try Workspace.freePort()
        controlPort = try Workspace.freePort()
        try workspace.write(
            """
            poll_method epoll
            sip_listen 127.0.0.1:\(port)
            \(certificateAuthority.map { "sip_cafile \($0)" } ?? "")
            \(certificate.map { "sip_certificate \($0)" } ?? "")
            audio_source aufile,\(speaking)
            audio_player aubridge,loudspeaker
            audio_alert aubridge,alert
            ausrc_srate \(rate)
            auplay_srate \(rate)
            ausrc_channels 1
            auplay_channels 1
            audio_buffer 20-160
            jitter_buffer_type fixed
            jitter_buffer_delay 2-10
            net_interface 127.0.0.1
            module_path /usr/lib/baresip/modules
            module g711.so
            module g722.so
            module opus.so
            module srtp.so
            module aufile.so
            module aubridge.so
            module sndfile.so
            module_app account.so
            module_app menu.so
            module_app ctrl_tcp.so
            ctrl_tcp_listen 127.0.0.1:\(controlPort)
            snd_path \(workspace.path("heard-\(user)"))

            """, to: "\(user)/config")
        try workspace.write(
            "<\(registrar ?? "sip:\(user)@127.0.0.1:\(port)")>;regint=\(registrar == nil ? 0 : 60)"
                + ";auth_pass=\(password);answermode=\(answers ? "auto" : "manual");audio_codecs=\(codecs)\(account)\n",
            to: "\(user)/accounts")
        try workspace.write("", to: "\(user)/contacts")
        try FileManager.default.createDirectory(
            atPath: workspace.path("heard-\(user)"), withIntermediateDirectories: true)
        var arguments = ["-f", workspace.path(user), "-v"]
        if let dial { arguments += ["-e", "/dial \(dial)"] }
        program = try Program("baresip", arguments)
    }

    /// Where it can be called.
    func uri(_ transport: String = "udp") -> String {
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        return "sip:\(user)@127.0.0.1:\(transport == "tls" ? port + 1 : port)\(parameter)"
    }

    func ready() async throws {
        _ = try await program.line(containing: "baresip is ready.")
    }

    func callEstablished(_ number: Int = 1) async throws {
        _ = try await program.line(number: number, containing: "Call established")
    }

    /// Waits until sound comes in.
    func hears(_ number: Int = 1) async throws {
        _ = try await program.line(number: number, containing: "incoming rtp for 'audio' established")
    }

    /// How many of its calls with sound are over.
    var over: Int { program.output.components(separatedBy: "audio: destroyed (started=1)").count - 1 }

    /// How often it was sent a key as a telephone event.
    func keysHeard(_ key: Character) -> Int {
        program.output.components(separatedBy: "received event: '\(key)' (end=1)").count - 1
    }

    /// Waits for the end of its call `number`, whoever has ended it.
    func callOver(_ number: Int = 1) async throws {
        _ = try await program.line(number: number, containing: "audio: destroyed (started=1)")
    }

    /// The WAV file with what came out of its loudspeaker.
    func heard() throws -> String {
        let files = try FileManager.default.contentsOfDirectory(atPath: workspace.path("heard-\(user)"))
        guard let file = files.sorted().last(where: { $0.hasSuffix("-dec.wav") }) else {
            throw Program.Failure(description: "baresip recorded nothing:\n\(program.output.suffix(2_000))")
        }
        return workspace.path("heard-\(user)/\(file)")
    }

    /// Does what typing `command` would, e.g. `hangup`.
    func control(_ command: String, _ parameters: String = "") throws {
        let json = #"{"command":"\#(command)","params":"\#(parameters)"}"#
        try TCPLine.send("\(json.utf8.count):\(json),", port: controlPort)
    }

    func stop() async throws {
        program.signal(SIGTERM)
        try await program.end(within: .seconds(20))
    }
}

/// Sends a few octets over a TCP connection of its own.
enum TCPLine {
    static func send(_ text: String, port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Program.Failure(description: "Nothing listens on TCP port \(port)") }
        let octets = Array(text.utf8)
        guard write(descriptor, octets, octets.count) == octets.count else {
            throw Program.Failure(description: "TCP port \(port) takes nothing")
        }
        // The answer says that the command was read before the connection goes away.
        var answer = [UInt8](repeating: 0, count: 4_096)
        _ = read(descriptor, &answer, answer.count)
    }
}
