import SIPCore
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// What is kept of a call's SIP messages.
struct CallMessagesTests {
    private final class Notes: CallStore {
        let entries = Mutex<[CallEntry]>([])

        func write(_ entry: CallEntry, of call: CallIdentifier) { entries.withLock { $0.append(entry) } }
        func flush() async {}

        var messages: [MessageRecord] {
            entries.withLock { $0 }.compactMap { if case .message(let message) = $0 { message } else { nil } }
        }

        var events: [String] {
            entries.withLock { $0 }.compactMap { if case .event(_, let detail, _) = $0 { detail } else { nil } }
        }
    }

    private static let call = CallIdentifier("c1")

    private static func message(_ line: String, atMicroseconds time: Int64, body: Int = 0) throws -> CallMessage {
        let address = try #require(TransportAddress(host: "192.0.2.1", port: 5060))
        let method = line.prefix { $0 != " " }
        let text = "\(line)\r\nCSeq: 1 \(method)\r\n\r\n" + String(repeating: "b", count: body)
        return CallMessage(
            TracedMessage(
                time: Instant(nanoseconds: time * 1_000), isReceived: true, octets: Array(text.utf8),
                flow: Flow(protocol: .tls, local: address, remote: address, id: 1)))
    }

    @Test("Messages are put at their place in the call to the microsecond, those before it with a negative time")
    func axis() throws {
        let notes = Notes()
        let messages = CallMessages(store: notes)
        try messages.take(Self.message("INVITE sip:a@b SIP/2.0", atMicroseconds: 999_500), of: Self.call)
        #expect(notes.messages.isEmpty)
        messages.begin(Self.call, at: Instant(nanoseconds: 1_000_000_000))
        try messages.take(Self.message("ACK sip:a@b SIP/2.0", atMicroseconds: 1_000_001), of: Self.call)
        messages.end(Self.call, at: 5)
        try messages.take(Self.message("BYE sip:a@b SIP/2.0", atMicroseconds: 1_010_000), of: Self.call)
        #expect(notes.messages.map(\.atMicroseconds) == [-500, 1, 10_000])
        #expect(notes.messages.first?.transport == "tls" && notes.messages.first?.remote == "192.0.2.1:5060")
        #expect(notes.events.isEmpty)
    }

    @Test("Of a call with too many messages the first and those of its end are kept, and it is said what is missing")
    func bounds() throws {
        let notes = Notes()
        let messages = CallMessages(store: notes)
        messages.begin(Self.call, at: .zero)
        for time in 0..<500 {
            try messages.take(Self.message("INFO sip:a@b SIP/2.0", atMicroseconds: Int64(time)), of: Self.call)
        }
        for time in 500..<600 {
            try messages.take(Self.message("BYE sip:a@b SIP/2.0", atMicroseconds: Int64(time)), of: Self.call)
        }
        messages.end(Self.call, at: 1)
        #expect(notes.messages.count == CallMessages.maximumMessages + CallMessages.maximumLastMessages)
        #expect(notes.events.count == 2)
        #expect(notes.events.last?.hasPrefix("168 SIP messages with ") == true)
    }

    @Test("So it is of a call with messages that are too large")
    func octets() throws {
        let notes = Notes()
        let messages = CallMessages(store: notes)
        messages.begin(Self.call, at: .zero)
        for time in 0..<20 {
            try messages.take(
                Self.message("INFO sip:a@b SIP/2.0", atMicroseconds: Int64(time), body: 60_000), of: Self.call)
        }
        #expect(notes.messages.reduce(0) { $0 + $1.octets.count } <= CallMessages.maximumOctets)
        #expect(notes.messages.count == 8 && notes.events.count == 1)
    }

    @Test("Calls that are never begun keep nothing, and are forgotten when there are many")
    func neverBegun() throws {
        let notes = Notes()
        let messages = CallMessages(store: notes)
        for number in 0...CallMessages.maximumWaitingCalls {
            try messages.take(
                Self.message("INVITE sip:a@b SIP/2.0", atMicroseconds: 0), of: CallIdentifier("c\(number)"))
        }
        messages.begin(CallIdentifier("c0"), at: .zero)
        #expect(notes.messages.isEmpty)
        messages.begin(CallIdentifier("c1"), at: .zero)
        #expect(notes.messages.count == 1)
    }

    @Test("Messages are read back in the order of their times, and of an erased call nothing is")
    func stored() async throws {
        let folder = try ScratchFolder()
        let store = try SQLiteCallStore(path: folder.file("calls.db"), now: 5)
        let records = [30, -20, 10].map { time in
            MessageRecord(
                atMicroseconds: time, isReceived: time > 0, transport: "udp", local: "192.0.2.1:5060",
                remote: "[2001:db8::1]:5061", octets: [0, 0xFF, UInt8(truncatingIfNeeded: time)])
        }
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming, remote: CallParty(address: "sip:a@b"), local: CallParty(address: "sip:c@d"),
                    agent: "echo", startedAt: 1)), of: Self.call)
        for record in records { store.write(.message(record), of: Self.call) }
        store.write(.message(records[0]), of: CallIdentifier("nobody"))
        await store.flush()
        #expect(try await store.messages(of: Self.call.text) == [records[1], records[2], records[0]])
        #expect(try await store.messages(of: "nobody").isEmpty)
        #expect(store.trouble == SQLiteCallStore.Trouble())
        await store.close()
    }
}
