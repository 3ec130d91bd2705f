extension SessionDescription {
    /// The next version of this description, in which every stream that is in use has this direction: an offer that
    /// holds the call, or takes it back (RFC 3264 §8.4).
    ///
    /// - Parameter direction: `sendonly` or `inactive` to hold, `sendrecv` to resume.
    public func turned(_ direction: StreamDirection) -> SessionDescription {
        var next = self
        next.origin.sessionVersion = origin.nextVersion
        next.attributes.removeAll { StreamDirection(in: [$0]) != nil }
        for index in next.media.indices where next.media[index].port != 0 {
            next.media[index].attributes.removeAll { StreamDirection(in: [$0]) != nil }
            next.media[index].attributes.append(Attribute(direction.rawValue))
        }
        return next
    }
}

extension Origin {
    /// The version after this one. It is a number of any length (RFC 8866 §5.2), and is counted on digit by digit.
    var nextVersion: String {
        guard !sessionVersion.isEmpty, sessionVersion.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return "1"
        }
        var digits = Array(sessionVersion.utf8)
        for index in digits.indices.reversed() {
            if digits[index] != 0x39 {
                digits[index] += 1
                return String(decoding: digits, as: UTF8.self)
            }
            digits[index] = 0x30
        }
        return "1" + String(decoding: digits, as: UTF8.self)
    }
}
