import TelephonyPrimitives

/// Reads a DNS response (RFC 1035 §4): records with their times to live, which resolver libraries tend to leave out.
package enum DNSMessage {
    /// Records that one message may have; further ones are not read.
    private static let maximumRecords = 256

    /// The answer to `question` in a response.
    ///
    /// - Parameters:
    ///   - octets: the whole message, without the length that precedes it on TCP.
    ///   - question: what was asked.
    /// - Returns: the records of the answer and additional sections, or what else the response says;
    ///   `failed` for octets that are no DNS response.
    package static func answer(in octets: [UInt8], to question: DNSQuestion) -> DNSAnswer {
        var reader = Reader(octets: octets)
        guard reader.read16() != nil, let flags = reader.read16(), flags & 0x8000 != 0,
            let questions = reader.read16(), let answers = reader.read16(), let authorities = reader.read16(),
            let additionals = reader.read16()
        else { return .failed("the DNS server's answer is no DNS response") }
        for _ in 0..<questions {
            guard reader.skipName(), reader.skip(4) else { return .failed("the DNS server's answer is cut off") }
        }
        var records: [DNSRecord] = []
        var negativeTimeToLive: UInt32?
        let sections = [(answers, isAuthority: false), (authorities, true), (additionals, false)]
        var left = maximumRecords
        reading: for (count, isAuthority) in sections {
            for _ in 0..<count {
                guard left > 0 else { break reading }
                left -= 1
                guard let raw = reader.readRecord() else {
                    return .failed("the DNS server's answer is cut off")
                }
                if isAuthority {
                    negativeTimeToLive = negativeTimeToLive ?? reader.negativeTimeToLive(of: raw)
                } else if let record = reader.record(of: raw) {
                    records.append(record)
                }
            }
        }
        switch flags & 0xF {
        case 0: break
        case 3: return .noSuchName(timeToLive: negativeTimeToLive)
        case let code: return .failed("the DNS server answered with \(name(ofCode: code))")
        }
        let isAnswered = records.contains { record in
            if case .alias = record.content { return negativeTimeToLive == nil }
            return record.answers(question.type)
        }
        return isAnswered ? .found(records) : .noRecord(timeToLive: negativeTimeToLive)
    }

    private static func name(ofCode code: UInt16) -> String {
        switch code {
        case 1: "format error"
        case 2: "server failure"
        case 4: "not implemented"
        case 5: "refused"
        default: "code \(code)"
        }
    }
}

/// A place in a DNS message.
private struct Reader {
    /// A record whose data is not looked into yet.
    struct RawRecord {
        var name: DNSName?
        var type: UInt16
        var isInternet: Bool
        var timeToLive: UInt32
        var data: Range<Int>
    }

    let octets: [UInt8]
    var position = 0

    mutating func read8() -> UInt8? {
        guard position < octets.count else { return nil }
        defer { position += 1 }
        return octets[position]
    }

    mutating func read16() -> UInt16? {
        guard let high = read8(), let low = read8() else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    mutating func read32() -> UInt32? {
        guard let high = read16(), let low = read16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= octets.count - position else { return false }
        position += count
        return true
    }

    mutating func skipName() -> Bool {
        while let length = read8() {
            if length == 0 { return true }
            if length & 0xC0 == 0xC0 { return skip(1) }
            guard length & 0xC0 == 0, skip(Int(length)) else { return false }
        }
        return false
    }

    /// Reads a name. Each pointer has to lead before the place of the last one, so that there is no loop
    /// (RFC 1035 §4.1.4).
    mutating func readName() -> DNSName? {
        var text: [UInt8] = []
        var cursor = position
        var limit = octets.count
        var end: Int?
        while cursor < limit {
            let length = Int(octets[cursor])
            if length == 0 {
                position = end ?? cursor + 1
                return text.isEmpty ? .root : DNSName(text.asText)
            }
            if length & 0xC0 == 0xC0 {
                guard cursor + 1 < octets.count else { return nil }
                let target = (length & 0x3F) << 8 | Int(octets[cursor + 1])
                if end == nil { end = cursor + 2 }
                limit = cursor
                cursor = target
                continue
            }
            let label = cursor + 1..<cursor + 1 + length
            guard length & 0xC0 == 0, label.upperBound <= octets.count, text.count + length < 254,
                // A dot within a label would read as two labels.
                !octets[label].contains(UInt8(ascii: "."))
            else { return nil }
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            text += octets[label]
            cursor = label.upperBound
        }
        return nil
    }

    mutating func readText() -> String? {
        guard let length = read8() else { return nil }
        let start = position
        guard skip(Int(length)) else { return nil }
        return octets[start..<position].asText
    }

    mutating func readRecord() -> RawRecord? {
        let start = position
        guard skipName() else { return nil }
        let end = position
        position = start
        let name = readName()
        position = end
        guard let type = read16(), let recordClass = read16(), let timeToLive = read32(), let length = read16()
        else { return nil }
        let data = position
        guard skip(Int(length)) else { return nil }
        // A time to live with the highest bit set means zero (RFC 2181 §8).
        return RawRecord(
            name: name, type: type, isInternet: recordClass == 1,
            timeToLive: timeToLive > Int32.max ? 0 : timeToLive, data: data..<position)
    }

    /// The record, when it is of a kind that we use and well formed.
    func record(of raw: RawRecord) -> DNSRecord? {
        guard raw.isInternet, let name = raw.name, let content = content(of: raw) else { return nil }
        return DNSRecord(name, timeToLive: raw.timeToLive, content)
    }

    private func content(of raw: RawRecord) -> DNSRecord.Content? {
        var data = self
        data.position = raw.data.lowerBound
        let content: DNSRecord.Content?
        switch raw.type {
        case 1:
            content = data.read32().map { .address(.v4($0)) }
        case 5:
            content = data.readName().map { .alias($0) }
        case 28:
            var groups: [UInt64] = []
            for _ in 0..<4 {
                guard let group = data.read32() else { return nil }
                groups.append(UInt64(group))
            }
            content = .address(.v6(groups[0] << 32 | groups[1], groups[2] << 32 | groups[3]))
        case 33:
            guard let priority = data.read16(), let weight = data.read16(), let port = data.read16(),
                let target = data.readName()
            else { return nil }
            content = .service(SRVRecord(priority: priority, weight: weight, port: port, target: target))
        case 35:
            guard let order = data.read16(), let preference = data.read16(), let flags = data.readText(),
                let service = data.readText(), let expression = data.readText(), let replacement = data.readName()
            else { return nil }
            content = .rule(
                NAPTRRecord(
                    order: order, preference: preference, flags: flags, service: service, expression: expression,
                    replacement: replacement))
        default:
            content = nil
        }
        return data.position == raw.data.upperBound ? content : nil
    }

    /// How long the absence of a record is known, when this is the SOA record that says so (RFC 2308 §5).
    func negativeTimeToLive(of raw: RawRecord) -> UInt32? {
        guard raw.type == 6, raw.isInternet else { return nil }
        var data = self
        data.position = raw.data.lowerBound
        guard data.skipName(), data.skipName(), data.skip(16), let minimum = data.read32(),
            data.position == raw.data.upperBound
        else { return nil }
        return min(raw.timeToLive, minimum)
    }
}
