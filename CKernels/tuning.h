// The sizes that were chosen by measuring: what they are changes the speed, and how sums are rounded, but nothing else.
#ifndef TUNING_H
#define TUNING_H

// MARK: Chunks

// A chunk has at least so many terms that handing it out is cheap beside it. Where that leaves more than a few hundred
// chunks they grow, up to so many rows, or to so many times K D: the statistics, which are cleared, completed and added
// for every chunk, then cost little beside what it reads.
enum { SMALLEST_CHUNK_TERMS = 8192, FEW_CHUNKS = 512, LARGEST_CHUNK_ROWS = 8192, LARGEST_CHUNK_RATIO = 32 };

// MARK: Blocks

// Rows are taken in blocks whose size depends on K, D and the type alone, so that in one dimension a block's
// log-densities and the five numbers kept of each datum stay in the first-level cache (from K = 42 on in the second),
// and in more dimensions with the whitened residuals in the second, as long as they fit. Chunks are whole numbers of
// the largest block.
enum { LARGEST_BLOCK = 512, SMALLEST_BLOCK_ROW_BYTES = 512, NEAR_CACHE = 24576, FAR_CACHE = 524288 };

// MARK: Shapes

// Shapes from which on a tied pass whitens a datum once. Below, a datum is whitened for every component, which costs no
// more where features are few; and where components are many it costs less than the overlap of every two of them.
enum { LEAST_SHARED_DIMENSION = 6, MOST_SHARED_COMPONENTS = 1024 };

// A component's rows of a block are few where they are no more than one of FEW_ROWS. They are gathered, and moments
// taken of them alone, from so many features on; under triangles from fewer. In fewer dimensions choosing and gathering
// rows costs more than it saves.
enum { FEW_ROWS = 4, LEAST_GATHERED_DIMENSION = 64, LEAST_GATHERED_DIMENSION_OF_TRIANGLES = 8 };

// MARK: Registers, for an instance with VECTOR_BYTES

// Vectors in flight, enough to hide the latency of exp's polynomial, and few enough that exp stays in the registers.
#if defined(__aarch64__)
#define GROUP 2
#else
#define GROUP 4
#endif
// Blocks are padded to a multiple of so many vectors, a multiple of every GROUP: what is negligible in a block depends
// on there being padding.
#define PADDED 4

// Sums that fit the registers, operands included: 24 and 16 in 32 registers of 64 bytes, 12 in 16 of fewer; on arm64,
// where two of 32 hold a vector, 12 and 9. Whitening takes tiles of ROWS rows, as equal as can be since one of few rows
// has too few sums in flight to hide their latency, and ABREAST vectors; second moments ROWS_OF_MOMENTS rows and
// COLUMNS columns; other moments FEATURES features.
#define ROWS 6
#define ABREAST (VECTOR_BYTES == 64 ? 4 : 2)
#define COLUMNS (VECTOR_BYTES == 64 ? 4 : 3)
#if defined(__aarch64__)
#define ROWS_OF_MOMENTS 3
#define FEATURES 2
#else
#define ROWS_OF_MOMENTS 4
#define FEATURES 4
#endif

// Centres whose distances are computed side by side.
#define CENTRES 4

// Sums of products of matrices that are in flight, rows by vectors of columns. Panels of rows stay in the second-level
// cache; a multiple of 16 columns.
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define PANEL_ROWS 32

// Bytes of the vectors that are whitened abreast, at most.
enum { LARGEST_ABREAST = 256 };

#endif
