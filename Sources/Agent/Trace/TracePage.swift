public import FoundationEssentials
internal import Telephony

/// A call as one page for a browser: its ladder as a picture over the waveform of the recording, on one time axis, and below
/// it every step with its details.
///
/// The file needs nothing else: no script, no font, no network. What came from a network is escaped, and a policy in the page
/// forbids all that could be loaded or run.
public struct TracePage {
    let timeline: CallTimeline
    let waveform: Waveform?
    let timeZone: TimeZone

    /// - Parameters:
    ///   - timeline: the call.
    ///   - waveform: of its recording, where there is one.
    ///   - timeZone: of the time at which the call began.
    public static func of(_ timeline: CallTimeline, waveform: Waveform? = nil, timeZone: TimeZone = .current) -> String
    {
        TracePage(timeline: timeline, waveform: waveform, timeZone: timeZone).document
    }

    private var document: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(TracePageStyle.policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>Call \(Self.text(timeline.call.id))</title>
        <style>\(TracePageStyle.sheet)</style>
        </head>
        <body>
        <main>
        \(head)
        \(TraceScore(self).svg)
        \(TraceSteps(self).list)
        <footer>Made by trunkline. Proofs of passwords, keys of the sound and pressed keys are masked in SIP messages.</footer>
        </main>
        </body>
        </html>

        """
    }

    /// `text` for a page: on one line, without control characters, and without meaning for the browser.
    static func text(_ text: String) -> String { escaped(PrintableText.of(text)) }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// The same with what stands between backticks as code.
    private static func withCode(_ text: String) -> String {
        Self.text(text).split(separator: "`", omittingEmptySubsequences: false).enumerated().map { number, part in
            number % 2 == 1 ? "<code>\(part)</code>" : String(part)
        }.joined()
    }

    // MARK: The head

    private var head: String {
        let call = timeline.call
        let diagnosis = CallDiagnosis(timeline)
        let name = call.remoteName ?? call.remote
        let title = call.direction == .incoming ? "Call from \(name)" : "Call to \(name)"
        var facts = [
            (call.direction == .incoming ? "From" : "To", call.remote),
            (call.direction == .incoming ? "To" : "From", call.local),
            ("Began", CallReport.time(call.startedAt, timeZone)), ("Agent", call.agent), ("Call", call.id),
        ]
        if let quality = call.quality, !quality.codec.isEmpty {
            facts.append(("Sound", CallReport.sentence(of: quality)))
        }
        let list = facts.map { "<div><dt>\($0.0)</dt><dd>\(Self.text($0.1))</dd></div>" }.joined(separator: "\n")
        let findings = diagnosis.findings.map { finding in
            """
            <section class="finding"><h2>\(Self.text(finding.sentence))</h2>
            <p><b>Seen</b> \(Self.text(finding.evidence))</p>
            <p><b>Do</b> \(Self.withCode(finding.fix))</p></section>
            """
        }.joined(separator: "\n")
        return """
            <header><h1>\(Self.text(title))</h1>
            <p class="summary">\(Self.text(diagnosis.summary))</p>
            <dl>\(list)</dl></header>
            \(findings)
            """
    }
}
