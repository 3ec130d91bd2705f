internal import Logging
public import SIPCore
public import SIPNIO

extension Endpoint {
    /// The accounts that are registered or shall be, those of the configuration first and in its order.
    public var accounts: [Account] {
        accountsByID.values.sorted { $0.id.number < $1.id.number }
    }

    /// Registers an account, and keeps it registered until `Account.unregister()` or ``shutdown(drain:)``.
    ///
    /// - Parameter registration: which address, with which registrar and how.
    /// - Returns: at once; see `Account.registered()`.
    public func register(_ registration: Registration) async -> Account {
        let id = await userAgent.makeRegistrationID()
        let account = Account(registration, id: id, userAgent: userAgent)
        accountsByID[id] = account
        await userAgent.perform(.register(id, registration))
        return account
    }

    /// Where the user of an address can be reached who has registered with us, best first.
    ///
    /// - Parameter address: the address of record.
    /// - Returns: nothing when there is no `EndpointConfiguration.registrar`.
    public func bindings(of address: SIPURI) async -> [LocationBinding] {
        await userAgent.bindings(of: address)
    }

    func registrationChanged(_ id: RegistrationID, _ state: RegistrationState) {
        guard let account = accountsByID[id] else { return }
        let address = "\(account.registration.addressOfRecord)"
        switch state {
        case .registering: logger.debug("registering", metadata: ["account": "\(address)"])
        case .registered(let grant):
            logger.info(
                "registered", metadata: ["account": "\(address)", "seconds": "\(grant.expires.components.seconds)"])
        case .failed(let failure):
            logger.warning("not registered", metadata: ["account": "\(address)", "reason": "\(failure.reason)"])
        case .unregistered: logger.info("unregistered", metadata: ["account": "\(address)"])
        }
        if !account.changed(to: state) { accountsByID[id] = nil }
    }

    /// Removes our bindings, so that nobody calls where nobody answers; waits a little for it.
    func unregisterAll(atMost limit: Duration) async {
        let ending = accounts
        guard !ending.isEmpty else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskGroup(of: Void.self) { accounts in
                    for account in ending { accounts.addTask { await account.unregister() } }
                }
            }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        for account in ending { account.close() }
    }
}
