import Testing

@testable import Agent

/// The spellings of a number are one number, and others are others.
struct PhonePartyTests {
    @Test(
        "Every spelling of a number is the same",
        arguments: [
            "+4930123456", "4930123456", "004930123456", "+49 30 123-456", "+49 (30) 123/456", "tel:+49-30-123456",
            "sip:+4930123456@carrier.example", "sip:4930123456@192.0.2.1:5060;user=phone", "SIPS:+4930123456@x",
            "sip:%2B4930123456@x", "<sip:+4930123456@x>;tag=1", "\"Ada\" <sip:004930123456@x>", " +4930123456 ",
            "sip:+4930123456;ext=1@x", "tel:+4930123456;phone-context=x",
        ])
    func same(spelling: String) throws {
        let number = try #require(PhoneParty("+4930123456"))
        let party = try #require(PhoneParty(spelling))
        #expect(party.isMeant(by: number) && number.isMeant(by: party))
    }

    @Test(
        "Another number is another one",
        arguments: [
            "+49301234567", "+493012345", "030123456", "+14930123456", "sip:ada@4930123456", "sip:ada+4930123456@x",
            "sip:+4930123456a@x", "\u{0664}9930123456",
        ])
    func others(spelling: String) throws {
        let number = try #require(PhoneParty("+4930123456"))
        #expect(PhoneParty(spelling)?.isMeant(by: number) != true)
    }

    @Test(
        "A short number counts at its host alone, when one is named; a name always does",
        arguments: [
            ("17", "sip:17@one", true), ("sip:17@one", "sip:17@one:5070", true), ("sip:17@one", "sip:17@two", false),
            ("sip:+4930123456@one", "sip:+4930123456@two", true), ("sip:ada@one", "sip:ada@ONE;x=1", true),
            ("sip:ada@one", "sip:ada@two", false), ("sip:ada@one", "sip:Ada@one", false),
            ("sip:ada@[2001:db8::1]:5060", "sip:ada@[2001:db8::1]", true), ("sip:ada:secret@one", "sip:ada@one", true),
        ])
    func hosts(asked: String, kept: String, isMeant: Bool) throws {
        let party = try #require(PhoneParty(asked))
        #expect(PhoneParty(kept)?.isMeant(by: party) == isMeant)
    }

    @Test(
        "What is neither a number nor an address is nobody", arguments: ["", " ", "ada", "1", "+", "()", "sip:", "<>"])
    func nobody(text: String) {
        #expect(PhoneParty(text) == nil)
    }
}
