import Testing
import TrunklineConfiguration

@Suite("Documents, servers of the Model Context Protocol, digits and limits in the configuration")
struct MCPTests {
    private static func load(_ text: String) throws -> Configuration {
        try Configuration.load(text: text, file: "t.yaml", environment: ["KEY": "k", "PLACE": "there"])
    }

    @Test("are read with all that they take")
    func servers() throws {
        let read = try Self.load(
            """
            knowledge: {folder: docs, results: 5}
            mcp:
              calendar:
                command: [python3, -m, calendar_server]
                env: {PLACE: "${PLACE}", DEPTH: 3}
                tools: [free_times, book]
                timeout: 4s
              shop: {url: "https://shop.example.com/mcp", token_env: KEY, allow_private: true}
            """)
        #expect(read.knowledge?.folder == "docs" && read.knowledge?.results == 5)
        #expect(try Self.load("knowledge: ~/docs").knowledge?.folder == "~/docs")
        let program = try #require(read.mcp.first)
        #expect(program.name == "calendar" && program.command == ["python3", "-m", "calendar_server"])
        #expect(program.environment == ["PLACE": "there", "DEPTH": "3"] && program.timeout == .seconds(4))
        #expect(program.tools == ["free_times", "book"])
        let shop = try #require(read.mcp.last)
        #expect(
            shop.url == "https://shop.example.com/mcp" && shop.tokenVariable == "KEY" && shop.allowsPrivateAddresses)
        #expect(shop.tools == nil)
    }

    @Test("Digits and limits are read with all that they take")
    func digits() throws {
        let read = try Self.load(
            """
            digits:
              card: {minimum: 13, maximum: 19, terminator: "*", first_timeout: 15s, next_timeout: 5s, retries: 1, secret: true}
              pin: {length: 4, terminator: false}
            limits: {tool_calls: 30, tokens: false, goodbye: Bye., transfer: sip:desk@example.com}
            tools:
              pay: {description: x, url: "https://x/", takes_digits: true}
            """)
        let card = try #require(read.digits.first)
        #expect(card.name == "card" && card.minimum == 13 && card.maximum == 19 && card.terminator == "*")
        #expect(
            card.firstTimeout == .seconds(15) && card.nextTimeout == .seconds(5) && card.retries == 1 && card.isSecret)
        let pin = try #require(read.digits.last)
        #expect(pin.minimum == 4 && pin.maximum == 4 && pin.terminator == nil && !pin.isSecret)
        #expect(read.limits.toolCalls == 30 && read.limits.tokens == nil && read.limits.goodbye == "Bye.")
        #expect(read.limits.transfer == "sip:desk@example.com" && read.tools.first?.takesDigits == true)
        #expect(Configuration().limits.toolCalls == 100)
    }

    @Test("Minutes and money of a call are read exactly")
    func allowances() throws {
        let read = try Self.load(
            """
            limits: {minutes: 2.5, cost: 0.25}
            prices: {currency: EUR, services: {openai: {output_per_million: 1}}}
            """)
        #expect(read.limits.talkTime == .seconds(150) && read.limits.cost == 250_000)
        let none = try Self.load("limits: {minutes: false, cost: false}")
        #expect(none == Configuration())
    }

    @Test("What is looked for in calls is read with all that it takes")
    func record() throws {
        let read = try Self.load(
            """
            model: {provider: openai, model: m}
            record:
              summary: true
              model: small
              fields:
                who: the caller's name
                what: {type: choice, values: [a, b], description: one of two}
                when: {type: time}
            """)
        #expect(read.record.isSummarised && read.record.model == "small")
        #expect(read.record.fields.map(\.name) == ["what", "when", "who"])
        #expect(read.record.fields.map(\.kind) == [.choice, .time, .text])
        #expect(read.record.fields.map(\.description) == ["one of two", "", "the caller's name"])
        #expect(read.record.fields.first?.values == ["a", "b"])
    }

    @Test(
        "What is wrong with limits and the record is said",
        arguments: [
            ("limits: {minutes: 0}", "minutes"), ("limits: {minutes: 1441}", "minutes"),
            ("limits: {minutes: 5m}", "minutes"),
            ("limits: {minutes: 40}", "calls.maximum_duration"),
            ("limits: {cost: 1}", "needs to know what services cost"),
            ("limits: {cost: -1}", "is no price"), ("record: {summary: true}", "record needs a model"),
            ("record: {fields: {a: x}}", "record needs a model"),
            ("record: {fields: {\"a b\": x}}", "is no name for a field"),
            ("record: {fields: {a: {type: sum}}}", "record.fields.a.type"),
            ("record: {fields: {a: {type: choice}}}", "is a choice and needs"),
            ("record: {fields: {a: {values: [b]}}}", "has values and is no choice"),
            ("record: {fields: {a: \"\"}}", "is empty or longer"),
            ("record: {fields: {a: {kind: text}}}", "unknown key"),
            ("record: {sumary: true}", "did you mean \"summary\"?"),
        ])
    func wrong(text: String, words: String) {
        let error = #expect(throws: ConfigurationErrors.self) { try Self.load(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("Agents are read with all that they take")
    func agents() throws {
        let read = try Self.load(
            """
            agents:
              billing:
                description: bills
                instructions: You know bills.
                greeting: Billing.
                model: gpt-x
                voice: ben
                tools: [take_note]
                hand_over_to: [main, desk]
                history: summary
              desk: {instructions: You are the desk.}
            """)
        let billing = try #require(read.roles.first)
        #expect(billing.name == "billing" && billing.description == "bills" && billing.greeting == "Billing.")
        #expect(billing.model == "gpt-x" && billing.voice == "ben" && billing.tools == ["take_note"])
        #expect(billing.handsOverTo == ["main", "desk"] && !billing.knowsHistory)
        let desk = try #require(read.roles.last)
        #expect(desk.instructions == "You are the desk." && desk.tools == nil && desk.handsOverTo == nil)
    }

    @Test(
        "that can't work are named with the fix",
        arguments: [
            ("knowledge: {results: 3}", "knowledge needs the folder"),
            ("knowledge: {folder: x, results: 99}", "knowledge.results"),
            ("knowledge: [a]", "knowledge is a list"),
            ("mcp: {a b: {command: [x]}}", "mcp.a b is no name for a server"),
            ("mcp: {a: {timeout: 3s}}", "mcp.a needs either a command"),
            ("mcp: {a: {command: [x], url: \"https://x/\"}}", "mcp.a needs either a command"),
            ("mcp: {a: {command: x}}", "mcp.a.command is a single value; write a list"),
            ("mcp: {a: {command: []}}", "mcp.a.command is empty"),
            ("mcp: {a: {url: \"ws://x/\"}}", "begin with https:// or http://"),
            ("mcp: {a: {command: [x], token_env: KEY}}", "mcp.a.token_env is for servers with a url"),
            ("mcp: {a: {url: \"https://x/\", env: {A: b}}}", "mcp.a.env is for servers with a command"),
            ("mcp: {a: {url: \"https://x/\", token_env: KEY, token_file: f}}", "delete one of the two"),
            ("mcp: {a: {url: \"https://x/\", tool: [b]}}", "did you mean \"tools\"?"),
            ("digits: {a b: {length: 4}}", "digits.a b is no name for digits"),
            ("digits: {a: {length: 4, maximum: 5}}", "digits.a has length and maximum; delete one of the two"),
            ("digits: {a: {minimum: 6, maximum: 5}}", "digits.a: minimum is above maximum"),
            ("digits: {a: {length: 99}}", "digits.a.length"), ("digits: {a: {terminator: 5}}", "ends no digits"),
            ("agents: {main: {instructions: x}}", "agents.main is the agent that the file itself describes"),
            ("agents: {a b: {instructions: x}}", "agents.a b is no name for an agent"),
            ("agents: {a: {greeting: x}}", "agents.a needs instructions"),
            ("agents: {a: {instructions: x, hand_over_to: [b]}}", "there is no agent b; there are main, a"),
            ("agents: {a: {instructions: x, tools: [take_notes]}}", "no tool take_notes; did you mean take_note?"),
            (
                "agents: {a: {instructions: x, tools: [m_x, n_x]}}\nmcp: {m: {command: [x]}}",
                "there is no tool n_x; name one of tools: or mcp:"
            ),
            ("agents: {a: {instructions: x, history: none}}", "agents.a.history"),
            ("limits: {tokens: 0}", "limits.tokens"), ("limits: {transfer: me}", "limits.transfer"),
            (
                "tools: {a: {description: x, url: \"https://x/\", method: get, takes_digits: true}}",
                "tools.a.takes_digits needs method: post"
            ),
            ("mcp: {a: {url: \"https://x/\", token_env: NONE}}", "the environment has no variable NONE"),
        ])
    func faults(text: String, sentence: String) throws {
        let error = #expect(throws: ConfigurationErrors.self) { try Self.load(text) }
        #expect("\(try #require(error))".contains(sentence))
    }
}
