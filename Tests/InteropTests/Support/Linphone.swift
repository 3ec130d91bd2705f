import Foundation
import TelephonyTesting

/// linphone's console program, a phone that others wrote; WAV files are its sound card.
struct Linphone {
    let program: Program
    let workspace: Workspace
    let port: UInt16
    let tlsPort: UInt16
    /// Of the loopback network.
    let address: String
    private let user: String

    /// - Parameters:
    ///   - user: its name, of which each of a test has one of its own.
    ///   - speaking: a WAV file.
    ///   - keysByInfo: keys go by SIP INFO and not as telephone events.
    ///   - encrypts: offers SRTP, by RTP/SAVP.
    ///   - answers: takes calls at once.
    ///   - hasOwnAddress: it has an address to itself, and there SIP's own port: linphone leaves the port out when it
    ///     tells others of somebody whom it has called.
    ///   - certificateAuthority: whom servers' certificates have to come from. That they are for the server's address is
    ///     not looked at: linphone's TLS library knows no addresses in certificates.
    init(
        in workspace: Workspace, user: String = "lin", speaking: String, keysByInfo: Bool = false,
        encrypts: Bool = false,
        answers: Bool = false, hasOwnAddress: Bool = false, certificateAuthority: String? = nil
    ) async throws {
        self.workspace = workspace
        self.user = user
        address =
            hasOwnAddress
            ? (1...3).map { _ in "\(Int.random(in: 1...250))" }.reduce("127") { "\($0).\($1)" } : "127.0.0.1"
        port = hasOwnAddress ? 5_060 : try Workspace.freePort()
        tlsPort = try Workspace.freePort()
        let home = workspace.path("home-\(user)")
        try FileManager.default.createDirectory(
            atPath: home + "/.local/share/linphone", withIntermediateDirectories: true)
        try workspace.write(
            """
            [sip]
            sip_port=\(port)
            sip_tcp_port=\(port)
            sip_tls_port=\(tlsPort)
            bind_address=\(address)
            use_ipv6=0
            use_info=\(keysByInfo ? 1 : 0)
            media_encryption=\(encrypts ? "srtp" : "none")
            use_rfc2833=\(keysByInfo ? 0 : 1)
            contact="Lin" <sip:\(user)@\(address):\(port)>
            verify_server_certs=1
            verify_server_cn=0
            \(certificateAuthority.map { "root_ca=\($0)" } ?? "")

            [rtp]
            bind_address=\(address)
            audio_rtp_port=\(try Workspace.freePort())

            """, to: "home-\(user)/linphonerc")
        program = try Program(
            "linphonec", ["-c", home + "/linphonerc"] + (answers ? ["-a"] : []), directory: workspace.folder,
            environment: ["HOME": home])
        try await Workspace.waitUntilTaken(port, at: address, by: program)
        type("ipv6 disable")
        type("soundcard use files")
        type("play \(speaking)")
        type("record \(workspace.path("heard-\(user).wav"))")
        _ = try await program.line(containing: "Using wav files")
    }

    /// Types a line into it.
    func type(_ line: String) { program.send(line + "\n") }

    func uri(_ transport: String = "udp") -> String {
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        return "sip:\(user)@\(address):\(transport == "tls" ? tlsPort : port)\(parameter)"
    }

    /// Waits for the sound of its call `number`.
    func speaks(call number: Int = 1, _ time: Int = 1) async throws {
        _ = try await program.line(number: time, containing: "for call \(number) (audio)")
    }

    func hangUp(call number: Int = 1) async throws {
        type("terminate \(number)")
        try await ended(call: number)
    }

    func ended(call number: Int = 1) async throws {
        _ = try await eventually("the end of linphone's call \(number)") {
            program.output.split(whereSeparator: \.isNewline).first {
                $0.contains("Call \(number) with") && $0.contains(" ended (")
            }
        }
    }

    /// What it is free to do otherwise than the RFCs say.
    var waivers: [Waiver] {
        [
            Waiver(
                .responseMatchesRequest, for: side,
                because: "linphone puts an address without brackets into them in its answers"),
            Waiver(.byeOnce, for: side, because: "linphone hangs up again when it was told to hang up"),
            Waiver(.contactInEarlyDialog, for: side, because: "linphone rings without a Contact"),
        ]
    }

    /// Its name in a trace.
    private var side: String { address == "127.0.0.1" ? "\(address):\(port)" : address }

    /// The WAV file with what came out of its loudspeaker.
    var heard: String { workspace.path("heard-\(user).wav") }

    func stop() async throws {
        type("quit")
        try await program.end(within: .seconds(30))
    }
}
