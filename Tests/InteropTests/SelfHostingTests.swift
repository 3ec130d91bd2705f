import Foundation
import Testing

/// What it takes to run it oneself.
@Suite
struct SelfHostingTests {
    @Test("F-10: on a machine without network and with no other service, a call comes in by a trunk and is kept")
    func alone() async throws {
        let workspace = try Workspace("alone")
        let port = try Workspace.freePort()
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
            agent: echo
            calls: {database: \(workspace.path("calls.db"))}
            trunk: {provider: telnyx, host: 127.0.0.1, port: \(port), transport: tcp, username: agent, password: sandbox-agent}
            """, to: "agent.yaml")
        try workspace.write(
            """
            ip link set lo up
            "$1" sandbox --port \(port) >sandbox.log 2>&1 &
            carrier=$!
            "$1" serve --config agent.yaml --drain 1 >serve.log 2>&1 &
            server=$!
            tries=0
            until grep -q 'agent  <- 200 OK (REGISTER)' sandbox.log || [ $tries = 300 ]; do
                sleep 0.1
                tries=$((tries + 1))
            done
            "$1" call sip:+12025550131@127.0.0.1:\(port) --from sip:mobile@127.0.0.1:\(port) --auth mobile \\
                --password-env SANDBOX_PASSWORD --bind 127.0.0.1 --duration 1
            echo "call: $?"
            kill -TERM $server
            wait $server
            echo "server: $?"
            kill -TERM $carrier
            wait $carrier
            cat serve.log
            """, to: "alone.sh")
        let alone = try Program(
            "unshare", ["--net", "sh", workspace.path("alone.sh"), Workspace.product("trunkline")],
            directory: workspace.folder, environment: ["SANDBOX_PASSWORD": "sandbox-mobile"])
        _ = try await alone.end()
        if alone.output.contains("unshare failed") {
            print("A machine without network was not staged: only root may take the network away (unshare).")
            return
        }
        #expect(alone.output.contains("call: 0") && alone.output.contains("server: 0"), "\(alone.output)")
        let calls = try await Server.stored(in: workspace)
        #expect(calls.count == 1 && calls.first?["direction"] as? String == "incoming", "\(calls)")
        workspace.remove()
    }
}
