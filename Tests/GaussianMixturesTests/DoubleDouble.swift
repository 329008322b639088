import Foundation

/// (high + low) 2^exponent, some hundred bits: what Float80 would be for, which x86 alone has. The exponent keeps `low`
/// a normal number.
///
/// Sums and products are exact but for the last bits of `low` (T. J. Dekker, A floating-point technique for extending
/// the available precision, Numerische Mathematik 18, 1971).
struct DoubleDouble {
    var high: Double
    var low = 0.0
    var exponent = 0

    /// The natural logarithm of 2.
    static let log2 = DoubleDouble(high: 0x1.62e42fefa39efp-1, low: 0x1.abc9e3b39803fp-56)

    /// The sum of two numbers, exactly.
    static func sum(_ a: Double, _ b: Double) -> DoubleDouble {
        let sum = a + b, ofB = sum - a
        return DoubleDouble(high: sum, low: (a - (sum - ofB)) + (b - ofB))
    }

    /// Of equal exponents.
    static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let high = sum(a.high, b.high), all = sum(high.high, high.low + (a.low + b.low))
        return DoubleDouble(high: all.high, low: all.low, exponent: a.exponent)
    }

    static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        a + DoubleDouble(high: -b.high, low: -b.low, exponent: b.exponent)
    }

    static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let high = a.high * b.high, rest = (-high).addingProduct(a.high, b.high) + (a.high * b.low + a.low * b.high),
            all = sum(high, rest)
        return DoubleDouble(high: all.high, low: all.low, exponent: a.exponent + b.exponent)
    }

    static func * (a: DoubleDouble, b: Double) -> DoubleDouble { a * DoubleDouble(b) }

    static func / (a: DoubleDouble, b: Double) -> DoubleDouble {
        let high = a.high / b, all = sum(high, (a.high.addingProduct(-high, b) + a.low) / b)
        return DoubleDouble(high: all.high, low: all.low, exponent: a.exponent)
    }

    /// The same value with another exponent.
    func rescaled(to other: Int) -> DoubleDouble {
        DoubleDouble(
            high: Double(sign: .plus, exponent: exponent - other, significand: high),
            low: Double(sign: .plus, exponent: exponent - other, significand: low), exponent: other)
    }

    /// How far a result is from this value, in units of the last place of this value.
    func error<Scalar: BinaryFloatingPoint>(of result: Scalar) -> Double {
        func scaled(_ value: Scalar) -> Double { Double(sign: .plus, exponent: -exponent, significand: Double(value)) }
        let ulp = Scalar(rescaled(to: 0).high).ulp
        return abs((scaled(result) - high) - low) / scaled(ulp)
    }
}

extension DoubleDouble {
    init(_ value: Double) { self.init(high: value) }

    /// e^(i/64) for i in -23...23.
    private static let exponentials: [DoubleDouble] = (-23...23).map { i in
        var result = DoubleDouble(1)
        for n in stride(from: 27.0, to: 0, by: -1) { result = DoubleDouble(1) + result * (Double(i) / 64) / n }
        return result
    }

    /// e^x for |x| <= 709, with a relative error below 2^-72.
    static func exponential(_ x: Double) -> DoubleDouble {
        // x = exponent log 2 + i/64 + g, |g| <= 1/128.
        let exponent = (x / DoubleDouble.log2.high).rounded(), f = DoubleDouble(x) - DoubleDouble.log2 * exponent
        let i = (f.high * 64).rounded(), g = f - DoubleDouble(i / 64), h = g.high
        // Taylor's series: from the third term on they are so small that a double holds them.
        let tail =
            h * h * h * (1 / 6.0 + h * (1 / 24.0 + h * (1 / 120.0 + h * (1 / 720.0 + h * (1 / 5040.0 + h / 40320)))))
        var result = exponentials[23 + Int(i)] * (DoubleDouble(1) + (g + g * g * 0.5 + DoubleDouble(tail)))
        result.exponent = Int(exponent)
        return result
    }

    /// The natural logarithm of a normal number x >= 1, with a relative error below 2^-62.
    static func logarithm(_ x: Double) -> DoubleDouble {
        let t = x - 1
        // Near one its own series: below, the error would be small beside one, not beside the result.
        if t < 0x1p-10 {
            let square = DoubleDouble(t) * DoubleDouble(t)
            return DoubleDouble(t) - square * 0.5
                + DoubleDouble(t * t * t * (1 / 3.0 - t * (0.25 - t * (0.2 - t * (1 / 6.0 - t / 7)))))
        }
        // A step of Newton's: with y near log x, log x = y + log(1 + d), d = x e^-y - 1.
        let y = log(x)
        let product = exponential(-y) * DoubleDouble(high: x.significand, low: 0, exponent: Int(x.exponent))
        let d = product.rescaled(to: 0) - DoubleDouble(1)
        return DoubleDouble(y) + d - DoubleDouble(d.high * d.high / 2)
    }
}
