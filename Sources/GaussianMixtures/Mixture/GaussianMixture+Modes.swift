import RealModule

extension GaussianMixture {
    /// A local maximum of the density.
    public struct Mode: Sendable, Hashable {
        /// D values in the unit of the data.
        public let location: [Double]
        /// log p at ``location``.
        public let logDensity: Double
    }

    /// The local maxima of the density, the highest first: where the mean-shift iteration x ← M⁻¹ Σ rₖ Σₖ⁻¹ μₖ with M =
    /// Σ rₖ Σₖ⁻¹ leads from the mean of each component, finished by Newton steps (M. Á. Carreira-Perpiñán, Mode-finding
    /// for mixtures of Gaussian distributions, IEEE PAMI 22, 2000). A saddle on the way is left to both sides along its
    /// steepest ascent. Modes nearer than 1e-3 in units of M⁻¹ count as one.
    ///
    /// In more than one dimension there may be modes that no mean leads to, even more modes than components (S. Ray and
    /// B. G. Lindsay, The topography of multivariate normal mixtures, Ann. Stat. 33, 2005); `starts`, say samples, may
    /// find those.
    ///
    /// - Parameter starts: rows of D values to climb from besides the means; none by default.
    /// - Returns: at least one mode.
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)``, ``MixtureError/notFinite(row:)`` or
    ///   ``MixtureError/outOfReach(row:)``, for starts.
    /// - Complexity: O(iterations · (K D + D³)) for each start, O(iterations · (K D² + D³)) with matrices; some ten to
    ///   at most 2000 iterations.
    public func modes(from starts: [[Double]] = []) throws(MixtureError) -> [Mode] {
        // In units of the whole mixture's deviations, so that squares of precisions neither under- nor overflow.
        let center = mean, covariance = covariance
        let variances = (0..<dimension).map { covariance[$0][$0] },
            units = variances.map { $0 > 0 && $0.isFinite ? $0.squareRoot() : 1 }
        let scales = units.map { 1 / $0 }
        func standardised(_ x: [Double]) -> [Double] { (0..<dimension).map { (x[$0] - center[$0]) * scales[$0] } }

        var climber = Climber(try scaled(by: scales, offset: (0..<dimension).map { -center[$0] * scales[$0] }))
        var point = PointDensity(self)
        for (row, start) in starts.enumerated() { try point.enter(start, row: row) }
        for k in 0..<components where weights[k] > 0 { climber.climb(from: standardised(means[k])) }
        for start in starts { climber.climb(from: standardised(start)) }
        func mode(_ location: [Double]) -> Mode {
            point.move(to: location)
            return Mode(location: location, logDensity: point.logDensity)
        }
        // Components narrower than 1e-154 of the whole are too steep to climb; of those alone, the highest is where its
        // mean is.
        let locations = climber.modes.map { mode in (0..<dimension).map { center[$0] + units[$0] * mode[$0] } }
        let modes = (locations.isEmpty ? means : locations).map(mode).sorted { $0.logDensity > $1.logDensity }
        return locations.isEmpty ? [modes[0]] : modes
    }
}

/// Climbs from one start after another, and keeps the summits that are new.
private struct Climber {
    private(set) var modes: [[Double]] = []
    private var saddles: [[Double]] = []
    private var point: PointDensity
    /// The curvature that counts as none, in units of M.
    private let flat = 1e-7
    /// M and minus the Hessian where ``point`` is, and the factors of both.
    private var precision, descent, precisionFactor, descentFactor: Matrix

    init(_ mixture: GaussianMixture) {
        point = PointDensity(mixture)
        precision = Matrix(dimension: mixture.dimension)
        (descent, precisionFactor, descentFactor) = (precision, precision, precision)
    }

    mutating func climb(from start: [Double]) {
        var starts = [start], splits = 0
        while let start = starts.popLast() {
            guard climbs(from: start) else { continue }
            if modes.contains(where: isHere) { continue }
            guard let (ascent, length) = steepestAscent() else {
                modes.append(point.x)
                continue
            }
            // Where rounding is wider than a component, saddles could follow one another without end.
            if splits == 32 || saddles.contains(where: isHere) { continue }
            splits += 1
            saddles.append(point.x)
            // About as far as the two modes are that it has just split into.
            for step in [length, -length] { starts.append(zip(point.x, ascent).map { $0 + step * $1 }) }
        }
    }

    /// Moves ``point`` uphill until its gradient is rounding. False if it does not come to that, as where a precision
    /// overflows.
    private mutating func climbs(from start: [Double]) -> Bool {
        point.move(to: start)
        var last = Double.infinity
        for _ in 0..<2000 {
            guard point.logDensity > -.infinity else { return false }
            point.curvature(precision: &precision, descent: &descent)
            precisionFactor.copyValues(of: precision)
            guard precisionFactor.decompose() else { return false }
            let shift = solve(precisionFactor, point.gradient), length = dot(shift, point.gradient).squareRoot()
            let rounding = point.x.indices.reduce(1) { $0 + abs(point.x[$1]) * precision[$1, $1].squareRoot() }
            if !(length > 8 * .ulpOfOne * rounding) { return true }

            descentFactor.copyValues(of: descent)
            if descentFactor.decompose() {
                let newton = solve(descentFactor, point.gradient)
                if square(newton) <= 0.25 {
                    // What halves no more is rounding.
                    if length < 1e-8, length > 0.5 * last { return true }
                    last = length
                    let before = point
                    point.move(to: moved(before.x, newton, 1))
                    if point.logDensity >= before.logDensity - 1e-12 * (1 + abs(before.logDensity)) { continue }
                    point = before
                }
            }
            last = .infinity
            let before = point
            point.move(to: moved(before.x, shift, 1))
            // Past a pair of mode and saddle that have just met, the shift is tiny; it is doubled while that climbs.
            var factor = 2.0
            while factor * length < 0.1, point.logDensity >= before.logDensity, dot(point.gradient, shift) > 0 {
                let best = point
                point.move(to: moved(before.x, shift, factor))
                factor *= 2
                if !(point.logDensity >= best.logDensity) {
                    point = best
                    break
                }
            }
        }
        return false
    }

    /// At a stationary point: the direction of steepest ascent in units of M⁻¹, and a length to go. Nil at a maximum,
    /// also one as flat as where two modes meet.
    private mutating func steepestAscent() -> (direction: [Double], length: Double)? {
        let dimension = point.x.count
        descentFactor.copyValues(of: descent)
        for i in 0..<dimension { descentFactor.add(flat, timesRow: i, of: precision, toRow: i, count: dimension) }
        if descentFactor.decompose() { return nil }
        // L⁻¹ (M − descent) L⁻ᵀ with M = L Lᵀ: what exceeds one ascends.
        var inverse = Matrix(dimension: dimension), relative = inverse, vectors = inverse
        inverse.setInverse(ofTriangle: precisionFactor)
        relative.setCongruence(ofTriangle: inverse, symmetric: descent, scratch: &vectors)
        relative.diagonalise(eigenvectors: &vectors)
        let lowest = (0..<dimension).min { relative[$0, $0] < relative[$1, $1] }!, curvature = relative[lowest, lowest]
        guard curvature < -flat else { return nil }
        var direction = (0..<dimension).map { vectors[lowest, $0] }
        precisionFactor.solveTransposedTriangle(&direction)
        return (direction, min((-curvature).squareRoot(), 0.1))
    }

    /// Whether x is within 1e-3 of ``point`` in units of M⁻¹.
    private func isHere(_ x: [Double]) -> Bool { square(zip(x, point.x).map { $0 - $1 }) <= 1e-6 }

    /// vᵀ M v
    private func square(_ v: [Double]) -> Double {
        var square = 0.0
        for i in v.indices {
            for j in v.indices { square += v[i] * precision[i, j] * v[j] }
        }
        return square
    }

    private func solve(_ factor: borrowing Matrix, _ b: [Double]) -> [Double] {
        var x = b
        factor.solveTriangle(&x)
        factor.solveTransposedTriangle(&x)
        return x
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    private func moved(_ x: [Double], _ step: [Double], _ factor: Double) -> [Double] {
        zip(x, step).map { $0 + factor * $1 }
    }
}
