/// How alike two texts sound, roughly and in English: for choosing between readings of the same sound.
enum PhoneticDistance {
    /// The one of `phrases` that `text` may be a mishearing of; `nil` when none is near.
    static func nearest(to text: String, among phrases: [String]) -> String? {
        let heard = key(text)
        guard !heard.isEmpty, heard.count <= 60 else { return nil }
        let ranked = phrases.prefix(200).map { (phrase: $0, distance: distance(heard, key($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= 0.2 else { return nil }
        return best.phrase
    }

    /// 0 for the same sounds, 1 for nothing in common.
    static func between(_ one: String, _ two: String) -> Double {
        distance(key(one), key(two))
    }

    /// Letters as classes of sounds: silent ones left out, vowels as one, voiced like unvoiced.
    static func key(_ text: String) -> [UInt8] {
        let letters = Array(text.lowercased().utf8.filter { $0 >= 0x61 && $0 <= 0x7A })
        var key: [UInt8] = []
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
        return key
    }

    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Double {
        guard !one.isEmpty, !two.isEmpty else { return one.isEmpty && two.isEmpty ? 0 : 1 }
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
        return Double(row[two.count]) / Double(max(one.count, two.count))
    }
}
