import SIPCore
import TelephonyPrimitives

/// One message taken by a user agent so often, each time as a new one: what somebody can make it do by sending it.
func takeMessages(_ octets: [UInt8], count: Int) -> Int {
    let source = TransportAddress(ip: .loopbackV4, port: 15_060)
    var configuration = UserAgentConfiguration.benchmark
    // Else some would be refused for being too many, and the others would look dear beside them.
    configuration.knownSources = [source.ip]
    var core = UserAgentCore(configuration: configuration, random: SeededGenerator(seed: 1))
    let flow = Flow(
        protocol: .udp, local: TransportAddress(ip: .loopbackV4, port: 5_060), remote: source, id: 1)
    let numbers = octets.places(of: "########")
    var message = octets
    var sent = 0
    for number in 0..<count {
        for place in numbers { message.write(number, at: place) }
        core.receive(.datagram(message, flow), now: .zero + .milliseconds(number))
        while let output = core.nextOutput() {
            if case .transmit(let response, _) = output { sent += response.count }
        }
    }
    return sent
}

extension [UInt8] {
    /// Where `text` stands.
    fileprivate func places(of text: String) -> [Int] {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return [] }
        return (0...(count - wanted.count)).filter { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }

    /// Writes a number with eight digits.
    fileprivate mutating func write(_ number: Int, at place: Int) {
        var rest = number
        for digit in 0..<8 {
            self[place + 7 - digit] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
    }
}
