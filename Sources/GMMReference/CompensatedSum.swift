/// A sum whose error does not grow with the number of terms: one rounding of the result and one of the summed rounding
/// errors.
///
/// A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
public struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    public init() {}

    public static func += (total: inout CompensatedSum, term: Double) {
        let next = total.sum + term
        total.compensation += abs(total.sum) >= abs(term) ? (total.sum - next) + term : (term - next) + total.sum
        total.sum = next
    }

    public var value: Double { sum + compensation }
}
