/* Written by constants.sollya; do not edit. */
#define LN_2 0x1.62e42fefa39efp-1
#define SQRT_2 0x1.6a09e667f3bcdp0
#define SQRT_HALF 0x1.6a09e667f3bcdp-1
#define LOG2_E_F64 0x1.71547652b82fep0
#define LN_2_HIGH_F64 0x1.62e42fefa38p-1
#define LN_2_LOW_F64 0x1.ef35793c7673p-45
#define LOG2_E_F32 0x1.715476p0f
#define LN_2_HIGH_F32 0x1.62ep-1f
#define LN_2_LOW_F32 0x1.0bfbe8p-15f
/* largest relative error 3.794707603699265519026084803044795989990234375e-18 */
static const double exp_f64[] = {
    0x1.000000000000ap-1,
    0x1.55555555554fep-3,
    0x1.55555555506b2p-5,
    0x1.1111111126b2ep-7,
    0x1.6c16c1847a79ap-10,
    0x1.a01a012ff75eap-13,
    0x1.a01999534e9c3p-16,
    0x1.71df18c9f440ep-19,
    0x1.28ae093752f23p-22,
    0x1.ad9344b02aaa3p-26,
};
/* largest relative error 3.28509486280381679534912109375e-9 */
static const float exp_f32[] = {
    0x1.fffffap-2f,
    0x1.555492p-3f,
    0x1.555a26p-5f,
    0x1.123984p-7f,
    0x1.694cb8p-10f,
};
/* largest relative error 1.228197773518735491649067625985480844974517822265625e-18 */
static const double log_f64[] = {
    0x1.5555555555592p-1,
    0x1.999999997ff58p-2,
    0x1.24924941dc60dp-2,
    0x1.c71c5218e11f5p-3,
    0x1.74663bf27dcf1p-3,
    0x1.39a2024d18ee6p-3,
    0x1.2f02bc1b2f46bp-3,
};
/* largest relative error 8.049028110690414905548095703125e-10 */
static const float log_f32[] = {
    0x1.55557ap-1f,
    0x1.995ed8p-2f,
    0x1.31e03ap-2f,
};
