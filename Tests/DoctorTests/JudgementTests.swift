import SIPCore
import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@testable import Doctor

/// What the doctor says to what it has seen, row by row.
@Suite("The doctor's judgements")
struct JudgementTests {
    private static let port = TransportAddress(ip: .loopbackV4, port: 5_060)

    @Test(
        "A port that can't be had is named with who has it, and with a fix",
        arguments: [
            (PortTrial.Outcome.free, CheckResult.Verdict.fine, "is free", nil),
            (.taken(by: PortOwner(name: "trunkline", process: 7)), .fine, "trunkline itself, process 7", nil),
            (.taken(by: PortOwner(name: "asterisk", process: 812)), .failure, "asterisk, process 812", "kill 812"),
            (.taken(by: nil), .failure, "another process", "ss -lnp"),
            (.notOurs, .failure, "no address of this machine", "advertise"),
            (.forbidden, .failure, "below 1024", "setcap"),
            (.failed("no more sockets"), .failure, "no more sockets", "Look at listen"),
        ] as [(PortTrial.Outcome, CheckResult.Verdict, String, String?)])
    func ports(outcome: PortTrial.Outcome, verdict: CheckResult.Verdict, finding: String, fix: String?) {
        let result = PortsCheck.judge("SIP port", "udp:127.0.0.1:5060", Self.port, outcome, key: "listen")
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        #expect(fix.map { result.fix?.contains($0) == true } ?? (result.fix == nil), "\(result)")
    }

    @Test("Whoever has a port is found in the kernel's table, and of TCP only who listens")
    func socketTable() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100
               1: 0100007F:13C4 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100
               2: 0100007F:13C5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100
               3: broken
            """
        #expect(PortOwner.sockets(on: 5_060, in: table, isUDP: false) == ["socket:[4711]"])
        #expect(PortOwner.sockets(on: 5_060, in: table, isUDP: true) == ["socket:[4711]", "socket:[4712]"])
        #expect(PortOwner.sockets(on: 5_060, in: "", isUDP: true).isEmpty)
    }

    @Test(
        "Ports for sound: none, too few, enough",
        arguments: [
            (0, 0, 0, CheckResult.Verdict.failure, "not one call"), (100, 100, 100, .failure, "can be had"),
            (50, 50, 0, .warning, "about 50 calls"), (200, 200, 150, .warning, "about 50 calls"),
            (8_192, 205, 3, .fine, "8192 calls"),
        ])
    func soundPorts(pairs: Int, tried: Int, refused: Int, verdict: CheckResult.Verdict, finding: String) {
        let result = SoundPortsCheck.judge(16_384...32_767, pairs: pairs, tried: tried, refused: refused, calls: 100)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        #expect((result.fix != nil) == (verdict != .fine))
    }

    @Test(
        "Open files: enough for the calls that are wanted, or not; no figure is too large to be judged",
        arguments: [(1_024, 100, true), (256, 100, false), (50, 1, false), (1_024, Int.max, false)])
    func descriptors(limit: Int, calls: Int, isFine: Bool) {
        #expect((DescriptorsCheck.judge(limit: limit, calls: calls).verdict == .fine) == isFine)
    }

    @Test(
        "A certificate is over, soon over, not yet valid, or good",
        arguments: [
            (Int64(1_000), CheckResult.Verdict.failure, "not valid before"), (3_000, .warning, "in 0 days"),
            (1_300_000, .fine, "good for 26 days"), (3_600_000, .failure, "is over since"),
            (2_600_000, .warning, "in 11 days"),
        ])
    func certificate(now: Int64, verdict: CheckResult.Verdict, finding: String) {
        let until: Int64 = now == 3_000 ? 4_000 : 3_600_000
        let result = CertificateCheck.judge("server.pem", from: 2_000, until: until, now: now)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
    }

    @Test(
        "Disks: not writable, full, nearly full, room for less than a day of calls, enough",
        arguments: [
            (false, Int64?.none, Int64?.none, CheckResult.Verdict.failure, "can't be written"),
            (true, nil, nil, .unknown, "can't be seen"), (true, 50_000_000, nil, .failure, "only 50 MB"),
            (true, 500_000_000, nil, .warning, "500 MB"), (true, 2_000_000_000, 115_200_000, .warning, "17 hours"),
            (true, 66_000_000_000, 115_200_000, .fine, "572 hours"), (true, Int64.max, 1, .fine, "GB"),
        ])
    func disks(isWritable: Bool, free: Int64?, perHour: Int64?, verdict: CheckResult.Verdict, finding: String) {
        let result = DisksCheck.judge(
            "recordings", "/calls", key: "calls.recordings", isWritable: isWritable, free: free, octetsPerHour: perHour)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
    }

    @Test(
        "The clock: the middle of what the others say counts, so that one of them may be wrong",
        arguments: [
            ([Int64](), CheckResult.Verdict.unknown, "could not be compared"), ([0], .fine, "to 1 s"),
            ([-600], .failure, "600 s behind"), ([45], .warning, "45 s ahead"), ([0, 1, 86_400], .fine, "to 1 s"),
            ([Int64.max], .failure, "ahead"),
        ])
    func clock(offsets: [Int64], verdict: CheckResult.Verdict, finding: String) throws {
        let times = offsets.map { TimeTold(who: "sip.example.com", theirs: 0, ours: $0) }
        let result = try #require(ClockCheck.judge(times, isOffline: false).first)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
    }

    @Test(
        "A service: takes the key, refuses it, has had enough, is in trouble, is another server, is gone",
        arguments: [
            (ServicesCheck.Answer.status(200), CheckResult.Verdict.fine, "takes the key"),
            (.status(401), .failure, "the key in the variable OPENAI_API_KEY"), (.status(403), .failure, "refuses"),
            (.status(429), .warning, "had enough"), (.status(503), .warning, "in trouble"),
            (.status(404), .fine, "the key was not tried"),
            (
                .none(reason: "Connection refused"), .failure,
                "can't be reached at https://api.openai.com:443: Connection"
            ),
        ] as [(ServicesCheck.Answer, CheckResult.Verdict, String)])
    func services(answer: ServicesCheck.Answer, verdict: CheckResult.Verdict, finding: String) {
        let question = ServiceQuestion(
            subject: "model", name: "openai", url: "https://api.openai.com:443/v1/models",
            headers: [("authorization", "Bearer sk-planted")], keyPlace: "the variable OPENAI_API_KEY")
        let result = ServicesCheck.judge(question, answer)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        #expect(!result.text.contains("planted"))
    }

    @Test(
        "A registrar: each refusal has its own fix",
        arguments: [
            (200, CheckResult.Verdict.fine, "takes its password", nil),
            (401, .failure, "refuses the password", "Compare"),
            (403, .failure, "forbids", "active"), (404, .failure, "knows no", "address"),
            (503, .warning, "trouble", "again"),
            (405, .warning, "405", "readyz"),
        ] as [(Int, CheckResult.Verdict, String, String?)])
    func registrars(status: Int, verdict: CheckResult.Verdict, finding: String, fix: String?) throws {
        let uri = try SIPURI(parsing: "sip:alice@sip.example.com")
        let question = ServerQuestion(
            subject: "account x", server: try SIPURI(parsing: "sip:sip.example.com"), addressOfRecord: uri,
            credentials: Credentials(username: "alice", password: "planted"))
        let result = ServersCheck.judge(question, status: status, reason: "Reason")
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        #expect(fix.map { result.fix?.contains($0) == true } ?? (result.fix == nil), "\(result)")
    }
}
