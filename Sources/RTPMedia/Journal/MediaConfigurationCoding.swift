package import TelephonyPrimitives

/// What was agreed on, for a journal: all but the keys. What was encrypted is in a journal in the clear.
extension MediaSessionConfiguration {
    package func write(to writing: inout JournalWriting) {
        codec.write(to: &writing)
        writing.put(sendPayloadType)
        writing.put(each: receivePayloadTypes.sorted { $0.key < $1.key }) { writing, entry in
            writing.put(entry.key)
            entry.value.write(to: &writing)
        }
        writing.put(telephoneEventSend) { $0.put($1) }
        writing.put(each: telephoneEventReceive.sorted()) { $0.put($1) }
        writing.put(remote) { $0.put($1) }
        writing.put(remoteRTCP) { $0.put($1) }
        writing.put(each: hosts.sorted { "\($0)" < "\($1)" }) { $0.put($1) }
        writing.put(direction.rawValue)
        writing.put(ptime)
        writing.put(Int(ssrc))
        writing.put(cname)
        writing.put(headerExtensions.audioLevel) { $0.put($1) }
        writing.put(headerExtensions.mid) { $0.put($1) }
        writing.put(mid)
        writing.put(extendedReports.attributeValue)
        writing.put(allowsReducedSize)
        writing.put(bandwidth) { $0.put($1) }
        writing.put(reducesReportInterval)
    }

    private static let maximumReceived = 32

    package init(from reading: inout JournalReading) throws(JournalError) {
        func octet(_ reading: inout JournalReading) throws(JournalError) -> UInt8 { try reading.octet() }
        func address(_ reading: inout JournalReading) throws(JournalError) -> TransportAddress { try reading.address() }
        let codec = try AudioCodecKind(from: &reading)
        let sendPayloadType = try reading.octet()
        let received = try reading.list { (reading) throws(JournalError) in
            (try reading.octet() & 0x7F, try AudioCodecKind(from: &reading))
        }
        // Each has a decoder of its own.
        guard received.count <= Self.maximumReceived else { throw JournalError("nobody agrees on so many codecs") }
        let events = try reading.optional(octet)
        let eventsReceived = try reading.list(octet)
        let remote = try reading.optional(address)
        let remoteRTCP = try reading.optional(address)
        let hosts = try reading.list { (reading) throws(JournalError) in try reading.ip() }
        guard let direction = MediaDirection(rawValue: try reading.text()) else {
            throw JournalError("sound goes no known way")
        }
        let ptime = try reading.int()
        guard let ssrc = UInt32(exactly: try reading.number()) else { throw JournalError("an SSRC is out of bounds") }
        self.init(
            codec: codec, sendPayloadType: sendPayloadType & 0x7F,
            receivePayloadTypes: Dictionary(received) { $1 }, telephoneEventSend: events.map { $0 & 0x7F },
            telephoneEventReceive: Set(eventsReceived.map { $0 & 0x7F }), remote: remote, remoteRTCP: remoteRTCP,
            hosts: Set(hosts), direction: direction, ptime: min(max(ptime, 1), 200), ssrc: ssrc,
            cname: try reading.text())
        headerExtensions = HeaderExtensionIDs(
            audioLevel: try reading.optional(octet), mid: try reading.optional(octet))
        mid = try reading.text()
        extendedReports = ExtendedReportFormats(parsing: try reading.text())
        allowsReducedSize = try reading.truth()
        bandwidth = try reading.optional { (reading) throws(JournalError) in max(0, try reading.int()) }
        reducesReportInterval = try reading.truth()
    }
}

extension AudioCodecKind {
    fileprivate func write(to writing: inout JournalWriting) {
        switch self {
        case .pcmu: writing.put(UInt8(0))
        case .pcma: writing.put(UInt8(1))
        case .g722: writing.put(UInt8(2))
        case .l16(let rate):
            writing.put(UInt8(3))
            writing.put(rate)
        case .opus(let parameters, let rate):
            writing.put(UInt8(4))
            for number in [
                parameters.maxPlaybackRate, parameters.maxCaptureRate, parameters.maxAverageBitRate,
                parameters.packetTime, parameters.maxPacketTime, parameters.minPacketTime,
            ] {
                writing.put(number) { $0.put($1) }
            }
            for choice in [
                parameters.prefersStereo, parameters.sendsStereo, parameters.constantBitRate, parameters.inBandFEC,
                parameters.discontinuous,
            ] {
                writing.put(choice)
            }
            writing.put(rate.rawValue)
        }
    }

    fileprivate init(from reading: inout JournalReading) throws(JournalError) {
        func int(_ reading: inout JournalReading) throws(JournalError) -> Int {
            // Whatever a file says, it is no more than sums can bear.
            min(max(0, try reading.int()), 1 << 30)
        }
        switch try reading.octet() {
        case 0: self = .pcmu
        case 1: self = .pcma
        case 2: self = .g722
        case 3:
            let rate = try reading.int()
            guard (4_000...192_000).contains(rate) else { throw JournalError("a codec has no such rate") }
            self = .l16(sampleRate: rate)
        case 4:
            var parameters = OpusParameters()
            parameters.maxPlaybackRate = try reading.optional(int)
            parameters.maxCaptureRate = try reading.optional(int)
            parameters.maxAverageBitRate = try reading.optional(int)
            parameters.packetTime = try reading.optional(int)
            parameters.maxPacketTime = try reading.optional(int)
            parameters.minPacketTime = try reading.optional(int)
            parameters.prefersStereo = try reading.truth()
            parameters.sendsStereo = try reading.truth()
            parameters.constantBitRate = try reading.truth()
            parameters.inBandFEC = try reading.truth()
            parameters.discontinuous = try reading.truth()
            guard let rate = OpusSampleRate(rawValue: try reading.int()) else {
                throw JournalError("a codec has no such rate")
            }
            self = .opus(parameters, sampleRate: rate)
        default: throw JournalError("a codec is of no known kind")
        }
    }
}
