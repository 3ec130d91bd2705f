import CallAPI
import CallWatch
import Testing

@Suite("The screen of the watch")
struct WatchScreenTests {
    private func call(_ id: String = "0mx2-ulh2", change: (inout LiveCall) -> Void = { _ in }) -> LiveCall {
        var call = LiveCall(
            id: id, direction: "incoming", state: "up", remote: "sip:ada@example.com", local: "sip:agent@127.0.0.1",
            agent: "flow", startedAt: 1_000)
        call.answeredMs = 2_000
        change(&call)
        return call
    }

    private func screen(_ calls: [LiveCall], others: Int = 0, columns: Int = 90, lines: Int = 40) -> [String] {
        WatchScreen(columns: columns, lines: lines, isColoured: false).text(
            LiveReport(now: 66_000, calls: calls, others: others), of: "http://h")
    }

    @Test("A call that is up: time since the answer, loudness, delay, quality, last words")
    func up() {
        let lines = screen([
            call {
                $0.heardLevel = -35
                $0.sentLevel = -127
                $0.answerMs = 663
                $0.codec = "PCMU"
                $0.estimatedMOS = 4.4
                $0.packetsLost = 3
                $0.callerWords = "Your hours."
                $0.agentWords = "We are open."
            }
        ])
        #expect(
            lines == [
                "1 call at http://h", "", "ulh2  1:03  up  <- sip:ada@example.com",
                "      hears ██████······  says ············  answered after 663 ms  PCMU  MOS 4.4  3 lost",
                "      caller  Your hours.", "      agent   We are open.", "",
            ])
    }

    @Test("A call that rings, one on hold, one that is put through, none at all")
    func states() {
        let rings = call {
            $0.state = "ringing"
            $0.direction = "outgoing"
            $0.answeredMs = nil
            $0.remoteName = "Ada"
        }
        #expect(screen([rings]).dropFirst(2).first == "ulh2  1:05  rings  -> Ada sip:ada@example.com")
        #expect(screen([call { $0.isHeld = true }])[2].contains("on hold"))
        #expect(screen([call { $0.isTransferring = true }])[2].contains("put through"))
        #expect(screen([call { $0.supervision = "whisper" }])[2].contains("up, a supervisor whispers"))
        #expect(screen([call { $0.supervision = "takeover" }])[2].contains("taken over"))
        #expect(screen([]) == ["0 calls at http://h", "", "Nobody calls."])
    }

    @Test("What has no room is counted, and no line is wider than the terminal")
    func room() {
        let calls = (0..<50).map { number in
            call("id-\(number)") { $0.callerWords = String(repeating: "long 長い ", count: 40) }
        }
        let lines = screen(calls, others: 7, columns: 60, lines: 24)
        #expect(lines.count <= 24)
        let shown = lines.count { $0.contains(" up ") }
        #expect(shown > 3 && lines.last == "… and \(57 - shown) more")
        #expect(lines.allSatisfy { $0.count <= 60 })
    }

    @Test("T-33: names and words of a caller can't move the cursor or begin a line of ours")
    func hostile() {
        let lines = screen([
            call {
                $0.remoteName = "\u{1B}[2J\u{1B}[31mroot\n"
                $0.callerWords = "hello\r\n1 call at http://evil \u{202E}"
            }
        ])
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
        #expect(lines.count { $0.hasPrefix("1 call") } == 1)
    }
}
