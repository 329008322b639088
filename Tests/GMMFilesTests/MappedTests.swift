import Foundation
import GaussianMixtures
import Testing

@testable import GMMFiles

/// A mapped array is the array.
struct MappedTests {
    private static func npy(_ type: String, isFortranOrder: Bool, shape: String, _ bytes: [UInt8]) -> Data {
        var header =
            "{'descr': '\(type)', 'fortran_order': \(isFortranOrder ? "True" : "False"), 'shape': (\(shape)), }"
        header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        return Data(NPY.magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8) + bytes)
    }

    private static func converted<Scalar: MappableScalar>(_ rows: [[Double]]) -> [[Scalar]] {
        rows.map { row in row.map { Scalar($0) } }
    }

    private static func bytes<Scalar>(_ values: [Scalar]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    @Test(arguments: [false, true])
    func aMappedArrayFitsAsAReadOne(isFortranOrder: Bool) throws {
        let normal = RandomKey(seed: 3).normal(3000)
        var rows: [[Double]] = []
        for i in 0..<1000 {
            let shift: Double = i % 2 == 0 ? 3 : 0
            rows.append([normal[3 * i] + shift, normal[3 * i + 1] + shift, normal[3 * i + 2] + shift])
        }
        func check<Scalar: MappableScalar>(_: Scalar.Type) throws {
            let ordered: [Double] = isFortranOrder ? (0..<3).flatMap { d in rows.map { $0[d] } } : rows.flatMap { $0 }
            let values: [Scalar] = ordered.map { Scalar($0) }
            try withDirectory { directory in
                let path = directory + "/a.npy"
                try Self.npy("<\(Scalar.npyType)", isFortranOrder: isFortranOrder, shape: "1000, 3", Self.bytes(values))
                    .write(to: URL(fileURLWithPath: path))
                let mapped = try Dataset<Scalar>(mappingNPY: path)
                #expect(mapped.count == 1000 && mapped.dimension == 3)
                // The name may go; the memory stays.
                try FileManager.default.removeItem(atPath: path)
                let fit = try GaussianMixture.fit(mapped, components: 2),
                    expected = try GaussianMixture.fit(Self.converted(rows) as [[Scalar]], components: 2)
                #expect(fit.mixture == expected.mixture && fit.history == expected.history)
            }
        }
        try check(Double.self)
        try check(Float.self)
    }

    @Test func whatCannotBeMappedIsNamed() throws {
        try withDirectory { directory in
            func expectError(_ data: Data, _ text: String) throws {
                let path = directory + "/a.npy"
                try data.write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: FileError.self) { try Dataset<Double>(mappingNPY: path) }
                #expect(error?.description.contains(text) == true, "\(String(describing: error))")
            }
            try expectError(Data("1,2\n3,4\n".utf8), "no NPY file")
            try expectError(
                Self.npy("<f4", isFortranOrder: false, shape: "2, 2", Self.bytes([1, 2, 3, 4] as [Float])),
                "astype('f8')")
            try expectError(
                Self.npy(">f8", isFortranOrder: false, shape: "2,", Self.bytes([1, 2] as [Double])),
                "cannot be mapped as f8")
            try expectError(
                Self.npy("<f8", isFortranOrder: false, shape: "3,", Self.bytes([1, 2] as [Double])),
                "bytes of data follow")
            #expect(throws: FileError.self) { try Dataset<Double>(mappingNPY: directory + "/none.npy") }
            #expect(throws: FileError.self) { try Dataset<Double>(mappingNPY: "/dev/null") }
        }
    }
}
