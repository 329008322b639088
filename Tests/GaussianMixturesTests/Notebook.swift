import Foundation
import Testing

import GaussianMixtures

/// The notebook's data and figures: Tests/Fixtures/notebook, whose README says where each comes from.
enum Notebook {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Fixtures/notebook")

    static let data: [Double] = try! String(contentsOf: folder.appending(path: "data_mixture.csv"), encoding: .utf8)
        .split(separator: "\n").dropFirst().map { Double($0)! }

    // Never changed after it is read.
    nonisolated(unsafe) private static let expected =
        try! JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "expected.json")))
        as! [String: Any]

    /// The object or number at a path such as "float64/adam/losses/0".
    static func value(_ path: String) -> Any {
        path.split(separator: "/").reduce(expected as Any) { ($0 as! [String: Any])[String($1)]! }
    }
    static func number(_ path: String) -> Double { (value(path) as! NSNumber).doubleValue }
    static func numbers(_ path: String) -> [Double] { (value(path) as! [NSNumber]).map(\.doubleValue) }

    static func parameters(_ path: String) -> Parameters {
        try! Parameters(
            logWeights: numbers(path + "/log_weights"), means: numbers(path + "/mus"),
            logScales: numbers(path + "/log_scales"))
    }
}

/// Whether two numbers agree to a relative tolerance.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * max(abs(a), abs(b)) }

extension Parameters {
    var all: [Double] { Array(logWeights) + Array(means) + Array(factors) }
}

/// In one dimension.
extension GaussianMixture {
    var centres: [Double] { means.map { $0[0] } }
    var deviations: [Double] { standardDeviations.map { $0[0] } }
    var variances: [Double] { deviations.map { $0 * $0 } }
}
