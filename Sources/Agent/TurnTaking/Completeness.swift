/// Whether words sound as if something were still to come, by their punctuation and grammar (English).
enum Completeness: Sendable, Hashable {
    case finished, open, unfinished

    /// - Parameter text: what has been made out, as a recogniser writes it.
    init(of text: String) {
        let words = Self.words(of: text)
        guard let last = words.last else {
            self = .open
            return
        }
        let mark = text.last { !$0.isWhitespace && $0 != "\"" && $0 != ")" }
        if mark == "," || mark == "-" || mark == "…" || mark == ":" || text.hasSuffix("..") {
            self = .unfinished
        } else if Self.leadOn.contains(last) || Self.endsInBegunNumber(words) || Self.endsInHanging(words) {
            self = .unfinished
        } else if mark == "?" || mark == "!" || mark == "." || Self.isClosed(words) {
            self = .finished
        } else {
            self = .open
        }
    }

    /// Words without their marks, in small letters.
    static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }.map(String.init)
    }

    /// Nobody ends with these.
    private static let leadOn: Set<String> = [
        "and", "but", "or", "so", "because", "the", "a", "an", "of", "with", "my", "your", "our", "their", "his", "if",
        "when", "while", "at", "from", "um", "uh", "er", "erm", "hmm", "i", "i'm", "it's", "i'd", "i've", "we're",
        "than", "that's", "between", "until", "since", "into", "like",
    ]

    /// After these two a name, a number or a reason follows.
    private static let hanging: Set<String> = [
        "number is", "name is", "address is", "date is", "like to", "want to", "need to", "going to", "wondering if",
        "looking for", "asking about", "calling about", "calling for", "it is", "this is", "there is", "going to be",
        "problem is", "question is", "thing is", "code is", "email is",
    ]

    private static func endsInHanging(_ words: [String]) -> Bool {
        guard words.count >= 2 else { return false }
        return hanging.contains(words.suffix(2).joined(separator: " "))
    }

    /// Answers that need nothing more.
    private static let closed: Set<String> = [
        "yes", "no", "yeah", "yep", "nope", "ok", "okay", "sure", "correct", "right", "thanks", "thank you", "bye",
        "goodbye", "hello", "hi", "that's all", "that is all", "that's it", "yes please", "no thanks", "no thank you",
        "nothing else", "stop", "help",
    ]

    private static func isClosed(_ words: [String]) -> Bool {
        words.count <= 3 && closed.contains(words.joined(separator: " "))
    }

    private static let digits: Set<String> = [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double",
    ]

    /// Three to six digits in a row at the end: of a telephone number there is more to come.
    private static func endsInBegunNumber(_ words: [String]) -> Bool {
        var count = 0
        for word in words.reversed() {
            if digits.contains(word) {
                count += 1
            } else if word.allSatisfy(\.isNumber) {
                // "1995" is a year; "555" the head of a number.
                guard word.count != 4 || count > 0 else { return false }
                count += word.count
            } else {
                break
            }
        }
        return (3...6).contains(count)
    }
}
