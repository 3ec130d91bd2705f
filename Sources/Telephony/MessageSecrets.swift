/// Masks what is secret in a SIP message, octet by octet, so that its length and all that stands around stays: proofs of a
/// password, keys of the sound, keys that were pressed.
///
/// It reads the lines by itself: what a parser gives up on is masked as well.
package enum MessageSecrets {
    /// What stands in place of each octet.
    private static let mask = UInt8(ascii: "x")

    /// `octets` without what is secret.
    package static func masked(_ octets: [UInt8]) -> [UInt8] {
        var masking = Masking(octets: octets)
        let body = masking.maskHead()
        masking.maskBody(from: body)
        return masking.octets
    }

    /// What is told of credentials; a response, a nonce of ours and all else is for the server alone.
    private static let openParameters: Set<String> = [
        "username", "userhash", "realm", "algorithm", "uri", "qop", "nc",
    ]
    private static let credentials: Set<String> = [
        "authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info",
    ]
    /// Header fields of others whose names say that nobody else shall read them.
    private static let secretNames = ["secret", "password", "passwd", "token", "api-key", "apikey", "cookie"]

    private struct Masking {
        var octets: [UInt8]
        private var contentType = ""
        private var isEncoded = false

        init(octets: [UInt8]) {
            self.octets = octets
        }

        /// - Returns: where the body begins.
        mutating func maskHead() -> Int {
            var position = 0
            // RFC 3261 §7.5: empty lines may come first.
            while position < octets.count, octets[position] == 0x0D || octets[position] == 0x0A { position += 1 }
            while position < octets.count {
                let start = position
                var end = lineEnd(from: start)
                if isEmpty(start..<end) {
                    position = end
                    break
                }
                while end < octets.count, octets[end] == 0x20 || octets[end] == 0x09 { end = lineEnd(from: end) }
                maskHeader(start..<end)
                position = end
            }
            maskPasswords(0..<position)
            return position
        }

        /// The octet behind the line feed that ends the line.
        private func lineEnd(from start: Int) -> Int {
            (octets[start...].firstIndex(of: 0x0A) ?? octets.count - 1) + 1
        }

        private func isEmpty(_ line: Range<Int>) -> Bool {
            octets[line].allSatisfy { $0 == 0x0D || $0 == 0x0A }
        }

        private func text(_ place: Range<Int>) -> String {
            String(decoding: octets[place], as: UTF8.self).trimmedLowercase
        }

        private mutating func maskHeader(_ line: Range<Int>) {
            guard let colon = octets[line].firstIndex(of: UInt8(ascii: ":")) else { return }
            let name = text(line.lowerBound..<colon)
            let value = (colon + 1)..<line.upperBound
            switch name {
            case "content-type", "c": contentType = text(value)
            case "content-encoding", "e": isEncoded = text(value) != "identity"
            case _ where MessageSecrets.credentials.contains(name): maskCredentials(value, named: name)
            case _ where MessageSecrets.secretNames.contains(where: name.contains): maskAll(value)
            default: break
            }
        }

        /// `Digest username="a", response="…"`, or another scheme with whatever belongs to it.
        private mutating func maskCredentials(_ value: Range<Int>, named name: String) {
            var position = value.lowerBound
            if name.hasSuffix("authorization") {
                while position < value.upperBound, isBlank(octets[position]) { position += 1 }
                let start = position
                while position < value.upperBound, !isBlank(octets[position]) { position += 1 }
                guard text(start..<position) == "digest" else {
                    let isAlone = octets[position..<value.upperBound].allSatisfy(isBlank)
                    maskAll((isAlone ? start : position)..<value.upperBound)
                    return
                }
            }
            while position < value.upperBound {
                let start = position
                while position < value.upperBound, octets[position] != UInt8(ascii: "="),
                    octets[position] != UInt8(ascii: ",")
                { position += 1 }
                let parameter = text(start..<position)
                guard position < value.upperBound, octets[position] == UInt8(ascii: "=") else {
                    position += 1
                    continue
                }
                position += 1
                let begin = position
                var isQuoted = false
                while position < value.upperBound {
                    let octet = octets[position]
                    if octet == UInt8(ascii: "\\"), isQuoted { position += 1 }
                    if octet == UInt8(ascii: "\"") { isQuoted.toggle() }
                    if octet == UInt8(ascii: ","), !isQuoted { break }
                    position += 1
                }
                position = min(position, value.upperBound)
                if !MessageSecrets.openParameters.contains(parameter) { maskAll(begin..<position) }
            }
        }

        /// `sip:user:password@host` (RFC 3261 §19.1.1).
        private mutating func maskPasswords(_ head: Range<Int>) {
            var position = head.lowerBound
            while position < head.upperBound {
                guard octets[position] == UInt8(ascii: ":"), endsScheme(position) else {
                    position += 1
                    continue
                }
                position += 1
                var colon: Int?
                var end = position
                while end < head.upperBound, octets[end] > 0x20, !"@<>\"".utf8.contains(octets[end]) {
                    if octets[end] == UInt8(ascii: ":"), colon == nil { colon = end }
                    end += 1
                }
                if let colon, end < head.upperBound, octets[end] == UInt8(ascii: "@") { maskAll((colon + 1)..<end) }
            }
        }

        private func endsScheme(_ colon: Int) -> Bool {
            text(max(0, colon - 4)..<colon).hasSuffix("sip") || text(max(0, colon - 4)..<colon).hasSuffix("sips")
        }

        mutating func maskBody(from start: Int) {
            guard start < octets.count else { return }
            if isEncoded {
                maskAll(start..<octets.count)
                return
            }
            let isInfo = octets.starts(with: "INFO".utf8)
            let tellsKeys = ["dtmf", "digits", "kpml", "telephone-event"].contains { contentType.contains($0) }
            let isHarmless = contentType.contains("media_control") || contentType.contains("application/sdp")
            let isKeys = tellsKeys || isInfo && !isHarmless
            // Peers end lines of descriptions with CR, LF or both.
            for line in octets[start...].split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
                if isKeys { maskKeys(line.indices) } else { maskDescriptionLine(line.indices) }
            }
        }

        /// `Signal=5`, `Duration=160`, or the bare key.
        private mutating func maskKeys(_ line: Range<Int>) {
            guard let equals = octets[line].firstIndex(of: UInt8(ascii: "=")) else {
                maskAll(line)
                return
            }
            if text(line.lowerBound..<equals) != "duration" { maskAll((equals + 1)..<line.upperBound) }
        }

        /// Keys of SRTP (RFC 4568), of MIKEY (RFC 4567), of RFC 8866 §5.12, and passwords of ICE (RFC 8839).
        private mutating func maskDescriptionLine(_ line: Range<Int>) {
            let beginning = text(line.lowerBound..<min(line.upperBound, line.lowerBound + 12))
            if beginning.hasPrefix("k=") { maskAll((line.lowerBound + 2)..<line.upperBound) }
            guard beginning.hasPrefix("a="), let colon = octets[line].firstIndex(of: UInt8(ascii: ":")) else { return }
            let value = (colon + 1)..<line.upperBound
            switch text((line.lowerBound + 2)..<colon) {
            case "ice-pwd", "key-mgmt": maskAll(value)
            case "crypto":
                // The number and the suite are no secret.
                var parts = octets[value].split(separator: 0x20).map(\.indices).dropFirst(2).makeIterator()
                while let part = parts.next() {
                    guard let method = octets[part].firstIndex(of: UInt8(ascii: ":")) else { continue }
                    maskAll((method + 1)..<part.upperBound)
                }
            default: break
            }
        }

        private mutating func maskAll(_ place: Range<Int>) {
            for index in place where !"\r\n\" ".utf8.contains(octets[index]) { octets[index] = MessageSecrets.mask }
        }

        private func isBlank(_ octet: UInt8) -> Bool {
            octet == 0x20 || octet == 0x09 || octet == 0x0D || octet == 0x0A
        }
    }
}

extension String {
    /// Without blanks and line ends at its ends, in lower case.
    fileprivate var trimmedLowercase: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text.lowercased()
    }
}
