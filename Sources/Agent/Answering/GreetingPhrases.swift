/// What the words of whoever answers give away.
enum GreetingPhrases {
    /// The phrase by which a voicemail is known, in any part of what it says.
    static func ofMachine(_ text: String) -> String? { first(of: machine, in: text) }

    /// Those that nobody says in a conversation.
    static func certainlyOfMachine(_ text: String) -> String? { first(of: certainlyMachine, in: text) }

    /// What a voicemail often begins with, and a receptionist at times.
    static func perhapsOfMachine(_ text: String) -> String? { first(of: perhapsMachine, in: text) }

    static func ofScreening(_ text: String) -> String? { first(of: screening, in: text) }

    /// Said by a telephone that has taken in who calls.
    static func ofWaiting(_ text: String) -> String? { first(of: waiting, in: text) }

    static func ofMenu(_ text: String) -> String? {
        if let phrase = first(of: menu, in: text) { return phrase }
        let words = Completeness.words(of: text)
        let at = words.indices.dropLast().first { index in
            ["press", "presione", "dial", "drücken"].contains(words[index]) && isKey(words[index + 1])
        }
        return at.map { words[$0...($0 + 1)].joined(separator: " ") }
    }

    static func ofHuman(_ text: String) -> String? { first(of: human, in: text) }

    /// Whether a beep is announced.
    static func promisesBeep(_ text: String) -> Bool { first(of: beep, in: text) != nil }

    /// The digits of the longest number that is read out.
    static func digitsInRow(_ text: String) -> Int {
        var (longest, run) = (0, 0)
        for word in Completeness.words(of: text) {
            if word.allSatisfy({ $0.isASCII && $0.isNumber }) {
                run += word.count
            } else if digits.contains(word) {
                run += 1
            } else {
                run = 0
            }
            longest = max(longest, run)
        }
        return longest
    }

    private static func isKey(_ word: String) -> Bool {
        digits.contains(word) || ["star", "pound", "hash"].contains(word)
            || word.count == 1 && word.allSatisfy(\.isNumber)
    }

    /// Compared by whole words, so that "in one" holds no "no one".
    private static func first(of phrases: [String], in text: String) -> String? {
        let said = " " + Completeness.words(of: text.replacing("’", with: "'")).joined(separator: " ") + " "
        return phrases.first { said.contains(" \($0) ") }
    }

    private static let digits: Set<String> = [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ]

    private static let certainlyMachine = [
        "after the tone", "after the beep", "at the tone", "at the beep", "at the sound of the tone", "voicemail",
        "voice mail", "voice mailbox", "mailbox", "record your message", "leave your message", "answering machine",
        "nach dem signalton", "nach dem ton", "mailbox von", "después de la señal", "después del tono", "buzón de voz",
        "après le bip", "après le signal", "messagerie", "segreteria telefonica", "dopo il segnale",
    ]

    private static let machine =
        certainlyMachine + [
            "leave a message", "leave me a message", "leave us a message", "leave a brief message",
            "leave a short message", "leave a detailed message", "leave your name", "leave a name", "leave name and",
            "leave it at the", "message and i'll", "message and we'll", "not available", "is unavailable",
            "isn't available", "am unavailable", "are unavailable", "currently unavailable", "can't come to the phone",
            "cannot come to the phone", "can't get to the phone", "can't take your call", "cannot take your call",
            "can't answer", "cannot answer", "unable to answer", "unable to take your call", "unable to come to",
            "not able to take", "get back to you", "call you back as soon", "return your call", "missed your call",
            "sorry i missed", "away from my desk", "away from the phone", "out of the office", "has been forwarded",
            "has not been set up", "is full", "the person you are trying to reach", "the person you're trying to reach",
            "the subscriber", "the number you have dialed", "the number you have dialled", "the number you are calling",
            "the customer you are calling", "the person at extension", "your call has been",
            "the person you have called",
            "our offices are closed",
            "we are currently closed", "we're currently closed", "our office is closed", "nicht erreichbar",
            "hinterlassen sie", "deje su mensaje", "deje un mensaje", "no está disponible", "laissez un message",
            "laissez-moi un message", "lasciate un messaggio",
        ]

    private static let perhapsMachine = [
        "you've reached", "you have reached", "you reached", "thanks for calling", "this is the voice of",
    ]

    private static let screening = [
        "state your name", "say your name", "record your name", "tell me your name", "your name and reason",
        "your name and the reason", "reason for calling", "reason for your call", "why you're calling",
        "why you are calling", "what you're calling about", "screening service", "screening calls", "call screening",
        "call assistant", "see if this person is available", "see if they're available", "see if they are available",
        "find out if they're available", "get a copy of this conversation", "before i connect you",
        "before i try to connect", "before connecting you",
    ]

    private static let waiting = [
        "stay on the line", "please hold", "one moment", "just a moment", "hold on", "hold the line", "please wait",
        "thank you i'll see", "i'll see if", "trying to connect", "connecting you", "bear with me",
    ]

    private static let menu = [
        "main menu", "listen carefully", "menu options", "options have changed", "our menu has changed",
        "dial by name", "if you know your party's extension", "enter the extension", "say or press",
        "following options", "to repeat these options", "for english",
    ]

    private static let human = [
        "how can i help", "how may i help", "how can we help", "how may i direct", "can i help you", "may i help you",
        "help you today", "what can i do for you", "speaking", "who is this", "who's this", "who's calling",
        "who is calling", "may i ask", "what's up", "can you hear me", "anybody there",
    ]

    private static let beep = [
        "tone", "beep", "signalton", "ton", "señal", "tono", "bip", "signal", "segnale", "leave a message",
        "leave your message", "leave me a message", "record your message",
    ]
}
