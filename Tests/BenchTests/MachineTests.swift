import Testing

@testable import gmm_bench

@Suite struct MachineTests {
    @Test(arguments: [
        (
            "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Intel(R) Xeon(R)\n",
            "Intel(R) Xeon(R) (family 6, model 143)"
        ),
        (
            "processor\t: 0\nmodel name\t: ARMv8 Processor rev 3 (v8l)\nCPU part\t: 0xd08\n",
            "ARMv8 Processor rev 3 (v8l)"
        ),
        (
            "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\nprocessor\t: 1\n",
            "Arm Neoverse N1 (implementer 0x41, part 0xd0c)"
        ),
        (
            "processor\t: 0\nCPU implementer\t: 0x61\nCPU part\t: 0x022\n",
            "arm64 processor (implementer 0x61, part 0x022)"
        ),
    ])
    func theProcessorIsNamed(cpuinfo: String, name: String) {
        #expect(Machine.processorName(cpuinfo: cpuinfo) == name)
    }

    @Test func nothingSaidIsNoName() {
        #expect(Machine.processorName(cpuinfo: "") == nil)
        #expect(Machine.processorName(cpuinfo: "processor\t: 0\nCPU implementer\t: 0x41\n") == nil)
    }
}
