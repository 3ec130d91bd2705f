public import SIPCore

extension Trunk {
    /// Has the trunk registered with its own servers under the name of the credentials.
    ///
    /// - Parameters:
    ///   - credentials: who we are there.
    ///   - expires: what is asked for; the registrar decides.
    ///   - keepAlive: the longest pause on the way to the registrar, so that NATs keep it open.
    public mutating func register(
        _ credentials: Credentials, expires: Duration = .seconds(3_600), keepAlive: Duration = .seconds(25)
    ) {
        self.credentials = credentials
        let address = uri(of: credentials.username)
        var registrar = address
        registrar.user = nil
        registration = Registration(
            addressOfRecord: address, registrar: registrar, credentials: credentials,
            expires: expires, servers: [server],
            keepAlive: Registration.KeepAlive(stream: keepAlive, datagram: keepAlive))
    }
}
