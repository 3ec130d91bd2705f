import Foundation
import SIPNIO
import Testing

@testable import Telephony

/// Where our side may send the other side of a call.
@Suite struct TransferTargetTests {
    /// Values of Refer-To that are an order and not an address, one a line, with `\r`, `\n`, `\t`, `\0` and `\u{…}` for what
    /// can't be shown.
    static let nasty: [String] = {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        let file = folder.deletingLastPathComponent().appending(path: "Fixtures/sip/refer-to/nasty.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(unescaped)
    }()

    private static func unescaped(_ line: Substring) -> String {
        var text = String(line)
        for (written, meant) in [("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ("\\0", "\0")] {
            text = text.replacing(written, with: meant)
        }
        for (written, meant) in [("202E", "\u{202E}"), ("F6", "\u{F6}"), ("E4", "\u{E4}")] {
            text = text.replacing("\\u{\(written)}", with: meant)
        }
        return text
    }

    @Test("T-12: what is more than an address, or none, is sent to nobody", .tags(.threat), arguments: nasty)
    func refused(target: String) {
        #expect(TransferTarget(target) == nil)
    }

    @Test func `there are enough of them`() {
        #expect(Self.nasty.count >= 60 && Set(Self.nasty).count == Self.nasty.count)
    }

    @Test(
        "An address is sent as it was written",
        arguments: [
            "sip:desk@example.com", "sips:desk@example.com", "sip:desk@192.0.2.1:5070;transport=tcp",
            "sip:desk@[2001:db8::1]:5070", "sip:+15551234567@carrier.example;user=phone", "sip:a@b;x=y",
            "sip:%2B1555@example.com", "sip:*21*@example.com", "sip:example.com",
        ])
    func taken(target: String) {
        #expect(TransferTarget(target)?.text == target)
    }

    @Test(.bounded, .tags(.threat))
    func `T-12: on a call no such target leaves us, and the call goes on`() async throws {
        let refers = Told<Bool>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint(
                change: { configuration in
                    configuration.onMessage = { message in
                        if String(decoding: message.octets.prefix(5), as: UTF8.self) == "REFER" { refers.tell(true) }
                    }
                },
                body: { caller in
                    try await caller.call(.init(to: callee.uri())) { call in
                        for target in Self.nasty {
                            await #expect(throws: CallError.badTarget(target)) {
                                try await call.transfer(to: target)
                            }
                        }
                        // The first that leaves us is the one that may; the other side does not take it.
                        await #expect(throws: CallError.self) { try await call.transfer(to: "sip:desk@example.com") }
                        #expect(try await refers.next())
                        try await call.hearsEcho(of: Tone())
                    }
                })
        }
    }
}
