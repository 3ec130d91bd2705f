import Foundation
import TelephonyPrimitives
import Testing

@testable import SIPCore

/// The STUN messages of the fixtures: what RFC 5626's keep-alive has to understand, and what it has to leave alone.
@Suite("A STUN message on a SIP flow")
struct STUNVectorTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        struct Attribute: Decodable, Sendable {
            var type: String
            var address: String?
            var port: UInt16?
        }

        var name: String
        var hex: String
        var messageType: String?
        var transaction: String?
        var attributes: [Attribute]?

        enum CodingKeys: String, CodingKey {
            case name, hex, attributes
            case messageType = "message_type"
            case transaction = "transaction_id"
        }

        var testDescription: String { name }
        var octets: [UInt8] { STUNVectorTests.octets(hex) }
    }

    private struct File: Decodable {
        var messages: [Vector]
        var malformed: [Vector]
        var channels: [Channel]

        struct Channel: Decodable {
            var hex: String
        }

        enum CodingKeys: String, CodingKey {
            case messages, malformed
            case channels = "channel_data"
        }
    }

    private static let file: File = {
        let place = SIPFixtures.root.appending(path: "stun/vectors.json")
        guard let data = try? Data(contentsOf: place), let read = try? JSONDecoder().decode(File.self, from: data)
        else {
            preconditionFailure("the fixture \(place.path) can't be read")
        }
        return read
    }()

    private static func octets(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    /// Attributes that a Binding of a keep-alive may have and that ask for nothing (RFC 8489 §14); others below 0x8000 have
    /// to be understood, and are not.
    private static let harmless: Set<String> = ["0x0001", "0x0006", "0x0008", "0x0009", "0x001c", "0x0020"]

    @Test("is a Binding that is understood, or nothing at all", arguments: file.messages)
    func message(_ vector: Vector) throws {
        let binding = STUNBinding(parsing: vector.octets)
        let attributes = vector.attributes ?? []
        let asksForMore = attributes.contains { $0.type < "0x8000" && !Self.harmless.contains($0.type) }
        guard let transaction = vector.transaction.map(Self.octets), !asksForMore else {
            #expect(binding == nil)
            return
        }
        switch vector.messageType {
        case "0x0001": #expect(binding == .request(id: transaction))
        case "0x0101":
            let told = try #require(attributes.first { $0.type == "0x0020" })
            let address = TransportAddress(host: try #require(told.address), port: try #require(told.port))
            #expect(binding == .success(id: transaction, mapped: try #require(address)))
        case "0x0111": #expect(binding == .failure(id: transaction))
        default: #expect(binding == nil)
        }
    }

    /// What is let pass: an unknown attribute that need not be understood, a second USERNAME, and an error of no class,
    /// which is a failure all the same.
    private static let usable = ["unknown-comprehension-optional", "two-usernames", "error-code-class-0"]

    @Test("that is malformed tells no address and asks for nothing", arguments: file.malformed)
    func malformed(_ vector: Vector) {
        switch STUNBinding(parsing: vector.octets) {
        case .success: Issue.record("an address was taken from it")
        case .request, .failure: #expect(Self.usable.contains(vector.name))
        case nil: #expect(!Self.usable.contains(vector.name))
        }
    }

    @Test("is there, and ChannelData is none")
    func counted() {
        #expect(Self.file.messages.count == 23 && Self.file.malformed.count == 18 && Self.file.channels.count == 4)
        for channel in Self.file.channels { #expect(STUNBinding(parsing: Self.octets(channel.hex)) == nil) }
    }
}
