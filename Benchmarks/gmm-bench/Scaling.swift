import ArgumentParser

struct Scaling: ParsableCommand { func run() {} }
