internal import Agent
internal import CallAPI
internal import Observability
internal import SIPCore
internal import SIPNIO
internal import Telephony

/// The metrics of the server: what was counted on the way, and what is looked up when somebody asks.
struct ServerMetrics: Sendable {
    let counted: PrometheusMetrics
    let endpoint: Endpoint
    /// Calls by another way than SIP.
    let otherCalls: @Sendable () async -> Int
    let store: SQLiteCallStore

    func text() async -> (text: String, contentType: String) {
        var scrape = Scrape()
        scrape.set("trunkline_info", 1, labels: [("version", Trunkline.version)])
        let counters = await endpoint.counters()
        scrape.set("trunkline_calls_live", Double(counters.calls + (await otherCalls())))
        scrape.set("trunkline_media_port_pairs", Double(counters.portPairs))
        scrape.set("trunkline_sip_messages_received_total", Double(counters.received))
        scrape.set("trunkline_sip_messages_sent_total", Double(counters.sent))
        scrape.set("trunkline_sip_messages_retransmitted_total", Double(counters.retransmitted))
        scrape.set("trunkline_sip_messages_malformed_total", Double(counters.malformed))
        scrape.set("trunkline_sip_refused_total", Double(counters.refused))
        scrape.set("trunkline_sip_evicted_total", Double(counters.evicted))
        scrape.set("trunkline_sip_connections", Double(counters.connections))
        scrape.set("trunkline_sip_dialogs", Double(counters.dialogs))
        scrape.set("trunkline_sip_transactions", Double(counters.clientTransactions), labels: [("role", "client")])
        scrape.set("trunkline_sip_transactions", Double(counters.serverTransactions), labels: [("role", "server")])
        let accounts = await endpoint.accounts
        let registered = accounts.count { if case .registered = $0.state { true } else { false } }
        scrape.set("trunkline_accounts", Double(registered), labels: [("state", "registered")])
        scrape.set("trunkline_accounts", Double(accounts.count - registered), labels: [("state", "not_registered")])
        let trouble = store.trouble
        scrape.set("trunkline_database_failures_total", Double(trouble.failures))
        scrape.set("trunkline_database_lost_total", Double(trouble.dropped))
        if let waiting = try? await store.lettersWaiting() { scrape.set("trunkline_webhooks_waiting", Double(waiting)) }
        if let process = ProcessFigures.now {
            scrape.set("process_cpu_seconds_total", process.processorSeconds)
            scrape.set("process_resident_memory_bytes", process.residentOctets)
            scrape.set("process_start_time_seconds", process.startedAt)
            if let descriptors = process.descriptors { scrape.set("process_open_fds", Double(descriptors)) }
        }
        return (scrape.text(with: counted), ExpositionText.contentType)
    }
}
