/// What a step does with one covariance's factor, each kind of which is a type: ``TriangularFactor`` and
/// ``DiagonalFactor``.
///
/// A second moment is loaded, what priors add to it is added, and a gradient or a new factor is made of it. P = L⁻¹ is
/// given as the kernel has it, L by its log-Cholesky parameters; both begin at `start` of the numbers of all factors.
/// Memory is allocated once. No two threads may use one at once.
protocol FactorAlgebra: AnyObject {
    // MARK: Second moments

    /// Loads S from sums over the data, times a factor.
    func loadSecondMoment(_ sums: [Double], at start: Int, times multiplicity: Double)

    /// Adds a multiple of v vᵀ.
    func addSquare(of v: UnsafePointer<Double>, times factor: Double)

    /// Adds P Λ Pᵀ.
    func addPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int)

    /// The trace of P Λ Pᵀ.
    func traceOfPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int) -> Double

    // MARK: Steps

    /// Stores −∂ℓ/∂ log-Cholesky, made of the second moment, which is lost. `mass` is that of the scale.
    func storeGradient(
        into gradient: UnsafeMutablePointer<Double>, whitenedBy p: ComponentVector, at parameters: ComponentVector,
        _ start: Int, mass: Double)

    /// Multiplies a gradient by the inverse of the complete data's information.
    func precondition(
        _ gradient: UnsafeMutablePointer<Double>, at parameters: ComponentVector, _ start: Int, mass: Double)

    /// Stores the log-Cholesky parameters of L A Lᵀ, A the second moment over `mass`, which is lost, but none below the
    /// floor. Which entries the floor decides is told in `followsEM`.
    ///
    /// - Parameter roundoff: the unit roundoff of the data. Without a floor, what is left of a diagonal entry of A
    ///   after elimination is taken for zero where it is no more than what D products of that precision may leave.
    func storeUpdate(
        into next: UnsafeMutablePointer<Double>, from parameters: ComponentVector, _ start: Int, mass: Double,
        _ floor: VarianceFloor, roundoff: Double, followsEM: UnsafeMutablePointer<Bool>
    ) -> FactorUpdate

    /// About what the entries that follow EM gain by its step from P and L to another L, by the quadratic of the
    /// complete data.
    func gain(
        of followsEM: [Bool], whitenedBy p: ComponentVector, from parameters: ComponentVector,
        to update: ComponentVector, _ start: Int, mass: Double
    ) -> Double

    // MARK: The floor

    /// Raises what is below the floor, and leaves what is above to the last bit; whether anything is at it.
    func hold(_ parameters: UnsafeMutablePointer<Double>, at floor: VarianceFloor) -> Bool

    /// The least eigenvalue of Σ in units of the features' deviations.
    func leastShare(_ parameters: ComponentVector, _ start: Int, _ floor: VarianceFloor) -> Double

    // MARK: The kernel's parameters

    /// Stores P.
    func storeInverse(of parameters: ComponentVector, _ start: Int, into p: UnsafeMutablePointer<Double>)
}

/// What became of a factor in an update.
enum FactorUpdate {
    case free, atFloor, singular
}

extension FactorLayout {
    func makeAlgebra() -> any FactorAlgebra { isTriangle ? TriangularFactor(self) : DiagonalFactor(self) }
}
