internal import ArgumentParser
internal import SIPCore
internal import TrunklineConfiguration

extension Configuration.Account {
    /// What the endpoint registers for it.
    var registration: Registration {
        get throws {
            let addressOfRecord = try uri(address, key: "address")
            let server = try registrar.map { try uri($0, key: "registrar") }
            var domain = addressOfRecord
            domain.user = nil
            domain.password = nil
            return Registration(
                addressOfRecord: addressOfRecord, registrar: server ?? domain,
                credentials: password.map { Credentials(username: user ?? addressOfRecord.user ?? "", password: $0) },
                expires: expires)
        }
    }

    private func uri(_ text: String, key: String) throws -> SIPURI {
        do {
            return try SIPURI(parsing: text)
        } catch {
            throw ValidationError("accounts.\(name).\(key): '\(text)' is no SIP URI: \(error)")
        }
    }
}
