/// The version of the package; the newest heading of CHANGELOG.md.
let version = "0.2.0"
