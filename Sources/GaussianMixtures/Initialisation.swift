import RealModule

/// Where training starts.
public enum Initialisation: Sendable, Hashable {
    /// Centres drawn from the data, each far from those before (D. Arthur and S. Vassilvitskii, k-means++, SODA 2007); a component for the data
    /// that are nearest to each centre, with their share, mean and variance. O(N K).
    case kMeansPlusPlus
    /// Unconstrained parameters drawn from N(0, 1), as the notebook starts. It knows nothing of the data: for data of a spread near one.
    case standardNormal
    /// The given parameters, the same for every restart.
    case parameters(Parameters)

    func start(
        _ data: [Double], weights: [Double]?, components: Int, varianceFloor: Double, key: RandomKey
    ) throws(MixtureError) -> Parameters {
        switch self {
        case .standardNormal:
            return .standardNormal(components: components, key: key)
        case .parameters(let parameters):
            guard parameters.components == components else {
                throw .invalidMixture(
                    component: nil,
                    reason: "the start has \(parameters.components) components where \(components) are to be fitted")
            }
            return parameters
        case .kMeansPlusPlus:
            let centres = kMeansPlusPlusCentres(data, weights: weights, components: components, key: key)
            return cells(data, weights: weights, centres: centres, varianceFloor: varianceFloor)
        }
    }
}

/// K distinct data, ascending, each drawn with a probability that grows with the square of its distance from the nearest one drawn before.
///
/// `data` hold at least K distinct values of positive weight.
private func kMeansPlusPlusCentres(_ data: [Double], weights: [Double]?, components: Int, key: RandomKey) -> [Double] {
    let draws = key.uniform(components)
    // Squares of distances stay in range when distances are taken in units of the largest.
    let unit = 1 / (data.max()! / 2 - data.min()! / 2)
    var distances = weights ?? Array(repeating: 1, count: data.count)
    var centres: [Double] = []
    for draw in draws {
        let total = distances.reduce(0, +)
        var target = draw * total
        var chosen = distances.lastIndex { $0 > 0 }!
        for i in data.indices {
            target -= distances[i]
            if target < 0 {
                chosen = i
                break
            }
        }
        let centre = data[chosen]
        for i in data.indices {
            let distance = (data[i] / 2 - centre / 2) * unit, square = (weights?[i] ?? 1) * distance * distance
            if centres.isEmpty || square < distances[i] { distances[i] = square }
        }
        centres.append(centre)
    }
    return centres.sorted()
}

/// A component for each centre: weight, mean and variance of the data that are nearest to it.
private func cells(_ data: [Double], weights: [Double]?, centres: [Double], varianceFloor: Double) -> Parameters {
    let borders = zip(centres, centres.dropFirst()).map { $0 / 2 + $1 / 2 }
    var mass = Array(repeating: 0.0, count: centres.count), first = mass, second = mass
    for i in data.indices {
        var low = 0, high = borders.count
        while low < high {
            let middle = (low + high) / 2
            if data[i] > borders[middle] { low = middle + 1 } else { high = middle }
        }
        let weight = weights?[i] ?? 1, distance = data[i] - centres[low]
        mass[low] += weight
        first[low] += weight * distance
        second[low] += weight * distance * distance
    }
    var parameters = Parameters(zerosFor: centres.count)
    for k in centres.indices {
        let shift = first[k] / mass[k]
        parameters.logWeights[k] = .log(mass[k])
        parameters.means[k] = centres[k] + shift
        parameters.logScales[k] = 0.5 * .log(max(second[k] / mass[k] - shift * shift, varianceFloor))
    }
    return parameters
}
