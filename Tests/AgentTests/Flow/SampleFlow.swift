import Foundation

@testable import Agent

/// The receptionist that comes with the product.
enum SampleFlow {
    static func read() throws -> Flow {
        var root = URL(filePath: #filePath)
        while !FileManager.default.fileExists(atPath: root.appending(path: "flows").path), root.path != "/" {
            root.deleteLastPathComponent()
        }
        let text = try String(contentsOf: root.appending(path: "flows/receptionist.yaml"), encoding: .utf8)
        return try Flow(parsing: text, file: "receptionist.yaml")
    }

    static func machine() throws -> FlowMachine {
        FlowMachine(try read(), context: context)
    }

    static let context = DialogueContext(
        callID: "1", caller: "sip:ada@example.com", callerName: "Ada", called: "sip:desk@example.com")
}

/// Short forms for tables.
func say(_ text: String) -> DialogueAction { .say(text) }
