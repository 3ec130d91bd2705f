/// What becomes of messages that break a rule and can be understood all the same.
public enum Leniency: String, Hashable, Sendable, CaseIterable {
    /// They are taken, and what was forgiven is told as `Notice` of kind `.forgiven`: what carriers really send.
    case lenient
    /// Requests are refused with 400 and the first fault in a sentence, responses are dropped: for tests of one's own
    /// implementation, and for conformance.
    case strict
}

/// A rule that a message breaks without being beyond understanding.
public struct Forgiveness: Hashable, Sendable, CustomStringConvertible {
    /// Which rule.
    public enum Rule: String, Hashable, Sendable, CaseIterable {
        /// A line ends in LF without CR.
        case bareLineFeed
        /// No empty line ends the headers.
        case missingEmptyLine
        /// Blanks too many, or a missing one, in the start line.
        case blanksInStartLine
        /// `sip/2.0` in lower case.
        case lowerCaseVersion
        /// Octets that are no UTF-8.
        case notUTF8
        /// A request without Max-Forwards.
        case missingMaxForwards
        /// Content-Length more than once, with one value.
        case repeatedContentLength
        /// A comma too many in a list.
        case emptyListItem
        /// A semicolon too many at the end of parameters.
        case emptyParameter
        /// A display name without quotes that has other characters than those of words.
        case unquotedDisplayName
        /// Blanks between `<` and `>`.
        case blanksInBrackets
        /// A character in the user part of a URI that has to be escaped.
        case unescapedUser
        /// `@` with no user before it.
        case emptyUser
        /// A host name that DNS does not allow, e.g. with an underscore.
        case oddHostName
        /// A colon behind the host and no port.
        case emptyPort
        /// Three colons in an IPv6 address, or brackets where there should be none.
        case oddIPv6
        /// A local telephone number that does not say where it means something.
        case missingPhoneContext
        /// A character in Call-ID that has no place there.
        case oddCallID
    }

    public var rule: Rule
    /// Where the rule is, e.g. `RFC 3261 §8.1.1.6`.
    public var section: String
    /// What was found, in one sentence.
    public var sentence: String

    init(_ rule: Rule, _ section: String, _ sentence: String) {
        self.rule = rule
        self.section = section
        self.sentence = sentence
    }

    public var description: String { "\(sentence) (\(section))" }
}
