import Foundation

/// The result of a system call, which is made again as long as a signal interrupts it.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// The most bytes that one call is asked to read or write: Darwin's refuses more than `INT_MAX`.
let mostBytesOfCall = 1 << 30

/// Fills the buffer, in as many parts as it takes. Waits where the other end of a pipe that does not block is slow.
///
/// - Parameter read: the system's `read`.
/// - Returns: how many bytes there were, fewer than the buffer holds only at the end of the file or after an error; and
///   0, or the `errno` of it.
package func readAll(
    into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32,
    read: (Int32, UnsafeMutableRawPointer?, Int) -> Int = { Foundation.read($0, $1, $2) }
) -> (count: Int, code: Int32) {
    var filled = 0
    while filled < buffer.count {
        let count = retrying {
            read(descriptor, buffer.baseAddress! + filled, min(buffer.count - filled, mostBytesOfCall))
        }
        if count > 0 {
            filled += count
        } else if count == 0 {
            break
        } else if errno == EAGAIN || errno == EWOULDBLOCK {
            guard isReady(descriptor, for: POLLIN) else { return (filled, errno) }
        } else {
            return (filled, errno)
        }
    }
    return (filled, 0)
}

/// Writes all bytes, in as many parts as it takes. Waits where the other end of a pipe that does not block is slow.
///
/// - Parameter write: the system's `write`.
/// - Returns: 0, or the `errno` that kept the bytes from being written.
package func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32,
    write: (Int32, UnsafeRawPointer?, Int) -> Int = { Foundation.write($0, $1, $2) }
) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = retrying {
            write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, min(rest.count, mostBytesOfCall))
        }
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if count == 0 {
            // Nothing was written although nothing is wrong, so trying again might never end.
            return EIO
        } else if errno == EAGAIN || errno == EWOULDBLOCK {
            guard isReady(descriptor, for: POLLOUT) else { return errno }
        } else {
            return errno
        }
    }
    return 0
}

/// Waits until a descriptor that does not block can be read or written. Returns false, with `errno`, if waiting fails.
func isReady(_ descriptor: Int32, for event: some BinaryInteger) -> Bool {
    var poll = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return retrying { Foundation.poll(&poll, 1, -1) } >= 0
}

/// Closes a file that was written. Returns false, with `errno`, if the file system reports only now that writing
/// failed.
///
/// Linux closes the descriptor even if it reports EINTR, and a second close could hit a file of another thread.
func closeWritten(_ descriptor: Int32) -> Bool {
    close(descriptor) == 0 || errno == EINTR
}
