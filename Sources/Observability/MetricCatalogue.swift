/// Every metric of `trunkline serve`. docs/metrics.md has the same table, and tests keep both true.
public enum MetricCatalogue {
    private static let milliseconds: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000,
    ]

    public static let all: [MetricDescription] = calls + conversation + media + signalling + program

    private static let calls: [MetricDescription] = [
        MetricDescription("trunkline_calls_total", .counter, "Calls that began.", labels: ["direction"]),
        MetricDescription("trunkline_calls_live", .gauge, "Calls that ring or are up."),
        MetricDescription("trunkline_calls_refused_total", .counter, "Calls that were refused at the door."),
        MetricDescription(
            "trunkline_calls_ended_total", .counter, "Calls that ended, by how.", labels: ["direction", "outcome"]),
        MetricDescription(
            "trunkline_call_duration_seconds", .histogram, "From the answer to the end.", labels: ["direction"],
            bounds: [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600]),
        MetricDescription(
            "trunkline_calls_answered_by_total", .counter, "Findings of who answered a call of ours.", labels: ["who"]),
        MetricDescription(
            "trunkline_outbound_limits_reached_total", .counter, "Limits of calls of ours that were reached.",
            labels: ["limit"]),
        MetricDescription(
            "trunkline_transfers_total", .counter, "Transfers, by what came of them.", labels: ["result"]),
    ]

    private static let conversation: [MetricDescription] = [
        MetricDescription("trunkline_turns_total", .counter, "Turns that somebody had.", labels: ["who"]),
        MetricDescription("trunkline_interruptions_total", .counter, "Turns of the agent's that a caller cut."),
        MetricDescription(
            "trunkline_answer_latency_milliseconds", .histogram,
            "From the caller's last sound to the first of the answer.", bounds: milliseconds),
        MetricDescription(
            "trunkline_answer_step_milliseconds", .histogram, "What each step of that took, those of no time left out.",
            labels: ["step"], bounds: milliseconds),
        MetricDescription(
            "trunkline_provider_errors_total", .counter,
            "Failures of what hears, thinks, speaks, or of the whole agent.",
            labels: ["part"]),
        MetricDescription("trunkline_tools_total", .counter, "Tools that were called.", labels: ["result"]),
        MetricDescription(
            "trunkline_cost_micros_total", .counter, "What services cost, in millionths of the currency, by `prices:`.",
            labels: ["currency"]),
    ]

    private static let media: [MetricDescription] = [
        MetricDescription("trunkline_media_packets_received_total", .counter, "RTP packets that came."),
        MetricDescription("trunkline_media_packets_lost_total", .counter, "RTP packets that never came."),
        MetricDescription("trunkline_media_packets_late_total", .counter, "RTP packets that came too late."),
        MetricDescription(
            "trunkline_media_concealed_milliseconds_total", .counter, "Sound that was invented because of loss."),
        MetricDescription(
            "trunkline_media_stretched_milliseconds_total", .counter,
            "Sound that was taken out or put in to change the delay."),
        MetricDescription(
            "trunkline_media_jitter_milliseconds", .histogram, "Interarrival jitter, each call once a second.",
            bounds: milliseconds),
        MetricDescription(
            "trunkline_media_delay_milliseconds", .histogram, "Wait in the jitter buffer, each call once a second.",
            bounds: milliseconds),
        MetricDescription(
            "trunkline_media_mos", .histogram,
            "Estimated opinion score of what was heard and sent, each call once a second.", labels: ["direction"],
            bounds: [1.5, 2, 2.5, 3, 3.2, 3.4, 3.6, 3.8, 4, 4.2, 4.4, 4.5]),
        MetricDescription("trunkline_media_port_pairs", .gauge, "Pairs of UDP ports that calls hold."),
        MetricDescription(
            "trunkline_loop_lateness_milliseconds", .histogram,
            "How late the latest beat of a media loop was, each busy loop once a second.", bounds: milliseconds),
    ]

    private static let signalling: [MetricDescription] = [
        MetricDescription("trunkline_sip_messages_received_total", .counter, "SIP messages that came."),
        MetricDescription("trunkline_sip_messages_sent_total", .counter, "SIP messages that were sent."),
        MetricDescription("trunkline_sip_messages_retransmitted_total", .counter, "SIP messages that were sent again."),
        MetricDescription("trunkline_sip_messages_malformed_total", .counter, "SIP messages that could not be read."),
        MetricDescription(
            "trunkline_sip_refused_total", .counter, "Requests beyond a bound of their source or of all."),
        MetricDescription(
            "trunkline_sip_evicted_total", .counter, "Requests of strangers that made room for newer ones."),
        MetricDescription("trunkline_sip_connections", .gauge, "Connections that are open."),
        MetricDescription("trunkline_sip_transactions", .gauge, "Transactions under way.", labels: ["role"]),
        MetricDescription("trunkline_sip_dialogs", .gauge, "Dialogs that are held."),
        MetricDescription("trunkline_accounts", .gauge, "Accounts, by whether they are registered.", labels: ["state"]),
    ]

    private static let program: [MetricDescription] = [
        MetricDescription(
            "trunkline_http_requests_total", .counter, "Requests over HTTP.", labels: ["route", "status"]),
        MetricDescription(
            "trunkline_webhooks_total", .counter, "Attempts to deliver webhooks, and those that were given up.",
            labels: ["result"]),
        MetricDescription(
            "trunkline_spans_total", .counter, "Spans of calls, by what became of them.", labels: ["result"]),
        MetricDescription("trunkline_webhooks_waiting", .gauge, "Webhooks that are not delivered yet."),
        MetricDescription(
            "trunkline_call_control_webhooks_total", .counter, "Webhooks that came by Call Control.", labels: ["result"]
        ),
        MetricDescription(
            "trunkline_call_control_streams_total", .counter, "Media streams that Telnyx, or somebody else, opened.",
            labels: ["result"]),
        MetricDescription(
            "trunkline_call_control_commands_failed_total", .counter, "Commands to Telnyx that came to nothing."),
        MetricDescription(
            "trunkline_database_failures_total", .counter, "Writes to the database that failed at the first try."),
        MetricDescription(
            "trunkline_database_lost_total", .counter, "Entries that the database never got: too many waited."),
        PrometheusMetrics.refusedSeries,
        MetricDescription("trunkline_info", .gauge, "Always 1; the version is in its label.", labels: ["version"]),
        MetricDescription("process_cpu_seconds_total", .counter, "Processor time of the process."),
        MetricDescription("process_resident_memory_bytes", .gauge, "Memory of the process that is in use."),
        MetricDescription("process_open_fds", .gauge, "Open file descriptors."),
        MetricDescription("process_start_time_seconds", .gauge, "When the process started, seconds since 1970."),
    ]
}
