import Foundation
import Observability
import Testing

/// The catalogue, the sources, the documentation and the dashboard tell of the same metrics.
struct CatalogueTests {
    private static let root: URL = {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        return folder.deletingLastPathComponent()
    }()

    private static let known = Dictionary(uniqueKeysWithValues: MetricCatalogue.all.map { ($0.name, $0) })

    private static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names of metrics in a text, without what histograms add to them.
    private static func names(in text: String) -> Set<String> {
        Set(
            text.matches(of: /\b(?:trunkline|process)_[a-z_]+\b/).map { match in
                var name = String(match.output)
                for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                    let plain = String(name.dropLast(suffix.count))
                    if known[plain]?.kind == .histogram { name = plain }
                }
                return name
            })
    }

    @Test("Every metric that a source names is in the catalogue, and every one of the catalogue is named by a source")
    func sources() throws {
        var named: Set<String> = []
        let sources = Self.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            guard file.lastPathComponent != "MetricCatalogue.swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            named.formUnion(text.matches(of: /"((?:trunkline|process)_[a-z_]+)"/).map { String($0.output.1) })
        }
        #expect(named.subtracting(Self.known.keys).isEmpty)
        #expect(Set(Self.known.keys).subtracting(named).isEmpty)
    }

    @Test("The documentation has each with its kind, labels and sentence")
    func documentation() throws {
        let rows = try Self.read("docs/metrics.md").split(separator: "\n").filter { $0.hasPrefix("| `") }.map(
            String.init)
        let expected = MetricCatalogue.all.map {
            "| `\($0.name)` | \($0.kind.rawValue) | \($0.labels.joined(separator: ", ")) | \($0.help) |"
        }
        #expect(Set(rows) == Set(expected))
        #expect(rows.count == expected.count)
    }

    @Test("Every query of the dashboard asks for metrics that there are, by labels that they have")
    func dashboard() throws {
        let text = try Self.read("docs/grafana/trunkline.json")
        let board = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let panels = try #require(board["panels"] as? [[String: Any]])
        var asked: Set<String> = []
        for panel in panels {
            for target in panel["targets"] as? [[String: Any]] ?? [] {
                let query = try #require(target["expr"] as? String)
                let names = Self.names(in: query)
                #expect(!names.isEmpty && names.subtracting(Self.known.keys).isEmpty, "\(query)")
                let labels = Set(names.flatMap { Self.known[$0]?.labels ?? [] } + ["le", "instance"])
                var used = query.matches(of: /(?:by|ignoring) ?\(([^)]*)\)/).flatMap { match in
                    match.output.1.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
                }
                used += query.matches(of: /([a-z_]+)=~?"/).map { String($0.output.1) }
                #expect(Set(used).subtracting(labels).isEmpty, "\(query)")
                asked.formUnion(names)
            }
        }
        // Only what says that all is well is not shown.
        let unseen: Set = [
            "trunkline_info", "trunkline_metrics_series_refused_total", "process_start_time_seconds",
            "trunkline_spans_total",
        ]
        #expect(Set(Self.known.keys).subtracting(asked) == unseen)
    }

    @Test("Names follow the custom of Prometheus: counters end in _total, and nothing else does")
    func custom() {
        for metric in MetricCatalogue.all {
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect((metric.kind == .histogram) == !metric.bounds.isEmpty)
            #expect(metric.bounds == metric.bounds.sorted())
        }
        #expect(Self.known.count == MetricCatalogue.all.count)
    }

    @Test("T-43: no label is one that could hold a number or a name")
    func labels() {
        let allowed: Set = [
            "limit", "direction", "outcome", "result", "who", "step", "part", "role", "state", "route", "status",
            "version",
            "currency",
        ]
        #expect(Set(MetricCatalogue.all.flatMap(\.labels)).subtracting(allowed).isEmpty)
    }

    @Test("What is looked up and what was counted make one text, each name once")
    func scrape() {
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        _ = metrics.makeCounter(label: "trunkline_turns_total", dimensions: [("who", "agent")])
        _ = metrics.makeRecorder(label: "trunkline_calls_live", dimensions: [], aggregate: false)
        var scrape = Scrape()
        scrape.set("trunkline_calls_live", 3)
        let text = scrape.text(with: metrics)
        #expect(text.components(separatedBy: "# TYPE trunkline_calls_live gauge\n").count == 2)
        #expect(
            text.contains("\ntrunkline_calls_live 3\n") && text.contains("trunkline_turns_total{who=\"agent\"} 0\n"))
    }
}
