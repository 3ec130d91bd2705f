import Foundation
import Testing

@testable import Agent

@Suite("What is found in documents")
struct KnowledgeQualityTests {
    static let folder: String = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Fixtures") {
            folder.deleteLastPathComponent()
        }
        return folder.path + "/Fixtures/knowledge/dentist"
    }()

    /// What callers ask, and the heading that answers it.
    private static let questions: [(String, String)] = [
        ("What time do you open in the morning?", "Opening hours"),
        ("Are you open on a Saturday?", "Opening hours"),
        ("Is the practice open at Christmas?", "Public holidays"),
        ("How do I find you, what's your address?", "Address"),
        ("Where can I park my car?", "Parking"),
        ("Which tram goes to your place?", "Bus and tram"),
        ("My mother's in a wheelchair, is that a problem?", "Wheelchairs"),
        ("Can I bring my kids, I mean my two small children?", "Children in the waiting room"),
        ("Can my dog come in with me?", "Dogs and other animals"),
        ("I'd like to book an appointment", "Booking"),
        ("What do I need to bring along to my first visit?", "What to bring"),
        ("I have to cancel my appointment tomorrow, does that cost anything?", "Changing or cancelling"),
        ("I'm stuck in traffic, I'm gonna be late", "Being late"),
        ("Are you taking on new patients?", "New patients"),
        ("Please don't send me those text messages any more", "Reminders"),
        ("Does the dentist do home visits?", "Home visits"),
        ("How long does a check-up take?", "Check-up"),
        ("How much is a professional cleaning?", "Professional cleaning"),
        ("I want my teeth whitened, what does it cost?", "Whitening at home"),
        ("Do you still do amalgam fillings?", "Fillings"),
        ("I need a root canal, is that done with an injection or anaesthetic?", "Root canal"),
        ("How many months until an implant is finished?", "Implants"),
        ("My wisdom tooth has to be pulled, do you do wisdom teeth?", "Wisdom teeth"),
        ("My daughter wants braces", "Braces"),
        ("My denture is broken, how fast can you repair it?", "Dentures"),
        ("I'm terribly afraid of the dentist", "Fear of the dentist"),
        ("I'm pregnant, can I get treatment?", "Pregnancy"),
        ("I've got terrible toothache", "Toothache during opening hours"),
        ("Who helps me in the middle of the night?", "At night and on weekends"),
        ("My son's front tooth got knocked out playing football", "A tooth was knocked out"),
        ("It won't stop bleeding since the extraction", "Bleeding after an extraction"),
        ("My cheek is all swollen up", "Swelling"),
        ("Can I pay by credit card?", "Ways to pay"),
        ("Can I pay it off in instalments?", "Instalments"),
        ("I need a copy of my X-rays for another doctor", "Copies of records and X-rays"),
        ("Do you take my private insurance?", "Insurance"),
    ]

    @Test("A caller's question finds its passage among the first three")
    func quality() async throws {
        let knowledge = try Knowledge(folder: Self.folder)
        var found = 0
        var first = 0
        for (question, heading) in Self.questions {
            let passages = try await knowledge.passages(for: question, limit: 3)
            let headings = passages.map { String($0.heading.split(separator: ">").last ?? "").trimmed }
            if headings.contains(heading) { found += 1 } else { print("missed: \(question) → \(headings)") }
            if headings.first == heading { first += 1 }
        }
        print("knowledge: \(found) of \(Self.questions.count) among the first three, \(first) first")
        #expect(knowledge.count == 45)
        #expect(found * 10 >= Self.questions.count * 9)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
