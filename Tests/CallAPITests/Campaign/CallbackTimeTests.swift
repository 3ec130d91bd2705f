import Testing

@testable import CallAPI

/// A time at which somebody asked to be called back.
struct CallbackTimeTests {
    /// 30 November 2026, 12:00 UTC: 13:00 in Berlin.
    private static let now: Int64 = 1_796_040_000_000

    private static func resolve(_ text: String, callee: String = "Europe/Berlin") throws -> Result<
        Int64, CallbackTime.Refusal
    > {
        let zones = ZoneSource()
        let (office, there) = (try #require(zones.rules("Europe/Berlin")), try #require(zones.rules(callee)))
        return Result { () throws(CallbackTime.Refusal) in
            try CallbackTime.resolve(
                text, office: office, callee: there, quietFrom: 21 * 60, quietUntil: 8 * 60, now: now)
        }
    }

    @Test(
        "A local time becomes the right instant, in summer and in winter",
        arguments: [
            ("2026-12-01T10:00", 1_796_115_600_000), ("2026-12-01 10:00", 1_796_115_600_000),
            ("2026-11-30T13:01:00", 1_796_040_060_000), ("2026-12-30T12:59", 1_798_631_940_000),
        ] as [(String, Int64)])
    func right(text: String, time: Int64) throws {
        #expect(try Self.resolve(text) == .success(time))
        #expect(
            CallbackTime.words(time / 1_000, try #require(ZoneSource().rules("Europe/Berlin"))).prefix(16)
                == text.replacing(" ", with: "T").prefix(16))
    }

    @Test(
        "What can't be is refused with what to say",
        arguments: [
            ("tomorrow", "\"tomorrow\" is no date"), ("2026-13-01T10:00", "\"2026"), ("2026-02-30T10:00", "\"2026"),
            ("2026-11-30T12:59", "That time is over; it is 2026-11-30T13:00 now."),
            ("2027-01-15T10:00", "That is more than 30 days"), ("", "\"\""), ("9999999999-1-1T1:1", "\"9999"),
            (
                "2026-12-01T23:30",
                "Nobody is called at that time of day. The nearest time that is allowed is 2026-12-02T08:00."
            ),
        ])
    func refused(text: String, beginning: String) throws {
        guard case .failure(let refusal) = try Self.resolve(text) else {
            Issue.record("it was taken")
            return
        }
        #expect(refusal.sentence.hasPrefix(beginning), "\(refusal.sentence)")
    }

    @Test("Quiet hours are those of whoever is called")
    func elsewhere() throws {
        // 10:00 in Berlin is 4:00 in New York, 14:00 is 8:00.
        guard case .failure(let refusal) = try Self.resolve("2026-12-01T10:00", callee: "America/New_York") else {
            Issue.record("it was taken")
            return
        }
        #expect(refusal.sentence.hasSuffix("2026-12-01T14:00."), "\(refusal.sentence)")
    }
}
