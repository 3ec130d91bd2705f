/// Which dialog an INVITE takes the place of (RFC 3891 §6.1). The tags are those of the user agent that gets the INVITE:
/// `toTag` is its own.
public struct Replaces: Hashable, Sendable, CustomStringConvertible {
    public var callID: CallID
    public var toTag: Tag
    public var fromTag: Tag
    /// Whether it may only take the place of a call that is not answered.
    public var isEarlyOnly: Bool

    /// - Parameters:
    ///   - callID: the dialog's Call-ID.
    ///   - toTag: the tag of the user agent that gets the INVITE.
    ///   - fromTag: the tag of its peer.
    ///   - isEarlyOnly: whether only an early dialog may be replaced.
    public init(callID: CallID, toTag: Tag, fromTag: Tag, isEarlyOnly: Bool = false) {
        self.callID = callID
        self.toTag = toTag
        self.fromTag = fromTag
        self.isEarlyOnly = isEarlyOnly
    }

    /// - Parameter text: the value of the header.
    /// - Throws: when there is no Call-ID, or not exactly one tag of each kind.
    public init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: ";", maxSplits: 32, omittingEmptySubsequences: false)
        callID = try CallID(parsing: String(parts.first ?? ""))
        var tags: [String: [String]] = [:]
        isEarlyOnly = false
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            let name = (pair.first ?? "").trimmingBlanks.lowercased()
            if name == "early-only" { isEarlyOnly = true }
            if pair.count == 2 { tags[name, default: []].append(pair[1].trimmingBlanks) }
        }
        guard let to = tags["to-tag"], let from = tags["from-tag"], to.count == 1, from.count == 1, !to[0].isEmpty,
            !from[0].isEmpty
        else {
            throw ParseError(
                offset: 0, section: "RFC 3891 §6.1", message: "Replaces has not one to-tag and one from-tag")
        }
        toTag = Tag(to[0])
        fromTag = Tag(from[0])
    }

    public var description: String {
        "\(callID.text);to-tag=\(toTag.text);from-tag=\(fromTag.text)" + (isEarlyOnly ? ";early-only" : "")
    }
}

extension Request {
    /// The dialog that the INVITE takes the place of; `nil` without Replaces.
    /// - Throws: when it can't be read, or there are several.
    public var replaces: Replaces? {
        get throws(ParseError) {
            let values = values(of: .replaces)
            guard let value = values.first else { return nil }
            guard values.count == 1 else {
                throw ParseError(offset: 0, section: "RFC 3891 §3", message: "There is more than one Replaces")
            }
            return try Replaces(parsing: value)
        }
    }
}
