/// How alike two texts sound, roughly and in English: for choosing between readings of the same sound.
enum PhoneticDistance {
    /// The one of `phrases` that `text` may be a mishearing of; `nil` when none is near.
    ///
    /// Short ones have to sound the same: "Sunday" is no "Monday". Of those that sound alike the one that is written
    /// alike is taken.
    static func nearest(to text: String, among phrases: [String]) -> String? {
        let heard = Sound(text)
        guard !heard.key.isEmpty, heard.key.count <= 60 else { return nil }
        var best: (phrase: String, edits: Int, spelling: Double)?
        for phrase in phrases.prefix(200) {
            let sound = Sound(phrase)
            guard !sound.key.isEmpty else { continue }
            let edits = edits(heard.key, sound.key)
            guard edits * 8 <= max(heard.key.count, sound.key.count) else { continue }
            let spelling = distance(heard.letters, sound.letters)
            // One or two sounds say little: "yeah" and "your" are no "where".
            guard max(heard.key.count, sound.key.count) > 2 || spelling <= 0.6 else { continue }
            if let best, (best.edits, best.spelling) <= (edits, spelling) { continue }
            best = (phrase, edits, spelling)
        }
        return best?.phrase
    }

    /// A text without case, marks and blanks, digits as words; and how it sounds.
    private struct Sound {
        let letters: [UInt8]
        let key: [UInt8]

        init(_ text: String) {
            let words = SpokenText.words(for: text)
            letters = PhoneticDistance.letters(words)
            key = PhoneticDistance.key(words)
        }
    }

    /// 0 for the same sounds, 1 for nothing in common.
    static func between(_ one: String, _ two: String) -> Double {
        distance(key(one), key(two))
    }

    /// Letters as classes of sounds: silent ones left out, vowels as one, voiced like unvoiced.
    static func key(_ text: String) -> [UInt8] {
        var key: [UInt8] = []
        // Word by word: "business hours" has no "sh".
        for word in text.split(whereSeparator: \.isWhitespace) { append(letters(word), to: &key) }
        return key
    }

    private static func append(_ letters: [UInt8], to key: inout [UInt8]) {
        var index = 0
        func letter(_ offset: Int) -> Character? {
            index + offset < letters.count ? Character(Unicode.Scalar(letters[index + offset])) : nil
        }
        while let first = letter(0) {
            var used = 1
            let sounds: String
            switch (first, letter(1)) {
            case ("p", "h"): (sounds, used) = ("f", 2)
            case ("g", "h"): (sounds, used) = ("", 2)
            case ("c", "k"), ("q", "u"): (sounds, used) = ("k", 2)
            case ("c", "h"), ("s", "h"): (sounds, used) = ("x", 2)
            case ("t", "h"): (sounds, used) = ("t", 2)
            case ("k", "n"), ("w", "r"): (sounds, used) = ("", 1)
            case ("c", "e"), ("c", "i"), ("c", "y"): sounds = "s"
            case ("a", _), ("e", _), ("i", _), ("o", _), ("u", _), ("y", _): sounds = "a"
            case ("h", _), ("w", _): sounds = ""
            case ("c", _), ("q", _), ("g", _): sounds = "k"
            case ("x", _): sounds = "ks"
            case ("z", _): sounds = "s"
            case ("v", _): sounds = "f"
            case ("d", _): sounds = "t"
            case ("b", _): sounds = "p"
            case ("j", _): sounds = "x"
            default: sounds = String(first)
            }
            for sound in sounds.utf8 where key.last != sound { key.append(sound) }
            index += used
        }
    }

    private static func letters(_ text: some StringProtocol) -> [UInt8] {
        text.lowercased().utf8.filter { $0 >= 0x61 && $0 <= 0x7A }
    }

    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Double {
        let longest = max(one.count, two.count)
        return longest == 0 ? 0 : Double(edits(one, two)) / Double(longest)
    }

    /// Insertions, deletions and replacements that make one into the other (Levenshtein).
    private static func edits(_ one: [UInt8], _ two: [UInt8]) -> Int {
        var row = Array(0...two.count)
        for (i, a) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in two.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[two.count]
    }
}
