import Foundation
import GMMFiles
import Testing

/// Data that several tests fit.
enum Samples {
    /// Two groups, far apart: the same fit from any start, on any kernel.
    static let twoGroups: [Double] = (0..<40).map { i in
        let (low, high) = (Double(i * 7 % 10) / 4, Double(i * 11 % 13) / 2)
        return i % 4 == 0 ? -20 - low : 10 + high
    }

    static func csv(_ values: [Double], header: String? = nil) -> String {
        (header.map { $0 + "\n" } ?? "") + values.map { "\($0)\n" }.joined()
    }

    /// The bytes that `np.save` writes for rows of float64, one after the other or column after column.
    static func npy(table: [[Double]], fortran: Bool) -> Data {
        let columns = table[0].count
        let ordered = fortran ? (0..<columns).flatMap { c in table.map { $0[c] } } : table.flatMap { $0 }
        return npy(ordered, type: "<f8", shape: "(\(table.count), \(columns))", fortran: fortran)
    }

    /// The bytes that `np.save` writes for an array of shape (N,), or of shape (N, 1 + extra) with `values` in its
    /// first column.
    static func npy(_ values: [Double], type: String, extraColumns: Int = 0, fortran: Bool = false) -> Data {
        let columns = 1 + extraColumns
        let table = (0..<values.count * columns).map { index -> Double in
            let (row, column) =
                fortran ? (index % values.count, index / values.count) : (index / columns, index % columns)
            return column == 0 ? values[row] : Double(column * 1000 + row)
        }
        return npy(
            table, type: type, shape: extraColumns == 0 ? "(\(values.count),)" : "(\(values.count), \(columns))",
            fortran: fortran)
    }

    private static func npy(_ table: [Double], type: String, shape: String, fortran: Bool) -> Data {
        var header = "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
        header += String(repeating: " ", count: 63 - (10 + header.count) % 64) + "\n"
        var bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)])
        bytes.append(Data(header.utf8))
        for value in table {
            if type == "<f4" {
                withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            } else {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }
}

/// The notebook's data and figures: Tests/Fixtures/notebook, whose README says where each comes from.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Fixtures/notebook")
    static let csv = folder.appending(path: "data_mixture.csv").path
    static let npy = folder.appending(path: "data_mixture.npy").path
    /// Two features and 272 rows; four and 150. Tests/Fixtures/datasets, whose README says whose they are.
    static let faithful = datasets.appending(path: "faithful.csv").path
    static let iris = datasets.appending(path: "iris.csv").path
    private static let datasets = folder.deletingLastPathComponent().appending(path: "datasets")

    /// The number at a path such as "float64/optimum/loss".
    static func number(_ path: String) throws -> Double {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "expected.json")))
        let value = path.split(separator: "/").reduce(json as Any?) { ($0 as? [String: Any])?[String($1)] }
        return try #require(value as? NSNumber).doubleValue
    }
}

extension Outcome {
    /// What `--json` printed; fails unless standard output is one model, to its last byte.
    func model() throws -> ModelDocument {
        #expect(status == 0 && errors == "")
        let document = try JSONDecoder().decode(ModelDocument.self, from: Data(output.utf8))
        #expect(try document.encoded() == Data(output.utf8))
        return document
    }
}

extension ModelDocument {
    /// Without what is allowed to differ between runs on different numbers of threads.
    var withoutThreads: ModelDocument {
        var copy = self
        copy.fit?.threads = 0
        return copy
    }
}
