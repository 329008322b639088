"""python3 -m unittest, in this folder."""
import random
import unittest

from timing import cell, fastest, iteration_seconds, ratio


class IterationSeconds(unittest.TestCase):
    def test_is_the_difference_of_the_medians_where_the_times_agree(self):
        cost = iteration_seconds([1.0, 1.1, 0.9], [3.0, 3.1, 2.9], 4)
        self.assertAlmostEqual(cost["seconds"], 0.5)
        self.assertAlmostEqual(cost["noise"], 0.05)
        self.assertNotIn("at_most", cost)

    def test_is_no_figure_where_the_times_scatter_by_more_than_they_differ(self):
        # Two threads of a busy machine: 6 iterations more of 1.6 million terms, which were once printed as 1.32 ns.
        cost = iteration_seconds([0.0503, 0.0514, 0.0316], [0.0629, 0.0829, 0.0582], 6)
        self.assertNotIn("seconds", cost)
        self.assertAlmostEqual(cost["at_most"], (0.0629 - 0.0503 + (0.0198 + 0.0247) / 2) / 6)

    def test_is_no_figure_where_more_iterations_took_less_time(self):
        for long in ([0.9, 1.0, 1.1], [0.1, 0.1, 0.1]):
            cost = iteration_seconds([1.0, 1.0, 1.2], long, 3)
            self.assertNotIn("seconds", cost)
        self.assertLess(cost["at_most"], 0)

    def test_is_no_figure_where_nothing_differs(self):
        self.assertEqual(iteration_seconds([1.0, 1.0], [1.0, 1.0], 3), {"noise": 0.0, "at_most": 0.0})

    def test_scales_with_the_times_and_ignores_their_order(self):
        draw = random.Random(1)
        for _ in range(200):
            short, long = ([draw.uniform(1, 2) for _ in range(3)] for _ in range(2))
            cost = iteration_seconds(short, long, 2)
            doubled = iteration_seconds([2 * t for t in reversed(short)], [2 * t for t in reversed(long)], 2)
            self.assertEqual(cost.keys(), doubled.keys())
            for name, value in cost.items():
                self.assertAlmostEqual(2 * value, doubled[name])

    def test_is_seldom_a_figure_of_scatter_alone(self):
        draw = random.Random(2)
        for times, share in ((2, 0.19), (3, 0.08)):
            samples = lambda: [draw.gauss(10, 1) for _ in range(times)]
            self.assertLess(sum("seconds" in iteration_seconds(samples(), samples(), 1) for _ in range(2000)) / 2000, share)


class Rows(unittest.TestCase):
    fast, slow = {"ns": 1.5}, {"ns": 3.0}
    hidden, nothing, failed = {"at_most": 0.5}, {"at_most": -0.5}, {"error": "no"}

    def test_what_is_not_resolved_neither_wins_nor_loses(self):
        self.assertIs(fastest([self.slow, self.fast, self.failed]), self.fast)
        for row in (self.hidden, self.nothing):
            self.assertIsNone(fastest([self.slow, self.fast, row]))
            self.assertIsNone(fastest([row]))
        self.assertIsNone(fastest([self.failed]))
        self.assertIsNone(fastest([]))

    def test_cells_say_what_is_known(self):
        rows = [None, self.failed, self.hidden, self.nothing, self.fast, self.slow]
        self.assertEqual([cell(row, self.fast) for row in rows], ["–", "failed", "< 0.5¹", "–¹", "**1.5**", "3"])

    def test_a_ratio_is_of_two_figures(self):
        self.assertEqual(ratio(self.fast, self.slow), "2")
        for pair in ((self.hidden, self.slow), (self.fast, self.hidden), (self.fast, None), (None, self.slow), (self.failed, self.slow)):
            self.assertEqual(ratio(*pair), "–")


if __name__ == "__main__":
    unittest.main()
