import MediaSimulation
import Testing

@Suite struct MediaCallTests {
}
