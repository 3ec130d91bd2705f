internal import Agent
internal import TrunklineConfiguration

extension ServiceMaking {
    /// The agents that may take a call over.
    func roles(_ configuration: Configuration, _ service: Service) throws(AgentMaking.Failure) -> [AgentRole] {
        var roles: [AgentRole] = []
        for role in configuration.roles {
            var made = AgentRole(
                name: role.name, text: role.description, instructions: role.instructions, greeting: role.greeting,
                tools: role.tools.map(Set.init), handsOverTo: role.handsOverTo, knowsHistory: role.knowsHistory)
            if let name = role.model {
                var other = service
                other.model = name
                made.model = try model(other)
            }
            roles.append(made)
        }
        return roles
    }

    /// The voices of the agents that have one of their own.
    func voices(_ configuration: Configuration) async throws(AgentMaking.Failure) -> [String: any TextToSpeech] {
        var voices: [String: any TextToSpeech] = [:]
        for role in configuration.roles {
            guard let name = role.voice else { continue }
            guard var service = configuration.textToSpeech, service.provider != .local else {
                throw AgentMaking.Failure(
                    sentence: "agents.\(role.name).voice needs text_to_speech with a service that has several voices; "
                        + "name one, or delete the line.")
            }
            service.voice = name
            voices[role.name] = try await voice(service)
        }
        return voices
    }
}
