import CKernels
import Foundation
import GaussianMixtures
import Testing

/// Parts of a data set, read by themselves and put together again, and features in columns of their own: the bits of
/// one pass over all rows.
struct PartialPassTests {
    static let kernels = MultivariateParityTests.kernels
    static let covariances = MultivariateParityTests.covariances

    // MARK: Sums

    /// Ten chunks: every pair of borders, and parts that are empty.
    @Test(arguments: covariances, [false, true])
    func everyTwoBorders(covariance: gmm_covariance, hard: Bool) {
        func check<Scalar: KernelScalar>(weighted: Bool, as: Scalar.Type) {
            let table = Table<Scalar>(
                rows: 9 * 512 + 77, features: 4, components: 4, covariance, hard: hard, weighted: weighted)
            for kernel in Self.kernels {
                let whole = table.sums(kernel: kernel), borders = table.borders
                #expect(borders.count == 11)
                var forests: [[Forest]] = []
                for start in borders {
                    forests.append(borders.map { $0 < start ? Forest() : table.part(start..<$0, kernel: kernel) })
                }
                for a in borders.indices {
                    for b in a..<borders.count {
                        let parts = [forests[0][a], forests[a][b], forests[b][borders.count - 1]]
                        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                            let (status, forest) = table.combine(order.map { parts[$0] })
                            #expect(status == GMM_OK && forest.sums == whole && forest.subtrees == [0..<10])
                        }
                    }
                }
                #expect(table.along(borders.dropLast().indices.map { forests[$0][$0 + 1].sums }) == whole)
            }
        }
        check(weighted: false, as: Double.self)
        check(weighted: true, as: Float.self)
    }

    /// Any number of chunks: parts at random, in any order, some of them put together before the others are there.
    @Test(arguments: [1, 2, 3, 5, 8, 31, 32, 33, 63, 70])
    func randomParts(chunks: Int) {
        func check<Scalar: KernelScalar>(as: Scalar.Type) {
            let covariance = Self.covariances[chunks % 5], features = 1 + chunks % 3
            let table = Table<Scalar>(
                rows: chunks * 512 - chunks % 2 * 300, features: features, components: 16, covariance,
                hard: chunks % 4 == 0,
                weighted: chunks % 3 == 0)
            #expect(table.borders.count == chunks + 1)
            var random = SplitMix(state: UInt64(chunks))
            for kernel in Self.kernels {
                let whole = table.sums(kernel: kernel)
                for workers in [2, 7] { #expect(table.sums(kernel: kernel, workers: workers) == whole) }
                for _ in 0..<4 {
                    let inner = table.borders.dropFirst().dropLast().shuffled(using: &random)
                    let ends =
                        [0] + inner.prefix(Int.random(in: 0...min(9, inner.count), using: &random)).sorted() + [
                            table.rows
                        ]
                    let parts = zip(ends, ends.dropFirst()).map { table.part($0..<$1, kernel: kernel, workers: 3) }
                        .shuffled(using: &random)
                    for part in parts {
                        #expect(part.subtrees.count <= max(1, 2 * Int(log2(Double(chunks)).rounded(.up))))
                        // Its own subtrees are the largest already.
                        #expect(table.combine([part]).forest == part)
                    }
                    let early = Int.random(in: 0...parts.count, using: &random)
                    let (some, rest) = (table.combine(Array(parts[..<early])), table.combine(Array(parts[early...])))
                    #expect(
                        early == 0 || early == parts.count
                            || (some.status == GMM_INCOMPLETE && rest.status == GMM_INCOMPLETE))
                    let (status, forest) = table.combine([rest.forest, some.forest])
                    #expect(status == GMM_OK && forest.sums == whole && forest.subtrees == [0..<chunks])
                }
            }
        }
        check(as: Double.self)
        check(as: Float.self)
    }

    /// Chunks stay small where there are many data, and what they sum to is added along the tree.
    @Test func moreChunksThan512() {
        // In float64: the sums of float32 blocks leave so many bits free that they add up to the same in any order.
        let rows = 513 * 8192 + 1000,
            table = Table<Double>(rows: rows, features: 1, components: 2, GMM_DIAGONAL, hard: false, weighted: false)
        let kernel = Self.kernels.last!, borders = table.borders, whole = table.sums(kernel: kernel, workers: 2)
        #expect(borders.count == 515 && borders[1] == 8192)
        var random = SplitMix(state: 1)
        let ends = [0] + borders[1..<512].shuffled(using: &random).prefix(50).sorted() + [borders[512], rows]
        let parts = zip(ends, ends.dropFirst()).map { table.part($0..<$1, kernel: kernel) }
        #expect(table.combine(parts.shuffled(using: &random)).forest.sums == whole)
        #expect(abs(whole[1] + whole[2] - Double(rows)) < 1e-6)
        // The end of the data is added last, to 512 chunks: what only a tree of the whole knows.
        #expect(parts.last!.subtrees == [512..<514])
    }

    // MARK: Chunks

    @Test func chunksDependOnTheWhole() {
        func pass(_ count: Int, first: Int = 0, of whole: Int = 0, features: Int = 1, components: Int = 1) -> gmm_pass {
            var pass = gmm_pass()
            (pass.count, pass.first_row, pass.whole_count, pass.dimension, pass.components) = (
                count, first, whole, features, components
            )
            (pass.covariance, pass.workers) = (GMM_FULL, 2)
            return pass
        }
        func rows(_ pass: gmm_pass) -> Int { withUnsafePointer(to: pass) { gmm_chunk_rows($0) } }
        func chunks(_ pass: gmm_pass) -> Int { withUnsafePointer(to: pass) { gmm_chunk_count($0) } }
        func bytes(_ pass: gmm_pass) -> Int { withUnsafePointer(to: pass) { gmm_workspace_size($0) } }
        #expect(rows(pass(1)) == 8192 && rows(pass(100, features: 4, components: 4)) == 512)
        #expect(rows(pass(300_000, features: 4, components: 4)) == 1024)
        #expect(rows(pass(1_000_000_000)) == 8192 && chunks(pass(1_000_000_000)) == 122_071)
        #expect(rows(pass(1_000_000_000, features: 64, components: 8)) == 16_384)
        #expect(
            rows(pass(0, of: 1_000_000_000)) == 8192 && chunks(pass(81_920, first: 819_200, of: 1_000_000_000)) == 10)
        // Of a part the last chunk alone may end with the data.
        #expect(chunks(pass(1000, of: 20_000)) == 0 && chunks(pass(8192, first: 1000, of: 20_000)) == 0)
        #expect(
            chunks(pass(20_000 - 8192, first: 8192, of: 20_000)) == 2
                && chunks(pass(20_000, first: 8192, of: 20_000)) == 0)
        #expect(chunks(pass(1, first: 8192)) == 0)
        #expect(bytes(pass(1_000_000_000_000, features: 20)) < 2 * bytes(pass(10_000_000, features: 20)))
    }

    @Test func whatIsNoPartIsRefused() {
        let table = Table<Double>(rows: 3000, features: 4, components: 4, GMM_FULL, hard: false, weighted: false)
        for kernel in Self.kernels {
            for rows in [1..<512, 0..<511, 512..<2999, 100..<100] {
                let (result, forest) = table.attempt(rows, kernel: kernel)
                #expect(rows.isEmpty || result.status == GMM_INVALID_PART)
                #expect(forest.subtrees.isEmpty)
            }
            let parts = [0..<512, 0..<1024, 1024..<3000].map { table.part($0, kernel: kernel) }
            #expect(table.combine([parts[0], parts[2]]).status == GMM_INCOMPLETE)
            #expect(table.combine([parts[1], parts[2]]).status == GMM_OK)
            for overlapping in [[parts[0], parts[1]], [parts[2], parts[1], parts[0]], [parts[0], parts[0]]] {
                #expect(table.combine(overlapping).status == GMM_INVALID_PART)
            }
            for wrong in [1..<3, 0..<0, 5..<7, 6..<7, 0..<5, 2..<3_000_000] {
                #expect(table.combine([Forest(subtrees: [wrong], sums: parts[0].sums)]).status == GMM_INVALID_PART)
            }
            #expect(table.combine([]).status == GMM_INCOMPLETE)
            // Statistics of a part are not those of the whole.
            #expect(table.finish(512..<1024, kernel: kernel).status == GMM_INCOMPLETE)
        }
    }

    /// A fault is named by its row among those of the part, and it is the first, whatever other workers find.
    @Test func faultsOfParts() {
        var table = Table<Float>(rows: 20 * 512, features: 4, components: 4, GMM_DIAGONAL, hard: false, weighted: false)
        for row in [700, 701, 1024, 9000] { table.values[row * 4 + 2] = .nan }
        for kernel in Self.kernels {
            for workers in [1, 3, 8] {
                for (rows, fault) in [(0..<10_240, 700), (512..<1024, 188), (1024..<10_240, 0), (1536..<10_240, 7464)] {
                    let result = table.attempt(rows, kernel: kernel, workers: workers).0
                    #expect(result.status == GMM_NOT_FINITE && result.row == fault)
                }
                #expect(table.attempt(1536..<8704, kernel: kernel, workers: workers).0.status == GMM_OK)
            }
        }
    }

    // MARK: Scores

    @Test(arguments: covariances, [false, true])
    func scoresOfParts(covariance: gmm_covariance, hard: Bool) {
        func check<Scalar: KernelScalar>(as: Scalar.Type) {
            let table = Table<Scalar>(
                rows: 5 * 512 + 3, features: 5, components: 7, covariance, hard: hard, weighted: false)
            for kernel in Self.kernels {
                let whole = table.scores(kernel: kernel)
                let parts = [0..<512, 512..<2048, 2048..<2563].map { table.scores($0, kernel: kernel) }
                #expect(parts.flatMap(\.logDensities) == whole.logDensities && whole.logDensities.count == table.rows)
                #expect(parts.flatMap(\.responsibilities) == whole.responsibilities)
                #expect(parts.flatMap(\.labels) == whole.labels)
            }
        }
        check(as: Double.self)
        check(as: Float.self)
    }

    // MARK: Columns

    @Test(arguments: covariances, [1, 2, 3, 8, 17])
    func columnsAreReadAsRowsAre(covariance: gmm_covariance, features: Int) {
        func check<Scalar: KernelScalar>(as: Scalar.Type) {
            for hard in [false, true] {
                let rows = Table<Scalar>(
                    rows: 1100, features: features, components: 3, covariance, hard: hard, weighted: features == 3)
                for stride in [1, 3, -2] {
                    var columns = rows
                    columns.columnStride = stride
                    for kernel in Self.kernels {
                        #expect(columns.sums(kernel: kernel) == rows.sums(kernel: kernel))
                        let (scores, expected) = (columns.scores(kernel: kernel), rows.scores(kernel: kernel))
                        #expect(
                            scores.logDensities == expected.logDensities
                                && scores.responsibilities == expected.responsibilities)
                        #expect(scores.labels == expected.labels)
                    }
                }
            }
        }
        check(as: Double.self)
        check(as: Float.self)
    }

    @Test(arguments: covariances)
    func faultsInColumns(covariance: gmm_covariance) {
        for (row, feature) in [(0, 0), (3, 2), (1099, 1)] {
            var table = Table<Double>(rows: 1100, features: 3, components: 2, covariance, hard: true, weighted: false)
            table.values[row * 3 + feature] = .infinity
            for stride in [1, 2] {
                table.columnStride = stride
                for kernel in Self.kernels {
                    let result = table.attempt(0..<1100, kernel: kernel).0
                    #expect(result.status == GMM_NOT_FINITE && result.row == row)
                }
            }
        }
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Sums of subtrees.
private struct Forest: Equatable {
    var subtrees: [Range<Int>] = []
    var sums: [Double] = []
}

/// Data around a mixture, and passes over some of its rows.
private struct Table<Scalar: KernelScalar> {
    let rows, features, components: Int
    let covariance: gmm_covariance
    let hard: Bool
    /// Row-major.
    var values: [Scalar]
    /// Where features are passed in columns of their own: from one element to the next.
    var columnStride: Int?
    private let weights: [Scalar]?
    private let logNorms, means, factors: [Double]

    init(rows: Int, features: Int, components: Int, _ covariance: gmm_covariance, hard: Bool, weighted: Bool) {
        (self.rows, self.features, self.components, self.covariance, self.hard) = (
            rows, features, components, covariance, hard
        )
        let keys = RandomKey(seed: UInt64(rows + features)).split(4)
        // Large tables repeat themselves, at a period that no chunk has.
        let period = min(rows * features, 65_521 * features), draws = keys[0].normal(period).map { Scalar(2 * $0) }
        var values = draws
        while values.count < rows * features { values += draws }
        self.values = Array(values.prefix(rows * features))
        weights = weighted ? keys[1].uniform(rows).map { Scalar($0) } : nil
        logNorms = (0..<components).map { -0.1 * Double($0) }
        means = keys[2].normal(components * features)
        // Lower triangles, diagonals and scales alike begin with what is positive: as many as the largest type has.
        let noise = keys[3].uniform(components * features * (features + 1) / 2)
        let isTriangular = covariance == GMM_FULL || covariance == GMM_TIED
        var factors: [Double] = []
        for _ in 0..<components {
            for a in 0..<features {
                for e in isTriangular ? 0...a : a...a {
                    factors.append((e == a ? 0.7 : 0) + 0.2 * noise[factors.count])
                }
            }
        }
        self.factors = factors
    }

    // MARK: Parts

    var borders: [Int] {
        var pass = self.pass(0..<rows)
        return Array(stride(from: 0, to: rows, by: gmm_chunk_rows(&pass))) + [rows]
    }

    func sums(kernel: Int, workers: Int = 1) -> [Double] {
        let (result, sums) = read(0..<rows, kernel: kernel, workers: workers) { pass in
            var sums = [Double](repeating: .nan, count: gmm_statistics_length(&pass))
            let result = gmm_finish(&pass, &sums)
            #expect(gmm_subtree_count(&pass) == 1)
            return (result, sums)
        }
        #expect(result.status == GMM_OK && Int(result.kernel) == kernel)
        return sums
    }

    func finish(_ range: Range<Int>, kernel: Int) -> gmm_result {
        read(range, kernel: kernel, workers: 1) { pass in
            var sums = [Double](repeating: .nan, count: gmm_statistics_length(&pass))
            return gmm_finish(&pass, &sums)
        }
    }

    func part(_ range: Range<Int>, kernel: Int, workers: Int = 1) -> Forest {
        let (result, forest) = attempt(range, kernel: kernel, workers: workers)
        #expect(result.status == GMM_OK && Int(result.kernel) == (range.isEmpty ? -1 : kernel))
        return forest
    }

    func attempt(_ range: Range<Int>, kernel: Int, workers: Int = 1) -> (gmm_result, Forest) {
        read(range, kernel: kernel, workers: workers) { pass in
            let count = gmm_subtree_count(&pass), length = gmm_statistics_length(&pass)
            var subtrees = [gmm_subtree](repeating: gmm_subtree(), count: count),
                sums = [Double](repeating: .nan, count: count * length)
            let result = gmm_finish_part(&pass, &subtrees, &sums)
            return (result, Forest(subtrees: subtrees.map { $0.first..<$0.first + $0.count }, sums: sums))
        }
    }

    func combine(_ parts: [Forest]) -> (status: gmm_status, forest: Forest) {
        var pass = self.pass(0..<rows),
            subtrees = parts.flatMap(\.subtrees).map { gmm_subtree(first: $0.lowerBound, count: $0.count) }
        var sums = parts.flatMap(\.sums), count = subtrees.count
        let status = gmm_combine(&pass, &count, &subtrees, &sums)
        let kept = subtrees.prefix(count).map { $0.first..<$0.first + $0.count }
        return (status, Forest(subtrees: kept, sums: Array(sums.prefix(count * gmm_statistics_length(&pass)))))
    }

    /// What chunks add up to: neighbours, then neighbours of those.
    func along(_ chunks: [[Double]]) -> [Double] {
        var sums = chunks
        while sums.count > 1 {
            sums = stride(from: 0, to: sums.count, by: 2).map {
                $0 + 1 < sums.count ? zip(sums[$0], sums[$0 + 1]).map(+) : sums[$0]
            }
        }
        return sums[0]
    }

    func scores(
        _ range: Range<Int>? = nil, kernel: Int
    ) -> (logDensities: [Scalar], responsibilities: [Scalar], labels: [Int32]) {
        let range = range ?? 0..<rows
        var densities = [Scalar](repeating: .nan, count: range.count),
            responsibilities = [Scalar](repeating: .nan, count: range.count * components)
        var labels = [Int32](repeating: -1, count: range.count)
        densities.withUnsafeMutableBytes { densities in
            responsibilities.withUnsafeMutableBytes { responsibilities in
                labels.withUnsafeMutableBufferPointer { labels in
                    let scores = (densities.baseAddress, responsibilities.baseAddress, labels.baseAddress)
                    let result = read(range, kernel: kernel, workers: 2, scores: scores) { gmm_finish(&$0, nil) }
                    #expect(result.status == GMM_OK)
                }
            }
        }
        return (densities, responsibilities, labels)
    }

    // MARK: A pass

    private func pass(_ range: Range<Int>) -> gmm_pass {
        var pass = gmm_pass()
        pass.precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        (pass.count, pass.first_row, pass.whole_count) = (range.count, range.lowerBound, rows)
        (pass.dimension, pass.components, pass.covariance, pass.hard) = (features, components, covariance, hard)
        return pass
    }

    private func read<Result>(
        _ range: Range<Int>, kernel: Int, workers: Int,
        scores: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) = (nil, nil, nil),
        finish: (inout gmm_pass) -> Result
    ) -> Result {
        var pass = self.pass(range)
        (pass.kernel, pass.workers) = (kernel, workers)
        (pass.log_densities, pass.responsibilities, pass.labels) = scores
        let workspace = UnsafeMutableRawPointer.allocate(byteCount: gmm_workspace_size(&pass), alignment: 128)
        defer { workspace.deallocate() }
        pass.workspace = workspace
        return logNorms.withUnsafeBufferPointer { logNorms in
            means.withUnsafeBufferPointer { means in
                factors.withUnsafeBufferPointer { factors in
                    (weights ?? []).withUnsafeBufferPointer { weights in
                        (pass.log_norms, pass.means, pass.factors) = (
                            logNorms.baseAddress, means.baseAddress, factors.baseAddress
                        )
                        pass.weights =
                            self.weights == nil ? nil : UnsafeRawPointer(weights.baseAddress! + range.lowerBound)
                        return withValues(range, &pass) { pass in
                            gmm_begin(&pass)
                            if gmm_openmp() && workers > 1 {
                                gmm_run_openmp(&pass)
                            } else {
                                for worker in (0..<workers).reversed() { gmm_work(&pass, worker) }
                            }
                            return finish(&pass)
                        }
                    }
                }
            }
        }
    }

    private func withValues<Result>(
        _ range: Range<Int>, _ pass: inout gmm_pass, _ body: (inout gmm_pass) -> Result
    ) -> Result {
        guard let columnStride else {
            return values.withUnsafeBufferPointer { values in
                pass.values = UnsafeRawPointer(values.baseAddress! + range.lowerBound * features)
                (pass.row_stride, pass.column_stride) = (features, 1)
                return body(&pass)
            }
        }
        // NaN between the values shows if anything else is read.
        let step = abs(columnStride)
        let buffers = (0..<features).map { feature in
            let buffer = UnsafeMutablePointer<Scalar>.allocate(capacity: rows * step)
            buffer.initialize(repeating: .nan, count: rows * step)
            for row in 0..<rows {
                buffer[(columnStride > 0 ? row : rows - 1 - row) * step] = values[row * features + feature]
            }
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let columns: [UnsafeRawPointer?] = buffers.map { buffer in
            UnsafeRawPointer(buffer + (columnStride > 0 ? range.lowerBound : rows - 1 - range.lowerBound) * step)
        }
        return columns.withUnsafeBufferPointer { columns in
            pass.columns = columns.baseAddress
            // Neither is used then.
            (pass.values, pass.column_stride) = (nil, .max)
            pass.row_stride = columnStride
            return body(&pass)
        }
    }
}
