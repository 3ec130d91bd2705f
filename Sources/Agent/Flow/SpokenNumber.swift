/// Reads numbers that were said in words, in digits, or both.
enum SpokenNumber {
    private static let digits: [String: Int] = [
        "zero": 0, "oh": 0, "o": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
        "eight": 8, "nine": 9,
    ]
    private static let teens: [String: Int] = [
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19,
    ]
    private static let tens: [String: Int] = [
        "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    ]

    /// A digit by its name or as itself.
    static func digit(_ word: String) -> Int? {
        if let digit = digits[word] { return digit }
        return word.count == 1 ? word.first.flatMap { $0.isASCII ? $0.wholeNumberValue : nil } : nil
    }

    /// A number that is one word: nought to twenty, and the tens.
    static func small(_ word: String) -> Int? { digit(word) ?? teens[word] ?? tens[word] }

    /// The first number in `text`, below a million: "for twenty-five people" → 25.
    static func value(in text: String) -> Int? {
        var total = 0
        var part: Int?
        for word in words(of: text) {
            if let number = Int(word), (0..<1_000_000).contains(number) {
                guard part == nil else { break }
                part = number
            } else if let digit = digits[word] {
                // "twenty five" is one number, "five five" is not.
                guard part == nil || (part ?? 0) % 100 == 0 || ((part ?? 0) % 100 >= 20 && (part ?? 0) % 10 == 0)
                else { break }
                part = (part ?? 0) + digit
            } else if let number = teens[word] ?? tens[word] {
                guard (part ?? 0) % 100 == 0 else { break }
                part = (part ?? 0) + number
            } else if word == "hundred", (part ?? 1) < 10 {
                part = (part ?? 1) * 100
            } else if word == "thousand", total == 0, (part ?? 1) < 1_000 {
                total = (part ?? 1) * 1_000
                part = 0
            } else if word == "and", part != nil {
                continue
            } else if part != nil {
                break
            }
        }
        return part.map { total + $0 }
    }

    /// All digits in the order in which they were said: "double five, oh one twenty three" → "550123".
    static func digits(in text: String) -> String {
        var result = ""
        var times = 1
        var openTens: Int?
        for word in words(of: text).prefix(100) {
            if let repetition = ["double": 2, "triple": 3][word] {
                times = repetition
                continue
            }
            var said = ""
            if word.allSatisfy({ $0.isASCII && $0.isNumber }) {
                said = word
            } else if let digit = digits[word] {
                // "twenty three" is 23, not 203.
                if openTens != nil, digit > 0 { result.removeLast() }
                said = String(digit)
            } else if let number = teens[word] ?? tens[word] {
                said = String(number)
            }
            openTens = tens[word]
            result += String(repeating: said, count: times)
            times = 1
        }
        return result
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }
}
