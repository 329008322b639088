import GaussianMixtures
import Testing

/// The streams of jax.random, from JAX 0.10.2 with jax_threefry_partitionable=False and jax_enable_x64=True and the key
/// PRNGKey(2**40 + 12345). The notebook's own data are checked in NotebookTests.
struct RandomTests {
    @Test func bits() {
        #expect(
            RandomKey(seed: (1 << 40) + 12345).bits(5) == [
                2_203_894_510, 1_599_011_893, 2_324_356_185, 3_539_573_120, 3_803_072_426,
            ])
    }

    @Test func split() {
        // A key's two words are its first two bits under the generator's own definition: compare by what they generate.
        let keys = RandomKey(seed: (1 << 40) + 12345).split(3)
        #expect(keys[0] == RandomKey(seed: 2_203_894_510 << 32 | 1_599_011_893))
        #expect(keys[1] == RandomKey(seed: 3_236_183_548 << 32 | 3_539_573_120))
        #expect(keys[2] == RandomKey(seed: 3_803_072_426 << 32 | 3_456_904_143))
    }

    @Test func uniform() {
        let key = RandomKey(seed: (1 << 40) + 12345)
        #expect(key.uniform(3, as: Float.self) == [0.8552887439727783, 0.18976342678070068, 0.3465226888656616])
        #expect(key.uniform(3) == [0.5131341775004101, 0.3722989684635474, 0.7534826986503025])
    }

    @Test func normal() {
        let key = RandomKey(seed: (1 << 40) + 12345)
        for (mine, theirs) in zip(
            key.normal(3, as: Float.self), [1.059389352798462, -0.878768265247345, -0.39472559094429016])
        {
            #expect(abs(Double(mine) - theirs) <= 1e-6)
        }
        for (mine, theirs) in zip(key.normal(3), [0.03292845034447205, -0.3257705830903601, 0.6854902632837707]) {
            #expect(abs(mine - theirs) <= 1e-14)
        }
    }

    @Test func momentsOfNormalNumbers() {
        let draws = RandomKey(seed: 1).normal(100_000), n = Double(draws.count)
        #expect(draws.allSatisfy { $0.isFinite })
        // Five standard errors of the mean, and of the mean square, of N(0, 1).
        #expect(abs(draws.reduce(0, +) / n) < 5 / n.squareRoot())
        #expect(abs(draws.reduce(0) { $0 + $1 * $1 } / n - 1) < 5 * (2 / n).squareRoot())
    }

    @Test func noNumbers() {
        #expect(
            RandomKey(seed: 1).bits(0).isEmpty && RandomKey(seed: 1).normal(0).isEmpty
                && RandomKey(seed: 1).split(0).isEmpty)
    }
}
